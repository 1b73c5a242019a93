import { column } from "../../base/column.ts";
import { KeyTable } from "../../base/key-table.ts";
import { FEATURE_COUNT, FEATURES, type FeatureGroup, Habit } from "./habit-features.ts";

/** Kinds of messages of senders that are remembered: 350 bytes each. */
const ROWS_MAX = 16_384;
/** Messages that are held against each other; then counting begins anew. */
const WINDOW = 64;
/** As many messages that say the same make a habit. */
const LEARNT_AFTER = 12;
/** What goes on into the next window. */
const KEPT = LEARNT_AFTER;
const NONE = -1;
/** Words of the bits of forms that were seen. */
const WORDS = 2;

const HABITS = Uint8Array.from(FEATURES, ({ habit }) => habit);
const ODD_MIN = Uint8Array.from(FEATURES, ({ oddMin }) => oddMin);

/**
 * What one sender usually writes in messages of one kind, as a form (a hash or a number) of each feature: the last one, the ones seen
 * before as bits, and how many broke the habit. Bounded; allocates nothing.
 */
export class HabitTable {
  /** The feature that is nearly odd after the latest message; -1 when there is none. */
  nearly = NONE;
  /** CSeq of the latest message of a row that was compared by it; -1 before the first. */
  readonly cseqs = column(Int32Array, ROWS_MAX);
  readonly #rows = new KeyTable(ROWS_MAX);
  readonly #messages = column(Uint8Array, ROWS_MAX);
  /** A bit of each feature that never was a habit. */
  readonly #restless = column(Int32Array, ROWS_MAX);
  readonly #last = column(Int32Array, ROWS_MAX * FEATURE_COUNT);
  readonly #seen = column(Int32Array, ROWS_MAX * FEATURE_COUNT * WORDS);
  readonly #odd = column(Uint8Array, ROWS_MAX * FEATURE_COUNT);

  /** Messages of that row's window so far. */
  messages(row: number): number {
    return this.#messages[row] as number;
  }

  /** How many of them broke the habit. */
  odd(row: number, feature: number): number {
    return this.#odd[row * FEATURE_COUNT + feature] as number;
  }

  /** The row of a kind of messages, made when there is none. */
  row(key: number): number {
    const known = this.#rows.find(key);
    if (known >= 0) {
      this.#rows.touch(known);
      return known;
    }
    const row = this.#rows.add(key);
    this.#messages[row] = 0;
    this.#restless[row] = 0;
    this.cseqs[row] = NONE;
    const at = row * FEATURE_COUNT;
    this.#last.fill(0, at, at + FEATURE_COUNT);
    this.#seen.fill(0, WORDS * at, WORDS * (at + FEATURE_COUNT));
    this.#odd.fill(0, at, at + FEATURE_COUNT);
    return row;
  }

  /**
   * Holds the forms of a message against what was usual; 0 stands for what it does not have. The first feature that became odd with it,
   * once a window; -1 when there is none.
   */
  compare(row: number, forms: Int32Array, { end, first }: FeatureGroup): number {
    const messages = this.#messages[row] as number;
    if (messages === WINDOW) this.#renew(row);
    this.#messages[row] = (this.#messages[row] as number) + 1;
    const base = row * FEATURE_COUNT;
    let found = NONE;
    this.nearly = NONE;
    for (let feature = first; feature < end; feature++) {
      const form = forms[feature] as number;
      const at = base + feature;
      const last = this.#last[at] as number;
      if (form === last || form === 0) continue;
      this.#last[at] = form;
      if (!this.#isOdd(row, feature, form, last)) continue;
      const odd = (this.#odd[at] as number) + 1;
      if (odd > 255) continue;
      this.#odd[at] = odd;
      if (odd === ODD_MIN[feature]) found = feature;
      else if (odd + 1 === ODD_MIN[feature]) this.nearly = feature;
      // What breaks habits stays, however many well-behaved ones come.
      if (odd === 2) this.#rows.promote(row);
    }
    return found;
  }

  #isOdd(row: number, feature: number, form: number, last: number): boolean {
    const at = row * FEATURE_COUNT + feature;
    const wasSeen = this.#see(at, form);
    if (last === 0) return false;
    const habit = HABITS[feature];
    if (habit === Habit.FIXED) return true;
    if (wasSeen) return false;
    if (habit === Habit.FEW) return true;
    const restless = this.#restless[row] as number;
    if ((this.#messages[row] as number) <= LEARNT_AFTER) {
      this.#restless[row] = restless | (1 << feature);
      return false;
    }
    return (restless & (1 << feature)) === 0;
  }

  /** Notes a form among those that were seen. Two may share a bit: one of them is no news then. */
  #see(at: number, form: number): boolean {
    const place = Math.imul(form ^ (form >>> 16), 0x9e3779b1) >>> 26;
    const word = WORDS * at + (place >>> 5);
    const bit = 1 << (place & 31);
    const seen = this.#seen[word] as number;
    this.#seen[word] = seen | bit;
    return (seen & bit) !== 0;
  }

  #renew(row: number): void {
    this.#messages[row] = KEPT;
    const base = row * FEATURE_COUNT;
    this.#seen.fill(0, WORDS * base, WORDS * (base + FEATURE_COUNT));
    for (let at = base; at < base + FEATURE_COUNT; at++) {
      this.#odd[at] = 0;
      const last = this.#last[at] as number;
      if (last !== 0) this.#see(at, last);
    }
  }
}
