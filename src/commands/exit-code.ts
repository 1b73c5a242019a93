/** Exit codes (README.md, "In CI"; 77 and 78 are EX_NOPERM and EX_CONFIG of sysexits.h). */
export const ExitCode = {
  OK: 0,
  /** The input broke off or a sink failed; what was found is still written. Also a fault of ours. */
  FAILED: 1,
  USAGE: 2,
  /** `--fail-on` was reached. */
  ALERTED: 3,
  /** `--expect` differs. */
  UNEXPECTED: 4,
  NO_PERMISSION: 77,
  BAD_CONFIG: 78,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** What they mean, for `--help` and the manual page. */
export const EXIT_CODES: readonly (readonly [code: ExitCode, meaning: string])[] = [
  [ExitCode.OK, "fine"],
  [ExitCode.FAILED, "the input broke off or an output failed"],
  [ExitCode.USAGE, "usage"],
  [ExitCode.ALERTED, "--fail-on was reached"],
  [ExitCode.UNEXPECTED, "--expect differs"],
  [ExitCode.NO_PERMISSION, "no permission to capture or to listen"],
  [ExitCode.BAD_CONFIG, "bad configuration or rules"],
];

/** Ends the command: each line names the thing, the place and the cure. Never shown with a stack trace. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;
  readonly lines: readonly string[];

  constructor(exitCode: ExitCode, lines: readonly string[]) {
    super(lines.join("\n"));
    this.name = "CommandError";
    this.exitCode = exitCode;
    this.lines = lines;
  }
}
