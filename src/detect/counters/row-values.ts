import { SeenValues } from "../seen-values.ts";
import { type CounterRows, FLOATS, INTS, OWN_FLOAT, OWN_INT } from "./counter-rows.ts";

/** A threshold counts values of one side, a ratio of two. */
export type Side = 0 | 1;
export const NUMERATOR = 0;
export const DENOMINATOR = 1;

/** Places in a row: which side the only value is of (0: there is none), its epoch, and the value. */
const SIDE = OWN_INT;
const EPOCH = OWN_INT + 1;
const VALUE = OWN_FLOAT;
/** The first places that are left to the counter. */
export const FREE_INT = OWN_INT + 2;
export const FREE_FLOAT = OWN_FLOAT + 1;

/** The values of a key that has more than one. */
export interface SidedValues {
  numerators: SeenValues | null;
  denominators: SeenValues | null;
}

/**
 * Distinct values that a key has seen, each with the epoch in which it came last. Most keys never get a second one: the
 * first has room in the row, and all are in `CounterRows.more` from the second on.
 */
export class RowValues {
  readonly #rows: CounterRows;

  constructor(rows: CounterRows) {
    this.#rows = rows;
  }

  /** Of one side. */
  size(row: number, side: Side): number {
    const more = this.#more(row);
    if (more !== null) return seenOf(more, side)?.size ?? 0;
    return this.#rows.ints[INTS * row + SIDE] === side + 1 ? 1 : 0;
  }

  /** Of both sides. */
  total(row: number): number {
    const more = this.#more(row);
    if (more !== null) return (more.numerators?.size ?? 0) + (more.denominators?.size ?? 0);
    return this.#rows.ints[INTS * row + SIDE] === 0 ? 0 : 1;
  }

  has(row: number, side: Side, value: number): boolean {
    const more = this.#more(row);
    if (more !== null) return seenOf(more, side)?.has(value) === true;
    const { floats, ints } = this.#rows;
    return ints[INTS * row + SIDE] === side + 1 && floats[FLOATS * row + VALUE] === value;
  }

  /** In no order that means anything. */
  values(row: number, side: Side): Iterable<number> {
    const more = this.#more(row);
    if (more !== null) return seenOf(more, side)?.values() ?? [];
    return this.size(row, side) === 0 ? [] : [this.#rows.floats[FLOATS * row + VALUE] as number];
  }

  /** Adds a value, or notes that it came again. `epoch`: an integer. */
  set(row: number, side: Side, value: number, epoch: number): void {
    const { floats, ints } = this.#rows;
    let more = this.#more(row);
    if (more === null) {
      const start = INTS * row;
      const known = ints[start + SIDE] as number;
      if (known === 0 || (known === side + 1 && floats[FLOATS * row + VALUE] === value)) {
        ints[start + SIDE] = side + 1;
        ints[start + EPOCH] = epoch | 0;
        floats[FLOATS * row + VALUE] = value;
        return;
      }
      more = { numerators: null, denominators: null };
      const first = makeSeen(more, known === 1 ? NUMERATOR : DENOMINATOR);
      first.set(floats[FLOATS * row + VALUE] as number, epoch - this.#age(row, epoch));
      this.#rows.more[row] = more;
    }
    (seenOf(more, side) ?? makeSeen(more, side)).set(value, epoch);
  }

  /** Forgets what came last in that epoch, or before. */
  forgetUntil(row: number, epoch: number): void {
    const more = this.#more(row);
    if (more !== null) {
      more.numerators?.forgetUntil(epoch);
      more.denominators?.forgetUntil(epoch);
      if (this.total(row) === 0) this.clear(row);
    } else if (this.#age(row, epoch) >= 0) this.clear(row);
  }

  clear(row: number): void {
    this.#rows.more[row] = null;
    this.#rows.ints[INTS * row + SIDE] = 0;
  }

  #more(row: number): SidedValues | null {
    return this.#rows.more[row] as SidedValues | null;
  }

  /** Epochs since the only value came: right over 2^31 of them, of which the lower 32 bits are kept. */
  #age(row: number, epoch: number): number {
    return ((epoch | 0) - (this.#rows.ints[INTS * row + EPOCH] as number)) | 0;
  }
}

function seenOf(more: SidedValues, side: Side): SeenValues | null {
  return side === NUMERATOR ? more.numerators : more.denominators;
}

function makeSeen(more: SidedValues, side: Side): SeenValues {
  const seen = new SeenValues();
  if (side === NUMERATOR) more.numerators = seen;
  else more.denominators = seen;
  return seen;
}
