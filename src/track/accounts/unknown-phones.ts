import { DelayQueue } from "../../base/delay-queue.ts";
import { combineThree53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import type { EventParties } from "../facts/event.ts";
import { partiesOf } from "../registrations/binding-suspect.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { type Cohort, Cohorts, isOfPhones } from "./cohorts.ts";
import { NumberSteps } from "./number-steps.ts";

/** Most telephones try again within this. */
const RETRY_US = 330_000_000;
/** Some wait longer, where others of the same server have come back. */
const LONG_RETRY_US = 1_230_000_000;
/** Telephones retry every 30 s or slower, give or take. */
const PACE_US = 20_000_000;
/** Who came back so often is a telephone: an enumerator in its shape asks four times for each user, at its pace. */
const RETURNS_MIN = 3;
/** Behind one address more telephones are none. */
const HELD_OF_SOURCE_MAX = 512;
const PHONES_MAX = 16_384;
const SOURCES_MAX = 8_192;
/** Each keeps its texts, some hundred bytes. */
const WAITING_MAX = 8_192;
const HOUR_US = 3_600_000_000;

/** One user that one address asks one server for. */
interface Phone {
  readonly source: Source;
  readonly cohort: Cohort;
  callKey: number;
  port: number;
  lastUs: number;
  pauseUs: number;
  returns: number;
  /** Its first request, which is not told yet. */
  held: Held | null;
  isTold: boolean;
}

interface Held {
  readonly phone: Phone;
  readonly kind: number;
  readonly value: number;
  readonly parties: EventParties;
}

/** One address at one server. */
interface Source {
  readonly held: Set<Phone>;
  readonly steps: NumberSteps;
}

export interface UnknownPhonesOutcomes {
  /** Nothing came back: somebody asked whether that user exists. */
  asked(kind: number, parties: EventParties, value: number): void;
  /** It came back as telephones do, for the nth time. */
  stuck(transaction: Transaction, nth: number): void;
}

/**
 * Telephones whose accounts a server does not know (yet, or any more), or somebody who asks which users exist? A telephone has a port and a user of
 * its own, and comes back for ever, on its Call-ID (RFC 3261 10.2) or its port. So the REGISTER of a port that has asked for one user only waits.
 * It is told once a second user is asked for from that port, when its source counts through numbers, or when nothing comes back.
 *
 * Limit: who gives each user a port, in no order, and asks four times at 20 s and slower looks like telephones. What came back is
 * still counted as `sip.user_stuck`.
 */
export class UnknownPhones {
  readonly #outcomes: UnknownPhonesOutcomes;
  readonly #phones = new KeyMap<Phone>(PHONES_MAX);
  /** Which user a port asked for, as a key of `#phones`. */
  readonly #ports = new KeyMap<number>(PHONES_MAX);
  readonly #sources = new KeyMap<Source>(SOURCES_MAX);
  readonly #cohorts = new Cohorts();
  readonly #waiting = new DelayQueue<Held>(RETRY_US, WAITING_MAX);

  constructor(outcomes: UnknownPhonesOutcomes) {
    this.#outcomes = outcomes;
  }

  /** A request for a user that the server does not know, as far as one can see. True where it is not to be told, or not yet. */
  holds(kind: number, transaction: Transaction, value: number, nowUs: number): boolean {
    const { client, clientPort, hasCredentials, methodId, server, toUserKey } = transaction;
    if (methodId !== SipMethod.REGISTER || hasCredentials || toUserKey === 0) return false;
    const key = combineThree53(client, server, toUserKey);
    const phone = this.#phones.get(key);
    const portKey = combineThree53(client, server, clientPort);
    const asked = this.#ports.get(portKey);
    if (asked === undefined) this.#ports.set(portKey, key);
    else if (asked !== key) {
      this.#tell(this.#phones.get(asked));
      this.#tell(phone);
      return false;
    }
    return phone === undefined
      ? this.#isNew(key, kind, transaction, value, nowUs)
      : this.#isBack(phone, transaction, nowUs);
  }

  /** The server knows the user now. */
  registered({ client, server, toUserKey }: Transaction): void {
    if (this.#phones.size === 0) return;
    const key = combineThree53(client, server, toUserKey);
    const phone = this.#phones.get(key);
    if (phone === undefined) return;
    release(phone);
    this.#phones.delete(key);
  }

  /** The input ends: nothing comes back any more. */
  end(nowUs: number): void {
    this.#waiting.end(nowUs);
  }

  isDue(nowUs: number): boolean {
    return this.#waiting.isDue(nowUs);
  }

  /** Tells the next request that nothing came behind. */
  advance(nowUs: number): void {
    const due = this.#waiting.takeDue(nowUs);
    if (due === undefined) return;
    const { phone } = due;
    if (phone.held !== due) return;
    const isAmongPhones = isOfPhones(phone.cohort);
    const { endedUs, isEnded } = this.#waiting;
    const silentUs = Math.min(nowUs, endedUs) - phone.lastUs;
    const isOverdue = silentUs >= waitUsOf(phone, isAmongPhones);
    if (isOverdue || (isEnded && phone.returns === 0 && !isAmongPhones)) this.#tell(phone);
    else if (!isEnded) this.#waiting.push(due, nowUs);
  }

  #isNew(
    key: number,
    kind: number,
    transaction: Transaction,
    value: number,
    nowUs: number,
  ): boolean {
    const { callKey, client, clientPort: port, server } = transaction;
    const source = this.#sourceOf(client, server);
    if (source.steps.isCounting(transaction.toUser)) {
      for (const phone of source.held) this.#tell(phone);
      return false;
    }
    const isFull = this.#waiting.size === WAITING_MAX || source.held.size === HELD_OF_SOURCE_MAX;
    if (isFull) return false;
    const cohort = this.#cohorts.join(server, nowUs);
    const phone: Phone = {
      source,
      cohort,
      callKey,
      port,
      lastUs: nowUs,
      pauseUs: 0,
      returns: 0,
      held: null,
      isTold: false,
    };
    phone.held = { phone, kind, value, parties: partiesOf(transaction) };
    source.held.add(phone);
    this.#phones.set(key, phone);
    this.#waiting.push(phone.held, nowUs);
    return true;
  }

  #isBack(phone: Phone, transaction: Transaction, nowUs: number): boolean {
    const { callKey, clientPort } = transaction;
    if (phone.isTold) return false;
    if (callKey !== phone.callKey && clientPort !== phone.port) {
      this.#tell(phone);
      return false;
    }
    const pauseUs = nowUs - phone.lastUs;
    if (pauseUs < PACE_US) return true;
    phone.callKey = callKey;
    phone.port = clientPort;
    phone.lastUs = nowUs;
    phone.pauseUs = pauseUs;
    if (phone.returns++ === 0) phone.cohort.returned++;
    if (phone.returns === RETURNS_MIN) release(phone);
    this.#outcomes.stuck(transaction, phone.returns);
    return true;
  }

  #sourceOf(client: number, server: number): Source {
    const key = combineThree53(client, server, 0);
    let source = this.#sources.get(key);
    if (source === undefined) {
      source = { held: new Set(), steps: new NumberSteps() };
      this.#sources.set(key, source);
    }
    this.#sources.touch(key);
    return source;
  }

  #tell(phone: Phone | undefined): void {
    if (phone === undefined) return;
    phone.isTold = true;
    const { held } = phone;
    if (held === null) return;
    release(phone);
    this.#outcomes.asked(held.kind, held.parties, held.value);
  }
}

/** By then it would have been back; some wait longer each time. */
function waitUsOf({ pauseUs, returns }: Phone, isAmongPhones: boolean): number {
  if (returns > 0) return Math.min(Math.max(RETRY_US, 3 * pauseUs), HOUR_US);
  return isAmongPhones ? LONG_RETRY_US : RETRY_US;
}

function release(phone: Phone): void {
  phone.held = null;
  phone.source.held.delete(phone);
}
