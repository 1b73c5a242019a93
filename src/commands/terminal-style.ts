import type { TextStyle } from "../emit/alert-table.ts";
import { isColored } from "./run-report.ts";

/** How texts for standard output look: colours and a width only where that is a terminal. */
export function terminalStyle(): TextStyle {
  const { stdout } = process;
  return { isColored: isColored(stdout), width: stdout.isTTY ? stdout.columns : 0 };
}
