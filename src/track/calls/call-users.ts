import { CallList, CallRow } from "./call-row.ts";
import type { CallSide } from "./calls.ts";

/** Names kept of one call: user, address of record and digest user of each end, as often as it forks. */
const NAMES_MAX = 32;

/**
 * Who the two ends of a call are, by the names of its INVITE and its answers, as keys: `hash53` of a user,
 * `aorKeyOf`, `accountKeyOf`. What a later request calls its sender is up to its sender and does not count.
 * The caller's keys are kept as they are, the callee's negative.
 */
export class CallUsers extends CallRow {
  /** Full: later names are not learned. 0 is no name. */
  addUser(side: CallSide, key: number): void {
    if (key === 0 || this.hasUser(side, key)) return;
    const count = this.endOf(CallList.USERS) - this.startOf(CallList.USERS);
    if (count === NAMES_MAX) return;
    const at = this.extend(CallList.USERS, 1);
    this.numbers[at] = side === 0 ? key : -key;
  }

  hasUser(side: CallSide, key: number): boolean {
    return this.placeOf(CallList.USERS, side === 0 ? key : -key) >= 0;
  }

  /** Keys of one side. */
  usersOf(side: CallSide): number[] {
    return this.numbers
      .slice(this.startOf(CallList.USERS), this.endOf(CallList.USERS))
      .filter((key) => key > 0 === (side === 0))
      .map(Math.abs);
  }
}
