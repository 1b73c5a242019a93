import { DelayQueue } from "../../base/delay-queue.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { RelatedFact } from "../facts/related.ts";
import { destinationText } from "../numbers/destination-text.ts";
import type { CostlyCall } from "./costly-call.ts";
import { HighCostHours, NUMBERS_MANY } from "./high-cost-hours.ts";
import { Spend } from "./spend.ts";

const CALLS_MAX = 16_384;
const PAST_MAX = 4_096;
/** A call that ends so soon after its answer has hardly said anything. */
const SHORT_US = 60_000_000;
/** How often a call that is up is looked at: streams are forgotten a minute after their last packet. */
const LOOK_US = 30_000_000;
/** Both ends silent for so long: mostly the end was not seen. When they are heard again, or hang up, the time between is charged. */
const SILENT_US = 120_000_000;
/** How often the length of a call is told. */
const CHECK_US = 600_000_000;

export interface CostlyParts {
  readonly events: EventList;
  /** ISO 4217; "" without a rate deck. */
  readonly currency: string;
  /** When media of that call was seen last; 0 when none was. */
  lastMediaUs(callKey: number): number;
  /** The break-in that the call follows. */
  relatedTo(call: CostlyCall, nowUs: number): RelatedFact | null;
}

/** Calls that cost, from the answer to the end: how many at once, how long, and what they cost. */
export class CostlyCalls {
  readonly #parts: CostlyParts;
  readonly #spend: Spend;
  readonly #hours = new HighCostHours();
  /** By Call-ID. */
  readonly #up = new KeyMap<CostlyCall>(CALLS_MAX, (call) => this.#over(call, this.#nowUs));
  /** Those that have ended a while ago, by Call-ID, should they go on after all. */
  readonly #past = new KeyMap<CostlyCall>(PAST_MAX, (call) => this.#silent.delete(call));
  /** Of these, the ones that have fallen silent without an end. */
  readonly #silent = new Set<CostlyCall>();
  /** Calls abroad or to high-cost destinations that are up, by `CostlyCall.sumKeys`. */
  readonly #atOnce = new KeyMap<number>(CALLS_MAX);
  readonly #checks = new DelayQueue<CostlyCall>(LOOK_US, CALLS_MAX + PAST_MAX);
  #nowUs = 0.5;

  constructor(parts: CostlyParts) {
    this.#parts = parts;
    this.#spend = new Spend(parts.events, parts.relatedTo.bind(parts));
  }

  isDue(nowUs: number): boolean {
    return this.#spend.isDue(nowUs) || this.#checks.isDue(nowUs);
  }

  advance(nowUs: number): void {
    this.#nowUs = nowUs;
    this.#spend.advance(nowUs);
    while (!this.#parts.events.isHalfFull) {
      const call = this.#checks.takeDue(nowUs);
      if (call === undefined) break;
      call.isWatched = false;
      this.#check(call, nowUs);
    }
  }

