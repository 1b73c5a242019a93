import { AgedMap } from "../../base/aged-map.ts";
import type { MatchContext } from "../match-context.ts";
import { type Baseline, shapeOf } from "./baseline.ts";
import { BaselineDoor } from "./baseline-door.ts";
import { BaselineJudge, type BaselineVerdict } from "./baseline-judge.ts";
import { BaselineRow, BUCKETS, isLearned } from "./baseline-row.ts";
import type { Baselines, BaselineTable } from "./baselines.ts";
import { BusyKeys } from "./busy-keys.ts";
import { RestoredRows } from "./restored-rows.ts";
import { type UsualHour, usualHour } from "./usual-hours.ts";
import { BIN_US, hourOf, periodOf } from "./week-bins.ts";

const US_PER_S = 1e6;
/** Sides of a share. */
const PART = 0;
const WHOLE = 1;
/** A learned key that is silent for so many half hours (four weeks) is forgotten. */
const FORGET_AGE = 4 * 336;

/**
 * The learned counters of one `baseline:` rule. A match costs one look-up and two additions; limits are worked
 * out once a bucket (a twelfth of the window), learning is done each half hour of packet time for all keys.
 */
export class BaselineCounter implements BaselineTable {
  /** Of the last match that alerted: events in the window, where that began. */
  count = 0;
  windowUs = 0.5;
  startUs = 0.5;
  readonly ordinal = 0;
  verdict: BaselineVerdict | null = null;
  /** When the key was seen first. */
  sinceUs = 0;
  /** The key of the last match is beyond its limit, whether that was told or not. */
  isOver = false;
  readonly spec: Baseline;
  readonly name: string;
  readonly shape: string;
  readonly #baselines: Baselines;
  readonly #judge: BaselineJudge;
  readonly #bucketUs: number;
  readonly #isCount: boolean;
  readonly #hasWindows: boolean;
  readonly #young = new AgedMap<number, BaselineRow>();
  readonly #learned = new Map<number, BaselineRow>();
  readonly #restored = new RestoredRows();
  #latest: BaselineRow | null = null;
  #spare: BaselineRow | null = null;
  readonly #door = new BaselineDoor();
  readonly #busy = new BusyKeys();

  /** `name` is the rule's, over restarts. */
  constructor(spec: Baseline, baselines: Baselines, name: string) {
    this.name = name;
    this.spec = spec;
    this.shape = shapeOf(spec);
    this.#baselines = baselines;
    this.#judge = new BaselineJudge(spec);
    this.#bucketUs = (spec.seconds * US_PER_S) / BUCKETS;
    this.#isCount = spec.measure === "count";
    this.#hasWindows = this.#isCount && spec.seconds * US_PER_S <= BIN_US;
    baselines.register(this);
  }

  get size(): number {
    return this.#young.size + this.#learned.size + this.#restored.size;
  }

  get youngSize(): number {
    return this.#young.size;
  }

  /** In steps of a bucket: a row's age counts from when its bucket moved. */
  get oldestYoungUs(): number {
    const { bucket = Number.POSITIVE_INFINITY } = this.#young.oldest() ?? {};
    return (bucket + 1) * this.#bucketUs;
  }

  /** All keys that something is known of. */
  *rows(): Iterable<BaselineRow> {
    yield* this.#learned.values();
    yield* this.#young.values();
    yield* this.#restored.rows();
  }

  /** Baselines count events, not values. */
  seen(): Iterable<number> {
    return [];
  }

  drop(): void {
    this.#baselines.release(this);
  }

  forget(key: number): void {
    const row = this.#young.get(key) ?? this.#learned.get(key);
    if (row !== undefined) this.#remove(row);
  }

