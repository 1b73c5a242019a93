import picocolors from "picocolors";
import { address, type TextStyle } from "../alert-table.ts";
import { eveTime } from "../eve/eve-header.ts";
import { printable } from "../eve/eve-text.ts";
import type { Ladder, LadderMark, LadderMedia, LadderMessage, LadderRow } from "./ladder.ts";

/** Where no terminal sets a width. */
const WIDTH_DEFAULT = 120;
/** Columns nearer than that have no room for an arrow with its name: then each message is a line of text. */
const GAP_MIN = 14;
/** More is no easier to read. */
const GAP_MAX = 40;
/** "  12 03:09:52.724169 " */
const LEFT = 21;
const NUMBER_WIDTH = 4;
const END_MAX = 39;

type Colors = ReturnType<typeof picocolors.createColors>;

/** Draws a ladder: a column for each host, time downwards, SIP, RTP and RTCP as arrows; marked messages say why. */
export function ladderText(ladder: Ladder, style: TextStyle): string {
  const colors = picocolors.createColors(style.isColored);
  const width = style.width > 0 ? style.width : WIDTH_DEFAULT;
  const ends = ladder.ends.map(address);
  const room = width - LEFT - middle(0, 0) - Math.ceil(Math.min(END_MAX, longest(ends)) / 2);
  const gap = ends.length < 2 ? GAP_MAX : Math.min(GAP_MAX, Math.floor(room / (ends.length - 1)));
  const canDraw = gap >= GAP_MIN && ends.length > 1;
  const lines = ladder.callIds.map((id, leg) =>
    colors.dim(`${leg === 0 ? "Call" : "Leg "} ${printable(id, width - 6)}`),
  );
  if (canDraw) lines.push("", header(ends, gap), rails(ends.length, gap, "┬"));
  for (const row of ladder.rows) {
    lines.push(...(canDraw ? drawn(row, ends.length, gap, colors) : [told(row, ends, colors)]));
    for (const mark of row.marks) lines.push(markLine(mark, width, colors));
  }
  if (ladder.left > 0) lines.push(colors.yellow(`${ladder.left} more messages were not kept`));
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

function longest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(({ length }) => length));
}

/** The middle of a column, from the left edge of the drawing. */
function middle(column: number, gap: number): number {
  return Math.floor(GAP_MIN / 2) + column * gap;
}

function header(ends: readonly string[], gap: number): string {
  // Long addresses of neighbours stand in two lines, so that none is cut.
  const isTight = ends.some(({ length }) => length > gap - 1);
  const lines = isTight ? [0, 1] : [0];
  return lines
    .map((line) => {
      let text = " ".repeat(LEFT);
      ends.forEach((end, column) => {
        if (isTight && column % 2 !== line) return;
        const shown = end.slice(0, END_MAX);
        const at = LEFT + middle(column, gap) - Math.floor(shown.length / 2);
        text =
          text.padEnd(Math.max(at, text.length + (column > 1 || column === line ? 0 : 1))) + shown;
      });
      return text;
    })
    .join("\n");
}

function rails(columns: number, gap: number, rail: string): string {
  return " ".repeat(LEFT) + railCells(columns, gap, rail).join("");
}

function railCells(columns: number, gap: number, rail: string): string[] {
  const cells: string[] = new Array(middle(columns - 1, gap) + 1).fill(" ");
  for (let column = 0; column < columns; column++) cells[middle(column, gap)] = rail;
  return cells;
}

function drawn(row: LadderRow, columns: number, gap: number, colors: Colors): string[] {
  const left = leftOf(row);
  const [low, high] = [Math.min(row.from, row.to), Math.max(row.from, row.to)];
  const cells = railCells(columns, gap, "│");
  const paint = painter(row, colors);
  if (low === high) {
    const at = middle(low, gap);
    const text = `⟲ ${labelOf(row)}`;
    return [left + cells.slice(0, at + 1).join("") + paint(` ${text}`)];
  }
  const from = middle(low, gap) + 1;
  const length = middle(high, gap) - from;
  const label = labelOf(row);
  const isRight = row.to > row.from;
  const before = cells.slice(0, from).join("");
  const after = cells.slice(from + length).join("");
  if (label.length + 4 <= length) {
    return [left + before + paint(arrow(length, isRight, row, ` ${label} `)) + after];
  }
  // The name does not fit into the arrow: it stands above it, over the columns behind if it must.
  const name = label.slice(0, Math.max(length, cells.length - from + 20));
  const above = before + paint(name) + cells.slice(from + name.length).join("");
  const blank = " ".repeat(LEFT);
  return [left + above, blank + before + paint(arrow(length, isRight, row, "")) + after];
}

const STROKES = { sip: "─", rtp: "═", rtcp: "╌" } as const;

function arrow(length: number, isRight: boolean, { kind }: LadderRow, label: string): string {
  const stroke = STROKES[kind];
  const rest = length - label.length - 1;
  const first = stroke.repeat(Math.ceil(rest / 2));
  const second = stroke.repeat(Math.floor(rest / 2));
  return isRight ? `${first}${label}${second}>` : `<${second}${label}${first}`;
}

function leftOf(row: LadderRow): string {
  const number = row.kind === "sip" ? String(row.number) : "";
  return `${number.padStart(NUMBER_WIDTH)} ${eveTime(row.timeUs).slice(11, 26)} `;
}

function labelOf(row: LadderRow): string {
  return row.kind === "sip" ? messageLabel(row) : mediaLabel(row);
}

function messageLabel({ label, cseq, isRequest, hasSdp, isRepeated }: LadderMessage): string {
  const method = isRequest ? "" : ` (${cseq.replace(/^\d+\s+/, "")})`;
  const notes = `${hasSdp ? " SDP" : ""}${isRepeated ? " again" : ""}`;
  return printable(`${label}${method}${notes}`, 64);
}

function mediaLabel({ kind, packets, stream, srcPort, destPort }: LadderMedia): string {
  const ports = `${srcPort}>${destPort}`;
  if (stream === null) return `${kind.toUpperCase()} ${ports} ${packets} packets`;
  const { codec, lost, mos } = stream;
  const loss = lost > 0 ? `, ${lost} lost` : "";
  const score = mos === null ? "" : `, MOS ${mos.toFixed(1)}`;
  return printable(
    `RTP ${codec} ${ports} ${packets} packets${loss}${score}`.replace("  ", " "),
    96,
  );
}

function painter(row: LadderRow, colors: Colors): (text: string) => string {
  if (row.marks.length > 0) return (text) => colors.bold(colors.red(text));
  if (row.kind !== "sip") return colors.dim;
  if (row.isRequest) return colors.cyan;
  if (row.code >= 400) return colors.yellow;
  return row.code >= 200 ? colors.green : (text) => text;
}

/** Without room for columns. */
function told(row: LadderRow, ends: readonly string[], colors: Colors): string {
  const way = `${ends[row.from] ?? ""} → ${ends[row.to] ?? ""}`;
  return `${leftOf(row)}${way}  ${painter(row, colors)(labelOf(row))}`;
}

function markLine({ sid, severity, message }: LadderMark, width: number, colors: Colors): string {
  const text = printable(`▲ ${sid} ${message} (severity ${severity})`, Math.max(40, width - LEFT));
  return " ".repeat(LEFT) + colors.red(text);
}
