import { basename } from "node:path";
import Table from "cli-table3";
import picocolors from "picocolors";
import type { Alert } from "../detect/alert.ts";
import type { AlertGroup } from "./alert-tally.ts";
import { eveAddress, eveTime } from "./eve-header.ts";
import { printable } from "./eve-text.ts";
import { clock, count } from "./number-text.ts";

export interface TextStyle {
  readonly isColored: boolean;
  /** Columns of the terminal; 0 when lines may be of any length. */
  readonly width: number;
}

/** A longer file name is cut. */
const CAPTURE_MAX = 32;

/** Alerts as a table: one line for each rule and attacker, fitted to the terminal. */
export function alertTable(groups: readonly AlertGroup[], style: TextStyle): string {
  const colors = picocolors.createColors(style.isColored);
  const hasCaptures = new Set(groups.map(({ capture }) => capture)).size > 1;
  const hasMatches = groups.some((group) => group.matches > group.count);
  const cells = groups.map((group) => [
    clock(eveTime(group.firstUs)).slice(5),
    String(group.severity),
    String(group.sid),
    `${address(group.attacker)} → ${victimsText(group)}`,
    count(group.count),
    ...(hasMatches ? [count(group.matches)] : []),
    ...(hasCaptures ? [printable(basename(group.capture), CAPTURE_MAX)] : []),
    printable(group.message),
  ]);
  const captureHead = hasCaptures ? ["Capture"] : [];
  const countHeads = hasMatches ? ["Alerts", "Matches"] : ["Count"];
  const head = [
    "Time",
    "Sev",
    "Sid",
    "Attacker → victim",
    ...countHeads,
    ...captureHead,
    "Message",
  ];
  const widths = head.map((title, i) =>
    Math.max(title.length, ...cells.map((cell) => (cell[i] ?? "").length)),
  );
  const left = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0);
  const messageMax =
    style.width > 0 ? Math.max(20, style.width - left - 1) : Number.POSITIVE_INFINITY;
  const table = new Table({
    head: head.map((title) => colors.bold(title)),
    chars: NO_BORDERS,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colAligns: ["left", "right", "right", "left", ...countHeads.map(() => "right" as const)],
  });
  cells.forEach((cell, i) => {
    const severity = groups[i]?.severity ?? 4;
    const message = shorten(cell.at(-1) ?? "", messageMax);
    table.push([...cell.slice(0, -1), paint(colors, severity, message)]);
  });
  return trimLines(table.toString());
}

const NO_BORDERS = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

/** One alert as one line, for a log. */
export function alertLine(alert: Alert): string {
  const { sid, msg, severity } = alert.signature;
  const ends = `${address(alert.srcIp)} → ${address(alert.destIp)}`;
  return `${clock(eveTime(alert.timeUs))} [${severity}] ${sid} ${ends} ${printable(msg)}`;
}

/** Address for people: short form; `?` when unknown. */
export function address(text: string): string {
  return text === "" ? "?" : eveAddress(text, true);
}

/** Address of the first victim, and how many more there are. */
export function victimsText({ victims: known, hasMoreVictims }: AlertGroup): string {
  const [first = ""] = known;
  if (known.length <= 1) return address(first);
  return `${address(first)} and ${known.length - 1}${hasMoreVictims ? "+" : ""} more`;
}

export function shorten(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max - 1)}…` : text;
}

/** A text in the colour of its severity. */
export function paint(
  colors: ReturnType<typeof picocolors.createColors>,
  severity: number,
  text: string,
): string {
  if (severity === 1) return colors.bold(colors.red(text));
  if (severity === 2) return colors.yellow(text);
  return severity === 3 ? colors.cyan(text) : colors.dim(text);
}

function trimLines(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}
