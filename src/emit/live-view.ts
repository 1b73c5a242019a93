import type * as CliProgress from "cli-progress";
import { loadLater } from "../base/load-later.ts";
import { alertTable } from "./alert-table.ts";
import type { AlertTally } from "./alert-tally.ts";
import { bytes, count, duration } from "./number-text.ts";

/** How far a run is. */
export interface Progress {
  readonly packets: number;
  /** Bytes of the input read so far and in all; `total` 0 where nobody knows, as in live capture. */
  readonly done: number;
  readonly total: number;
  /** How far live capture is behind the wire, milliseconds; -1 where nobody knows. */
  readonly lagMs: number;
}

/** The part of a terminal stream that the view uses. */
export interface Terminal {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

export interface LiveViewOptions {
  readonly terminal: Terminal;
  readonly tally: AlertTally;
  readonly progress: () => Progress;
  readonly isColored: boolean;
}

/** A run that is over sooner shows nothing. */
const FIRST_MS = 1_000;
const REDRAW_MS = 250;
const ROWS_MAX = 20;
const BAR_WIDTH = 30;

const CLEAR_DOWN = "\x1b[0J";
const WRAP_OFF = "\x1b[?7l";
const WRAP_ON = "\x1b[?7h";

/** On a terminal: the latest alerts, repeats counted, and the progress, redrawn in place until the run ends. */
export class LiveView {
  readonly #options: LiveViewOptions;
  #timer: NodeJS.Timeout | null = null;
  #startMs = 0;
  #drawnLines = 0;

  constructor(options: LiveViewOptions) {
    this.#options = options;
  }

  start(): void {
    this.#startMs = Date.now();
    this.#timer = setTimeout(() => {
      this.#timer = setInterval(() => this.#draw(), REDRAW_MS).unref();
      this.#draw();
    }, FIRST_MS).unref();
  }

  /** Takes the view off the screen, so that something else can be written; it comes back by itself. */
  clear(): void {
    if (this.#drawnLines > 0)
      this.#options.terminal.write(`\x1b[${this.#drawnLines}A\r${CLEAR_DOWN}`);
    this.#drawnLines = 0;
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.clear();
  }

  #draw(): void {
    const { terminal, tally, isColored } = this.#options;
    const lines = [this.#statusLine()];
    const groups = tally.recent(Math.max(1, Math.min(ROWS_MAX, (terminal.rows ?? 24) - 4)));
    if (groups.length > 0)
      lines.unshift(alertTable(groups, { isColored, width: terminal.columns ?? 80 }));
    const text = lines.join("\n");
    this.clear();
    // A line that wraps would count as one and be two.
    terminal.write(`${WRAP_OFF}${text}\n${WRAP_ON}`);
    this.#drawnLines = text.split("\n").length;
  }

  #statusLine(): string {
    const { tally, progress } = this.#options;
    const { packets, done, total, lagMs } = progress();
    const seconds = (Date.now() - this.#startMs) / 1_000;
    const counts = `${count(packets)} packets, ${count(tally.total)} alerts`;
    const lag = lagMs < 0 ? "" : `, ${Math.round(lagMs)} ms behind the wire`;
    if (total <= 0) return `${counts}, running for ${duration(seconds)}${lag}`;
    const share = Math.min(1, done / total);
    const left = share > 0 ? `, ${duration(seconds / share - seconds)} left` : "";
    const cliProgress = loadLater("cli-progress") as typeof CliProgress;
    const bar = cliProgress.Format.BarFormat(share, BAR_OPTIONS);
    return `${bar} ${Math.floor(share * 100)} %  ${bytes(done)} of ${bytes(total)}, ${counts}${left}`;
  }
}

const BAR_OPTIONS = {
  barsize: BAR_WIDTH,
  barCompleteString: "█".repeat(BAR_WIDTH),
  barIncompleteString: "░".repeat(BAR_WIDTH),
  barGlue: "",
};
