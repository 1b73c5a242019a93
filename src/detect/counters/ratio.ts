import type { DetectionEvent } from "../../track/facts/event.ts";
import { SeenValues } from "../seen-values.ts";
import type { CounterBudget } from "./counter-budget.ts";
import { CounterTable } from "./counter-table.ts";
import type { RatioSide } from "./ratio-side.ts";
import type { TrackKey, UniqueField } from "./track-key.ts";

/** `ratio:` as compiled. */
export interface Ratio {
  readonly type: "ratio";
  readonly numerator: RatioSide;
  readonly denominator: RatioSide;
  /** Alerts when numerator / denominator is above this. */
  readonly above: number;
  /** Least numerator that alerts. */
  readonly min: number;
  readonly track: TrackKey;
  readonly seconds: number;
  readonly uniqueOn: UniqueField | null;
  readonly resetOn: readonly number[];
}

/** Parts of a window: it slides in steps of a twelfth, so it covers 11/12 to 12/12 of `seconds`. */
const BUCKETS = 12;
/** Distinct values remembered per side and key; beyond it a side stops growing. */
const SIDE_VALUES_MAX = 4096;
const US_PER_S = 1e6;
const NUMERATOR = 0;
const DENOMINATOR = 1;
/** Place of a sum behind the buckets. */
const SUMS = 2 * BUCKETS;

class RatioEntry {
  /** Counts of each bucket: numerators, then denominators, then both sums. None where values are told apart instead. */
  readonly buckets: number[] | null;
  epoch = 0;
  /** Since when both sides have not been empty. */
  startUs = 0.5;
  /** Null for most keys, as a field that is always a number is 16 bytes more. */
  firedUs: number | null = null;
  /** With `unique_on`: the last epoch in which each value was seen, by side. Most keys have one side only. */
  numerators: SeenValues | null = null;
  denominators: SeenValues | null = null;

  constructor(isUnique: boolean) {
    this.buckets = isUnique ? null : new Array<number>(2 * BUCKETS + 2).fill(0);
  }

  get values(): number {
    return (this.numerators?.size ?? 0) + (this.denominators?.size ?? 0);
  }
}

/**
 * The sliding counters of one `ratio:` rule. A key alerts when its ratio and numerator are high
 * enough, then stays silent for `seconds`: one alert a window while the attack goes on.
 */
export class RatioCounter {
  /** Of the last match that alerted. */
  count = 0;
  windowUs = 0.5;
  ordinal = 0;
  ratio = 0;
  /** Where it began to count. */
  startUs = 0.5;
  readonly spec: Ratio;
  readonly #table: CounterTable<RatioEntry>;
  readonly #bucketUs: number;
  #nowUs = 0.5;
  readonly #isOver = (entry: RatioEntry): boolean =>
    Math.floor(this.#nowUs / this.#bucketUs) - entry.epoch >= BUCKETS && !this.#isSilenced(entry);

  constructor(spec: Ratio, budget: CounterBudget) {
    this.spec = spec;
    this.#bucketUs = (spec.seconds * US_PER_S) / BUCKETS;
    this.#table = new CounterTable(budget);
  }

  get size(): number {
    return this.#table.size;
  }

  /** Values of `unique_on` that were seen in the key's window, of the side that attacks. */
  seen(key: number | string): Iterable<number | string> {
    return this.#table.get(key)?.numerators?.values() ?? [];
  }

  /** Numerator and quotient of the key's window. */
  now(key: number | string): { numerator: number; ratio: number } {
    const entry = this.#table.get(key);
    if (entry === undefined) return { numerator: 0, ratio: 0 };
    const numerator = total(entry, NUMERATOR);
    return { numerator, ratio: numerator / Math.max(1, total(entry, DENOMINATOR)) };
  }

  /** Gives all memory back; the counter is not used any more. */
  drop(): void {
    this.#table.drop();
  }

  /** Counts an event of one or both sides and says whether the rule alerts. */
  match(key: number | string, value: number | string | null, event: DetectionEvent): boolean {
    const { spec } = this;
    if (spec.uniqueOn !== null && value === null) return false;
    const isNumerator = spec.numerator.counts(event);
    const isDenominator = spec.denominator.counts(event);
    if (!isNumerator && !isDenominator) return false;
    this.#nowUs = event.timeUs;
    const entry = this.#entryAt(key);
    const before = entry.values;
    if (isNumerator) add(entry, NUMERATOR, value);
    if (isDenominator) add(entry, DENOMINATOR, value);
    if (entry.values !== before) this.#table.addValues(entry.values - before);
    return this.#decide(entry);
  }

  forget(key: number | string): void {
    this.#table.delete(key);
  }

  /** The key has alerted less than a window ago. */
  #isSilenced(entry: RatioEntry): boolean {
    const { firedUs } = entry;
    return firedUs !== null && this.#nowUs <= firedUs + this.spec.seconds * US_PER_S;
  }

