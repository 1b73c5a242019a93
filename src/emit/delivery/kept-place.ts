/** Where a deliverer keeps its place on disk: emit/spool/cursor-file.ts. */
export interface Cursor {
  readonly sequence: number;
  /** Records behind it that were told to be lost. */
  readonly holes: number;
  /** Throws the system's error. */
  write(sequence: number, holes: number): void;
}

const RETRY_MS = 1_000;

/** Last acknowledged sequence of one output; written to disk now and then, and at the end. */
export class KeptPlace {
  /** Why it cannot be written; "" while it can. Then a restart sends more records twice. */
  problem = "";
  readonly #cursor: Cursor;
  readonly #everyMs: number;
  #sequence: number;
  #holes: number;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(cursor: Cursor, everyMs: number) {
    this.#cursor = cursor;
    this.#sequence = cursor.sequence;
    this.#holes = cursor.holes;
    this.#everyMs = everyMs;
  }

  get sequence(): number {
    return this.#sequence;
  }

  moveTo(sequence: number, holes: number): void {
    if (sequence === this.#sequence && holes === this.#holes) return;
    this.#sequence = sequence;
    this.#holes = holes;
    this.#schedule(this.#everyMs);
  }

  /** Writes what is left to write. Never throws. */
  close(): void {
    this.#isClosed = true;
    this.#write();
  }

  #schedule(ms: number): void {
    if (!this.#isClosed) this.#timer ??= setTimeout(() => this.#write(), ms);
  }

  #write(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const isKept = this.#cursor.sequence === this.#sequence && this.#cursor.holes === this.#holes;
    if (isKept) return;
    try {
      this.#cursor.write(this.#sequence, this.#holes);
      this.problem = "";
    } catch (error) {
      this.problem = `cannot keep the place in the spool: ${(error as Error).message}`;
      this.#schedule(RETRY_MS);
    }
  }
}
