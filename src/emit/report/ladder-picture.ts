import { eveTime } from "../eve/eve-header.ts";
import type { Ladder, LadderRow } from "../ladder/ladder.ts";
import type { Markup } from "./markup.ts";
import { Picture } from "./svg.ts";

/** Rows of one picture; what comes after is counted. */
const ROWS_MAX = 60;
const COLUMN = 190;
const MARGIN = 110;
const ROW = 26;
const TOP = 34;

/** The ladder of a call as a picture: hosts are columns, messages and media are arrows. */
export function ladderPicture({ ends, left, rows }: Ladder): Markup {
  const shown = rows.slice(0, ROWS_MAX);
  const rest = rows.length - shown.length + left;
  const height = TOP + ROW * (shown.length + 1) + (rest > 0 ? ROW : 0);
  const picture = new Picture(MARGIN + COLUMN * Math.max(1, ends.length), height);
  const column = (end: number) => MARGIN + COLUMN * (end + 0.5);
  for (const [i, end] of ends.entries()) {
    picture.text(column(i), 16, end, "host", "middle");
    picture.line(column(i), TOP - 10, column(i), height - 8, "life");
  }
  for (const [i, row] of shown.entries()) {
    const y = TOP + ROW * (i + 1);
    picture.text(4, y, eveTime(row.timeUs).slice(11, 23), "time");
    arrow(picture, row, column(row.from), column(row.to), y);
  }
  if (rest > 0) picture.text(MARGIN, height - 8, `and ${rest} more`, "time");
  const marked = rows.filter(({ marks }) => marks.length > 0).length;
  return picture.done(
    `Ladder of ${rows.length} messages and streams between ${ends.join(", ")}; ${marked} of them with an alert`,
  );
}

function arrow(picture: Picture, row: LadderRow, x1: number, x2: number, y: number): void {
  const isMarked = row.marks.length > 0;
  const kind = isMarked ? "bad" : row.kind === "sip" ? "sip" : "media";
  const isRight = x2 >= x1;
  const to = x1 === x2 ? x1 + 30 : x2;
  picture.line(x1, y, to, y, kind);
  picture.head(to, y, isRight, `${kind}-head`);
  const sids = row.marks.map(({ sid }) => sid).join(", ");
  const label = isMarked ? `${labelOf(row)} ▲ ${sids}` : labelOf(row);
  picture.text((x1 + to) / 2, y - 4, label, isMarked ? "bad-label" : "label", "middle");
}

function labelOf(row: LadderRow): string {
  if (row.kind === "sip") return `${row.label.slice(0, 28)}${row.hasSdp ? " (SDP)" : ""}`;
  return `${row.kind.toUpperCase()} ${row.packets} packets`;
}
