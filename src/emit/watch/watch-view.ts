import picocolors from "picocolors";
import { cellsOf, cellText, fitted } from "./cell-text.ts";
import { rowText } from "./watch-columns.ts";
import { detailLines } from "./watch-detail.ts";
import { WATCH_PANES, type WatchModel, type WatchPane, type WatchRow } from "./watch-model.ts";
import { tabsLine, type WatchColors, WatchTable } from "./watch-table.ts";

/** What is shown beside the rows. */
export interface WatchStatus {
  /** Where the records come from. */
  readonly source: string;
  /** Packets and the like, and how fast they come. */
  readonly rates: string;
  /** How the reading goes, or what is wrong with it. */
  readonly state: string;
}

export interface WatchSize {
  readonly width: number;
  readonly height: number;
}

/** A key as node:readline tells of it. */
export interface WatchKey {
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean | undefined;
}

const HELP = [
  "sipsentry watch",
  "",
  "  1 2 3 4, Tab, F2     cases, calls, streams, alerts",
  "  Up Down, k j         one row; PgUp PgDn, Home End, g G  further",
  "  Enter                the row in full; of a call of a capture its ladder",
  "  Left Right           in a ladder: sideways",
  "  / or F3              filter: rows that hold each of the words; Enter takes it, Esc drops it",
  "  p                    pause: what comes is counted, and shown when it goes on",
  "  Esc, Backspace       back",
  "  F1, h, ?             this help",
  "  q, Ctrl-C            end",
];
const FILTER_MAX = 120;
/** Rows beside the list: head, tabs, titles, and the foot. */
const FRAME_ROWS = 4;
const SIDE_STEP = 8;

type Mode = "list" | "detail" | "help" | "filter";

/** The screen of `sipsentry watch` as lines, and what keys do to it. Knows no terminal. */
export class WatchView {
  pane: WatchPane = "cases";
  isPaused = false;
  isEnded = false;
  /** Asked for the ladder of a call; its lines, "" when there is none, come by `showLadder`. */
  onLadder: ((callId: string) => void) | null = null;
  readonly #model: WatchModel;
  #mode: Mode = "list";
  #filter = "";
  #typed = "";
  /** Key of the row that the cursor is on: rows move when others come. */
  readonly #cursor = new Map<WatchPane, string>();
  #top = 0;
  #side = 0;
  #detail: { readonly row: WatchRow; ladder: readonly string[] | null } | null = null;
  #frozen: Map<WatchPane, WatchRow[]> | null = null;
  #page = 10;

  constructor(model: WatchModel) {
    this.#model = model;
  }

