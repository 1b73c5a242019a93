import { DelayQueue } from "../../base/delay-queue.ts";
import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import { isSiteV4Host } from "../../decode/private-host.ts";
import type { EventParties } from "../facts/event.ts";
import type { Statistics } from "../facts/statistics.ts";
import { partiesOf } from "../registrations/binding-suspect.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { type Cohort, Cohorts, isOfPhones } from "./cohorts.ts";
import { MovedPhones } from "./moved-phones.ts";

/** A device with a wrong password tries it again within this: many wait for five minutes, and some seconds of their own. */
const RETRY_US = 330_000_000;
/**
 * Some make a Call-ID for each try, against RFC 3261 10.2. They come back from their address and port, and no sooner than this. Believed of the own
 * network, and where the host has tried no other account and no other host this one.
 */
const NEW_CALL_US = 20_000_000;
/**
 * Some wait longer, up to so long: those of the own network, where hardly anybody sprays from as many hosts as accounts, and those
 * of a server where others have come back. Whoever has some of his hosts come back gains a quarter of an hour.
 */
const LONG_RETRY_US = 1_230_000_000;
/** At the end of the input: most devices would have tried again by then. */
const CUT_US = 130_000_000;
const LONG_CUT_US = 600_000_000;
/** A telephone has a line or two; so many users of one address and port are no telephone's. */
const USERS_MIN = 3;
/** A gateway has many, and whether it has ever logged in with them the sensor cannot know when it has just been started. */
const NEW_US = 300_000_000;
const PLACES_MAX = 65_536;
const PAIRS_MAX = 32_768;
const BY_HOST = 1;
const BY_ACCOUNT = 2;
const SEVERAL = -1;
/** Each keeps its texts, some hundred bytes, as transactions are forgotten sooner. */
const WAITING_MAX = 8_192;

/** The first try of a host on an account. */
interface Try {
  readonly parties: EventParties;
  readonly loginKey: number;
  readonly callKey: number;
  readonly port: number;
  readonly cohort: Cohort;
  readonly isNear: boolean;
  /** Of a place with many users: told at the end of the input, however soon that comes. */
  isOfMany: boolean;
  readonly sinceUs: number;
}

/** Logins of one address and port, `USERS_MIN` at most. Their tries lie in one table, which bounds how many there are. */
type Place = number[];

/**
 * One password for many users, or many misconfigured telephones? Each telephone has an address and port, a user and a Call-ID of
 * its own, and tries again and again; who sprays has many users at one place, or leaves each after a try.
 */
export class Sprays {
  /** Called for each first try that is no telephone's, as far as one can see. */
  readonly #tell: (tried: EventParties, nowUs: number) => void;
  readonly #places = new KeyMap<Place>(PLACES_MAX);
  /** The only login of each host and of each account, or `SEVERAL`. */
  readonly #pairs = new KeyMap<number>(PAIRS_MAX);
  /** By login: a first try that may still show to be a telephone's. */
  readonly #tries = new KeyMap<Try>(WAITING_MAX);
  readonly #waiting = new DelayQueue<Try>(RETRY_US, WAITING_MAX);
  readonly #patient = new DelayQueue<Try>(LONG_RETRY_US - RETRY_US, WAITING_MAX);
  readonly #cohorts = new Cohorts();
  readonly #moved = new MovedPhones();
  readonly #statistics: Pick<Statistics, "firstUs">;

  constructor(
    statistics: Pick<Statistics, "firstUs">,
    tell: (tried: EventParties, nowUs: number) => void,
  ) {
    this.#statistics = statistics;
    this.#tell = tell;
  }

