import { DelayQueue } from "../../base/delay-queue.ts";
import type { PassedOn } from "../accounts/passed-on.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { TransactionTable } from "../transactions/transaction-table.ts";

/** By then a back-to-back user agent has passed the answer back. */
const PASSED_BACK_US = 2_000_000;
const HELD_MAX = 4_096;

interface HeldCall {
  readonly inner: number;
  readonly outer: number;
}

/**
 * Calls that a back-to-back user agent (RFC 7092) makes for somebody who asked it, where the mirror has both its sides: once it has passed the
 * answer back, the call is its asker's alone. Else it is its own.
 */
export class PassedCalls {
  readonly #transactions: TransactionTable;
  readonly #passedOn: PassedOn;
  readonly #held = new DelayQueue<HeldCall>(PASSED_BACK_US, HELD_MAX);

  constructor(transactions: TransactionTable, passedOn: PassedOn) {
    this.#transactions = transactions;
    this.#passedOn = passedOn;
  }

  /** True where an answered call waits for what its caller's asker is told. */
  holds(transaction: Transaction, nowUs: number): boolean {
    if (this.#held.size === HELD_MAX) return false;
    const outer = this.#passedOn.outerOf(transaction);
    if (outer === null || outer.isForged || outer.finalStatus >= 300) return false;
    this.#held.push({ inner: transaction.ref, outer: outer.ref }, nowUs);
    return true;
  }

  isDue(nowUs: number): boolean {
    return this.#held.isDue(nowUs);
  }

  /** The next call that was nobody else's; null when none is due, or it was. */
  take(nowUs: number): Transaction | null {
    const due = this.#held.takeDue(nowUs);
    if (due === undefined) return null;
    const status = this.#transactions.at(due.outer)?.finalStatus ?? 0;
    return status >= 200 && status < 300 ? null : this.#transactions.at(due.inner);
  }
}
