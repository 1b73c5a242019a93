import type { Rank } from "../hosts/standing.ts";
import { CallList } from "./call-row.ts";
import { CallUsers } from "./call-users.ts";

/** To tags of one call that are told apart; a longer list is cut by rank. */
const DIALOGS_MAX = 64;
/** Numbers of a row: To tag, rank and state, last CSeq of the caller and of the callee. */
const STRIDE = 4;
const TAG = 0;
const STATE = 1;
const CSEQ = 2;

const RANK_BITS = 3;
const IS_ANSWERED = 4;
const IS_ACKNOWLEDGED = 8;
const IS_OVER = 16;

/** Row of a dialog within its call, from 0; -1 stands for none. */
export type DialogRow = number;

/**
 * The dialogs of one call, by the callee's tag (RFC 3261 12): a forked INVITE has several, early and
 * confirmed ones, and more than one may be answered (13.2.2.4).
 */
export class CallDialogs extends CallUsers {
  findDialog(tagKey: number): DialogRow {
    const { numbers } = this;
    const start = this.startOf(CallList.DIALOGS);
    const end = this.endOf(CallList.DIALOGS);
    for (let at = start; at < end; at += STRIDE)
      if (numbers[at + TAG] === tagKey) return at - start;
    return -1;
  }

  /** The row of that tag, made when new; -1 when higher ranks hold all the room. */
  addDialog(tagKey: number, rank: Rank, callerCseq: number): DialogRow {
    const found = this.findDialog(tagKey);
    if (found >= 0) {
      this.liftDialog(found, rank);
      return found;
    }
    const count = (this.endOf(CallList.DIALOGS) - this.startOf(CallList.DIALOGS)) / STRIDE;
    if (count >= DIALOGS_MAX && !this.evictDialog(rank)) return -1;
    const at = this.extend(CallList.DIALOGS, STRIDE);
    const { numbers } = this;
    numbers[at + TAG] = tagKey;
    numbers[at + STATE] = rank;
    numbers[at + CSEQ] = callerCseq;
    numbers[at + CSEQ + 1] = -1;
    return at - this.startOf(CallList.DIALOGS);
  }

  rankOfDialog(row: DialogRow): Rank {
    return (this.dialogState(row) & RANK_BITS) as Rank;
  }

  liftDialog(row: DialogRow, rank: Rank): void {
    const state = this.dialogState(row);
    if ((state & RANK_BITS) < rank) this.setDialogState(row, (state & ~RANK_BITS) | rank);
  }

  /** Tags of the dialogs that were answered. */
  *answeredTags(): IterableIterator<number> {
    const { numbers } = this;
    const end = this.endOf(CallList.DIALOGS);
    for (let at = this.startOf(CallList.DIALOGS); at < end; at += STRIDE) {
      if (((numbers[at + STATE] as number) & IS_ANSWERED) !== 0) yield numbers[at + TAG] as number;
    }
  }

  dialogAnswered(row: DialogRow): void {
    this.setDialogState(row, this.dialogState(row) | IS_ANSWERED);
  }

  /** False when it has been acknowledged before. */
  dialogAcknowledged(row: DialogRow): boolean {
    const state = this.dialogState(row);
    this.setDialogState(row, state | IS_ACKNOWLEDGED);
    return (state & IS_ACKNOWLEDGED) === 0;
  }

  dialogOver(row: DialogRow): void {
    this.setDialogState(row, this.dialogState(row) | IS_OVER);
  }

  isDialogAnswered(row: DialogRow): boolean {
    return (this.dialogState(row) & IS_ANSWERED) !== 0;
  }

  /** Another dialog than this one was answered and acknowledged and has not ended: its media goes on. */
  hasOtherLiveDialog(row: DialogRow): boolean {
    const { numbers } = this;
    const start = this.startOf(CallList.DIALOGS);
    const end = this.endOf(CallList.DIALOGS);
    for (let at = start; at < end; at += STRIDE) {
      const state = numbers[at + STATE] as number;
      const isConfirmed = (state & IS_ANSWERED) !== 0 && (state & IS_ACKNOWLEDGED) !== 0;
      if (at - start !== row && isConfirmed && (state & IS_OVER) === 0) return true;
    }
    return false;
  }

  /** Highest CSeq of that side (0 caller, 1 callee) in the dialog; -1 before its first request. */
  cseqOf(row: DialogRow, side: 0 | 1): number {
    return this.numbers[this.startOf(CallList.DIALOGS) + row + CSEQ + side] as number;
  }

  noteCseq(row: DialogRow, side: 0 | 1, cseq: number): void {
    if (cseq <= this.cseqOf(row, side)) return;
    this.numbers[this.startOf(CallList.DIALOGS) + row + CSEQ + side] = cseq;
  }

  protected dialogState(row: DialogRow): number {
    return this.numbers[this.startOf(CallList.DIALOGS) + row + STATE] as number;
  }

  protected setDialogState(row: DialogRow, state: number): void {
    this.numbers[this.startOf(CallList.DIALOGS) + row + STATE] = state;
  }

  /** The oldest row of the lowest rank up to `rank` goes; one that was answered and lives stays. */
  protected evictDialog(rank: Rank): boolean {
    const { numbers } = this;
    const end = this.endOf(CallList.DIALOGS);
    let victim = -1;
    let lowest = rank + 1;
    for (let at = this.startOf(CallList.DIALOGS); at < end; at += STRIDE) {
      const state = numbers[at + STATE] as number;
      if ((state & RANK_BITS) >= lowest || (state & (IS_ANSWERED | IS_OVER)) === IS_ANSWERED)
        continue;
      victim = at;
      lowest = state & RANK_BITS;
    }
    if (victim < 0) return false;
    this.cut(CallList.DIALOGS, victim, STRIDE);
    return true;
  }
}
