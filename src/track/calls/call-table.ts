import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import { RecencyList } from "../../base/recency-list.ts";
import { Rank } from "../hosts/standing.ts";
import type { Call } from "./calls.ts";

/** Keys of what identifies a dialog (RFC 3261 12). */
export interface DialogKeys {
  readonly callKey: number;
  readonly fromTagKey: number;
  readonly toTagKey: number;
}

/** Calls with one Call-ID: tenants behind one mirror, and calls that use it again. */
const CALLS_PER_ID_MAX = 8;
/** Lists from the first to be evicted from to the last: of calls that are over, then by rank. */
const LISTS = 5;
const OVER = 1;
/** Calls that may look less proven than they are, looked at before one is evicted. */
const CHANCES = 8;

/**
 * Calls by Call-ID, newest first; bounded. When it is full the lowest rank goes first, and of one rank
 * the longest silent: no flood of strangers' INVITEs pushes an answered call out.
 */
export class CallTable {
  readonly capacity: number;
  size = 0;
  evictions = 0;
  /** Of calls that were up and that something was proven of: the sensor will not know their parties. */
  provenEvictions = 0;
  /** Whether traffic has gone both ways since the call was answered; asked before such a call is evicted. */
  hasTraffic: (call: Call) => boolean = () => false;
  /** Called for each call that is forgotten. */
  onRemove: (call: Call, nowUs: number) => void = () => {};
  readonly #byId: KeyMap<Call>;
  /** Only those whose Call-ID has upper case in it, or is one of several tenants': the others are found by `key`. */
  readonly #byFolded: KeyMap<Call>;
  /** By both tags, those that were answered. */
  readonly #byTags: KeyMap<Call>;
  readonly #lists = Array.from({ length: LISTS }, () => new RecencyList<Call>());
  readonly #idleUs: number;
  readonly #lingerUs: number;

  constructor(capacity: number, options: { idleMs: number; lingerMs: number }) {
    this.capacity = capacity;
    this.#byId = new KeyMap(capacity);
    this.#byFolded = new KeyMap(capacity);
    this.#byTags = new KeyMap(capacity);
    this.#idleUs = options.idleMs * 1000;
    this.#lingerUs = options.lingerMs * 1000;
  }

  /** The newest call with that Call-ID; the others follow by `previous`. */
  first(callKey: number): Call | null {
    return this.#byId.get(callKey) ?? null;
  }

  /** The newest call whose Call-ID is the same but for upper and lower case. */
  firstFolded(foldedKey: number): Call | null {
    const folded = this.#byFolded.get(foldedKey) ?? null;
    const plain = this.first(foldedKey);
    return plain !== null && (folded === null || plain.startUs > folded.startUs) ? plain : folded;
  }

  /** The newest call that was answered with these tags under another Call-ID, whoever of the two asks; null unless it is up. */
  ofTags({ callKey, fromTagKey, toTagKey }: DialogKeys): Call | null {
    const calls = this.#byTags;
    const call =
      calls.get(combine53(fromTagKey, toTagKey)) ?? calls.get(combine53(toTagKey, fromTagKey));
    return call?.isLive && call.key !== callKey ? call : null;
  }

  /** A dialog of the call was answered: its tags find it. */
  noteAnswered(call: Call, toTagKey: number): void {
    this.#byTags.put(combine53(call.fromTagKey, toTagKey), call);
  }

