/** The part of a terminal stream that a screen uses. */
export interface ScreenOutput {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";
/** Synchronized output: a terminal that knows it shows the frame when it is whole, others ignore it. */
const BEGIN = "\x1b[?2026h";
const END = "\x1b[?2026l";
const SIZE_DEFAULT = { width: 80, height: 24 };

/** The terminal's second screen: only lines that have changed are written, and what was there before comes back at the end. */
export class WatchScreen {
  readonly #output: ScreenOutput;
  #lines: string[] = [];
  #isOpen = false;

  constructor(output: ScreenOutput) {
    this.#output = output;
  }

  get size(): { readonly width: number; readonly height: number } {
    const { columns, rows } = this.#output;
    return { width: columns || SIZE_DEFAULT.width, height: rows || SIZE_DEFAULT.height };
  }

  open(): void {
    this.#isOpen = true;
    this.#output.write(ENTER);
  }

  /** May be called twice, and when the process ends by a fault. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#output.write(LEAVE);
  }

  /** The size has changed: all is written anew. */
  forget(): void {
    this.#lines = [];
    if (this.#isOpen) this.#output.write("\x1b[2J");
  }

  draw(lines: readonly string[]): void {
    if (!this.#isOpen) return;
    let text = "";
    lines.forEach((line, row) => {
      if (line !== this.#lines[row]) text += `\x1b[${row + 1};1H\x1b[2K${line}\x1b[0m`;
    });
    this.#lines = [...lines];
    if (text !== "") this.#output.write(BEGIN + text + END);
  }
}
