import { type DueItem, DueQueue } from "../../base/due-queue.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { Contradiction, EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { RelatedFact } from "../facts/related.ts";
import { moneyText } from "../numbers/call-costs.ts";
import { priceOf, type Rate } from "../numbers/rate-deck.ts";
import type { CostlyCall } from "./costly-call.ts";
import { SlidingHour } from "./sliding-hour.ts";

const ACCOUNTS_MAX = 8_192;
/** Key of the sum over all accounts. */
const ALL = 0;
const US_PER_MINUTE = 60_000_000;
/** The next amount is looked for no sooner: sums of fractions may fall short of it by a hair. */
const WAIT_MIN_US = 1_000_000;
/** Calls up that the evidence lists. */
const LISTED_MAX = 4;
const CALLS_KEPT = 32;

interface Spender extends DueItem {
  readonly hour: SlidingHour;
  /** What the calls that are up cost together, for each microsecond. */
  perUs: number;
  /** Until when that is in the sum. */
  sinceUs: number;
  up: number;
  /** The latest calls that are up. */
  calls: readonly CostlyCall[];
  /** The latest call of all, which a fact is about. */
  latest: CostlyCall;
  /** Amount from which on it is told again. */
  next: number;
}

/**
 * What calls cost by the operator's rate deck, by account and in all, while they are up: each sum knows when it will come to its
 * next amount, so nothing is asked in between. Calls that are up count by the second, ended ones in the deck's increments.
 */
export class Spend {
  readonly #events: EventList;
  readonly #relatedTo: (call: CostlyCall, nowUs: number) => RelatedFact | null;
  readonly #spenders = new KeyMap<Spender>(ACCOUNTS_MAX, (gone) => this.#due.delete(gone));
  readonly #due = new DueQueue<Spender>();
  #currency = "";
  #count = 0;

  constructor(
    events: EventList,
    relatedTo: (call: CostlyCall, nowUs: number) => RelatedFact | null,
  ) {
    this.#events = events;
    this.#relatedTo = relatedTo;
  }

  isDue(nowUs: number): boolean {
    return this.#due.nextUs <= nowUs;
  }

  advance(nowUs: number): void {
    while (!this.#events.isHalfFull && this.isDue(nowUs)) {
      const spender = this.#due.first();
      if (spender === undefined) return;
      this.#judge(spender, nowUs);
    }
  }

  /** A call is answered, or goes on after it had seemed to have ended: then the time between is charged, too. */
  begun(call: CostlyCall, rate: Rate, currency: string, nowUs: number): void {
    this.#currency = currency;
    const due = costOf(call, rate, nowUs) - call.charged;
    for (const key of [ALL, call.accountKey]) {
      const spender = this.#of(key, call, nowUs);
      this.#flow(spender, nowUs);
      spender.latest = call;
      spender.up++;
      spender.calls = [...spender.calls, call].slice(-CALLS_KEPT);
      spender.perUs += rate.perMinute / US_PER_MINUTE;
      spender.hour.add(Math.min(due, mostOf(rate)), nowUs);
      this.#judge(spender, nowUs);
    }
  }

  /** `endedUs` may be earlier than now, when nobody saw it end. */
  ended(call: CostlyCall, rate: Rate, endedUs: number, nowUs: number): void {
    const { accountKey, answeredUs } = call;
    const charged = costOf(call, rate, nowUs);
    const due = priceOf(rate, Math.max(0, endedUs - answeredUs) / 1e6);
    call.charged = due;
    for (const key of [ALL, accountKey]) {
      const spender = this.#spenders.get(key);
      // Forgotten in between, and begun anew by another call.
      if (spender === undefined || !this.#counts(spender, key, call)) continue;
      this.#flow(spender, nowUs);
      spender.up--;
      spender.calls = spender.calls.filter((other) => other !== call);
      spender.perUs = spender.up === 0 ? 0 : spender.perUs - rate.perMinute / US_PER_MINUTE;
      spender.hour.add(due - charged, nowUs);
      this.#judge(spender, nowUs);
    }
  }

  /** Its end was seen long after it had fallen silent. */
  late(call: CostlyCall, rate: Rate, nowUs: number): void {
    const due = priceOf(rate, (nowUs - call.answeredUs) / 1e6) - call.charged;
    for (const key of [ALL, call.accountKey]) {
      const spender = this.#of(key, call, nowUs);
      spender.hour.add(Math.min(due, mostOf(rate)), nowUs);
      this.#judge(spender, nowUs);
    }
  }

  #counts(spender: Spender, key: number, call: CostlyCall): boolean {
    if (spender.up === 0) return false;
    return key === ALL || spender.calls.includes(call) || spender.up > spender.calls.length;
  }

