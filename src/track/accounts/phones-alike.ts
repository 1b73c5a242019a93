import { DelayQueue } from "../../base/delay-queue.ts";
import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { EventParties } from "../facts/event.ts";
import { partiesOf } from "../registrations/binding-suspect.ts";
import type { Transaction } from "../transactions/transaction.ts";

/** Most telephones try again within two minutes; what is left for longer was a guess. */
const RETRY_US = 150_000_000;
/** At the end of the input: many would have been back by then. */
const CUT_US = 60_000_000;
/** Of one account from one address, so many tries are no person's. */
const CUT_TRIES_MIN = 8;
/** Telephones retry every 30 s or slower, give or take. */
const PACE_US = 20_000_000;
/** Digests on one Call-ID so close are one try (baresip). */
const BURST_US = 1_000_000;
/** More of them behind one address with one account are no telephones any more. */
const PHONES_MAX = 512;
/** One in so many may start anew, or be early. */
const MISFIT_SHARE = 8;
const LOGINS_MAX = 4_096;
/** Of all logins together, 300 bytes each. With more of them each further try is a guess at once, as nothing is known of it. */
const ALL_PHONES_MAX = 65_536;
/** Each keeps its texts, some hundred bytes, as transactions are forgotten sooner. */
const WAITING_MAX = 8_192;

/** What a refused try is, as far as is known yet. */
export const AlikeTry = {
  /** Nothing speaks for a telephone. */
  GUESS: 0,
  /** A Call-ID and a port that are new to this login: what comes behind it tells. Or one that is odd among many that are not. */
  WAITS: 1,
  /** It was here before, on its Call-ID, a while ago. */
  PHONE: 2,
} as const;
export type AlikeTry = (typeof AlikeTry)[keyof typeof AlikeTry];

interface Phone {
  cseq: number;
  lastUs: number;
  /** Its try that is not told yet. */
  first: Waiting | null;
}

/** One address and one account. */
interface Login {
  readonly phones: Map<number, Phone>;
  /** The Call-ID that a port is used for. */
  readonly ports: Map<number, number>;
  readonly accepted: Set<number>;
  /** When the latest try was made that was refused. */
  lastUs: number;
  tries: number;
  /** Of these, told after they had waited. */
  told: number;
  misfits: number;
  /** Tries that came back as telephones' do. */
  returns: number;
  isChecked: boolean;
}

interface Waiting {
  readonly login: Login;
  readonly phone: Phone | null;
  readonly parties: EventParties;
  /** Of a success: what it ended. */
  readonly guesses: number;
  /** Of a success: it came at once behind refusals, on a Call-ID that was refused nothing. */
  readonly isNext: boolean;
  readonly sinceUs: number;
}

/** What became of tries that waited. */
export interface AlikeOutcomes {
  /** A try that nothing came behind, the nth of its login. */
  guessed(parties: EventParties, nth: number, nowUs: number): void;
  /** The input ended before anything could come behind a try, the nth of its login. */
  undecided(parties: EventParties, nth: number, nowUs: number): void;
  /** One login succeeded, and hardly any other of those that had failed did. */
  luckyOne(parties: EventParties, guesses: number, nowUs: number): void;
}

/**
 * Telephones behind one address that were all given one wrong account, or one host that guesses from a port and Call-ID each? A telephone stays
 * on its Call-ID, and tries again at its interval (RFC 3261 10.2). Once the account is put right all of them get in; a guesser gets in once.
 */
export class PhonesAlike {
  readonly #outcomes: AlikeOutcomes;
  readonly #logins = new KeyMap<Login>(LOGINS_MAX, (login) => this.#forgotten(login));
  readonly #waiting = new DelayQueue<Waiting>(RETRY_US, WAITING_MAX);
  #phones = 0;

  constructor(outcomes: AlikeOutcomes) {
    this.#outcomes = outcomes;
  }