  /** Counts a match of the rule, or an event of one of its sides, and says whether the key leaves its history. */
  match(key: number, context: MatchContext): boolean {
    this.isOver = false;
    const { timeUs } = context;
    this.#baselines.advance(timeUs);
    const { event } = context;
    const { sides } = this.spec;
    if (sides.length === 0) return this.#take(key, context, 0, 1);
    if (event === null) return false;
    switch (this.spec.measure) {
      case "count":
        return sides[0]?.counts(event) === true && this.#take(key, context, 0, 1);
      case "mean":
        return sides[0]?.counts(event) === true && this.#mean(key, context, event.value);
      case "share": {
        const isPart = sides[0]?.counts(event) === true;
        const isWhole = sides[1]?.counts(event) === true;
        const isOver = isPart && this.#take(key, context, PART, 1);
        return (isWhole && this.#take(key, context, WHOLE, 1)) || isOver;
      }
      case "mix": {
        for (let side = 0; side < sides.length; side++) {
          if (sides[side]?.counts(event) === true) return this.#take(key, context, side, 1);
        }
        return false;
      }
    }
  }

  /** The alert that `match` was about to give is kept back, and the key is not quiet for it. */
  unsay(): void {
    if (this.#latest !== null) this.#latest.quietUntilUs = Number.NEGATIVE_INFINITY;
    this.isOver = false;
  }

  /** A half hour has passed. `isWhole`: the sensor saw it from its beginning to its end. */
  closePeriod(period: number, isWhole: boolean): void {
    const { weeksNeeded } = this.#judge;
    for (const row of this.rows()) row.closePeriod(period, isWhole, weeksNeeded);
    for (const row of this.#young.values()) {
      if (!isLearned(row, period)) continue;
      this.#young.delete(row.key);
      this.#learned.set(row.key, row);
    }
    for (const row of [...this.rows()]) {
      if (period - row.lastPeriod > FORGET_AGE) this.#remove(row);
    }
  }

  /** Time has gone on without us: what was counted belongs to no window any more. */
  skipPeriods(): void {
    for (const row of this.rows()) {
      row.half.fill(0);
      row.squares = 0;
      row.windowCount = 0;
      row.isBeforeGood = false;
      row.isOver = false;
    }
  }

  rewind(period: number): void {
    for (const row of this.rows()) {
      row.bucket = 0;
      row.window = 0;
      row.lastPeriod = Math.min(row.lastPeriod, period);
      row.quietUntilUs = Number.NEGATIVE_INFINITY;
    }
  }

  dropOldestYoung(): void {
    const row = this.#young.oldest();
    if (row !== undefined) this.#remove(row);
    this.#spare = row ?? null;
  }

  usualAt(key: number, timeUs: number): UsualHour | null {
    if (!this.#isCount) return null;
    const row = this.#learned.get(key) ?? this.#young.get(key);
    return row === undefined ? null : usualHour(row.profile, this.spec.bins, timeUs);
  }

  makeRow(): BaselineRow {
    return new BaselineRow(this.spec);
  }

  /** A row that a state file has; its key is told by its text when it is seen again. */
  restore(row: BaselineRow): void {
    row.moveTo(row.bucket);
    if (this.#isCount) this.#judge.aim(row, this.#bucketUs);
    this.#restored.add(row);
    this.#baselines.rows++;
  }

  #mean(key: number, context: MatchContext, value: number): boolean {
    const isOver = this.#take(key, context, 0, 1);
    this.#latest?.add(1, value);
    return isOver;
  }

  #take(key: number, context: MatchContext, part: number, amount: number): boolean {
    const { timeUs } = context;
    const row = this.#rowOf(key, context, part);
    if (row === null) return false;
    const bucket = Math.floor(timeUs / this.#bucketUs);
    const isMoved = bucket > row.bucket;
    if (isMoved) this.#move(row, bucket);
    row.add(part, amount);
    if (this.#isCount) {
      const isOver = row.sum > row.high;
      if (isOver) {
        row.isOver = true;
        this.isOver = row.sum >= this.spec.min && this.spec.direction !== "below";
        if (this.isOver) return this.#tell(row, this.#judge.count(row, row.sum), timeUs);
      }
      if (this.spec.direction === "above") return false;
    }
    if (!isMoved) {
      this.isOver = row.isOver;
      return false;
    }
    const verdict = this.#judge.whole(row, this.#bucketUs);
    if (verdict === null) return false;
    row.isOver = true;
    this.isOver = true;
    return this.#tell(row, verdict, timeUs);
  }

  #move(row: BaselineRow, bucket: number): void {
    if (this.#hasWindows) {
      const level = row.profile.level(this.spec.bins.of(periodOf(bucket * this.#bucketUs)), 1);
      row.closeWindows(Math.floor(bucket / BUCKETS), level);
    }
    row.moveTo(bucket);
    if (this.#isCount) this.#judge.aim(row, this.#bucketUs);
    this.#young.touch(row.key);
  }

  #tell(row: BaselineRow, verdict: BaselineVerdict, timeUs: number): boolean {
    if (timeUs < row.quietUntilUs) return false;
    row.quietUntilUs = timeUs + this.spec.quietSeconds * US_PER_S;
    this.verdict = verdict;
    this.count = Math.round(verdict.weight);
    this.windowUs = row.bucket * this.#bucketUs;
    this.startUs = Math.max(0, this.windowUs - this.spec.seconds * US_PER_S);
    this.sinceUs = row.bornPeriod * BIN_US;
    return true;
  }

  /** Null when a key that is new has too few events to learn from, or there is no room for it. */
  #rowOf(key: number, context: MatchContext, part: number): BaselineRow | null {
    if (this.#latest !== null && this.#latest.key === key) return this.#latest;
    const learned = this.#learned.size > 0 ? this.#learned.get(key) : undefined;
    const row = learned ?? this.#young.get(key) ?? this.#made(key, context, part);
    this.#latest = row;
    return row;
  }

  #made(key: number, context: MatchContext, part: number): BaselineRow | null {
    const { timeUs } = context;
    const baselines = this.#baselines;
    const known = this.#claimed(context);
    if (known !== null) {
      known.key = key;
      if (isLearned(known, periodOf(timeUs))) this.#learned.set(key, known);
      else this.#young.set(key, known);
      return known;
    }
    if (!this.#isCount && !this.#teaches(key, part, timeUs)) return null;
    if (baselines.isFull && baselines.hasRoom(this, timeUs) && this.#door.isFirst(key)) return null;
    if (!baselines.makeRoom(this, timeUs)) return null;
    const row = this.#spare ?? new BaselineRow(this.spec);
    this.#spare = null;
    const text = baselines.textOf(this.spec.track, context);
    row.begin(key, text, periodOf(timeUs), Math.floor(timeUs / this.#bucketUs));
    this.#young.set(key, row);
    this.#baselines.rows++;
    return row;
  }

  /** Phones would take the room of trunks, and of the accounts that other rules learn: they are as many, and call seldom. */
  #teaches(key: number, part: number, timeUs: number): boolean {
    const isWeighed = this.spec.measure !== "share" || part === WHOLE;
    return isWeighed && this.#busy.isBusy(key, hourOf(timeUs));
  }

  #claimed(context: MatchContext): BaselineRow | null {
    if (this.#restored.size === 0) return null;
    return this.#restored.claim(this.#baselines.textOf(this.spec.track, context));
  }

  #remove(row: BaselineRow): void {
    if (row === this.#latest) this.#latest = null;
    this.#baselines.rows--;
    if (this.#young.get(row.key) === row) this.#young.delete(row.key);
    else if (this.#learned.get(row.key) === row) this.#learned.delete(row.key);
    else this.#restored.remove(row);
  }
}
