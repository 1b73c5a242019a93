import { column } from "../../base/column.ts";
import { combine53 } from "../../base/hash.ts";
import { KeyTable } from "../../base/key-table.ts";
import type { HostKey } from "../../decode/host.ts";
import { DayCounts } from "./day-counts.ts";
import { DigestBursts } from "./digest-bursts.ts";

/** Digests remembered for one login, as hashes: a phone repeats its last few, a guesser never repeats. */
const DIGESTS = 16;
const DAY_US = 24 * 3_600_000_000;
/** Phones retry every 30 s or slower, give or take; tools wait less. */
const PHONE_PACE_US = 25_000_000;
/** On its one Call-ID some do each 20 s, as Grandstream's and Asterisk's own registrations unless they are told otherwise. */
const OWN_CALL_PACE_US = 18_000_000;
/** From the third try on a pace can be told. */
export const PACE_TRIES_MIN = 3;

/** Who tries what: the client, and the account at its server. */
interface LoginOf {
  readonly client: HostKey;
  readonly accountKey: number;
}

/** Of a try, what tells a phone's from a tool's. */
interface BurstOf {
  readonly ref: number;
  readonly callKey: number;
  readonly cseq: number;
}

/** What one client tried on one account: some 220 bytes a row, whatever it does. */
export class Logins {
  readonly table: KeyTable;
  readonly client: Float64Array;
  readonly accountKey: Float64Array;
  /** Digests on one Call-ID close behind one another; 0 before the first. */
  readonly burstDigests: Uint16Array;
  readonly burstCall: Float64Array;
  readonly burstStartUs: Float64Array;
  readonly burstLastUs: Float64Array;
  /** `ref` of the transaction of the try that is not reported yet; 0 without one. */
  readonly heldRef: Float64Array;
  /** When a success that is still in doubt was seen; 0 without one. */
  readonly doubtUs: Float64Array;
  readonly #bursts: DigestBursts;
  readonly #tries: DayCounts;
  readonly #digests: Int32Array;
  readonly #digestsUs: Float64Array;
  readonly #digestAt: Uint8Array;
  /** When the streak of tries began; 0 before the first. */
  readonly #firstTryUs: Float64Array;
  readonly #lastTryUs: Float64Array;
  readonly #fastTries: Uint16Array;
  /** Tries on another Call-ID than the one before, or without a higher CSeq on it. */
  readonly #otherCalls: Uint16Array;
  readonly #lastCall: Float64Array;
  /** CSeq of the last burst. */
  readonly #lastCseq: Float64Array;
  readonly #successUs: Float64Array;
  readonly #stale: Uint8Array;

  constructor(capacity: number) {
    this.table = new KeyTable(capacity);
    this.client = column(Float64Array, capacity);
    this.accountKey = column(Float64Array, capacity);
    this.heldRef = column(Float64Array, capacity);
    this.burstDigests = column(Uint16Array, capacity);
    this.burstCall = column(Float64Array, capacity);
    this.burstStartUs = column(Float64Array, capacity);
    this.burstLastUs = column(Float64Array, capacity);
    this.doubtUs = column(Float64Array, capacity);
    this.#bursts = new DigestBursts(capacity);
    this.#tries = new DayCounts(capacity);
    this.#digests = column(Int32Array, capacity * DIGESTS);
    this.#digestsUs = column(Float64Array, capacity);
    this.#digestAt = column(Uint8Array, capacity);
    this.#firstTryUs = column(Float64Array, capacity);
    this.#lastTryUs = column(Float64Array, capacity);
    this.#fastTries = column(Uint16Array, capacity);
    this.#otherCalls = column(Uint16Array, capacity);
    this.#lastCall = column(Float64Array, capacity);
    this.#lastCseq = column(Float64Array, capacity);
    this.#successUs = column(Float64Array, capacity);
    this.#stale = column(Uint8Array, capacity);
  }

  /** -1 when there is none. */
  find(login: LoginOf): number {
    return this.table.find(keyOf(login));
  }

