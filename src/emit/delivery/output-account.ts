import type { CursorPlace } from "../spool/cursor-file.ts";
import { countOwn } from "./own-records.ts";
import type { Progress } from "./spool-signal.ts";

/** What became of records on their way to one output: raised + carried = delivered + waiting + lost. */
export interface OutputAccount {
  /** Records offered in this run. */
  readonly raised: number;
  /** Records that waited for it from runs before. */
  readonly carried: number;
  /** Records that the receiver has acknowledged. */
  readonly delivered: number;
  /** Records in the spool, or in memory on their way there. */
  readonly waiting: number;
  readonly lost: OutputLosses;
}

/** Lost records by reason. */
export interface OutputLosses {
  /** Dropped at the size limit of the spool. */
  readonly spoolFull: number;
  /** Damaged on the disk, or deleted there. */
  readonly damaged: number;
  /** Not taken by the spool, because the disk was full and then the memory, or longer than 1 MiB. */
  readonly notTaken: number;
  /** Still waiting when a spool was deleted that belongs to one run only. */
  readonly notSent: number;
  /** Refused by the receiver for good; they are in the dead-letter file. */
  readonly refused: number;
}

/**
 * Reckons the account. All figures are differences of the same sequences, so that they add up at any moment:
 * what a thread that died has not told is not missing from them.
 */
export function accountOf(facts: {
  /** Where the output began. */
  readonly place: CursorPlace;
  /** Last sequence before this run, and now. */
  readonly lastBefore: number;
  readonly last: number;
  readonly progress: Progress;
  readonly writer: { readonly raised: number; readonly waiting: number; readonly dropped: number };
  /** Records that were dropped at the size limit. */
  readonly dropped: number;
}): OutputAccount {
  const { dropped, last, lastBefore, place, progress, writer } = facts;
  const { acknowledged, holes, missing, refused } = progress;
  const settled = countOwn(place.gap, place.sequence, acknowledged);
  const ahead = countOwn(place.gap, acknowledged, last);
  const before = countOwn(place.gap, place.sequence, lastBefore);
  // Of the holes that were told by an earlier run, some may turn out to be none.
  const gone = missing + holes - place.holes;
  const lost = Math.max(gone, 0);
  const spoolFull = Math.min(lost, dropped);
  return {
    raised: writer.raised,
    carried: before - place.holes + Math.max(-gone, 0),
    delivered: settled - missing - refused,
    waiting: ahead - holes + writer.waiting,
    lost: { spoolFull, damaged: lost - spoolFull, notTaken: writer.dropped, notSent: 0, refused },
  };
}

export function sumOfLosses(lost: OutputLosses): number {
  return lost.spoolFull + lost.damaged + lost.notTaken + lost.notSent + lost.refused;
}
