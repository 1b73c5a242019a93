import type { Rank } from "./standing.ts";

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

/** Row of a dialog within its call; -1 stands for none. */
export type DialogRow = number;

/**
 * The dialogs of one call, by the callee's tag (RFC 3261 12): a forked INVITE has several, early and
 * confirmed ones, and more than one may be answered (13.2.2.4). All are numbers in one array.
 */
export class CallDialogs {
  #rows: number[] = [];

  get count(): number {
    return this.#rows.length / STRIDE;
  }

  find(tagKey: number): DialogRow {
    const rows = this.#rows;
    for (let at = 0; at < rows.length; at += STRIDE) if (rows[at + TAG] === tagKey) return at;
    return -1;
  }

  /** The row of that tag, made when new; -1 when higher ranks hold all the room. */
  add(tagKey: number, rank: Rank, callerCseq: number): DialogRow {
    const found = this.find(tagKey);
    if (found >= 0) {
      this.lift(found, rank);
      return found;
    }
    if (this.#rows.length >= DIALOGS_MAX * STRIDE && !this.#evict(rank)) return -1;
    // A list that is pushed to takes room for 17 numbers more; most calls have one row.
    this.#rows = this.#rows.concat([tagKey, rank, callerCseq, -1]);
    return this.#rows.length - STRIDE;
  }

  rank(row: DialogRow): Rank {
    return ((this.#rows[row + STATE] as number) & RANK_BITS) as Rank;
  }

  lift(row: DialogRow, rank: Rank): void {
    const state = this.#rows[row + STATE] as number;
    if ((state & RANK_BITS) < rank) this.#rows[row + STATE] = (state & ~RANK_BITS) | rank;
  }

  answered(row: DialogRow): void {
    this.#set(row, IS_ANSWERED);
  }

  /** False when it has been acknowledged before. */
  acknowledged(row: DialogRow): boolean {
    if (((this.#rows[row + STATE] as number) & IS_ACKNOWLEDGED) !== 0) return false;
    this.#set(row, IS_ACKNOWLEDGED);
    return true;
  }

  over(row: DialogRow): void {
    this.#set(row, IS_OVER);
  }

  isAnswered(row: DialogRow): boolean {
    return ((this.#rows[row + STATE] as number) & IS_ANSWERED) !== 0;
  }

  isOver(row: DialogRow): boolean {
    return ((this.#rows[row + STATE] as number) & IS_OVER) !== 0;
  }

  /** Another dialog than this one was answered and acknowledged and has not ended: its media goes on. */
  hasOtherLive(row: DialogRow): boolean {
    const rows = this.#rows;
    for (let at = 0; at < rows.length; at += STRIDE) {
      const state = rows[at + STATE] as number;
      const isConfirmed = (state & IS_ANSWERED) !== 0 && (state & IS_ACKNOWLEDGED) !== 0;
      if (at !== row && isConfirmed && (state & IS_OVER) === 0) return true;
    }
    return false;
  }

  /** Highest CSeq of that side (0 caller, 1 callee) in the dialog; -1 before its first request. */
  cseq(row: DialogRow, side: 0 | 1): number {
    return this.#rows[row + CSEQ + side] as number;
  }

  noteCseq(row: DialogRow, side: 0 | 1, cseq: number): void {
    if (cseq > this.cseq(row, side)) this.#rows[row + CSEQ + side] = cseq;
  }

  #set(row: DialogRow, bit: number): void {
    this.#rows[row + STATE] = (this.#rows[row + STATE] as number) | bit;
  }

  /** The oldest row of the lowest rank up to `rank` goes; one that was answered and lives stays. */
  #evict(rank: Rank): boolean {
    const rows = this.#rows;
    let victim = -1;
    let lowest = rank + 1;
    for (let at = 0; at < rows.length; at += STRIDE) {
      const state = rows[at + STATE] as number;
      if ((state & RANK_BITS) >= lowest || (state & (IS_ANSWERED | IS_OVER)) === IS_ANSWERED)
        continue;
      victim = at;
      lowest = state & RANK_BITS;
    }
    if (victim < 0) return false;
    rows.splice(victim, STRIDE);
    return true;
  }
}