  /** Makes the call known. May evict others; nothing is kept when higher ranks hold the Call-ID. */
  add(call: Call, nowUs: number): boolean {
    this.#expire(nowUs);
    if (!this.#makeRoomInChain(call, nowUs)) return false;
    if (this.size >= this.capacity) this.#evict(nowUs);
    call.previous = this.#byId.get(call.key) ?? null;
    this.#byId.set(call.key, call);
    if (call.foldedKey !== call.key) this.#byFolded.set(call.foldedKey, call);
    this.#place(call);
    this.size++;
    return true;
  }

  /** Notes a proven sign of life. */
  touch(call: Call, nowUs: number): void {
    call.lastUs = nowUs;
    if (call.list !== 0) this.#listAt(call.list).touch(call);
  }

  /** Changes what decides the call's place among those to be evicted. A deed may outlive its call: one that was forgotten stays so. */
  change(call: Call, apply: () => void): void {
    apply();
    if (call.list === 0 || call.list === listOf(call)) return;
    this.#listAt(call.list).delete(call);
    this.#place(call);
  }

  /** Every call, in no order that means anything. */
  *all(): IterableIterator<Call> {
    for (const head of this.#byId.values()) {
      for (let call: Call | null = head; call !== null; call = call.previous) yield call;
    }
  }

  /** Calls that have not ended, by whether they were answered. Looks at every call. */
  active(): { early: number; answered: number } {
    const active = { early: 0, answered: 0 };
    for (const head of this.#byId.values()) {
      for (let call: Call | null = head; call !== null; call = call.previous) {
        if (!call.isLive || call.isPartial) continue;
        if (call.answeredUs > 0) active.answered++;
        else active.early++;
      }
    }
    return active;
  }

  isOver(call: Call, nowUs: number): boolean {
    return call.endedUs > 0 && !call.isDisputed
      ? nowUs - call.endedUs > this.#lingerUs
      : nowUs - call.lastUs > this.#idleUs;
  }

  #listAt(list: number): RecencyList<Call> {
    return this.#lists[list - 1] as RecencyList<Call>;
  }

  /** Puts a call that is in no list into its own. */
  #place(call: Call): void {
    call.list = listOf(call);
    this.#listAt(call.list).add(call);
  }

  /** Drops calls that ended or fell silent long ago, a few at a time. */
  #expire(nowUs: number): void {
    for (const list of this.#lists) {
      for (let looked = 0; looked < 2; looked++) {
        const call = list.oldest;
        if (call === null || !this.isOver(call, nowUs)) break;
        this.#remove(call, nowUs);
      }
    }
  }

  #makeRoomInChain(newcomer: Call, nowUs: number): boolean {
    let length = 0;
    let victim: Call | null = null;
    for (let call = this.first(newcomer.key); call !== null; call = call.previous) {
      length++;
      // The oldest of the lowest rank: later in the chain.
      if (victim === null || listOf(call) <= listOf(victim)) victim = call;
    }
    if (length < CALLS_PER_ID_MAX || victim === null) return true;
    if (listOf(victim) > listOf(newcomer)) return false;
    this.#remove(victim, nowUs);
    return true;
  }

  #evict(nowUs: number): void {
    for (let list = OVER; list <= LISTS; list++) {
      for (let chance = 0; chance < CHANCES; chance++) {
        const call = this.#listAt(list).oldest;
        if (call === null) break;
        const mayStay = chance < CHANCES - 1 && call.isLive && call.rank === Rank.ACCEPTED;
        if (mayStay && this.hasTraffic(call)) {
          this.change(call, () => {
            call.rank = Rank.PARTY;
          });
          continue;
        }
        this.evictions++;
        if (call.isLive && call.rank > Rank.SEEN) this.provenEvictions++;
        this.#remove(call, nowUs);
        return;
      }
    }
  }

  #remove(call: Call, nowUs: number): void {
    this.onRemove(call, nowUs);
    this.#listAt(call.list).delete(call);
    call.list = 0;
    this.size--;
    this.#unchain(call);
    if (this.#byFolded.get(call.foldedKey) === call) this.#byFolded.delete(call.foldedKey);
    // Of two calls with the same tags the newer one is not found by them any more: not worth another look.
    for (const toTagKey of call.dialogs.answeredTags()) {
      this.#byTags.delete(combine53(call.fromTagKey, toTagKey));
    }
  }

  #unchain(call: Call): void {
    const head = this.#byId.get(call.key);
    if (head === call) {
      if (call.previous === null) this.#byId.delete(call.key);
      else this.#byId.set(call.key, call.previous);
      return;
    }
    for (let at = head ?? null; at !== null; at = at.previous) {
      if (at.previous === call) at.previous = call.previous;
    }
  }
}

/** The list that the call belongs in, from 1. */
function listOf(call: Call): number {
  return call.isLive || call.isDisputed ? OVER + 1 + call.rank : OVER;
}