  /** Credentials were refused for good. */
  failed(transaction: Transaction, nowUs: number): AlikeTry {
    const login = this.#loginOf(transaction);
    const { callKey, clientPort, cseq } = transaction;
    login.tries++;
    login.lastUs = transaction.startUs;
    const phone = login.phones.get(callKey);
    if (phone !== undefined) return this.#again(login, phone, cseq, nowUs);
    const isOwnPort = !login.ports.has(clientPort) && login.phones.size < PHONES_MAX;
    if (!isOwnPort) return this.#misfit(login, nowUs);
    if (this.#phones === ALL_PHONES_MAX) return AlikeTry.GUESS;
    this.#phones++;
    const added: Phone = { cseq, lastUs: nowUs, first: null };
    login.phones.set(callKey, added);
    login.ports.set(clientPort, callKey);
    if (login.phones.size === 1 || !isAlike(login)) return AlikeTry.GUESS;
    if (this.#waiting.size === WAITING_MAX) return AlikeTry.GUESS;
    const parties = partiesOf(transaction);
    added.first = { login, phone: added, parties, guesses: 0, isNext: false, sinceUs: nowUs };
    this.#waiting.push(added.first, nowUs);
    return AlikeTry.WAITS;
  }

  /**
   * Credentials were taken after `guesses`. True when those were telephones', as far as is known; who turns out to have got in alone is told
   * later.
   */
  accepted(transaction: Transaction, guesses: number, nowUs: number): boolean {
    if (this.#logins.size === 0) return false;
    const login = this.#logins.get(loginKeyOf(transaction));
    if (login === undefined) return false;
    const isOfPhones = login.phones.size > 1 && isAlike(login);
    if (!isOfPhones) {
      this.#logins.delete(loginKeyOf(transaction));
      this.#forgotten(login);
      return false;
    }
    if (login.accepted.size < PHONES_MAX) login.accepted.add(transaction.callKey);
    if (login.isChecked) return true;
    login.isChecked = true;
    const parties = partiesOf(transaction);
    const most = Math.max(guesses, login.tries);
    const isNext =
      !login.phones.has(transaction.callKey) && transaction.startUs - login.lastUs < PACE_US;
    this.#waiting.push(
      { login, phone: null, parties, guesses: most, isNext, sinceUs: nowUs },
      nowUs,
    );
    return true;
  }

  /** The input ends: nothing comes any more. */
  end(nowUs: number): void {
    this.#waiting.end(nowUs);
  }

  isDue(nowUs: number): boolean {
    return this.#waiting.isDue(nowUs);
  }

  /** Tells the next try that nothing came behind, or a success that stayed the only one. */
  advance(nowUs: number): void {
    const due = this.#waiting.takeDue(nowUs);
    if (due === undefined) return;
    const { login, parties, phone } = due;
    const { endedUs, isEnded } = this.#waiting;
    // A telephone that was put right comes back on its Call-ID, or starts again, which takes it longer.
    const isLucky = due.isNext && login.returns === 0 && login.tries >= CUT_TRIES_MIN;
    if (endedUs - due.sinceUs < CUT_US && !isLucky) {
      if (phone?.first === due) this.#outcomes.undecided(parties, login.tries, nowUs);
      return;
    }
    if (isEnded && login.returns * MISFIT_SHARE >= login.phones.size) return;
    if (phone === null) this.#check(due, nowUs);
    else if (phone.first === due) {
      login.misfits++;
      this.#tell(login, phone, nowUs);
    }
  }

  #forgotten({ phones }: Login): void {
    this.#phones -= phones.size;
  }

  #loginOf(transaction: Transaction): Login {
    const key = loginKeyOf(transaction);
    let login = this.#logins.get(key);
    if (login === undefined) {
      login = emptyLogin();
      this.#logins.set(key, login);
    }
    this.#logins.touch(key);
    return login;
  }

  #again(login: Login, phone: Phone, cseq: number, nowUs: number): AlikeTry {
    const sinceUs = nowUs - phone.lastUs;
    phone.lastUs = nowUs;
    const isRising = cseq > phone.cseq;
    phone.cseq = cseq;
    if (login.phones.size === 1) return AlikeTry.GUESS;
    if (isRising && sinceUs <= BURST_US) {
      login.tries--;
      return AlikeTry.PHONE;
    }
    if (!isRising || sinceUs < PACE_US) return this.#misfit(login, nowUs);
    phone.first = null;
    login.returns++;
    return isAlike(login) ? AlikeTry.PHONE : AlikeTry.GUESS;
  }

  /** A few telephones start anew, or are early; with more of them nothing was any. */
  #misfit(login: Login, nowUs: number): AlikeTry {
    login.misfits++;
    if (login.phones.size > 1 && isAlike(login)) return AlikeTry.WAITS;
    this.#tellAll(login, nowUs);
    return AlikeTry.GUESS;
  }

  #check({ guesses, login, parties }: Waiting, nowUs: number): void {
    login.isChecked = false;
    if (login.accepted.size * 2 >= login.phones.size) return;
    this.#outcomes.luckyOne(parties, guesses, nowUs);
  }

  #tellAll(login: Login, nowUs: number): void {
    for (const phone of login.phones.values()) this.#tell(login, phone, nowUs);
  }

  #tell(login: Login, phone: Phone, nowUs: number): void {
    const { first } = phone;
    if (first === null) return;
    phone.first = null;
    login.told++;
    this.#outcomes.guessed(first.parties, login.told, nowUs);
  }
}

function emptyLogin(): Login {
  return {
    phones: new Map(),
    ports: new Map(),
    accepted: new Set(),
    lastUs: 0,
    tries: 0,
    told: 0,
    misfits: 0,
    returns: 0,
    isChecked: false,
  };
}

function loginKeyOf({ accountKey, client }: Transaction): number {
  return combine53(client, accountKey);
}

function isAlike({ misfits, tries }: Login): boolean {
  return misfits * MISFIT_SHARE <= tries + MISFIT_SHARE;
}