  /** Credentials were refused for good; `tries` of that host on that account so far. */
  failed(transaction: Transaction, tries: number, nowUs: number): void {
    const { accountKey, callKey, client, clientPort, server } = transaction;
    const loginKey = combine53(client, accountKey);
    this.#pair(combine53(client, BY_HOST), loginKey);
    this.#pair(combine53(accountKey, BY_ACCOUNT), loginKey);
    if (tries > 1) {
      const first = this.#tries.get(loginKey);
      if (first !== undefined) this.#again(first, transaction, nowUs);
      return;
    }
    const placeKey = combine53(client, clientPort);
    // A list that is pushed to takes room for sixteen more: most places have one login for ever.
    const known = this.#places.get(placeKey);
    const place = known ?? [loginKey];
    if (known === undefined) this.#places.set(placeKey, place);
    else if (place.length < USERS_MIN && !place.includes(loginKey)) place.push(loginKey);
    const isOfMany = place.length >= USERS_MIN;
    if (isOfMany) {
      const isNew = nowUs - this.#statistics.firstUs < NEW_US;
      for (const earlier of place) {
        const first = this.#tries.get(earlier);
        if (first === undefined) continue;
        if (isNew) first.isOfMany = true;
        else this.#told(first, nowUs);
      }
      if (!isNew) {
        this.#tell(transaction, nowUs);
        return;
      }
    }
    if (this.#hasMoved(transaction, loginKey, nowUs)) return;
    const cohort = this.#cohorts.join(server, nowUs);
    const isNear = isSiteV4Host(client);
    const parties = partiesOf(transaction);
    const first: Try = {
      parties,
      loginKey,
      callKey,
      port: clientPort,
      cohort,
      isNear,
      isOfMany,
      sinceUs: nowUs,
    };
    this.#tries.set(loginKey, first);
    this.#waiting.push(first, nowUs);
  }

  /** A second try on the account: a telephone's is on the same Call-ID, or looks like one in all else. */
  #again(
    first: Try,
    { accountKey, callKey, client, clientPort }: Transaction,
    nowUs: number,
  ): void {
    const isAtItsPort = first.port === clientPort && nowUs - first.sinceUs >= NEW_CALL_US;
    const isItsOwn =
      this.#pairs.get(combine53(client, BY_HOST)) === first.loginKey &&
      this.#pairs.get(combine53(accountKey, BY_ACCOUNT)) === first.loginKey;
    if (first.callKey === callKey || (first.isNear && isAtItsPort && isItsOwn)) {
      this.#returned(first);
    } else this.#told(first, nowUs);
  }

  /** A telephone that has tried elsewhere before. */
  #hasMoved(transaction: Transaction, loginKey: number, nowUs: number): boolean {
    const before = this.#moved.movedFrom(transaction, loginKey, nowUs);
    const first = this.#tries.get(before);
    if (first !== undefined) this.#returned(first);
    return before !== 0;
  }

  #returned(first: Try): void {
    first.cohort.returned++;
    this.#tries.delete(first.loginKey);
  }

  /** Notes the login of a host or account; more than one is none. */
  #pair(key: number, loginKey: number): void {
    const known = this.#pairs.get(key);
    if (known === undefined) this.#pairs.set(key, loginKey);
    else if (known !== loginKey) this.#pairs.set(key, SEVERAL);
  }

  /** The account is that host's. */
  accepted({ accountKey, client }: Transaction): void {
    if (this.#tries.size > 0) this.#tries.delete(combine53(client, accountKey));
  }

  /** The input ends: nothing comes any more. */
  end(nowUs: number): void {
    this.#waiting.end(nowUs);
    this.#patient.end(nowUs);
  }

  isDue(nowUs: number): boolean {
    return this.#waiting.isDue(nowUs) || this.#patient.isDue(nowUs);
  }

  /** Tells the next try that nothing came behind. */
  advance(nowUs: number): void {
    const due = this.#waiting.takeDue(nowUs);
    if (due !== undefined) {
      const { cohort, isNear, loginKey } = due;
      const isPhones = isNear || isOfPhones(cohort);
      if (!isPhones) this.#tellDue(due, CUT_US, nowUs);
      else if (this.#tries.get(loginKey) === due) this.#patient.push(due, nowUs);
    }
    const late = this.#patient.takeDue(nowUs);
    if (late !== undefined) this.#tellDue(late, LONG_CUT_US, nowUs);
  }

  /** At the end of the input only what has waited for `cutUs` by then. */
  #tellDue(due: Try, cutUs: number, nowUs: number): void {
    const hasWaited = this.#waiting.endedUs - due.sinceUs >= cutUs;
    if ((due.isOfMany && !due.isNear) || hasWaited) this.#told(due, nowUs);
  }

  #told(first: Try, nowUs: number): void {
    if (this.#tries.get(first.loginKey) !== first) return;
    this.#tries.delete(first.loginKey);
    this.#tell(first.parties, nowUs);
  }
}
