import { BoundedMap } from "../base/bounded-map.ts";
import type { HostKey } from "../decode/host.ts";
import type { MediaEndpoint } from "./media-endpoints.ts";
import type { Transaction } from "./transaction.ts";

/** Hosts, tags and endpoints kept of one call; forks and long routes beyond are not followed. */
const PARTIES_MAX = 32;
const TAGS_MAX = 16;
const ENDPOINTS_MAX = 64;
const BYES_MAX = 8;

/** Side of a call: who sent the first INVITE, who got it. */
export const CALLER = 0;
export const CALLEE = 1;
export type CallSide = typeof CALLER | typeof CALLEE;

/** One BYE, as far as later packets can prove or disprove it. */
export interface Bye {
  readonly transaction: Transaction;
  readonly side: CallSide;
  readonly sentUs: number;
  /** Time of the 2xx; 0 before. */
  acceptedUs: number;
}

/**
 * All dialogs of one Call-ID and From tag of its first INVITE (RFC 3261 12), early or confirmed, over
 * all hops that the mirror shows. A forked INVITE gives several To tags.
 */
export class Call {
  readonly key: number;
  readonly invite: Transaction;
  readonly fromTagKey: number;
  readonly startUs: number;
  lastUs: number;
  answeredUs = 0;
  endedUs = 0;
  /** Hosts that take part: ends, proxies on the way, Contact and route addresses, SDP addresses. */
  readonly parties = new Set<HostKey>();
  readonly toTagKeys: number[] = [];
  /** Highest CSeq of each side; -1 before its first request. */
  readonly cseq: [number, number];
  readonly endpoints: MediaEndpoint[] = [];
  readonly byes: Bye[] = [];

  constructor(key: number, invite: Transaction, fromTagKey: number, nowUs: number) {
    this.key = key;
    this.invite = invite;
    this.fromTagKey = fromTagKey;
    this.startUs = nowUs;
    this.lastUs = nowUs;
    this.cseq = [invite.cseq, -1];
  }

  get isLive(): boolean {
    return this.endedUs === 0;
  }

  addParty(host: HostKey): void {
    if (host >= 0 && this.parties.size < PARTIES_MAX) this.parties.add(host);
  }

  addToTag(tagKey: number): void {
    if (this.toTagKeys.length < TAGS_MAX && !this.toTagKeys.includes(tagKey)) {
      this.toTagKeys.push(tagKey);
    }
  }

  addEndpoint(endpoint: MediaEndpoint): void {
    if (this.endpoints.length < ENDPOINTS_MAX && !this.endpoints.includes(endpoint)) {
      this.endpoints.push(endpoint);
    }
  }

  addBye(bye: Bye): void {
    if (this.byes.length < BYES_MAX) this.byes.push(bye);
  }

  /** Which side a message with that From tag comes from; null when the tag is of neither. */
  sideOf(fromTagKey: number): CallSide | null {
    if (fromTagKey === this.fromTagKey) return CALLER;
    return this.toTagKeys.includes(fromTagKey) ? CALLEE : null;
  }
}

/** Calls by Call-ID; bounded, the longest silent goes. */
export class CallTable {
  readonly map: BoundedMap<number, Call>;
  readonly #idleUs: number;
  readonly #lingerUs: number;

  constructor(capacity: number, options: { idleMs: number; lingerMs: number }) {
    this.map = new BoundedMap(capacity);
    this.#idleUs = options.idleMs * 1000;
    this.#lingerUs = options.lingerMs * 1000;
  }

  get(callKey: number, nowUs: number): Call | undefined {
    const call = this.map.get(callKey);
    if (call === undefined) return undefined;
    if (this.#isOver(call, nowUs)) {
      this.map.delete(callKey);
      return undefined;
    }
    return call;
  }

  add(call: Call): void {
    this.map.set(call.key, call);
  }

  /** Notes a sign of life; the longest silent call is the first to go. */
  touch(call: Call, nowUs: number): void {
    call.lastUs = nowUs;
    this.map.touch(call.key);
  }

  /** Drops calls that ended or fell silent long ago, a few at a time. */
  expire(nowUs: number): void {
    for (let looked = 0; looked < 4; looked++) {
      const call = this.map.oldest();
      if (call === undefined || !this.#isOver(call, nowUs)) return;
      this.map.delete(call.key);
    }
  }

  /** Calls that have not ended, by whether they were answered. Looks at every call. */
  active(): { early: number; answered: number } {
    const active = { early: 0, answered: 0 };
    for (const call of this.map.values()) {
      if (!call.isLive) continue;
      if (call.answeredUs > 0) active.answered++;
      else active.early++;
    }
    return active;
  }

  #isOver(call: Call, nowUs: number): boolean {
    return call.endedUs > 0
      ? nowUs - call.endedUs > this.#lingerUs
      : nowUs - call.lastUs > this.#idleUs;
  }
}
