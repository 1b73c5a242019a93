import { spawnSync } from "node:child_process";

/** PCRE2's own test program (Debian: pcre2-utils), as the judge of what an expression means. */

export interface Pcre2Case {
  /** Without delimiters; no slash and no line feed in it. */
  readonly pattern: string;
  /** Letters that pcre2test and rules share: i m s x. */
  readonly flags: string;
  /** Bytes as latin1, no backslash in it. */
  readonly subjects: readonly string[];
}

export interface Pcre2Match {
  readonly start: number;
  readonly end: number;
}

/** What PCRE2 says: a compile error, or for each subject a match, none (null), or a limit that it met. */
export type Pcre2Answer =
  | { readonly error: string }
  | { readonly matches: readonly (Pcre2Match | null | "limit")[] };

/** "10.42", or "" without the program. */
export function pcre2Release(): string {
  const { stdout } = spawnSync("pcre2test", ["-C"], { encoding: "latin1" });
  return /PCRE2 version (\d+\.\d+)/.exec(stdout ?? "")?.[1] ?? "";
}

/**
 * Without `no_auto_possess` 10.42 does not do what its manual says: /.*\R/ finds nothing in "a\r", because the
 * optimizer takes what `.` leaves out and what `\R` begins with for the same.
 */
const MODIFIERS = "aftertext,no_auto_possess";

/** One run over all cases: a process for each would take minutes. */
export function askPcre2(cases: readonly Pcre2Case[]): Pcre2Answer[] {
  const input = cases.map(
    ({ pattern, flags, subjects }) =>
      `/${pattern}/${flags},${MODIFIERS}\n${subjects.map((subject) => `  ${escaped(subject)}\\=no_jit\n`).join("")}\n`,
  );
  const { stdout, status } = spawnSync("pcre2test", ["-q"], {
    input: Buffer.from(input.join(""), "latin1"),
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`pcre2test ended with ${status}: ${stdout}`);
  return answers(stdout.toString("latin1"), cases);
}

function escaped(subject: string): string {
  return [...subject]
    .map((char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`)
    .join("");
}

/** The output repeats the input, so each case is where its pattern is, and each answer behind its subject. */
function answers(output: string, cases: readonly Pcre2Case[]): Pcre2Answer[] {
  const lines = output.split("\n");
  let at = 0;
  const next = (): string => lines[at++] ?? "";
  return cases.map(({ pattern, subjects }): Pcre2Answer => {
    const line = next();
    if (!line.startsWith(`/${pattern}/`)) throw new Error(`lost at ${pattern}: ${line}`);
    let error = "";
    const matches: (Pcre2Match | null | "limit")[] = [];
    for (let said = next(); said !== ""; said = next()) {
      if (said.startsWith("Failed: error ") && matches.length === 0 && error === "") {
        if (said.includes("match limit") || said.includes("error -")) matches.push("limit");
        else error = said;
      } else if (said.startsWith("No match")) matches.push(null);
      else if (said.startsWith("Failed: error ")) matches.push("limit");
      else if (said.startsWith(" 0: ")) {
        const rest = next();
        const length = shownLength(said.slice(4));
        const subject = subjects[matches.length] ?? "";
        const end = subject.length - shownLength(rest.slice(4));
        matches.push({ start: end - length, end });
      }
    }
    if (error !== "") return { error };
    if (matches.length !== subjects.length)
      throw new Error(`${pattern}: ${matches.length} answers to ${subjects.length} subjects`);
    return { matches };
  });
}

/** Bytes that are shown as themselves or as \xHH. */
function shownLength(shown: string): number {
  return shown.replaceAll(/\\x[0-9a-f]{2}|\\x\{[0-9a-f]+\}/g, ".").length;
}
