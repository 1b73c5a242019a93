import { DelayQueue } from "../../base/delay-queue.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { RelatedFact } from "../facts/related.ts";
import { destinationText } from "../numbers/destination-text.ts";
import type { CostlyCall } from "./costly-call.ts";
import { Spend } from "./spend.ts";

const CALLS_MAX = 16_384;
/** How often a call that is up is looked at. */
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
  /** By Call-ID. */
  readonly #up = new KeyMap<CostlyCall>(CALLS_MAX, (call) => this.#over(call, this.#nowUs));
  /** Calls abroad or to dear destinations that are up, by `CostlyCall.sumKeys`. */
  readonly #atOnce = new KeyMap<number>(CALLS_MAX);
  readonly #checks = new DelayQueue<CostlyCall>(CHECK_US, CALLS_MAX);
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
      if (call === undefined) return;
      if (call.endedUs === 0) this.#check(call, nowUs);
    }
  }

  answered(call: CostlyCall, nowUs: number): void {
    this.#nowUs = nowUs;
    const known = this.#up.get(call.callKey);
    if (known !== undefined) this.#over(known, nowUs);
    this.#up.set(call.callKey, call);
    this.#checks.push(call, nowUs);
    if (call.rate !== null) this.#spend.begun(call, call.rate, this.#parts.currency, nowUs);
    if (!call.isFar) return;
    const atOnce = Math.max(...call.sumKeys.map((key) => this.#count(key, 1)));
    const kind = call.isTrunk ? EventKind.CALL_FAR_OF_TRUNK : EventKind.CALL_FAR;
    this.#raise(kind, call, atOnce, "calls of this account to such destinations at once", atOnce);
  }

  isFollowed(callKey: number): boolean {
    return this.#up.size > 0 && this.#up.has(callKey);
  }

  /** No call of that Call-ID is up any more. */
  ended(callKey: number, nowUs: number): void {
    const call = this.#up.get(callKey);
    if (call === undefined) return;
    this.#nowUs = nowUs;
    this.#up.delete(callKey);
    this.#over(call, nowUs);
  }

  #check(call: CostlyCall, nowUs: number): void {
    const mediaUs = this.#parts.lastMediaUs(call.callKey);
    if (mediaUs > call.answeredUs && nowUs - mediaUs >= CHECK_US) {
      // Its end was not seen: what nobody hears is not charged.
      this.#up.delete(call.callKey);
      this.#over(call, mediaUs);
      return;
    }
    this.#checks.push(call, nowUs);
    if (!call.isFar) return;
    const { entry } = call.reading;
    const isPremium = entry !== null && entry.class !== "high_cost";
    const seconds = Math.round((nowUs - call.answeredUs) / 1e6);
    const kind = isPremium ? EventKind.CALL_LONG_PREMIUM : EventKind.CALL_LONG_FAR;
    this.#raise(kind, call, seconds, "seconds since it was answered", seconds);
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
