import { column } from "../../base/column.ts";
import { KeyTable } from "../../base/key-table.ts";

const NUMBERS_MAX = 32_768;
const MINUTE_US = 60_000_000;
/** What is usual is not known before. */
const LEARNING_US = 600_000_000;
const DAY_US = 86_400_000_000;
/** Bits of a row, in words of 32: callers are told apart by the bit that their key falls on (linear counting, Whang 1990). */
const WORDS = 16;
const BITS = 32 * WORDS;
/** Fewer callers within a minute are told to nobody. */
const CALLERS_MIN = 32;
/** From so many on it is looked whether they go on for minutes. */
const CROWD_MIN = 20;
const CROWD_GROWTH = 6;
/** A busy minute counts as usual this long after it: who raises his calls minute by minute makes nothing usual. */
const SETTLE_US = 540_000_000;
/** So many times the busiest minute before it is unusual for that number. */
const GROWTH = 8;

/** Who calls a number within a minute, against the busiest minute that it had before within a day. 100 bytes a number. */
export class CalledNumbers {
  readonly #table = new KeyTable(NUMBERS_MAX);
  readonly #minuteUs = column(Float64Array, NUMBERS_MAX);
  readonly #callers = column(Int32Array, NUMBERS_MAX * WORDS);
  readonly #zeros = column(Uint16Array, NUMBERS_MAX);
  readonly #peak = column(Float64Array, NUMBERS_MAX);
  readonly #peakUs = column(Float64Array, NUMBERS_MAX);
  /** Busiest minute since the last one was taken for usual, and when that was. */
  readonly #young = column(Float64Array, NUMBERS_MAX);
  readonly #youngUs = column(Float64Array, NUMBERS_MAX);
  /** The busiest minute before the one of the last `call`. */
  usual = 0;
  /** With the last `call` so many callers wanted the number within a minute as never before, though not so many that this alone is told. */
  isCrowded = false;
  #startUs = 0;

  /**
   * A new call; number and caller are keys. Returns the callers of the running minute when they have come to the next power of two
   * and are eight times the busiest one before, else 0; 0 in the first ten minutes of all.
   */
  call(number: number, caller: number, nowUs: number): number {
    if (this.#startUs === 0) this.#startUs = nowUs;
    this.isCrowded = false;
    let row = this.#table.find(number);
    if (row < 0) {
      row = this.#table.add(number);
      this.#begin(row, nowUs);
      this.#peak[row] = 0;
      this.#peakUs[row] = nowUs;
      this.#young[row] = 0;
      this.#youngUs[row] = nowUs;
    } else if (nowUs - (this.#minuteUs[row] as number) >= MINUTE_US) this.#next(row, nowUs);
    this.#table.touch(row);
    const bit = caller % BITS;
    const word = row * WORDS + (bit >>> 5);
    const mask = 1 << (bit & 31);
    if (((this.#callers[word] as number) & mask) !== 0) return 0;
    const before = callersOf(this.#zeros[row] as number);
    this.#callers[word] = (this.#callers[word] as number) | mask;
    this.#zeros[row] = (this.#zeros[row] as number) - 1;
    const callers = callersOf(this.#zeros[row] as number);
    this.usual = this.#peak[row] as number;
    if (callers < CROWD_MIN || nowUs - this.#startUs < LEARNING_US) return 0;
    this.isCrowded = before < CROWD_MIN && callers >= CROWD_GROWTH * this.usual;
    if (callers < CALLERS_MIN || callers < GROWTH * this.usual) return 0;
    return Math.clz32(callers) < Math.clz32(before) ? callers : 0;
  }

  #next(row: number, nowUs: number): void {
    const callers = callersOf(this.#zeros[row] as number);
    if (callers > (this.#young[row] as number)) this.#young[row] = callers;
    if (nowUs - (this.#youngUs[row] as number) >= SETTLE_US) this.#settle(row, nowUs);
    this.#begin(row, nowUs);
  }

  #settle(row: number, nowUs: number): void {
    const isOld = nowUs - (this.#peakUs[row] as number) > DAY_US;
    const young = this.#young[row] as number;
    if (isOld || young > (this.#peak[row] as number)) {
      this.#peak[row] = young;
      this.#peakUs[row] = nowUs;
    }
    this.#young[row] = 0;
    this.#youngUs[row] = nowUs;
  }

  #begin(row: number, nowUs: number): void {
    this.#minuteUs[row] = nowUs;
    this.#callers.fill(0, row * WORDS, (row + 1) * WORDS);
    this.#zeros[row] = BITS;
  }
}

/** Estimate of how many fell on the bits that are set. */
function callersOf(zeros: number): number {
  return Math.round(BITS * Math.log(BITS / Math.max(1, zeros)));
}
