import { combine53, hashText53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { HostKey } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { isLongInvite } from "./failed-request.ts";

const ROWS_MAX = 8_192;
/** Servers and ways to dial one number that are remembered. */
const KEPT_MAX = 32;
const DAY_US = 24 * 3_600_000_000;
/** The end of a number that stays when its prefix changes (ITU-T E.164 6.2). */
const TAIL_DIGITS = 9;
/** Refusals that ask for credentials (RFC 3261 21.4.2, 21.4.8). */
const WANTS_CREDENTIALS = new Set([401, 407]);
/** Denies who asks, and is what carriers say to a route that they do not sell, too. */
const FORBIDDEN = 403;
/** Calls that a trunk may be forbidden for each that is taken, or number that rings; a prober has few of these. */
const FORBIDDEN_PER_CALL = 3;

interface DialledNumber {
  readonly sinceUs: number;
  readonly servers: HostKey[];
  readonly forms: Set<number>;
}

interface Caller {
  challenges: number;
  forbidden: number;
  taken: number;
  /** Numbers of his that rang, up to `KEPT_MAX`. */
  readonly rung: Set<number>;
  readonly sinceUs: number;
}

export interface CallerHistory {
  /** Calls of this caller that the server refused for want of credentials, within the day. */
  readonly challenges: number;
  /** Ways in which it dialled this number. */
  readonly forms: number;
  /** Servers in different networks that it tried it at. */
  readonly servers: number;
}

/** What callers without credentials tried before: one number at several servers and in several ways. */
export class NumberHops {
  readonly #names: HostNames;
  readonly #numbers = new KeyMap<DialledNumber>(ROWS_MAX);
  readonly #callers = new KeyMap<Caller>(ROWS_MAX);

  constructor(names: HostNames) {
    this.#names = names;
  }

  /** A try that failed. Returns the servers so far when this one is new for the number, else 0. */
  refused(transaction: Transaction, status: number, nowUs: number): number {
    if (WANTS_CREDENTIALS.has(status)) this.#callerOf(transaction, nowUs).challenges++;
    if (status === FORBIDDEN) this.#callerOf(transaction, nowUs).forbidden++;
    const number = this.#numberOf(transaction, nowUs);
    return number !== null && this.#note(number, transaction) ? number.servers.length : 0;
  }

  /** A call to a number of the telephone network rings. */
  rang(transaction: Transaction, nowUs: number): void {
    if (transaction.hasCredentials || transaction.isInDialog || !isLongInvite(transaction)) return;
    const { rung } = this.#callerOf(transaction, nowUs);
    if (rung.size < KEPT_MAX) rung.add(transaction.uriUserKey);
  }

  /** A call that was connected; null when nothing is known of the caller. */
  answered(transaction: Transaction, nowUs: number): CallerHistory | null {
    const number = this.#numberOf(transaction, nowUs);
    if (number === null) return null;
    this.#note(number, transaction);
    const caller = this.#callerOf(transaction, nowUs);
    // Calls ring for some time before the first one is taken.
    const through = Math.max(caller.taken++, caller.rung.size);
    const isForbidden = caller.forbidden > FORBIDDEN_PER_CALL * through;
    return {
      challenges: caller.challenges + (isForbidden ? caller.forbidden : 0),
      forms: number.forms.size,
      servers: number.servers.length,
    };
  }

  /** True when the server is in another network than those before: nodes of one carrier take over from each other. */
  #note(number: DialledNumber, { server, uriUser }: Transaction): boolean {
    if (number.forms.size < KEPT_MAX) number.forms.add(hashText53(uriUser));
    const { servers } = number;
    if (servers.length === KEPT_MAX) return false;
    if (servers.some((other) => other === server || this.#names.areNear(other, server)))
      return false;
    servers.push(server);
    return true;
  }

  #numberOf({ client, uriUser }: Transaction, nowUs: number): DialledNumber | null {
    const digits = uriUser.replace(/\D/g, "");
    if (digits.length < TAIL_DIGITS || digits.length > KEPT_MAX) return null;
    const key = combine53(client, Number(digits.slice(-TAIL_DIGITS)));
    let number = this.#numbers.get(key);
    if (number === undefined || nowUs - number.sinceUs > DAY_US) {
      number = { sinceUs: nowUs, servers: [], forms: new Set() };
      this.#numbers.set(key, number);
    }
    return number;
  }

  #callerOf({ client, server }: Transaction, nowUs: number): Caller {
    const key = combine53(client, server);
    let caller = this.#callers.get(key);
    if (caller === undefined || nowUs - caller.sinceUs > DAY_US) {
      caller = { challenges: 0, forbidden: 0, taken: 0, rung: new Set(), sinceUs: nowUs };
      this.#callers.set(key, caller);
    }
    return caller;
  }
}
