import { DelayQueue } from "../../base/delay-queue.ts";
import { combineThree53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { EventParties } from "../facts/event.ts";
import type { HostTable } from "../hosts/hosts.ts";
import type { Peers } from "../hosts/peers.ts";
import { Rank } from "../hosts/standing.ts";
import { partiesOf } from "../registrations/binding-suspect.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { TransactionTable } from "../transactions/transaction-table.ts";

const ASKED_MAX = 16_384;
/** Each keeps its texts, some hundred bytes. */
const WAITING_MAX = 4_096;
/** A back-to-back user agent asks on at once; what it repeats itself comes within a few seconds. */
const ASKED_ON_US = 5_000_000;
/** By then the answer has been passed back. */
const ANSWERED_US = 2_000_000;

interface Asked {
  readonly ref: number;
  readonly startUs: number;
}

/** A failure of somebody who may only have passed a request on. */
interface Waiting {
  readonly kind: number;
  readonly value: number;
  readonly parties: EventParties;
  /** The request that it was asked with. */
  readonly outer: number;
}

export interface PassedOnParts {
  readonly hosts: HostTable;
  readonly peers: Peers;
  readonly transactions: TransactionTable;
}

/**
 * Back-to-back user agents (RFC 7092) that are mirrored on both sides: what they are asked they ask on, with another Call-ID. A failure of theirs is
 * its asker's once they have passed it back; so whoever writes requests to a host in its own defence has to have it answer them, and is told then. Only
 * who has proven to deal with the server is no attacker so easily.
 */
export class PassedOn {
  readonly #parts: PassedOnParts;
  readonly #tell: (kind: number, parties: EventParties, value: number) => void;
  /** The latest request of each kind to a host that asks others as well, by host, method and user. */
  readonly #asked = new KeyMap<Asked>(ASKED_MAX);
  readonly #waiting = new DelayQueue<Waiting>(ANSWERED_US, WAITING_MAX);

  constructor(
    parts: PassedOnParts,
    tell: (kind: number, parties: EventParties, value: number) => void,
  ) {
    this.#parts = parts;
    this.#tell = tell;
  }

  /** A new request out of any dialog. */
  asked(transaction: Transaction): void {
    const { ref, server, startUs } = transaction;
    if ((this.#parts.hosts.get(server)?.sentRequests ?? 0) === 0) return;
    this.#asked.put(keyOf(server, transaction), { ref, startUs });
  }

  /** The request that a host was asked just before it asked the same itself, with a Call-ID of its own; null without one. */
  outerOf(transaction: Transaction): Transaction | null {
    if (this.#asked.size === 0) return null;
    const { callKey, client, server, startUs } = transaction;
    const asked = this.#asked.get(keyOf(client, transaction));
    if (asked === undefined || asked.startUs > startUs) return null;
    if (startUs - asked.startUs > ASKED_ON_US) return null;
    const outer = this.#parts.transactions.at(asked.ref);
    return outer === null || outer.client === server || outer.callKey === callKey ? null : outer;
  }

  /** True where the failure waits for what becomes of the request that was passed on. */
  holds(kind: number, transaction: Transaction, value: number, nowUs: number): boolean {
    if (this.#waiting.size === WAITING_MAX) return false;
    const outer = this.outerOf(transaction);
    if (outer === null) return false;
    const { client, server } = transaction;
    if (this.#parts.peers.rank(client, server, nowUs) < Rank.ACCEPTED) return false;
    this.#waiting.push({ kind, value, parties: partiesOf(transaction), outer: outer.ref }, nowUs);
    return true;
  }

  /** The input ends. */
  end(nowUs: number): void {
    this.#waiting.end(nowUs);
  }

  isDue(nowUs: number): boolean {
    return this.#waiting.isDue(nowUs);
  }

  /** Tells the next failure that was nobody else's. */
  advance(nowUs: number): void {
    const due = this.#waiting.takeDue(nowUs);
    if (due === undefined) return;
    const outer = this.#parts.transactions.at(due.outer);
    if (outer === null || outer.finalStatus < 400) this.#tell(due.kind, due.parties, due.value);
  }
}

function keyOf(host: number, { methodId, toUserKey }: Transaction): number {
  return combineThree53(host, methodId, toUserKey);
}
