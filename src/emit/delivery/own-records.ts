import type { Gap } from "../spool/cursor-file.ts";
import type { RecordSource } from "./deliverer-options.ts";
import type { DeliveryRecord } from "./delivery-record.ts";

export interface OwnBatch {
  readonly records: readonly DeliveryRecord[];
  /** Up to this sequence all that is there for the output has been given. */
  readonly through: number;
  /** Sequences up to there that were for it and have no record any more: dropped or damaged. */
  readonly missing: number;
}

/** The records of the spool that are for one output: all but those of a gap. */
export class OwnRecords {
  readonly #source: RecordSource;
  readonly #gap: Gap | null;

  constructor(source: RecordSource, gap: Gap | null) {
    this.#source = source;
    this.#gap = gap;
  }

  /** Records after `after`, up to `upTo`. Throws the system's error when the disk cannot be read. */
  read(after: number, upTo: number, limits: Parameters<RecordSource["read"]>[2]): OwnBatch {
    const gap = this.#gap;
    if (gap !== null && after >= gap.from && after < gap.to) {
      return { records: [], through: Math.min(gap.to, upTo), missing: 0 };
    }
    const end = gap !== null && after < gap.from ? Math.min(gap.from, upTo) : upTo;
    const { records, through } = this.#source.read(after, end, limits);
    return { records, through, missing: through - after - records.length };
  }
}

/** Sequences after `after`, up to `upTo`, that are for an output with this gap. */
export function countOwn(gap: Gap | null, after: number, upTo: number): number {
  const missed = gap === null ? 0 : Math.min(gap.to, upTo) - Math.max(gap.from, after);
  return Math.max(upTo - after - Math.max(missed, 0), 0);
}
