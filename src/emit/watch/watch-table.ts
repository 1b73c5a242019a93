import type picocolors from "picocolors";
import { paint } from "../alert-table.ts";
import { cellText, fitted } from "./cell-text.ts";
import { rowSeverity, WATCH_COLUMNS, type WatchColumn } from "./watch-columns.ts";
import { WATCH_PANES, type WatchModel, type WatchPane, type WatchRow } from "./watch-model.ts";

export type WatchColors = ReturnType<typeof picocolors.createColors>;

/** The severity from which on a row has no colour. */
const PLAIN = 5;

/** The panes with their counts; the one that is shown stands out. */
export function tabsLine(
  model: WatchModel,
  shown: WatchPane,
  { colors, width }: { readonly colors: WatchColors; readonly width: number },
): string {
  let line = "";
  let used = 0;
  const put = (text: string, paintText: (text: string) => string): void => {
    used += text.length;
    if (used <= width) line += paintText(text);
  };
  WATCH_PANES.forEach((pane, i) => {
    const text = ` ${i + 1} ${pane} (${model.count(pane)}) `;
    put(text, pane === shown ? colors.inverse : colors.dim);
  });
  put(` ${model.liveCalls} ${model.liveCalls === 1 ? "call" : "calls"} up`, colors.dim);
  return line;
}

/** Rows of a pane in columns that fit the width. */
export class WatchTable {
  readonly #pane: WatchPane;
  readonly #width: number;
  readonly #colors: WatchColors;
  readonly #columns: readonly WatchColumn[];

  constructor(pane: WatchPane, width: number, colors: WatchColors) {
    this.#pane = pane;
    this.#width = width;
    this.#colors = colors;
    this.#columns = columnsFor(pane, width);
  }

  head(): string {
    return this.#colors.bold(this.#line(this.#columns.map(({ title }) => title)));
  }

  /** `now`: time of the latest record, for what is still going on. */
  row(row: WatchRow, now: string, isChosen: boolean): string {
    const text = this.#line(this.#columns.map((column) => cellText(column.text(row, now))));
    if (isChosen) return this.#colors.inverse(text);
    const severity = rowSeverity(this.#pane, row);
    return severity >= PLAIN ? text : paint(this.#colors, severity, text);
  }

  #line(texts: readonly string[]): string {
    const cells = this.#columns.map(({ isRight, width }, i) =>
      fitted(texts[i] ?? "", width, isRight),
    );
    return fitted(cells.join(" "), this.#width);
  }
}

/** The columns that have room; a wide one takes the rest. */
function columnsFor(pane: WatchPane, width: number): WatchColumn[] {
  let columns = [...WATCH_COLUMNS[pane]];
  const total = () => columns.reduce((sum, column) => sum + column.width + 1, -1);
  while (total() > width) {
    const drop = Math.max(...columns.map((column) => column.drop));
    if (drop === 0) break;
    columns = columns.filter((column) => column.drop !== drop);
  }
  const rest = Math.max(0, width - total());
  return columns.map((column) =>
    column.isWide === true ? { ...column, width: column.width + rest } : column,
  );
}