  /** The row of a login, made when new. */
  rowOf(login: LoginOf, nowUs: number): number {
    let row = this.find(login);
    if (row < 0) {
      row = this.table.add(keyOf(login));
      this.client[row] = login.client;
      this.accountKey[row] = login.accountKey;
      this.#successUs[row] = Number.NEGATIVE_INFINITY;
      this.#forget(row);
    } else {
      const lastUs = Math.max(this.#lastTryUs[row] as number, this.burstLastUs[row] as number);
      if (lastUs > 0 && nowUs - lastUs > DAY_US) this.#forget(row);
    }
    this.table.touch(row);
    return row;
  }

  /** Remembers a digest; false when it has been refused before. */
  isNewDigest(row: number, digestKey: number, nowUs: number): boolean {
    const digest = digestKey | 0;
    const start = row * DIGESTS;
    if (nowUs - (this.#digestsUs[row] as number) > DAY_US) {
      this.#digests.fill(0, start, start + DIGESTS);
    }
    for (let at = start; at < start + DIGESTS; at++) if (this.#digests[at] === digest) return false;
    const at = this.#digestAt[row] as number;
    this.#digests[start + at] = digest;
    this.#digestAt[row] = (at + 1) % DIGESTS;
    this.#digestsUs[row] = nowUs;
    return true;
  }

  /** Counts an answer with stale=TRUE and returns how many there are since the last success. */
  countStale(row: number): number {
    const count = Math.min(255, (this.#stale[row] as number) + 1);
    this.#stale[row] = count;
    return count;
  }

  /** RFC 3261 10.2: on one Call-ID each REGISTER has a higher CSeq; some tools send the same one with each guess. */
  beginBurst(row: number, { ref, callKey, cseq }: BurstOf, nowUs: number): void {
    const isSameCall = this.burstDigests[row] !== 0 && this.burstCall[row] === callKey;
    if (isSameCall && cseq <= (this.#lastCseq[row] as number)) countUp(this.#otherCalls, row);
    this.#lastCseq[row] = cseq;
    this.burstDigests[row] = 1;
    this.burstCall[row] = callKey;
    this.burstStartUs[row] = nowUs;
    this.burstLastUs[row] = nowUs;
    this.heldRef[row] = ref;
  }

  /** A try is held that is not counted yet. */
  isBurstOpen(row: number): boolean {
    return this.heldRef[row] !== 0;
  }

  closeBurst(row: number): void {
    this.heldRef[row] = 0;
  }

  /** Another digest of the burst. Returns how many there are. */
  addDigest(row: number): number {
    const digests = Math.min(65_535, (this.burstDigests[row] as number) + 1);
    this.burstDigests[row] = digests;
    return digests;
  }

  /** Sent within `burstUs` of the last burst on its Call-ID, which has ended as one try. */
  isOfLastTry(row: number, callKey: number, sentUs: number, burstUs: number): boolean {
    if (!this.#bursts.wasOneTry(row) || this.burstCall[row] !== callKey) return false;
    if (this.isBurstOpen(row) || this.burstDigests[row] === 0) return false;
    const sinceUs = sentUs - (this.burstLastUs[row] as number);
    return sinceUs <= burstUs && sentUs >= (this.burstStartUs[row] as number) - burstUs;
  }

  /** The digests of the burst that ends are one try, as phones send one wrong password. */
  isOneTry(row: number, nowUs: number): boolean {
    const digests = this.burstDigests[row] as number;
    return this.#bursts.end(row, digests, this.burstCall[row] as number, nowUs);
  }

  /** Counts a try and returns how many there are within the day. */
  addTry(row: number, callKey: number, nowUs: number): number {
    // When it was made: it is counted when the next packet says that its wait is over, or at the end.
    const tryUs = this.burstLastUs[row] as number;
    const lastUs = this.#lastTryUs[row] as number;
    if (lastUs > 0) {
      const isItsCall = this.#lastCall[row] === callKey;
      const paceUs = isItsCall ? OWN_CALL_PACE_US : PHONE_PACE_US;
      if (tryUs - lastUs < paceUs) countUp(this.#fastTries, row);
      if (!isItsCall) countUp(this.#otherCalls, row);
    }
    if (this.#firstTryUs[row] === 0) this.#firstTryUs[row] = this.burstStartUs[row] as number;
    this.#lastTryUs[row] = tryUs;
    this.#lastCall[row] = callKey;
    this.#tries.add(row, 1, nowUs);
    return this.#tries.sum(row, nowUs);
  }

  /** The same of a try that lies before others: it says nothing of their pace. */
  addPastTry(row: number, nowUs: number): number {
    this.#tries.add(row, 1, nowUs);
    return this.#tries.sum(row, nowUs);
  }

  /** When the tries that count began: within the day; 0 without any. */
  sinceUs(row: number, nowUs: number): number {
    const sinceUs = this.#firstTryUs[row] as number;
    return sinceUs === 0 ? 0 : Math.max(sinceUs, nowUs - DAY_US);
  }

  tries(row: number, nowUs: number): number {
    return this.#tries.sum(row, nowUs);
  }

  /** Tries come at a phone's pace: one in eight may be early. */
  isSlow(row: number, tries: number): boolean {
    return tries >= PACE_TRIES_MIN && (this.#fastTries[row] as number) * 8 <= tries;
  }

  isFast(row: number, tries: number): boolean {
    return !this.isSlow(row, tries);
  }

  /** A phone that keeps trying what it was given: its pace, its one Call-ID (RFC 3261 10.2). */
  isStuck(row: number, tries: number): boolean {
    return this.isSlow(row, tries) && (this.#otherCalls[row] as number) * 8 <= tries;
  }

  /** As slow as a phone, and in nothing else like one: nearly each try is on another Call-ID, and the account was never at home there. */
  isAnew(row: number, tries: number): boolean {
    const isOnItsCall = (this.#otherCalls[row] as number) * 4 <= tries * 3;
    return this.isSlow(row, tries) && !isOnItsCall && !this.wasEverHome(row);
  }

  /** The account had succeeded from this host within the day before. */
  wasHome(row: number, nowUs: number): boolean {
    return nowUs - (this.#successUs[row] as number) <= DAY_US;
  }

  /** When the account last succeeded from this host; before all time where it never did. */
  successUs(row: number): number {
    return this.#successUs[row] as number;
  }

  /** The account has succeeded from this host before, however long ago. */
  wasEverHome(row: number): boolean {
    return this.#successUs[row] !== Number.NEGATIVE_INFINITY;
  }

  /** Success: the streak is over, and who has an account is kept before those who have none. */
  succeed(row: number, nowUs: number): void {
    this.#forget(row);
    this.#successUs[row] = nowUs;
    this.table.promote(row);
  }

  /** The success was none. */
  withdraw(row: number): void {
    if (this.doubtUs[row] === 0) this.#successUs[row] = Number.NEGATIVE_INFINITY;
    this.doubtUs[row] = 0;
  }

  #forget(row: number): void {
    this.#stale[row] = 0;
    this.#bursts.clear(row);
    this.burstDigests[row] = 0;
    this.burstLastUs[row] = 0;
    this.heldRef[row] = 0;
    this.doubtUs[row] = 0;
    this.#tries.clear(row);
    this.#digests.fill(0, row * DIGESTS, (row + 1) * DIGESTS);
    this.#firstTryUs[row] = 0;
    this.#lastTryUs[row] = 0;
    this.#fastTries[row] = 0;
    this.#otherCalls[row] = 0;
    this.#lastCall[row] = 0;
  }
}

function keyOf({ client, accountKey }: LoginOf): number {
  return combine53(client, accountKey);
}

function countUp(counts: Uint16Array, row: number): void {
  counts[row] = Math.min(65_535, (counts[row] as number) + 1);
}
