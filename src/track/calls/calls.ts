import type { RecencyLinks } from "../../base/recency-list.ts";
import type { HostKey } from "../../decode/host.ts";
import type { CallNotes } from "../call-records/call-notes.ts";
import type { Deed } from "../deeds/deed.ts";
import { type EventSubject, NO_SUBJECT } from "../facts/event.ts";
import { Rank } from "../hosts/standing.ts";
import type { MediaEndpoint } from "../media/media-endpoints.ts";
import type { CallDialogs } from "./call-dialogs.ts";
import { CallParties } from "./call-parties.ts";
import { CallList } from "./call-row.ts";
import { CallSubject, packedTexts } from "./call-subject.ts";
import type { CallUsers } from "./call-users.ts";

/** Hops of one INVITE whose branches are known: as many as there are legs in a large ring group. */
const HOPS_MAX = 64;
/** Media endpoints kept of one call. */
const ENDPOINTS_MAX = 32;
/** Requests in a call whose senders are judged, or may be disproved later. */
const DEEDS_MAX = 8;
const RANK_BITS = 3;
const PARTIAL_BIT = 4;
const DISPUTED_BIT = 8;
/** Bits above these say in which list of its table the call is. */
const LIST_SHIFT = 4;
const LIST_BITS = 7 << LIST_SHIFT;
const NO_ENDPOINTS: readonly MediaEndpoint[] = [];
/** An endpoint that no dialog has for itself. */
const ALL_LEGS = 0;
const NO_DEEDS: readonly Deed[] = [];

/** Side of a call: who sent the first INVITE, who got it. */
export const CALLER = 0;
export const CALLEE = 1;
export type CallSide = typeof CALLER | typeof CALLEE;

/** Who describes media: a side, and the callee's tag of the dialog (`hash53`) in which it does. */
export interface CallEnd {
  readonly side: CallSide;
  readonly tagKey: number;
}

/** Texts of a call for alerts, taken from an answer to its INVITE; "" before. */
export interface CallTexts {
  readonly callId: string;
  readonly account: string;
  readonly fromUser: string;
  readonly toUser: string;
}

/**
 * All dialogs of one INVITE (RFC 3261 12), early or confirmed, over all hops that the mirror shows: its
 * identity is Call-ID and the caller's tag. Rank: 0 an INVITE was seen, 1 who was asked answered it with a
 * To tag, 2 the answer was a 2xx and the caller acknowledged it, 3 and traffic went both ways since.
 */
export class Call extends CallParties implements RecencyLinks<Call> {
  /** Rank, and what is so or not so of it. */
  #state: number = Rank.SEEN;
  /** Of its media addresses; nearly all calls have two and need no list. */
  #first: MediaEndpoint | null = null;
  #second: MediaEndpoint | null = null;
  #others: readonly MediaEndpoint[] = NO_ENDPOINTS;
  /** Side of each endpoint, a bit. */
  sides = 0;
  deeds: readonly Deed[] = NO_DEEDS;
  /** All `CallTexts` (`packedTexts`), "" before there are any: four strings and an object would take three times as much. */
  #texts = "";
  /** What its record will say; null where no call records are wanted. */
  notes: CallNotes | null = null;
  /** The next older call with the same Call-ID. */
  previous: Call | null = null;
  older: Call | null = null;
  younger: Call | null = null;

