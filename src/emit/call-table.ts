import picocolors from "picocolors";
import type { CallRecord } from "../track/call-records/call-record.ts";
import { moneyText } from "../track/numbers/call-costs.ts";
import { address, shorten, type TextStyle } from "./alert-table.ts";
import { eveTime } from "./eve/eve-header.ts";
import { printable } from "./eve/eve-text.ts";
import { clock } from "./number-text.ts";
import { countryText, type NumberedCall } from "./phone-numbers.ts";

interface Column {
  readonly title: string;
  /** Columns with the highest go first where the terminal is narrow; 0 stays. */
  readonly drop: number;
  readonly isRight?: boolean;
  readonly max: number;
  readonly text: (call: NumberedCall) => string;
}

/** What is known of an address in a few words; "" of nothing. */
export type KnownOf = (ip: string) => string;

const GAP = 2;

const columnsOf = (known: KnownOf): readonly Column[] => [
  { title: "Setup (UTC)", drop: 0, max: 19, text: (call) => clock(eveTime(timeOf(call))) },
  { title: "From", drop: 0, max: 20, text: ({ caller }) => caller.user },
  { title: "Dialled", drop: 0, max: 24, text: ({ dialled, callee }) => dialled || callee.user },
  { title: "Number", drop: 4, max: 16, text: ({ dialledNumber }) => dialledNumber?.e164 ?? "" },
  { title: "To", drop: 3, max: 4, text: ({ dialledNumber }) => countryText(dialledNumber, "intl") },
  { title: "Account", drop: 2, max: 32, text: ({ account }) => account },
  { title: "Source", drop: 1, max: 39, text: ({ caller }) => address(caller.ip) },
  { title: "Known of it", drop: 5, max: 40, text: ({ caller }) => known(caller.ip) },
  { title: "State", drop: 0, max: 14, text: stateText },
  { title: "Seconds", drop: 0, isRight: true, max: 9, text: secondsText },
  { title: "Cost", drop: 2, isRight: true, max: 14, text: costText },
  { title: "MOS", drop: 6, isRight: true, max: 4, text: mosText },
  {
    title: "Alerts",
    drop: 5,
    isRight: true,
    max: 6,
    text: ({ alertIds }) => count(alertIds.length),
  },
  { title: "Call-ID", drop: 7, max: 64, text: ({ callId }) => callId },
];

/**
 * Calls as a table fitted to the terminal, a row each. Texts from packets are printable and cut. `known` tells of the
 * callers' addresses.
 */
export function callTable(
  calls: readonly NumberedCall[],
  style: TextStyle,
  known: KnownOf = () => "",
): string {
  const colors = picocolors.createColors(style.isColored);
  const columns = fitting(columnsOf(known), calls, style.width);
  const widths = columns.map((column) => widthOf(column, calls));
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, i) => {
        const width = widths[i] ?? 0;
        return columns[i]?.isRight === true ? text.padStart(width) : text.padEnd(width);
      })
      .join(" ".repeat(GAP))
      .trimEnd();
  const head = colors.bold(line(columns.map(({ title }) => title)));
  const rows = calls.map((call) => {
    const text = line(columns.map((column) => cell(column, call)));
    return call.answerUs === 0
      ? colors.dim(text)
      : call.alertIds.length > 0
        ? colors.red(text)
        : text;
  });
  return `${[head, ...rows].join("\n")}\n`;
}

/** The columns that are not empty and have room. */
function fitting(
  all: readonly Column[],
  calls: readonly NumberedCall[],
  width: number,
): readonly Column[] {
  let columns = all.filter(
    (column) => column.drop === 0 || calls.some((call) => column.text(call) !== ""),
  );
  if (width === 0) return columns;
  const total = () => columns.reduce((sum, column) => sum + widthOf(column, calls) + GAP, -GAP);
  while (total() > width) {
    const drop = Math.max(...columns.map((column) => column.drop));
    if (drop === 0) break;
    columns = columns.filter((column) => column.drop !== drop);
  }
  return columns;
}

function widthOf(column: Column, calls: readonly NumberedCall[]): number {
  let width = column.title.length;
  for (const call of calls) width = Math.max(width, cell(column, call).length);
  return width;
}

function cell({ max, text }: Column, call: NumberedCall): string {
  return shorten(printable(text(call), 200), max);
}

function timeOf({ setupUs, answerUs, endUs, timeUs }: CallRecord): number {
  return setupUs || answerUs || endUs || timeUs;
}

function stateText({ state, code }: NumberedCall): string {
  return code >= 300 ? `${state} ${code}` : state;
}

function secondsText({ answerUs, durationUs }: NumberedCall): string {
  return answerUs === 0 ? "" : (durationUs / 1e6).toFixed(1);
}

function mosText({ streams }: NumberedCall): string {
  const scores = streams.flatMap(({ mos }) => (mos === null ? [] : [mos]));
  return scores.length === 0 ? "" : Math.min(...scores).toFixed(1);
}

function costText({ cost }: NumberedCall): string {
  return cost === null ? "" : moneyText(cost.amount, cost.currency);
}

function count(value: number): string {
  return value === 0 ? "" : String(value);
}
