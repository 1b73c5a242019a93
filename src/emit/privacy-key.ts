import { readFileSync } from "node:fs";

/** A policy that cannot be followed; the message is one line with the cure. */
export class PrivacyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "PrivacyError";
  }
}

const KEY_BYTES_MIN = 16;
const CURE = "make one with: head -c 32 /dev/urandom | base64 > FILE";
const FAULTS: Readonly<Record<string, string>> = {
  ENOENT: `no such file; ${CURE}`,
  EACCES: "permission denied; let this user read it",
  EISDIR: "it is a folder; give a file",
};

/** The key of `hash`: all bytes of the file but line ends after them. Throws PrivacyError. */
export function readHashKey(path: string): Buffer {
  if (path === "") {
    throw new PrivacyError(`privacy: hash needs a key file (privacy.hashKeyFile); ${CURE}`);
  }
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    throw new PrivacyError(`privacy: cannot read key file ${path}: ${FAULTS[code] ?? message}`);
  }
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d)) end--;
  if (end < KEY_BYTES_MIN) {
    throw new PrivacyError(
      `privacy: key file ${path} holds ${end} bytes, at least ${KEY_BYTES_MIN} are needed; ${CURE}`,
    );
  }
  return bytes.subarray(0, end);
}
