import { column } from "../../base/column.ts";
import { combine53, combineThree53 } from "../../base/hash.ts";
import { KeyTable } from "../../base/key-table.ts";
import { WindowCounts } from "../../base/window-counts.ts";
import type { HostKey } from "../../decode/host.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import { isLongInvite } from "../fraud/failed-request.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { AskedUsers } from "./asked-users.ts";
import { ReachedNumbers } from "./reached-numbers.ts";
import { RemovedNumbers } from "./removed-numbers.ts";

const HOUR_US = 3_600_000_000;
/** A proof of one of these kinds says nothing about the others, so their keys differ. */
const BY_ACCOUNT = 1;
const BY_TRUNK = 2;
const BY_FIRST_PASS = 3;
const BY_GATEWAY = 4;
/**
 * Failures of its own that a customer may have in an hour whatever it achieves: an evening of misdials, a
 * sidecar of dead BLF keys. Beyond, three for each call that came through: a dialler's numbers are at
 * worst three quarters dead, while a walk finds one user in tens. A user counts once, reached or not.
 */
const GRACE = 40;
/** A trunk has no keys to die and no fingers to slip, and one call that anybody answers makes one: an echo test, a queue. */
const TRUNK_GRACE = 10;
const FAILURES_PER_SUCCESS = 3;
/** The same user again is one mistake, as long as no more than five a second ask: beyond it is a flood, whoever sends it. */
const REPEATS_MAX = 50;
/** Of all trunks of a server together: a call that is answered makes one of each host of a botnet. */
const TRUNKS_MAX = 300;
const WINDOW_US = 10_000_000;
const REPEATED_MAX = 16_384;
const SERVERS_MAX = 1024;
/** Users whom a gateway has reached before its misses are its own, at most as many: of ten that a walk tries it finds three at best. */
const REACHED_MIN = 5;
/** Nobody was reached. */
const NOBODY = -1;
/** Answered calls that prove a trunk without ACK: a single answer is easily forged, or an echo test. */
const TRUNK_ANSWERS_MIN = 3;

/**
 * Who has proven to be a customer within the last hour: an account at a host whose credentials were
 * taken, or a trunk, which sends none, whose calls were answered and acknowledged. A proof clears its
 * owner's own failures, never those of another account at the same address, and only in proportion:
 * otherwise one stolen account would hide a walk over all others.
 */
export class Customers {
  readonly table: KeyTable;
  /** Numbers that calls got through to, whoever's. */
  readonly reachedNumbers = new ReachedNumbers();
  readonly #removed = new RemovedNumbers(this.reachedNumbers);
  readonly #provenUs: Float64Array;
  /** Start of the hour that the two counts are about. */
  readonly #windowUs: Float64Array;
  readonly #successes: Int32Array;
  readonly #excused: Int32Array;
  readonly #repeats = new WindowCounts(REPEATED_MAX, WINDOW_US);
  readonly #ofTrunks = new WindowCounts(SERVERS_MAX, WINDOW_US);
  /** The proof was an answer that only a server which took the credentials gives. */
  readonly #isStrong: Uint8Array;
  readonly #asked = new AskedUsers();

  constructor(capacity: number) {
    this.table = new KeyTable(capacity);
    this.#provenUs = column(Float64Array, capacity);
    this.#windowUs = column(Float64Array, capacity);
    this.#successes = column(Int32Array, capacity);
    this.#excused = column(Int32Array, capacity);
    this.#isStrong = column(Uint8Array, capacity);
  }

  /** The server took the credentials of this request: account and user are at home at that host. `isSuccess`: somebody was reached. */
  proveAccount(transaction: Transaction, isSuccess: boolean, nowUs: number): void {
    const reached = isSuccess ? askedUserKey(transaction) : NOBODY;
    const account = accountRowKey(transaction);
    this.#prove(account, true, reached, nowUs);
    const user = userRowKey(transaction, transaction.fromUserKey);
    if (user !== account) this.#prove(user, true, reached, nowUs);
  }

