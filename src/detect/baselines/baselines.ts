import type { TrackKey } from "../counters/track-key.ts";
import type { MatchContext } from "../match-context.ts";
import type { BaselineRow } from "./baseline-row.ts";
import type { UsualHour } from "./usual-hours.ts";
import { BIN_US, periodOf } from "./week-bins.ts";

/** Keys that baselines learn, over all rules. */
export const BASELINE_KEYS_MAX = 10_000;
/** A half hour that was seen from so soon after its beginning on counts as whole. */
const BEGIN_US = 60e6;
/** A restart that takes longer leaves a hole. */
const PAUSE_US = 60e6;
/** A key of which little is known gives its place up after so long without an event. */
const SILENT_US = 86_400e6;
/** Longer texts of keys are cut: they come from packets. */
const TEXT_MAX = 128;

/** The keys of one rule, as what bounds and closes all of them sees it. */
export interface BaselineTable {
  readonly size: number;
  /** Keys of which too little is known to be kept before others. */
  readonly youngSize: number;
  /** When the one of these that was not heard of for longest was heard last; Infinity without one. */
  readonly oldestYoungUs: number;
  /** `gid:sid` of its rule. */
  readonly name: string;
  readonly shape: string;
  rows(): Iterable<BaselineRow>;
  closePeriod(period: number, isWhole: boolean): void;
  skipPeriods(): void;
  /** Time is now that half hour, before the one of the rows. */
  rewind(period: number): void;
  dropOldestYoung(): void;
  /** What is usual of a key at a time of the week; null until that is known, and of what is no count. */
  usualAt(key: number, timeUs: number): UsualHour | null;
  /** An empty row, to be filled and given to `restore`. */
  makeRow(): BaselineRow;
  restore(row: BaselineRow): void;
}

/**
 * What all `baseline:` rules have in common: the half hours of packet time, after which each key learns, and room
 * for so many keys. New keys push out those of which little is known once they have been silent for a day, the oldest of the
 * rule that has most; never what was learned over a week.
 */
export class Baselines {
  /** Keys of all rules. */
  rows = 0;
  /** Keys that were forgotten because there were too many. */
  evictions = 0;
  readonly keysMax: number;
  readonly #tables = new Set<BaselineTable>();
  #period = -1;
  #isWhole = false;
  #nextUs = Number.NEGATIVE_INFINITY;
  /** Where the run before this one ended, until the first packet; -1 else. */
  #savedUs = -1;

  constructor(keysMax = BASELINE_KEYS_MAX) {
    this.keysMax = keysMax;
  }

  /** Some rule has a baseline. */
  get isUsed(): boolean {
    return this.#tables.size > 0;
  }

  get tables(): Iterable<BaselineTable> {
    return this.#tables;
  }

  /** The half hour at hand was seen from its beginning on. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** The same of a rule (`gid:sid`); null where it is not in force. */
  usualAt(name: string, key: number, timeUs: number): UsualHour | null {
    for (const table of this.#tables) if (table.name === name) return table.usualAt(key, timeUs);
    return null;
  }

  register(table: BaselineTable): void {
    this.#tables.add(table);
  }

  /** The rule has gone, with all that it learned. */
  release(table: BaselineTable): void {
    if (this.#tables.delete(table)) this.rows -= table.size;
  }

  /** One more key takes the place of another. */
  get isFull(): boolean {
    return this.rows >= this.keysMax;
  }

  /** False when there is no room for one more key of that rule, and none can be made. */
  hasRoom(table: BaselineTable, nowUs: number): boolean {
    return !this.isFull || this.#giver(table, nowUs) !== null;
  }

  /** Makes room for one more key of that rule; false when all that there is stays. */
  makeRoom(table: BaselineTable, nowUs: number): boolean {
    if (!this.isFull) return true;
    const giver = this.#giver(table, nowUs);
    if (giver === null) return false;
    giver.dropOldestYoung();
    this.evictions++;
    return true;
  }

  /**
   * The rule that gives up its oldest young key: the one that has most. What it was heard of within the day stays, as more
   * keys than there is room for would push each other out by turns and none would ever be learned; but a rule that has
   * less than its share takes one of a rule that has more, so that the keys of one never shut out those of all others.
   */
  #giver(table: BaselineTable, nowUs: number): BaselineTable | null {
    const share = this.keysMax / this.#tables.size;
    let most: BaselineTable | null = null;
    for (const other of this.#tables) {
      if (other.youngSize > (most?.youngSize ?? 0)) most = other;
    }
    if (most === null) return null;
    if (table.size < share && most.size > share) return most;
    return most.oldestYoungUs < nowUs - SILENT_US ? most : null;
  }

  /** Learns the half hours that have passed. A comparison when none has. */
  advance(nowUs: number): void {
    if (nowUs < this.#nextUs || this.#tables.size === 0) return;
    if (this.#savedUs >= 0) this.#goOn(nowUs);
    const period = periodOf(nowUs);
    const isSame = period === this.#period;
    const isNext = this.#period >= 0 && period === this.#period + 1;
    if (this.#period >= 0 && period > this.#period) {
      // Of what was not watched nothing is learned: neither the rest of a half hour nor those without a packet.
      const isSeen = this.#isWhole && isNext;
      for (const table of this.#tables) {
        table.closePeriod(this.#period, isSeen);
        if (!isNext) table.skipPeriods();
      }
    }
    this.#period = period;
    if (!isSame) this.#isWhole = isNext || nowUs - period * BIN_US <= BEGIN_US;
    this.#nextUs = (period + 1) * BIN_US;
  }

  /** Goes on where another run ended, at `savedUs` of packet time. */
  resume(savedUs: number, isWhole: boolean): void {
    this.#period = periodOf(savedUs);
    this.#isWhole = isWhole;
    this.#savedUs = savedUs;
    this.#nextUs = Number.NEGATIVE_INFINITY;
  }

  /** The first packet after a restart tells how long nobody watched. */
  #goOn(nowUs: number): void {
    const pauseUs = nowUs - this.#savedUs;
    this.#savedUs = -1;
    if (pauseUs >= 0 && pauseUs <= PAUSE_US) return;
    for (const table of this.#tables) {
      // A capture that is older than the state: levels are good at any time, what was being counted is not.
      if (pauseUs < 0) table.rewind(periodOf(nowUs));
      else table.closePeriod(this.#period, false);
      table.skipPeriods();
    }
    this.#period = -1;
  }

  /** A key as the state file has it: the same in every run. Accounts are told apart by their server. */
  textOf(track: TrackKey, context: MatchContext): string {
    const text = track.text(context).slice(0, TEXT_MAX);
    return track.name.includes("account") ? `${text} ${context.names.text(context.server)}` : text;
  }
}