  answered(call: CostlyCall, nowUs: number): void {
    this.#nowUs = nowUs;
    const known = this.#up.get(call.callKey);
    if (known !== undefined) this.#over(known, nowUs);
    this.#up.set(call.callKey, call);
    this.#watch(call);
    if (call.rate !== null) this.#spend.begun(call, call.rate, this.#parts.currency, nowUs);
    if (!call.isFar) return;
    const atOnce = Math.max(...call.sumKeys.map((key) => this.#count(key, 1)));
    const kind = call.isTrunk ? EventKind.CALL_FAR_OF_TRUNK : EventKind.CALL_FAR;
    this.#raise(kind, call, atOnce, "calls of this account to such destinations at once", atOnce);
  }

  isFollowed(callKey: number): boolean {
    return this.#up.has(callKey) || this.#past.has(callKey);
  }

  /** No call of that Call-ID is up any more. `isSeen`: its end was seen, it was not only forgotten. */
  ended(callKey: number, nowUs: number, isSeen: boolean): void {
    this.#nowUs = nowUs;
    const call = this.#up.get(callKey);
    if (call !== undefined) {
      this.#up.delete(callKey);
      this.#over(call, nowUs);
      if (isSeen) this.#keep(call);
      if (isSeen) this.#wasShort(call, nowUs);
      if (isSeen) this.#talked(call, nowUs);
      return;
    }
    const silent = this.#past.get(callKey);
    if (silent === undefined || !this.#silent.delete(silent)) return;
    // It had only fallen silent: who pays, pays until now.
    if (isSeen && silent.rate !== null) this.#spend.late(silent, silent.rate, nowUs);
    this.#past.delete(callKey);
  }

  /** It goes on although somebody has hung it up: the meter, too. */
  resumed(callKey: number, nowUs: number): void {
    const call = this.#past.get(callKey);
    if (call === undefined) return;
    this.#nowUs = nowUs;
    this.#goOn(call);
    this.#watch(call);
  }

  #check(call: CostlyCall, nowUs: number): void {
    call.mediaUs = Math.max(call.mediaUs, this.#parts.lastMediaUs(call.callKey));
    const { mediaUs } = call;
    const isSilent = mediaUs > call.answeredUs && nowUs - mediaUs >= SILENT_US;
    if (call.endedUs > 0) {
      if (!this.#silent.has(call)) return;
      if (!isSilent && mediaUs > call.endedUs) this.#goOn(call);
      this.#watch(call);
      return;
    }
    this.#watch(call);
    if (isSilent) {
      // Mostly its end was not seen. Until it is, nobody is charged for what nobody hears.
      this.#up.delete(call.callKey);
      this.#over(call, mediaUs);
      this.#keep(call);
      this.#silent.add(call);
      return;
    }
    if (!call.isFar || nowUs < call.toldUs + CHECK_US) return;
    call.toldUs += CHECK_US * Math.floor((nowUs - call.toldUs) / CHECK_US);
    const { entry } = call.reading;
    const isPremium = entry !== null && entry.class !== "high_cost";
    const seconds = Math.round((nowUs - call.answeredUs) / 1e6);
    const kind = isPremium ? EventKind.CALL_LONG_PREMIUM : EventKind.CALL_LONG_FAR;
    this.#raise(kind, call, seconds, "seconds since it was answered", seconds);
  }

  /** Who shares the revenue is paid for each call from its first second on. */
  #wasShort(call: CostlyCall, nowUs: number): void {
    const lastedUs = nowUs - call.answeredUs;
    if (lastedUs > SHORT_US || call.isTrunk || !call.hasCredentials) return;
    if (call.reading.entry === null) return;
    const seconds = Math.round(lastedUs / 1e6);
    const what = "seconds from answer to end";
    this.#raise(EventKind.CALL_SHORT_HIGH_COST, call, seconds, what, seconds);
  }

  /** It may go on after all. One of before with the same Call-ID will not. */
  #keep(call: CostlyCall): void {
    const before = this.#past.get(call.callKey);
    if (before !== undefined) this.#silent.delete(before);
    this.#past.set(call.callKey, call);
  }

  /** One call at a time, for hours. */
  #talked(call: CostlyCall, nowUs: number): void {
    const time = this.#hours.ended(call, Math.round((nowUs - call.answeredUs) / 1e6), nowUs);
    if (time === null || time.value < 1) return;
    const minutes = Math.floor(time.seconds / 60);
    const numbers = time.numbers < NUMBERS_MANY ? `${time.numbers}` : `${NUMBERS_MANY} or more`;
    const what = `minutes of this caller to high-cost destinations within the day; numbers: ${numbers}`;
    this.#raise(EventKind.CALL_HIGH_COST_HOURS, call, time.value, what, minutes);
  }

  #watch(call: CostlyCall): void {
    if (call.isWatched) return;
    call.isWatched = true;
    this.#checks.push(call, this.#nowUs);
  }

  #goOn(call: CostlyCall): void {
    this.#past.delete(call.callKey);
    this.#silent.delete(call);
    call.endedUs = 0;
    this.#up.set(call.callKey, call);
    if (call.rate !== null) this.#spend.begun(call, call.rate, this.#parts.currency, this.#nowUs);
    if (call.isFar) for (const key of call.sumKeys) this.#count(key, 1);
  }

  #over(call: CostlyCall, endedUs: number): void {
    if (call.endedUs > 0) return;
    call.endedUs = Math.max(endedUs, call.answeredUs, 1);
    if (call.rate !== null) this.#spend.ended(call, call.rate, endedUs, this.#nowUs);
    if (!call.isFar) return;
    for (const key of call.sumKeys) this.#count(key, -1);
  }

  #count(key: number, step: 1 | -1): number {
    const count = Math.max(0, (this.#atOnce.get(key) ?? 0) + step);
    if (count === 0) this.#atOnce.delete(key);
    else this.#atOnce.set(key, count);
    this.#atOnce.touch(key);
    return count;
  }

  #raise(kind: number, call: CostlyCall, value: number, what: string, seen: number): void {
    const event = this.#parts.events.raise(kind, this.#nowUs, value);
    if (event === null) return;
    event.aimAtTransaction(call.parties);
    event.related = this.#parts.relatedTo(call, this.#nowUs);
    event.evidence = [destinationText(call.reading), { what, expected: "", seen: `${seen}` }];
  }
}