  #of(key: number, call: CostlyCall, nowUs: number): Spender {
    let spender = this.#spenders.get(key);
    if (spender === undefined) {
      spender = {
        hour: new SlidingHour(),
        perUs: 0,
        sinceUs: nowUs,
        up: 0,
        calls: [],
        latest: call,
        next: stepAbove(0),
        dueUs: 0,
        ordinal: this.#count++,
        dueIndex: -1,
      };
      this.#spenders.set(key, spender);
      if (key === ALL) this.#spenders.promote(key);
    }
    this.#spenders.touch(key);
    return spender;
  }

  #flow(spender: Spender, nowUs: number): void {
    spender.hour.flow(spender.perUs, spender.sinceUs, nowUs);
    spender.sinceUs = nowUs;
  }

  /** Tells of the amount when it has come to the next one, and says when that will be. */
  #judge(spender: Spender, nowUs: number): void {
    this.#flow(spender, nowUs);
    const sum = spender.hour.at(nowUs);
    if (sum >= spender.next) this.#raise(spender, sum, nowUs);
    spender.next = stepAbove(sum);
    if (spender.perUs <= 0) {
      this.#due.delete(spender);
      return;
    }
    const waitUs = Math.max(WAIT_MIN_US, Math.ceil((spender.next - sum) / spender.perUs));
    this.#due.reschedule(spender, nowUs + waitUs);
  }

  #raise(spender: Spender, sum: number, nowUs: number): void {
    const isAll = spender === this.#spenders.get(ALL);
    const kind = isAll ? EventKind.CALL_SPEND_ALL : EventKind.CALL_SPEND;
    const event = this.#events.raise(kind, nowUs, Math.round(sum * 100) / 100);
    if (event === null) return;
    event.aimAtTransaction(spender.latest.parties);
    event.related = this.#relatedTo(spender.latest, nowUs);
    event.evidence = [
      {
        what: `spent by ${isAll ? "all accounts" : "this account"} within the last hour, by the rate deck`,
        expected: "",
        seen: `${moneyText(sum, this.#currency)}; ${spender.up} calls up, at ${moneyText(spender.perUs * US_PER_MINUTE, this.#currency)} a minute together`,
      },
      ...spender.calls.slice(-LISTED_MAX).map((call) => this.#listed(call, nowUs)),
    ];
  }

  #listed({ answeredUs, reading, rate }: CostlyCall, nowUs: number): Contradiction {
    const seconds = (nowUs - answeredUs) / 1e6;
    const amount = rate === null ? 0 : rate.connectFee + (rate.perMinute * seconds) / 60;
    const name = rate === null || rate.name === "" ? "" : `, ${rate.name}`;
    return {
      what: "call that is up",
      expected: "",
      seen: `tel:+${reading.e164}${name}, since ${Math.round(seconds)} s: ${moneyText(amount, this.#currency)}`,
    };
  }
}

/** By the second, as of a call that is up. */
function costOf({ answeredUs }: CostlyCall, { connectFee, perMinute }: Rate, nowUs: number) {
  return connectFee + (perMinute / US_PER_MINUTE) * (nowUs - answeredUs);
}

/** What is charged later than it was due counts as of the last hour. */
function mostOf({ connectFee, perMinute }: Rate): number {
  return connectFee + 60 * perMinute;
}

/** The next of 1, 1.5, 2, 2.5 ... 9.5, 10, 15, 20 ... above a sum. */
export function stepAbove(sum: number): number {
  if (sum < 1) return 1;
  // A hair below an amount counts as the amount.
  const amount = sum * (1 + 1e-9);
  const unit = 10 ** Math.floor(Math.log10(amount));
  return (Math.floor((2 * amount) / unit) / 2 + 0.5) * unit;
}
