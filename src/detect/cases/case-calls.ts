import type { CallCosts } from "../../track/numbers/call-costs.ts";
import type { CaseCall, CaseCalls, CaseCost } from "./case-record.ts";
import { CaseTally } from "./case-tally.ts";
import type { KeptCalls } from "./kept-case.ts";

/** Calls that are listed one by one. */
const LISTED_MAX = 100;
/** Calls that are up at once, whose end is waited for. */
const LIVE_MAX = 4_096;

/** Calls that were answered for accounts of a case after its attacker had got in. */
export class FollowedCalls {
  answered = 0;
  ended = 0;
  durationUs = 0;
  lastUs = 0;
  /** Most of them that were up together. */
  atOnce = 0;
  readonly #list: CaseCall[] = [];
  /** By Call-ID, the place in the list, -1 of what is not listed; and what was dialled. */
  readonly #live = new Map<string, { readonly at: number; readonly number: string }>();
  #cost: CaseCost | null = null;
  readonly #sources = new CaseTally();
  readonly #accounts = new CaseTally();

  add(call: CaseCall): void {
    this.answered++;
    this.lastUs = Math.max(this.lastUs, call.timeUs);
    this.#sources.add(call.ip, 1);
    this.#accounts.add(call.account, 1);
    const { callId, number } = call;
    const isListed = this.#list.length < LISTED_MAX;
    const at = isListed ? this.#list.length : -1;
    if (this.#live.size < LIVE_MAX) this.#live.set(callId, { at, number });
    this.atOnce = Math.max(this.atOnce, this.#live.size);
    if (isListed) this.#list.push(call);
  }

  /** It is up, and one of these. */
  has(callId: string): boolean {
    return this.#live.has(callId);
  }

  /** A call has ended; false when it is none of these. */
  end(
    callId: string,
    endUs: number,
    { costs, durationUs }: { durationUs: number; costs: CallCosts | null },
  ): boolean {
    const live = this.#live.get(callId);
    if (live === undefined) return false;
    this.#live.delete(callId);
    this.ended++;
    this.durationUs += durationUs;
    this.lastUs = Math.max(this.lastUs, endUs);
    const cost = costs?.isKnown === true ? this.#charge(live.number, durationUs, costs) : null;
    const call = this.#list[live.at];
    if (call !== undefined) this.#list[live.at] = { ...call, durationUs, cost };
    return true;
  }

  merge(other: FollowedCalls): void {
    this.answered += other.answered;
    this.ended += other.ended;
    this.durationUs += other.durationUs;
    this.lastUs = Math.max(this.lastUs, other.lastUs);
    this.#sources.addAll(other.#sources);
    this.#accounts.addAll(other.#accounts);
    for (const [callId, { at, number }] of other.#live) {
      const place = at < 0 || at + this.#list.length >= LISTED_MAX ? -1 : at + this.#list.length;
      if (this.#live.size < LIVE_MAX) this.#live.set(callId, { at: place, number });
    }
    this.atOnce = Math.max(this.atOnce, other.atOnce, this.#live.size);
    if (other.#cost !== null) this.#addCost(other.#cost);
    this.#list.push(...other.#list.slice(0, LISTED_MAX - this.#list.length));
  }

  kept(): KeptCalls {
    const { answered, atOnce, ended, durationUs, lastUs } = this;
    return {
      ...{ answered, atOnce, ended, durationUs, lastUs, cost: this.#cost, list: [...this.#list] },
      live: [...this.#live].map(([callId, { at, number }]) => ({ callId, at, number })),
      sources: this.#sources.kept(),
      accounts: this.#accounts.kept(),
    };
  }

  static restored(kept: KeptCalls): FollowedCalls {
    const calls = new FollowedCalls();
    calls.answered = kept.answered;
    calls.ended = kept.ended;
    calls.durationUs = kept.durationUs;
    calls.lastUs = kept.lastUs;
    calls.atOnce = kept.atOnce;
    calls.#cost = kept.cost;
    calls.#list.push(...kept.list);
    for (const { callId, ...live } of kept.live) calls.#live.set(callId, live);
    calls.#sources.restore(kept.sources);
    calls.#accounts.restore(kept.accounts);
    return calls;
  }

  /** Call-IDs that are up. */
  get liveIds(): Iterable<string> {
    return this.#live.keys();
  }

  #charge(number: string, durationUs: number, costs: CallCosts): number | null {
    const cost = costs.of(number, durationUs);
    const amount = cost?.amount ?? 0;
    this.#addCost({ amount, currency: costs.currency, unpriced: cost === null ? 1 : 0 });
    return cost?.amount ?? null;
  }

  #addCost({ amount, currency, unpriced }: CaseCost): void {
    const known = this.#cost ?? { amount: 0, currency, unpriced: 0 };
    // A sum of many: to a millionth, so that it is the same in whichever order.
    const sum = Math.round((known.amount + amount) * 1e6) / 1e6;
    this.#cost = { amount: sum, currency: known.currency, unpriced: known.unpriced + unpriced };
  }

  get summary(): CaseCalls | null {
    if (this.answered === 0) return null;
    return {
      answered: this.answered,
      ended: this.ended,
      atOnce: this.atOnce,
      durationUs: this.durationUs,
      cost: this.#cost,
      sources: this.#sources.top(),
      accounts: this.#accounts.top(),
      list: [...this.#list],
    };
  }
}
