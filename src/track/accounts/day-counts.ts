import { column } from "../../base/column.ts";

/** A try older than a day no longer belongs to a streak; it leaves in steps of three hours. */
const BUCKETS = 8;
const BUCKET_US = 3 * 3_600_000_000;
const BUCKET_MAX = 65_535;

/** Counts of the last 24 hours for many rows, 20 bytes each whatever an attacker does. */
export class DayCounts {
  readonly #buckets: Uint16Array;
  readonly #epoch: Int32Array;

  constructor(capacity: number) {
    this.#buckets = column(Uint16Array, capacity * BUCKETS);
    this.#epoch = column(Int32Array, capacity);
  }

  clear(row: number): void {
    this.#buckets.fill(0, row * BUCKETS, (row + 1) * BUCKETS);
  }

  add(row: number, count: number, nowUs: number): void {
    this.#advance(row, nowUs);
    const at = row * BUCKETS + ((this.#epoch[row] as number) % BUCKETS);
    this.#buckets[at] = Math.min(BUCKET_MAX, (this.#buckets[at] as number) + count);
  }

  sum(row: number, nowUs: number): number {
    this.#advance(row, nowUs);
    let sum = 0;
    for (let at = row * BUCKETS; at < (row + 1) * BUCKETS; at++) sum += this.#buckets[at] as number;
    return sum;
  }

  #advance(row: number, nowUs: number): void {
    const epoch = Math.max(0, Math.floor(nowUs / BUCKET_US));
    const steps = epoch - (this.#epoch[row] as number);
    if (steps === 0) return;
    if (steps < 0 || steps >= BUCKETS) this.clear(row);
    for (let step = 1; step <= steps && step < BUCKETS; step++) {
      this.#buckets[row * BUCKETS + (((this.#epoch[row] as number) + step) % BUCKETS)] = 0;
    }
    this.#epoch[row] = epoch;
  }
}
