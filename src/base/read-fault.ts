const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  ENOTDIR: "no such file",
  EACCES: "no permission; make it readable for this user",
  EPERM: "no permission; make it readable for this user",
  EISDIR: "it is a folder; give a file",
};

/** Why a file cannot be read, in words for people; what has none here is told as the system says it. */
export function readFault(error: unknown): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return WORDS[code] ?? message;
}