  /**
   * A request with credentials met an answer that servers give behind them (404, 480, 486 to a call). Of an account
   * that does it again that is a proof, as far as its own failures go; one that does it once may be one of many
   * that somebody tries. `isSuccess`: somebody was reached.
   */
  pass(transaction: Transaction, isSuccess: boolean, nowUs: number): void {
    const key = accountRowKey(transaction);
    const first = combine53(key, BY_FIRST_PASS);
    const row = this.table.find(first);
    const reached = isSuccess ? askedUserKey(transaction) : NOBODY;
    if (this.#isProven(row, nowUs)) this.#prove(key, false, reached, nowUs);
    this.#prove(first, false, NOBODY, nowUs);
  }

  /** A call without credentials was answered by who was asked, and acknowledged. */
  proveTrunk(client: HostKey, server: HostKey, nowUs: number): void {
    this.#prove(trunkRowKey(client, server), true, NOBODY, nowUs);
  }

  /** The same before it is acknowledged: several are a proof as well, where the capture has no ACK. */
  answerTrunk(client: HostKey, server: HostKey, nowUs: number): void {
    const row = this.#rowOf(trunkRowKey(client, server), nowUs);
    const successes = (this.#successes[row] as number) + 1;
    this.#successes[row] = successes;
    if (successes >= TRUNK_ANSWERS_MIN) this.#provenUs[row] = nowUs;
  }

  /**
   * The server took a MESSAGE or SUBSCRIBE without credentials: what a gateway for texts or presence sends that it trusts by address.
   * As anybody may be so lucky, each user reached excuses one that is not.
   */
  reached(transaction: Transaction, nowUs: number): void {
    if (transaction.hasCredentials || transaction.isInDialog || !isOfGateway(transaction)) return;
    const asked = askedUserKey(transaction);
    if (asked !== 0) this.#prove(gatewayRowKey(transaction), false, asked, nowUs);
  }

  /** The answer that proved it was contradicted by the server's own. */
  revoke(transaction: Transaction): void {
    for (const key of [
      accountRowKey(transaction),
      userRowKey(transaction, transaction.fromUserKey),
    ]) {
      const row = this.table.find(key);
      if (row >= 0) this.table.remove(row);
    }
  }

  /** The same of a call without credentials. */
  revokeTrunk(client: HostKey, server: HostKey): void {
    const row = this.table.find(trunkRowKey(client, server));
    if (row >= 0) this.table.remove(row);
  }

  /** An answer behind a refusal says that the request was not refused. */
  takenAfterAll(transaction: Transaction): void {
    this.#removed.taken(transaction);
  }

  isAccountProven(transaction: Transaction, nowUs: number): boolean {
    const row = this.table.find(accountRowKey(transaction));
    return this.#isProven(row, nowUs) && this.#isStrong[row] === 1;
  }

  isTrunkProven(client: HostKey, server: HostKey, nowUs: number): boolean {
    return this.#isProven(this.table.find(trunkRowKey(client, server)), nowUs);
  }

  /** An account or trunk that was seen to work. */
  isKnown(transaction: Transaction, nowUs: number): boolean {
    const { client, server } = transaction;
    return this.isTrunkProven(client, server, nowUs) || this.isAccountProven(transaction, nowUs);
  }

  /**
   * True when a failed request is its customer's own and within proportion: with credentials by its account,
   * without by the user that it names as its own (a REGISTER names it in To, RFC 3261 10.2), else by its trunk, which is not to blame for
   * numbers that the server has lost either.
   */
  excuses(transaction: Transaction, nowUs: number): boolean {
    const { client, methodId, server } = transaction;
    const isRegister = methodId === SipMethod.REGISTER;
    const asked = askedUserKey(transaction);
    if (transaction.hasCredentials) return this.#excuse(accountRowKey(transaction), asked, nowUs);
    const user = isRegister ? transaction.toUserKey : transaction.fromUserKey;
    if (this.#excuse(userRowKey(transaction, user), asked, nowUs)) return true;
    if (isRegister) return false;
    if (this.isTrunkProven(client, server, nowUs)) {
      const isOwn =
        this.#removed.refused(transaction, nowUs) ||
        this.#excuse(trunkRowKey(client, server), asked, nowUs, TRUNK_GRACE);
      if (isOwn) return this.#ofTrunks.add(server, nowUs) <= TRUNKS_MAX;
    }
    return (
      isOfGateway(transaction) && this.#excuseGateway(gatewayRowKey(transaction), asked, nowUs)
    );
  }

  /** A call to the telephone network, to a number that the server has let calls through to within the day. */
  isReached(transaction: Transaction, nowUs: number): boolean {
    return isLongInvite(transaction) && this.reachedNumbers.has(transaction, nowUs);
  }

  #rowOf(key: number, nowUs: number): number {
    let row = this.table.find(key);
    if (row < 0) {
      row = this.table.add(key);
      this.#provenUs[row] = Number.NEGATIVE_INFINITY;
      this.#windowUs[row] = nowUs;
      this.#successes[row] = 0;
      this.#excused[row] = 0;
      this.#isStrong[row] = 0;
    }
    this.table.touch(row);
    this.#roll(row, nowUs);
    return row;
  }

  #prove(key: number, isStrong: boolean, reached: number, nowUs: number): void {
    const row = this.#rowOf(key, nowUs);
    if (isStrong) {
      this.#isStrong[row] = 1;
      this.table.promote(row);
    }
    this.#provenUs[row] = nowUs;
    const hourUs = this.#windowUs[row] as number;
    if (reached !== NOBODY && this.#asked.isNewlyReached(key, reached, hourUs, nowUs)) {
      this.#successes[row] = (this.#successes[row] as number) + 1;
    }
  }

  #excuse(key: number, asked: number, nowUs: number, grace = GRACE): boolean {
    const row = this.table.find(key);
    if (!this.#isProven(row, nowUs)) return false;
    this.#roll(row, nowUs);
    const hourUs = this.#windowUs[row] as number;
    if (asked !== 0 && this.#asked.isMissedAgain(key, asked, hourUs))
      return this.#repeats.add(key, nowUs) <= REPEATS_MAX;
    const excused = this.#excused[row] as number;
    if (excused >= grace + FAILURES_PER_SUCCESS * (this.#successes[row] as number)) return false;
    this.#excused[row] = excused + 1;
    this.#asked.missed(key, asked, nowUs);
    return true;
  }

  #excuseGateway(key: number, asked: number, nowUs: number): boolean {
    const row = this.table.find(key);
    if (!this.#isProven(row, nowUs)) return false;
    this.#roll(row, nowUs);
    const reached = this.#successes[row] as number;
    const hourUs = this.#windowUs[row] as number;
    // Some servers say 404 to a subscription that the user does not have, and take another one of the same user.
    if (asked !== 0 && this.#asked.wasReached(key, asked, hourUs)) return true;
    if (asked !== 0 && this.#asked.isMissedAgain(key, asked, hourUs))
      return this.#repeats.add(key, nowUs) <= REPEATS_MAX;
    const excused = this.#excused[row] as number;
    if (reached < REACHED_MIN || excused >= reached) return false;
    this.#excused[row] = excused + 1;
    this.#asked.missed(key, asked, nowUs);
    return true;
  }

  #isProven(row: number, nowUs: number): boolean {
    return row >= 0 && nowUs - (this.#provenUs[row] as number) <= HOUR_US;
  }

  #roll(row: number, nowUs: number): void {
    if (nowUs - (this.#windowUs[row] as number) <= HOUR_US) return;
    this.#windowUs[row] = nowUs;
    this.#successes[row] = 0;
    this.#excused[row] = 0;
  }
}

/** Who was asked for: a REGISTER names it in To (RFC 3261 10.2). */
function askedUserKey({ methodId, toUserKey, uriUserKey }: Transaction): number {
  return methodId === SipMethod.REGISTER ? toUserKey : uriUserKey;
}

function accountRowKey({ client, accountKey }: Transaction): number {
  return combineThree53(client, BY_ACCOUNT, accountKey);
}

/** The same of the account that a user has at this server. */
function userRowKey({ client, server }: Transaction, userKey: number): number {
  return combineThree53(client, BY_ACCOUNT, combine53(userKey, server));
}

function isOfGateway({ methodId }: Transaction): boolean {
  return methodId === SipMethod.MESSAGE || methodId === SipMethod.SUBSCRIBE;
}

function gatewayRowKey({ client, server }: Transaction): number {
  return combineThree53(client, BY_GATEWAY, server);
}

function trunkRowKey(client: HostKey, server: HostKey): number {
  return combineThree53(client, BY_TRUNK, server);
}
