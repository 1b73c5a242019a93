import { HyperLogLog } from "./hyper-log-log.ts";
import { KeyTable } from "./key-table.ts";

/** Up to so many distinct keys the count is exact. */
const EXACT_MAX = 8192;
/** 2^14 registers: a standard error of 0.8 %. */
const REGISTER_BITS = 14;

/**
 * How many different keys were seen, in bounded memory: exact while there are few, then an estimate. Keys are
 * keyed hashes of up to 53 bits.
 */
export class DistinctCount {
  #exact: KeyTable | null = new KeyTable(EXACT_MAX);
  readonly #sketch = new HyperLogLog(REGISTER_BITS);

  add(key: number): void {
    this.#sketch.add(key);
    if (this.#exact === null) return;
    if (this.#exact.find(key) >= 0) return;
    if (this.#exact.size === EXACT_MAX) this.#exact = null;
    else this.#exact.add(key);
  }

  get count(): number {
    return this.#exact?.size ?? Math.max(EXACT_MAX, this.#sketch.count);
  }
}