  key({ ctrl, name = "", sequence = "" }: WatchKey): void {
    if (ctrl === true && name === "c") this.isEnded = true;
    else if (this.#mode === "filter") this.#type(name, sequence);
    else if (this.#mode === "list") this.#listKey(name, sequence);
    else this.#textKey(name, sequence);
  }

  /** Of the call whose detail is open. */
  showLadder(callId: string, text: string): void {
    const detail = this.#detail;
    if (detail === null || detail.row.record.text("call", "call_id") !== callId) return;
    detail.ladder = text === "" ? [] : text.trimEnd().split("\n").map(cellText);
  }

  /** The rows of the pane that the filter lets through. */
  rows(): WatchRow[] {
    const all = this.#frozen?.get(this.pane) ?? this.#model.list(this.pane);
    const words = this.#filter.toLowerCase().split(" ").filter(Boolean);
    if (words.length === 0) return all;
    return all.filter((row) => {
      const text = rowText(this.pane, row);
      return words.every((word) => text.includes(word));
    });
  }

  /** Exactly `height` lines of at most `width` cells. */
  render({ height, width }: WatchSize, status: WatchStatus, isColored: boolean): string[] {
    const colors = picocolors.createColors(isColored);
    const room = Math.max(1, height - FRAME_ROWS);
    this.#page = room;
    const { records, lastTime } = this.#model;
    const head = `sipsentry watch  ${cellText(status.source)}  ${lastTime.slice(0, 19).replace("T", " ")}  ${status.rates}`;
    const body =
      this.#mode === "list" || this.#mode === "filter"
        ? this.#list(width, room, colors)
        : this.#text(width, room + 1);
    const foot = this.#foot(status, records);
    const lines = [
      colors.bold(fitted(cellText(head), width)),
      tabsLine(this.#model, this.pane, { width, colors }),
      ...body,
      colors.inverse(fitted(foot, width)),
    ];
    return lines.slice(0, height);
  }

  #list(width: number, room: number, colors: WatchColors): string[] {
    const rows = this.rows();
    const at = this.#at(rows);
    if (at < this.#top) this.#top = at;
    if (at >= this.#top + room) this.#top = at - room + 1;
    this.#top = Math.max(0, Math.min(this.#top, Math.max(0, rows.length - room)));
    const table = new WatchTable(this.pane, width, colors);
    const shown = rows
      .slice(this.#top, this.#top + room)
      .map((row, i) => table.row(row, this.#model.lastTime, this.#top + i === at));
    if (rows.length === 0) shown.push(fitted(this.#empty(), width));
    const blank = Array.from({ length: Math.max(0, room - shown.length) }, () => "");
    return [table.head(), ...shown, ...blank];
  }

  #empty(): string {
    if (this.#filter !== "" && this.#model.count(this.pane) > 0)
      return "No row holds the filter's words.";
    const isOfCalls = this.pane === "calls" || this.pane === "streams";
    return isOfCalls
      ? "None so far. A sensor writes calls with --eve-types call; media is told when a call has ended."
      : "None so far.";
  }

  #text(width: number, room: number): string[] {
    const lines = this.#textLines(width);
    this.#top = Math.max(0, Math.min(this.#top, lines.length - room));
    const shown = lines
      .slice(this.#top, this.#top + room)
      .map((line) => fitted(line.slice(this.#side), width));
    return [...shown, ...Array.from({ length: room - shown.length }, () => "")];
  }

  #textLines(width: number): readonly string[] {
    if (this.#mode === "help" || this.#detail === null) return HELP;
    const { ladder, row } = this.#detail;
    const own = detailLines(this.pane, row, width);
    if (this.onLadder === null || this.pane === "cases" || this.pane === "alerts") return own;
    if (ladder === null) return ["The ladder is being read ...", "", ...own];
    return ladder.length === 0 ? own : [...ladder, "", ...own];
  }

  #foot({ state }: WatchStatus, records: number): string {
    if (this.#mode === "filter") return `Filter: ${cellText(this.#typed)}_`;
    const parts = [
      this.#filter === "" ? "" : `filter: ${cellText(this.#filter)}`,
      this.isPaused ? "PAUSED" : "",
      cellText(state),
      `${records} records`,
      this.#mode === "list" ? "Enter shows, / filters, h helps, q ends" : "Esc back",
    ];
    return ` ${parts.filter((part) => part !== "").join("  |  ")}`;
  }

  #at(rows: readonly WatchRow[]): number {
    const key = this.#cursor.get(this.pane);
    return key === undefined
      ? 0
      : Math.max(
          0,
          rows.findIndex((row) => row.key === key),
        );
  }

  #move(step: number): void {
    const rows = this.rows();
    const at = Math.max(0, Math.min(rows.length - 1, this.#at(rows) + step));
    const row = rows[at];
    // The first row is wherever the newest is.
    if (at === 0 || row === undefined) this.#cursor.delete(this.pane);
    else this.#cursor.set(this.pane, row.key);
  }

  #listKey(name: string, sequence: string): void {
    const pane = WATCH_PANES[Number(sequence) - 1];
    const step = STEPS[name] ?? STEPS[sequence];
    if (pane !== undefined) this.#show(pane);
    else if (step !== undefined) this.#move(step(this.#page));
    else if (name === "tab" || name === "f2") this.#show(next(this.pane));
    else if (name === "return" || name === "enter") this.#open();
    else if (sequence === "/" || name === "f3") this.#ask();
    else if (sequence === "p") this.#pause();
    else if (name === "f1" || sequence === "h" || sequence === "?") this.#enter("help");
    else if (name === "escape") this.#filter = "";
    else if (sequence === "q") this.isEnded = true;
  }

  #textKey(name: string, sequence: string): void {
    const step = STEPS[name] ?? STEPS[sequence];
    if (step !== undefined) this.#top += step(this.#page);
    else if (name === "right") this.#side += SIDE_STEP;
    else if (name === "left") this.#side = Math.max(0, this.#side - SIDE_STEP);
    else if (name === "escape" || name === "backspace" || sequence === "q") this.#enter("list");
    else if (name === "return" || name === "enter") this.#enter("list");
  }

  #type(name: string, sequence: string): void {
    if (name === "return" || name === "enter") this.#filter = this.#typed;
    else if (name === "escape") this.#filter = "";
    else if (name === "backspace") this.#typed = [...this.#typed].slice(0, -1).join("");
    else if (
      cellsOf(sequence) === 1 &&
      cellText(sequence) === sequence &&
      this.#typed.length < FILTER_MAX
    )
      this.#typed += sequence;
    if (name === "return" || name === "enter" || name === "escape") this.#enter("list");
  }

  #show(pane: WatchPane): void {
    this.pane = pane;
    this.#top = 0;
  }

  #ask(): void {
    this.#typed = this.#filter;
    this.#mode = "filter";
  }

  #enter(mode: Mode): void {
    this.#mode = mode;
    this.#top = 0;
    this.#side = 0;
    if (mode === "list") this.#detail = null;
  }

  #open(): void {
    const rows = this.rows();
    const row = rows[this.#at(rows)];
    if (row === undefined) return;
    this.#enter("detail");
    this.#detail = { row, ladder: null };
    const callId = row.record.text("call", "call_id");
    if (callId !== "") this.onLadder?.(callId);
  }

  #pause(): void {
    this.isPaused = !this.isPaused;
    this.#frozen = this.isPaused
      ? new Map(WATCH_PANES.map((pane) => [pane, this.#model.list(pane)]))
      : null;
  }
}

const STEPS: Readonly<Record<string, (page: number) => number>> = {
  up: () => -1,
  k: () => -1,
  down: () => 1,
  j: () => 1,
  pageup: (page) => -page,
  pagedown: (page) => page,
  home: () => Number.NEGATIVE_INFINITY,
  g: () => Number.NEGATIVE_INFINITY,
  end: () => 1e9,
  G: () => 1e9,
};

function next(pane: WatchPane): WatchPane {
  return WATCH_PANES[(WATCH_PANES.indexOf(pane) + 1) % WATCH_PANES.length] ?? "cases";
}
