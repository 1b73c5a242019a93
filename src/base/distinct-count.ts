import { KeyTable } from "./key-table.ts";

/** Up to so many distinct keys the count is exact. */
const EXACT_MAX = 8192;
/** 2^14 registers: a standard error of 0.8 %. */
const REGISTER_BITS = 14;
const REGISTERS = 1 << REGISTER_BITS;

/**
 * How many different keys were seen, in bounded memory: exact while there are few, then an estimate
 * (HyperLogLog: Flajolet, Fusy, Gandouet, Meunier 2007). Keys are keyed hashes of up to 53 bits, so the
 * estimate differs a little from run to run.
 */
export class DistinctCount {
  #exact: KeyTable | null = new KeyTable(EXACT_MAX);
  readonly #registers = new Uint8Array(REGISTERS);

  add(key: number): void {
    const high = (key / 0x100000000) | 0;
    const register = key & (REGISTERS - 1);
    // The rest of the low half and the 21 bits of the high one: zeros in front of the first one bit.
    const rest = (((key | 0) >>> REGISTER_BITS) | (high << (32 - REGISTER_BITS))) >>> 0;
    const zeros = Math.clz32(rest) + 1;
    if (zeros > (this.#registers[register] as number)) this.#registers[register] = zeros;
    if (this.#exact === null) return;
    if (this.#exact.find(key) >= 0) return;
    if (this.#exact.size === EXACT_MAX) this.#exact = null;
    else this.#exact.add(key);
  }

  get count(): number {
    if (this.#exact !== null) return this.#exact.size;
    let sum = 0;
    for (const zeros of this.#registers) sum += 2 ** -zeros;
    const alpha = 0.7213 / (1 + 1.079 / REGISTERS);
    return Math.max(EXACT_MAX, Math.round((alpha * REGISTERS * REGISTERS) / sum));
  }
}
