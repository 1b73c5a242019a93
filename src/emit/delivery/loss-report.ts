const EVERY_MS = 60_000;
const MIB = 1_048_576;

/** Says that the spool loses records: at once, then once a minute with what came since. */
export class LossReport {
  readonly #dir: string;
  readonly #limit: string;
  readonly #dropped = new MinuteCount();
  readonly #damaged = new MinuteCount();

  constructor(dir: string, maxBytes: number) {
    this.#dir = dir;
    this.#limit = `${Math.round(maxBytes / MIB)} MiB`;
  }

  /**
   * `dropped`: at the size limit, by severity. `gone`: most records that any output has lost or will miss, for
   * whatever reason.
   */
  lines(dropped: ReadonlyMap<number, number>, gone: number, nowMs: number): string[] {
    const full = [...dropped.values()].reduce((sum, count) => sum + count, 0);
    const lines: string[] = [];
    if (this.#dropped.isNews(full, nowMs)) {
      lines.push(
        `spool ${this.#dir} is at its limit of ${this.#limit}: ${full} records are lost so far, the lowest severity first; bring the outputs back or raise spool.maxMib`,
      );
    }
    const damaged = gone - full;
    if (this.#damaged.isNews(damaged, nowMs)) {
      lines.push(
        `spool ${this.#dir}: ${damaged} records are lost so far, because its files were damaged or deleted; check the disk`,
      );
    }
    return lines;
  }
}

/** A count that grows, and is worth a line once a minute. */
export class MinuteCount {
  #told = 0;
  #nextMs = 0;

  isNews(count: number, nowMs: number): boolean {
    if (count <= this.#told || nowMs < this.#nextMs) return false;
    this.#told = count;
    this.#nextMs = nowMs + EVERY_MS;
    return true;
  }
}
