import type { CaseCall, CaseCalls } from "./case-record.ts";
import { CaseTally } from "./case-tally.ts";

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
  readonly #list: CaseCall[] = [];
  /** By Call-ID, the place in the list; -1 of what is not listed. */
  readonly #live = new Map<string, number>();
  readonly #sources = new CaseTally();
  readonly #accounts = new CaseTally();

  add(call: CaseCall): void {
    this.answered++;
    this.lastUs = Math.max(this.lastUs, call.timeUs);
    this.#sources.add(call.ip, 1);
    this.#accounts.add(call.account, 1);
    const isListed = this.#list.length < LISTED_MAX;
    if (this.#live.size < LIVE_MAX) this.#live.set(call.callId, isListed ? this.#list.length : -1);
    if (isListed) this.#list.push(call);
  }

  /** It is up, and one of these. */
  has(callId: string): boolean {
    return this.#live.has(callId);
  }

  /** A call has ended; false when it is none of these. */
  end(callId: string, endUs: number, durationUs: number): boolean {
    const at = this.#live.get(callId);
    if (at === undefined) return false;
    this.#live.delete(callId);
    this.ended++;
    this.durationUs += durationUs;
    this.lastUs = Math.max(this.lastUs, endUs);
    const call = this.#list[at];
    if (call !== undefined) this.#list[at] = { ...call, durationUs };
    return true;
  }

  merge(other: FollowedCalls): void {
    this.answered += other.answered;
    this.ended += other.ended;
    this.durationUs += other.durationUs;
    this.lastUs = Math.max(this.lastUs, other.lastUs);
    this.#sources.addAll(other.#sources);
    this.#accounts.addAll(other.#accounts);
    for (const [callId, at] of other.#live) {
      const place = at < 0 || at + this.#list.length >= LISTED_MAX ? -1 : at + this.#list.length;
      if (this.#live.size < LIVE_MAX) this.#live.set(callId, place);
    }
    this.#list.push(...other.#list.slice(0, LISTED_MAX - this.#list.length));
  }

  get summary(): CaseCalls | null {
    if (this.answered === 0) return null;
    return {
      answered: this.answered,
      ended: this.ended,
      durationUs: this.durationUs,
      sources: this.#sources.top(),
      accounts: this.#accounts.top(),
      list: [...this.#list],
    };
  }
}
