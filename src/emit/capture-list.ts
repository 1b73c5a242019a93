import { relative } from "node:path";
import picocolors from "picocolors";
import { attackerText, paint, type TextStyle, victimsText } from "./alert-table.ts";
import type { AlertGroup } from "./alert-tally.ts";
import { printable } from "./eve/eve-text.ts";
import { count } from "./number-text.ts";

/** One capture of many, each in a run of its own. */
export interface CaptureResult {
  readonly path: string;
  readonly packets: number;
  /** Of severity 1 to 3. */
  readonly alerts: number;
  /** Of severity 4: information. */
  readonly notes: number;
  /** By severity, then by time. */
  readonly groups: readonly AlertGroup[];
}

/** Rows of one capture; the rest is counted in a last line. */
const ROWS_MAX = 12;

/** A capture with its alerts below it, or that there are none. */
export function captureText(result: CaptureResult, style: TextStyle): string {
  const colors = picocolors.createColors(style.isColored);
  const { alerts, groups, notes } = result;
  const none = notes > 0 ? "information only" : "silent";
  const found = alerts > 0 ? number(alerts, "alert") : none;
  const name = printable(relative("", result.path) || result.path);
  const lines = [`${colors.bold(name)}: ${number(result.packets, "packet")}, ${found}`];
  for (const group of groups.slice(0, ROWS_MAX)) {
    const ends = `${attackerText(group)} → ${victimsText(group)}`;
    const message = paint(colors, group.severity, printable(group.message));
    lines.push(`  ${group.severity}  ${group.sid}  ${message}: ${ends}${timesText(group)}`);
  }
  if (groups.length > ROWS_MAX)
    lines.push(`  and ${count(groups.length - ROWS_MAX)} more pairs of rule and attacker`);
  return `${lines.join("\n")}\n`;
}

/** The last line: all captures together. */
export function captureTotals(results: readonly CaptureResult[]): string {
  const sum = (value: (result: CaptureResult) => number) =>
    results.reduce((total, result) => total + value(result), 0);
  const alerting = sum(({ alerts }) => (alerts > 0 ? 1 : 0));
  const packets = sum((result) => result.packets);
  const found = `${count(alerting)} with alerts (${count(sum(({ alerts }) => alerts))})`;
  const rest = `${count(results.length - alerting)} without`;
  return `\n${number(results.length, "capture")}, ${number(packets, "packet")}: ${found}, ${rest}\n`;
}

function number(value: number, thing: string): string {
  return `${count(value)} ${thing}${value === 1 ? "" : "s"}`;
}

function timesText({ count: alerts, matches }: AlertGroup): string {
  if (alerts > 1) return ` (${number(alerts, "alert")}, ${count(matches)} matches)`;
  return matches > 1 ? ` (${count(matches)} matches)` : "";
}
