import { DelayQueue } from "../../base/delay-queue.ts";
import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { EventParties } from "../facts/event.ts";
import { partiesOf } from "../registrations/binding-suspect.ts";
import type { Transaction } from "../transactions/transaction.ts";

/** A device with a wrong password tries it again within this, on its one Call-ID (RFC 3261 10.2). */
const RETRY_US = 300_000_000;
/** At the end of the input: most devices would have tried again by then. */
const CUT_US = 130_000_000;
/** A telephone has a line or two; so many users of one address and port are no telephone's. */
const USERS_MIN = 3;
const USERS_MAX = 64;
const PLACES_MAX = 65_536;
/** Each keeps its texts, some hundred bytes, as transactions are forgotten sooner. */
const WAITING_MAX = 8_192;

/** The first try of a host on an account. */
interface Try {
  readonly parties: EventParties;
  readonly loginKey: number;
  readonly callKey: number;
  readonly sinceUs: number;
}

/** One address and port: accounts that were tried from there, and tries of these that are not told yet. */
interface Place {
  readonly accounts: Set<number>;
  waiting: Try[];
}

/**
 * One password for many users, or many misconfigured telephones? Each telephone has an address and port, a user and a Call-ID of
 * its own, and tries again and again; who sprays has many users at one place, or leaves each after a try.
 */
export class Sprays {
  /** Called for each first try that is no telephone's, as far as one can see. */
  readonly #tell: (tried: EventParties, nowUs: number) => void;
  readonly #places = new KeyMap<Place>(PLACES_MAX);
  /** By login: a first try that may still show to be a telephone's. */
  readonly #tries = new KeyMap<Try>(WAITING_MAX);
  readonly #waiting = new DelayQueue<Try>(RETRY_US, WAITING_MAX);
  #endUs = 0;

  constructor(tell: (tried: EventParties, nowUs: number) => void) {
    this.#tell = tell;
  }

  /** Credentials were refused for good; `tries` of that host on that account so far. */
  failed(transaction: Transaction, tries: number, nowUs: number): void {
    const { accountKey, callKey, client, clientPort } = transaction;
    const loginKey = combine53(client, accountKey);
    if (tries > 1) {
      const first = this.#tries.get(loginKey);
      // RFC 3261 10.2: a telephone stays on one Call-ID.
      if (first?.callKey === callKey) this.#tries.delete(loginKey);
      else if (first !== undefined) this.#told(first, nowUs);
      return;
    }
    const placeKey = combine53(client, clientPort);
    const place = this.#places.get(placeKey) ?? { accounts: new Set<number>(), waiting: [] };
    this.#places.set(placeKey, place);
    if (place.accounts.size < USERS_MAX) place.accounts.add(accountKey);
    if (place.accounts.size >= USERS_MIN) {
      for (const earlier of place.waiting) this.#told(earlier, nowUs);
      place.waiting = [];
      this.#tell(transaction, nowUs);
      return;
    }
    const first = { parties: partiesOf(transaction), loginKey, callKey, sinceUs: nowUs };
    place.waiting.push(first);
    this.#tries.set(loginKey, first);
    this.#waiting.push(first, nowUs);
  }

  /** The account is that host's. */
  accepted({ accountKey, client }: Transaction): void {
    if (this.#tries.size > 0) this.#tries.delete(combine53(client, accountKey));
  }

  /** The input ends: nothing comes any more. */
  end(nowUs: number): void {
    this.#endUs = nowUs;
    this.#waiting.end();
  }

  isDue(nowUs: number): boolean {
    return this.#waiting.isDue(nowUs);
  }

  /** Tells the next try that nothing came behind. */
  advance(nowUs: number): void {
    const due = this.#waiting.takeDue(nowUs);
    if (due === undefined) return;
    if (this.#endUs === 0 || this.#endUs - due.sinceUs >= CUT_US) this.#told(due, nowUs);
  }

  #told(first: Try, nowUs: number): void {
    if (this.#tries.get(first.loginKey) !== first) return;
    this.#tries.delete(first.loginKey);
    this.#tell(first.parties, nowUs);
  }
}
