import { column } from "../../base/column.ts";
import { KeyTable } from "../../base/key-table.ts";

const NUMBERS_MAX = 32_768;
const MINUTE_US = 60_000_000;
/** What is usual is not known before. */
const LEARNING_US = 600_000_000;
const DAY_US = 86_400_000_000;
/** So many callers of a number lie in its row; further ones of a crowded one in a set. */
const FEW = 16;
/** Of all crowded numbers together. More of them within a minute are a flood that others tell, and no caller counts any more. */
const CROWDS_MAX = 65_536;
/** Fewer callers within a minute are told to nobody. */
const CALLERS_MIN = 32;
/** From so many on it is looked whether they go on for minutes. */
const CROWD_MIN = 20;
const CROWD_GROWTH = 6;
/** A busy minute counts as usual this long after it: who raises his calls minute by minute makes nothing usual. */
const SETTLE_US = 540_000_000;
/** So many times the busiest minute before it is unusual for that number. */
const GROWTH = 8;

/**
 * Who calls a number within a minute, against the busiest minute that it had before within a day. 170 bytes a number. Callers are told
 * apart for certain: an estimate by their keys would be another one in each run.
 */
export class CalledNumbers {
  readonly #table = new KeyTable(NUMBERS_MAX);
  readonly #minuteUs = column(Float64Array, NUMBERS_MAX);
  readonly #few = column(Float64Array, NUMBERS_MAX * FEW);
  readonly #callers = column(Int32Array, NUMBERS_MAX);
  readonly #crowds = new Map<number, Set<number>>();
  #crowded = 0;
  readonly #peak = column(Float64Array, NUMBERS_MAX);
  readonly #peakUs = column(Float64Array, NUMBERS_MAX);
  /** Busiest minute since the last one was taken for usual, and when that was. */
  readonly #young = column(Float64Array, NUMBERS_MAX);
  readonly #youngUs = column(Float64Array, NUMBERS_MAX);
  /** The busiest minute before the one of the last `call`. */
  usual = 0;
  /** With the last `call` so many callers wanted the number within a minute as never before, though not so many that this alone is told. */
  isCrowded = false;
  /** With the last `call` so many callers wanted it within a minute, whatever is usual. */
  isMany = false;
  #startUs = 0;

  /**
   * A new call; number and caller are keys. Returns the callers of the running minute when they have come to the next power of two
   * and are eight times the busiest one before, else 0; 0 in the first ten minutes of all.
   */
  call(number: number, caller: number, nowUs: number): number {
    if (this.#startUs === 0) this.#startUs = nowUs;
    this.isCrowded = false;
    this.isMany = false;
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
    const before = this.#callers[row] as number;
    if (!this.#note(row, caller)) return 0;
    const callers = before + 1;
    this.usual = this.#peak[row] as number;
    this.isMany = callers === CROWD_MIN;
    if (callers < CROWD_MIN || nowUs - this.#startUs < LEARNING_US) return 0;
    this.isCrowded = before < CROWD_MIN && callers >= CROWD_GROWTH * this.usual;
    if (callers < CALLERS_MIN || callers < GROWTH * this.usual) return 0;
    return Math.clz32(callers) < Math.clz32(before) ? callers : 0;
  }

  #next(row: number, nowUs: number): void {
    const callers = this.#callers[row] as number;
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
    this.#callers[row] = 0;
    this.#crowded -= this.#crowds.get(row)?.size ?? 0;
    this.#crowds.delete(row);
  }

  /** False for one that has called within the minute, and where there is no room for more. */
  #note(row: number, caller: number): boolean {
    const count = this.#callers[row] as number;
    const first = row * FEW;
    const crowd = this.#crowds.get(row);
    if (crowd?.has(caller) === true) return false;
    for (let at = first; at < first + Math.min(count, FEW); at++) {
      if (this.#few[at] === caller) return false;
    }
    if (count < FEW) this.#few[first + count] = caller;
    else {
      if (this.#crowded === CROWDS_MAX) return false;
      if (crowd === undefined) this.#crowds.set(row, new Set([caller]));
      else crowd.add(caller);
      this.#crowded++;
    }
    this.#callers[row] = count + 1;
    return true;
  }
}
