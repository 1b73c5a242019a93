import { basename } from "node:path";
import picocolors from "picocolors";
import type { Alert } from "../detect/alerts/alert.ts";
import type { AlertGroup } from "./alert-tally.ts";
import { eveAddress, eveTime } from "./eve/eve-header.ts";
import { printable } from "./eve/eve-text.ts";
import { clock, count } from "./number-text.ts";

export interface TextStyle {
  readonly isColored: boolean;
  /** Columns of the terminal; 0 when lines may be of any length. */
  readonly width: number;
}

/** A longer file name is cut. */
const CAPTURE_MAX = 32;

/** Narrower than that the message has a line of its own. */
const MESSAGE_MIN = 48;
const INDENT = "    ";
/** What a line says beside the table, where no terminal sets a width. */
const DETAIL_MAX = 160;

/**
 * Alerts as a table, a row for each rule and attacker, fitted to the terminal. `hasDetails`: below each row, whose
 * account or number it is about and the first of its evidence.
 */
export function alertTable(
  groups: readonly AlertGroup[],
  style: TextStyle,
  { hasDetails = false } = {},
): string {
  const colors = picocolors.createColors(style.isColored);
  const hasCaptures = new Set(groups.map(({ capture }) => capture)).size > 1;
  const all = columnsOf(groups, hasCaptures);
  // A column that the terminal has no room for goes into the details.
  const isTight = hasDetails && hasCaptures && style.width > 0 && leftOf(groups, all) > style.width;
  const columns = isTight ? columnsOf(groups, false) : all;
  const cells = groups.map((group) => columns.map(({ text }) => text(group)));
  const widths = widthsOf(groups, columns);
  const left = leftOf(groups, columns);
  const isBeside = !hasDetails || style.width === 0 || style.width - left > MESSAGE_MIN;
  const room = style.width === 0 ? Number.POSITIVE_INFINITY : style.width - 1;
  const heads = [...columns.map(({ title }) => title), ...(isBeside ? ["Message"] : [])];
  const lines = [aligned(heads, columns, widths, (text) => colors.bold(text))];
  groups.forEach((group, i) => {
    const row = aligned(cells[i] ?? [], columns, widths, (text) => text);
    const max = Math.max(20, room - (isBeside ? left : INDENT.length));
    const message = paint(colors, group.severity, shorten(printable(group.message), max));
    lines.push(...(isBeside ? [`${row}  ${message}`] : [row, `${INDENT}${message}`]));
    const capture = isTight ? captureOf(group) : "";
    const detail = hasDetails ? detailText(group, capture) : "";
    const detailMax = Math.min(DETAIL_MAX, room) - INDENT.length;
    if (detail !== "") lines.push(`${INDENT}${colors.dim(shorten(detail, detailMax))}`);
  });
  return trimLines(lines.join("\n"));
}

function columnsOf(groups: readonly AlertGroup[], hasCaptures: boolean): readonly Column[] {
  const hasMatches = groups.some((group) => group.matches > group.count);
  return [
    { title: "Time", text: ({ firstUs }) => clock(eveTime(firstUs)).slice(5) },
    { title: "Sev", isNumber: true, text: ({ severity }) => String(severity) },
    { title: "Sid", isNumber: true, text: ({ sid }) => String(sid) },
    {
      title: "Attacker → victim",
      text: (group) => `${attackerText(group)} → ${victimsText(group)}`,
    },
    { title: hasMatches ? "Alerts" : "Count", isNumber: true, text: (group) => count(group.count) },
    ...(hasMatches ? [{ title: "Matches", isNumber: true, text: matchesText }] : []),
    ...(hasCaptures ? [{ title: "Capture", text: captureOf }] : []),
  ];
}

function widthsOf(groups: readonly AlertGroup[], columns: readonly Column[]): number[] {
  return columns.map(({ title, text }) =>
    Math.max(title.length, ...groups.map((group) => text(group).length)),
  );
}

function leftOf(groups: readonly AlertGroup[], columns: readonly Column[]): number {
  return widthsOf(groups, columns).reduce((sum, width) => sum + width + 2, 0);
}

interface Column {
  readonly title: string;
  /** Aligned to the right. */
  readonly isNumber?: boolean;
  readonly text: (group: AlertGroup) => string;
}

function aligned(
  cells: readonly string[],
  columns: readonly Column[],
  widths: readonly number[],
  styled: (text: string) => string,
): string {
  const padded = cells.map((cell, i) => {
    const width = widths[i] ?? 0;
    const gap = " ".repeat(Math.max(0, width - cell.length));
    return columns[i]?.isNumber === true ? gap + styled(cell) : styled(cell) + gap;
  });
  return padded.join("  ");
}

function matchesText({ matches }: AlertGroup): string {
  return count(matches);
}

function captureOf({ capture }: AlertGroup): string {
  return printable(basename(capture), CAPTURE_MAX);
}

/** Whose account or number it is about, and what was seen. */
function detailText({ account, number, evidence }: AlertGroup, capture: string): string {
  const isOwn = number !== "" && account.startsWith(`${number}@`);
  const about = [account, isOwn || number === "" ? "" : `to ${number}`].filter(
    (text) => text !== "",
  );
  const said = [printable(about.join(" ")), printable(evidence)].filter((text) => text !== "");
  return [capture, said.join(": ")].filter((text) => text !== "").join(", ");
}

/** The attacker's address, and that it is somebody else's where it was forged. */
export function attackerText({ attacker, isForged }: AlertGroup): string {
  return `${address(attacker)}${isForged ? " (forged)" : ""}`;
}

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
