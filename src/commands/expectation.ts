import { readFileSync } from "node:fs";
import { readFault } from "../base/read-fault.ts";
import type { Alert } from "../detect/alerts/alert.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import { Golden } from "./golden.ts";
import { SidList } from "./sid-list.ts";

/** Compares the alerts of a run with what is expected of it (`--expect`). */
export interface AlertCheck {
  /** `line` is the alert's EVE line. */
  add(alert: Alert, line: string): void;
  /** What differs, for people; empty when all is as expected. */
  differences(): string[];
}

/** What `--expect` names: whole alerts as EVE lines, or signature ids. Throws CommandError when it cannot be read. */
export function readExpectation(file: string, command: string): Golden | SidList {
  const text = readExpected(file, command);
  return /^\s*(?:\{|$)/.test(text) ? new Golden(file, text) : new SidList(file, text);
}

function readExpected(file: string, command: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const problem =
      (error as NodeJS.ErrnoException).code === "ENOENT"
        ? `${file} does not exist; make it with: ${command} --eve ${file}`
        : `cannot read ${file}: ${readFault(error)}`;
    throw new CommandError(ExitCode.USAGE, [`--expect: ${problem}`]);
  }
}
