import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { HostKey } from "../../decode/host.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import { isUndecided } from "../transactions/answer-classes.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { AccountTable } from "./accounts.ts";
import type { BreakIns } from "./break-ins.ts";
import type { ReachedNumbers } from "./reached-numbers.ts";

const LOGINS_MAX = 8_192;
const CLIENTS_MAX = 4_096;
const DAY_US = 24 * 3_600_000_000;
/** Nobody dials again within this, failure by failure; who calls again by hand or by a machine's retry waits longer. */
const AT_ONCE_US = 3_000_000;
const SOON_US = 20_000_000;
/** Of the pauses between calls, the share that tells their pace. */
const PACE_SHARE = 3 / 4;
/** Calls at once from where the account was never at home. */
const AT_ONCE_MIN = 20;
/** The same while its user is registered elsewhere: soon after one another, or at any pace. */
const SOON_MIN = 12;
const ELSEWHERE_MIN = 30;
/** Hosts that share one account, and their calls together. */
const HOSTS_MIN = 5;
const SHARED_MIN = 40;
/** To a number that others get through to: with the right password these would, too. */
const REACHED_MIN = 60;
const REACHED_BY_OTHERS = 2;
/** Accounts of one host of which none ever gets through. */
const ACCOUNTS_MIN = 12;
/** Numbers of one login that are told apart. */
const NUMBERS_KEPT = 16;

interface Calls {
  readonly sinceUs: number;
  lastUs: number;
  tries: number;
  atOnce: number;
  soon: number;
  readonly numbers: number[];
}

interface Shared {
  readonly sinceUs: number;
  tries: number;
  readonly hosts: HostKey[];
}

interface Accounts {
  readonly sinceUs: number;
  readonly keys: number[];
}

interface UndecidedParts {
  readonly events: EventList;
  readonly accounts: AccountTable;
  readonly breakIns: BreakIns;
  readonly reached: ReachedNumbers;
}

/**
 * Calls with credentials that met an answer which some servers give in place of a refusal, and most behind credentials that they took: 404,
 * 480, 603, 5xx, silence. One such call says nothing, and who dials a dead number again and again has many. Guesses they are by their shape: a number or
 * few, from where the account never was accepted, and at a pace at which nobody dials, or while the user is at home elsewhere, or shared among
 * hosts, or with one account after the other, or to a number that others get through to. Texts (MESSAGE) are calls here.
 */
export class UndecidedCalls {
  readonly #parts: UndecidedParts;
  readonly #logins = new KeyMap<Calls>(LOGINS_MAX);
  readonly #shared = new KeyMap<Shared>(LOGINS_MAX);
  readonly #clients = new KeyMap<Accounts>(CLIENTS_MAX);

  constructor(parts: UndecidedParts) {
    this.#parts = parts;
  }

  /** Counts a call that was answered so, `status` 0 for silence; true when it is one more guess. */
  isGuess(transaction: Transaction, status: number, nowUs: number): boolean {
    const { methodId } = transaction;
    if (methodId !== SipMethod.INVITE && methodId !== SipMethod.MESSAGE) return false;
    if (!isUndecided(transaction, status)) return false;
    const { accounts, breakIns, events } = this.#parts;
    if (accounts.wasEverHome(transaction)) return false;
    const calls = this.#count(transaction, nowUs);
    const isShared = this.#isShared(transaction, nowUs);
    const isSpray = this.#accountsOf(transaction, nowUs) >= ACCOUNTS_MIN;
    // With 5xx and silence servers fail everybody's calls, and machines repeat theirs at once.
    const isServers = status === 0 || (status >= 500 && status < 600);
    if (!isServers && isSpray) return true;
    const { atOnce, numbers, soon, tries } = calls;
    if (numbers.length * 4 > tries + 3) return false;
    const enough = PACE_SHARE * (tries - 1);
    if (!isServers && (isShared || (tries >= AT_ONCE_MIN && atOnce >= enough))) return true;
    if (!isServers && this.#isReached(transaction, tries, nowUs)) return true;
    const isPressed = (tries >= SOON_MIN && soon >= enough) || isShared || tries >= ELSEWHERE_MIN;
    if (isPressed && breakIns.livesElsewhere(transaction, nowUs)) return true;
    events.raise(EventKind.SIP_AUTH_UNDECIDED, nowUs, tries)?.aimAtTransaction(transaction);
    return false;
  }

  /** A call got through. */
  reached(transaction: Transaction, nowUs: number): void {
    this.#parts.reached.note(transaction, nowUs);
  }

  /** The account's credentials were taken there. */
  accepted({ accountKey, client }: Transaction): void {
    if (this.#logins.size === 0) return;
    this.#logins.delete(combine53(client, accountKey));
    this.#clients.delete(client);
  }

  /** Who guesses needs a number that the right password is let through to; a dead one tells him nothing. */
  #isReached(transaction: Transaction, tries: number, nowUs: number): boolean {
    if (tries < REACHED_MIN) return false;
    return this.#parts.reached.callsOfOthers(transaction, nowUs) >= REACHED_BY_OTHERS;
  }

  #count({ accountKey, client, uriUserKey }: Transaction, nowUs: number): Calls {
    const key = combine53(client, accountKey);
    let calls = this.#logins.get(key);
    if (calls === undefined || nowUs - calls.sinceUs > DAY_US) {
      calls = { sinceUs: nowUs, lastUs: nowUs, tries: 0, atOnce: 0, soon: 0, numbers: [] };
      this.#logins.put(key, calls);
    } else {
      const pauseUs = nowUs - calls.lastUs;
      if (pauseUs <= AT_ONCE_US) calls.atOnce++;
      if (pauseUs <= SOON_US) calls.soon++;
      this.#logins.touch(key);
    }
    calls.lastUs = nowUs;
    calls.tries++;
    const { numbers } = calls;
    if (numbers.length < NUMBERS_KEPT && !numbers.includes(uriUserKey)) numbers.push(uriUserKey);
    return calls;
  }

  #isShared({ accountKey, client }: Transaction, nowUs: number): boolean {
    let shared = this.#shared.get(accountKey);
    if (shared === undefined || nowUs - shared.sinceUs > DAY_US) {
      shared = { sinceUs: nowUs, tries: 0, hosts: [] };
      this.#shared.put(accountKey, shared);
    } else this.#shared.touch(accountKey);
    shared.tries++;
    const { hosts, tries } = shared;
    if (hosts.length < HOSTS_MIN && !hosts.includes(client)) hosts.push(client);
    return hosts.length === HOSTS_MIN && tries >= SHARED_MIN;
  }

  /** How many accounts of that host have had such a call. */
  #accountsOf({ accountKey, client }: Transaction, nowUs: number): number {
    let accounts = this.#clients.get(client);
    if (accounts === undefined || nowUs - accounts.sinceUs > DAY_US) {
      accounts = { sinceUs: nowUs, keys: [] };
      this.#clients.put(client, accounts);
    } else this.#clients.touch(client);
    const { keys } = accounts;
    if (keys.length < ACCOUNTS_MIN && !keys.includes(accountKey)) keys.push(accountKey);
    return keys.length;
  }
}
