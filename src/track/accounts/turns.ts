import { KeyMap } from "../../base/key-map.ts";
import type { Transaction } from "../transactions/transaction.ts";

const CLIENTS_MAX = 1_024;
/** Accounts of one client that are watched at a time. */
const ACCOUNTS_MAX = 128;
const DAY_US = 24 * 3_600_000_000;
/** A telephone's pauses grow at most by twice from try to try: who is silent four times as long as it ever was has left. */
const PAUSES = 4;
const LEFT_MIN_US = 120_000_000;
/** Of a single pause nobody knows how the next ones grow. */
const LEFT_FIRST_US = 900_000_000;
const TRIES_TOLD = 3;
/** Each account that gets in clears three that did not. */
const CLEARED = 3;

interface Tried {
  readonly accountKey: number;
  /** Since it is among those that are watched: of what was before nobody knows the pauses. */
  tries: number;
  lastUs: number;
  pauseUs: number;
  hasLeft: boolean;
}

interface Turns {
  readonly sinceUs: number;
  tried: Tried[];
  left: number;
  readonly accepted: number[];
}

/**
 * Accounts that one client tries a few times as a telephone does, and leaves for the next ones. Telephones that were set up wrongly go on, and
 * start together or leave together; here some have left for good before others begin, and none ever gets in.
 */
export class AccountTurns {
  readonly #clients = new KeyMap<Turns>(CLIENTS_MAX);

  /**
   * Credentials were refused; `tries` of that client on that account so far. Returns how many accounts had been left when this one began,
   * less three for each that got in; 0 where it is no first try.
   */
  failed({ accountKey, client }: Transaction, tries: number, nowUs: number): number {
    let turns = this.#clients.get(client);
    if (turns === undefined || nowUs - turns.sinceUs > DAY_US) {
      turns = { sinceUs: nowUs, tried: [], left: 0, accepted: [] };
      this.#clients.put(client, turns);
    }
    const known = turns.tried.find((one) => one.accountKey === accountKey);
    if (known !== undefined) {
      if (known.hasLeft) turns.left--;
      known.hasLeft = false;
      known.tries++;
      known.pauseUs = Math.max(known.pauseUs, nowUs - known.lastUs);
      known.lastUs = nowUs;
      return 0;
    }
    if (turns.tried.length === ACCOUNTS_MAX) turns.tried.shift();
    turns.tried.push({ accountKey, tries: 1, lastUs: nowUs, pauseUs: 0, hasLeft: false });
    if (tries > 1) return 0;
    this.#leave(turns, nowUs);
    if (turns.left > 0) this.#clients.promote(client);
    return Math.max(0, turns.left - CLEARED * turns.accepted.length);
  }

  /** The account got in there. */
  accepted({ accountKey, client }: Transaction): void {
    if (this.#clients.size === 0) return;
    const turns = this.#clients.get(client);
    if (turns === undefined) return;
    const at = turns.tried.findIndex((one) => one.accountKey === accountKey);
    if (at >= 0 && turns.tried[at]?.hasLeft === true) turns.left--;
    if (at >= 0) turns.tried.splice(at, 1);
    const { accepted } = turns;
    if (accepted.length < ACCOUNTS_MAX && !accepted.includes(accountKey)) accepted.push(accountKey);
  }

  #leave(turns: Turns, nowUs: number): void {
    for (const one of turns.tried) {
      if (one.hasLeft || one.tries < 2) continue;
      const leftUs =
        one.tries < TRIES_TOLD ? LEFT_FIRST_US : Math.max(PAUSES * one.pauseUs, LEFT_MIN_US);
      if (nowUs - one.lastUs <= leftUs) continue;
      one.hasLeft = true;
      turns.left++;
    }
  }
}
