import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import { USER_UNKNOWN } from "../transactions/answer-classes.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { ReachedNumbers } from "./reached-numbers.ts";

const PAIRS_MAX = 4_096;
const HOUR_US = 3_600_000_000;
/** One number or two are a user who has left. */
const LOST_MIN = 4;
/** Calls of one trunk within the hour; what is beyond is looked at as anybody's. */
const CALLS_MAX = 2_000;

interface Lost {
  sinceUs: number;
  calls: number;
  /** Numbers that calls had got through to, `LOST_MIN` at most. */
  readonly numbers: Set<number>;
}

/**
 * A server that says of numbers that it does not know them, to which it has let calls through within the day: its administrator, or a fault,
 * has taken a range away, and all that a trunk brings to it fails alike. A walk does not meet that, as nobody but the server decides it.
 */
export class RemovedNumbers {
  readonly #reached: ReachedNumbers;
  readonly #lost = new KeyMap<Lost>(PAIRS_MAX);

  constructor(reached: ReachedNumbers) {
    this.#reached = reached;
  }

  /** The server rings or takes a call to a number that it seemed to have lost: the refusal was not its own. */
  taken({ client, server, uriUserKey }: Transaction): void {
    const key = combine53(client, server);
    if (this.#lost.get(key)?.numbers.has(uriUserKey) === true) this.#lost.delete(key);
  }

  /** A call without credentials was refused; true where that is put down to the server. */
  refused(transaction: Transaction, nowUs: number): boolean {
    const { client, finalStatus, isInDialog, methodId, server, uriUserKey } = transaction;
    if (methodId !== SipMethod.INVITE || isInDialog || !USER_UNKNOWN.has(finalStatus)) return false;
    const key = combine53(client, server);
    const isReached = this.#reached.has(transaction, nowUs);
    let lost = this.#lost.get(key);
    if (lost === undefined) {
      if (!isReached) return false;
      lost = { sinceUs: nowUs, calls: 0, numbers: new Set() };
      this.#lost.set(key, lost);
    } else if (nowUs - lost.sinceUs > HOUR_US) {
      lost.sinceUs = nowUs;
      lost.calls = 0;
      lost.numbers.clear();
    }
    this.#lost.touch(key);
    if (isReached && lost.numbers.size < LOST_MIN) lost.numbers.add(uriUserKey);
    if (++lost.calls > CALLS_MAX) return false;
    return isReached || lost.numbers.size >= LOST_MIN;
  }
}