  #decide(entry: RatioEntry): boolean {
    const { spec } = this;
    const numerator = total(entry, NUMERATOR);
    if (numerator < spec.min) return false;
    const ratio = numerator / Math.max(1, total(entry, DENOMINATOR));
    if (ratio <= spec.above || this.#isSilenced(entry)) return false;
    entry.firedUs = this.#nowUs;
    this.count = numerator;
    this.ratio = ratio;
    this.windowUs = this.#nowUs;
    this.startUs = Math.max(entry.startUs, this.#nowUs - spec.seconds * US_PER_S);
    return true;
  }

  #entryAt(key: number | string): RatioEntry {
    const epoch = Math.floor(this.#nowUs / this.#bucketUs);
    let entry = this.#table.get(key);
    if (entry === undefined) {
      entry = new RatioEntry(this.spec.uniqueOn !== null);
      entry.epoch = epoch;
      entry.startUs = this.#nowUs;
      this.#table.add(key, entry, this.#isOver);
    } else if (epoch > entry.epoch) {
      const before = entry.values;
      advance(entry, epoch);
      if (total(entry, NUMERATOR) + total(entry, DENOMINATOR) === 0) entry.startUs = this.#nowUs;
      this.#table.addValues(entry.values - before);
      this.#table.touch(key);
    }
    return entry;
  }
}

/** Moves the window on and clears the buckets that leave it. */
function advance(entry: RatioEntry, epoch: number): void {
  const { buckets } = entry;
  const steps = buckets === null ? 0 : Math.min(BUCKETS, epoch - entry.epoch);
  for (let step = 1; buckets !== null && step <= steps; step++) {
    const bucket = (entry.epoch + step) % BUCKETS;
    for (const side of [NUMERATOR, DENOMINATOR]) {
      const at = side * BUCKETS + bucket;
      buckets[SUMS + side] = (buckets[SUMS + side] as number) - (buckets[at] as number);
      buckets[at] = 0;
    }
  }
  entry.epoch = epoch;
  entry.numerators?.forgetUntil(epoch - BUCKETS);
  entry.denominators?.forgetUntil(epoch - BUCKETS);
}

function add(entry: RatioEntry, side: 0 | 1, value: number | string | null): void {
  const { buckets } = entry;
  if (buckets === null) {
    if (value === null) return;
    const values = seenOf(entry, side);
    if (values.has(value) || values.size < SIDE_VALUES_MAX) values.set(value, entry.epoch);
    return;
  }
  const at = side * BUCKETS + (entry.epoch % BUCKETS);
  buckets[at] = (buckets[at] as number) + 1;
  buckets[SUMS + side] = (buckets[SUMS + side] as number) + 1;
}

function seenOf(entry: RatioEntry, side: 0 | 1): SeenValues {
  if (side === NUMERATOR) {
    entry.numerators ??= new SeenValues();
    return entry.numerators;
  }
  entry.denominators ??= new SeenValues();
  return entry.denominators;
}

function total(entry: RatioEntry, side: 0 | 1): number {
  if (entry.buckets !== null) return entry.buckets[SUMS + side] as number;
  return (side === NUMERATOR ? entry.numerators : entry.denominators)?.size ?? 0;
}