  get rank(): Rank {
    return (this.#state & RANK_BITS) as Rank;
  }

  set rank(rank: Rank) {
    this.#state = (this.#state & ~RANK_BITS) | rank;
  }

  /** Began before the sensor did, or its INVITE was not seen: nothing is known of its parties for sure. */
  get isPartial(): boolean {
    return (this.#state & PARTIAL_BIT) !== 0;
  }

  set isPartial(isPartial: boolean) {
    this.#state = withBit(this.#state, PARTIAL_BIT, isPartial);
  }

  /** Somebody may have ended it in a party's name: it is kept until the party is heard again. */
  get isDisputed(): boolean {
    return (this.#state & DISPUTED_BIT) !== 0;
  }

  set isDisputed(isDisputed: boolean) {
    this.#state = withBit(this.#state, DISPUTED_BIT, isDisputed);
  }

  /** The list of its table that it is in, as the table numbers them from 1; 0: its table does not hold it, or no longer. */
  get list(): number {
    return (this.#state & LIST_BITS) >>> LIST_SHIFT;
  }

  set list(list: number) {
    this.#state = (this.#state & ~LIST_BITS) | (list << LIST_SHIFT);
  }

  /** Those who have to do with it. The call is all of these lists itself: objects of their own would cost as much again. */
  get parties(): CallParties {
    return this;
  }

  get dialogs(): CallDialogs {
    return this;
  }

  get users(): CallUsers {
    return this;
  }

  get hasTexts(): boolean {
    return this.#texts !== "";
  }

  setTexts(texts: CallTexts): void {
    this.#texts = packedTexts(texts);
  }

  /** What a fact about the call says it is about, when no message is at hand. */
  get subject(): EventSubject {
    return this.hasTexts ? new CallSubject(this.#texts) : NO_SUBJECT;
  }

  /** A hop of its INVITEs; of too many the oldest but the first goes. Who sent a branch first owns it. */
  addHop(hopKey: number): void {
    if (this.hasHop(hopKey)) return;
    const start = this.startOf(CallList.HOPS);
    if (this.endOf(CallList.HOPS) - start >= HOPS_MAX) this.cut(CallList.HOPS, start + 1, 1);
    const at = this.extend(CallList.HOPS, 1);
    this.numbers[at] = hopKey;
  }

  hasHop(hopKey: number): boolean {
    return this.placeOf(CallList.HOPS, hopKey) >= 0;
  }

  /** A proven party; while no answer is in sight, whoever the INVITE came from, went to or named. */
  isParty(host: HostKey): boolean {
    return this.has(host) || (this.rank === Rank.SEEN && this.isNamed(host));
  }

  /** All its media addresses, in the order in which they were named. Allocates. */
  get endpoints(): readonly MediaEndpoint[] {
    if (this.#first === null) return NO_ENDPOINTS;
    if (this.#second === null) return [this.#first];
    return [this.#first, this.#second, ...this.#others];
  }

  /** The address receives and sends media of that end, as a session description of the call says. */
  addEndpoint(endpoint: MediaEndpoint, { side, tagKey }: CallEnd): void {
    const { endpoints } = this;
    const leg = side === CALLER ? ALL_LEGS : tagKey;
    const known = endpoints.indexOf(endpoint);
    if (known >= 0) {
      this.sides = setBit(this.sides, known, side);
      const at = this.startOf(CallList.LEGS) + known;
      if (this.numbers[at] !== leg) this.numbers[at] = ALL_LEGS;
      return;
    }
    if (endpoints.length === ENDPOINTS_MAX) return;
    this.sides = setBit(this.sides, endpoints.length, side);
    const at = this.extend(CallList.LEGS, 1);
    this.numbers[at] = leg;
    if (this.#first === null) this.#first = endpoint;
    else if (this.#second === null) this.#second = endpoint;
    else this.#others = this.#others.concat(endpoint);
  }

  /**
   * The endpoint, by its place in `endpoints`, may send in the dialog with that callee's tag. Each leg of a fork has
   * media of its own, and one that was not answered plays on as it likes (RFC 3960).
   */
  isOfLeg(index: number, tagKey: number): boolean {
    const leg = this.numbers[this.startOf(CallList.LEGS) + index];
    return leg === ALL_LEGS || leg === tagKey;
  }

  /** Side of an endpoint, by its place in `endpoints`. */
  sideOfEndpoint(index: number): CallSide {
    return ((this.sides >>> index) & 1) as CallSide;
  }

  /**
   * Full: a deed that is settled goes, one that nothing was found against first. False when all are still
   * being judged: one more of the same flood tells nothing new.
   */
  addDeed(deed: Deed): boolean {
    const { deeds } = this;
    if (deeds.length < DEEDS_MAX) {
      this.deeds = deeds.concat(deed);
      return true;
    }
    let victim = deeds.findIndex((old) => old.isSettled && old.accusing === 0);
    if (victim < 0) victim = deeds.findIndex((old) => old.isSettled);
    if (victim < 0) return false;
    this.deeds = deeds.toSpliced(victim, 1).concat(deed);
    return true;
  }

  dropDeed(deed: Deed): void {
    this.deeds = this.deeds.filter((other) => other !== deed);
  }
}

/** No private method: each would take eight bytes of each call. */
function withBit(bits: number, bit: number, isSet: boolean): number {
  return isSet ? bits | bit : bits & ~bit;
}

function setBit(bits: number, index: number, bit: number): number {
  return bit === 0 ? bits & ~(1 << index) : bits | (1 << index);
}
