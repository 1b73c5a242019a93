import type { LatencySnapshot } from "../metrics/latency-histogram.ts";
import type { Gap } from "../spool/cursor-file.ts";
import type { DeliveryRecord } from "./delivery-record.ts";
import type { DeliverySink } from "./delivery-sink.ts";
import type { Cursor } from "./kept-place.ts";
import type { ReadableTimes } from "./readable-times.ts";

/** Where a deliverer finds its records: emit/spool/spool-reader.ts. */
export interface RecordSource {
  /** Throws the system's error when the disk cannot be read. */
  read(
    after: number,
    upTo: number,
    limits: { readonly records: number; readonly characters: number },
  ): { readonly records: readonly DeliveryRecord[]; readonly through: number };
}

/** Takes what a receiver will never take: dead-letter-file.ts. */
interface DeadLetters {
  /** Throws the system's error. */
  add(output: string, record: DeliveryRecord, problem: string): void;
}

export interface DelivererTimes {
  /** Longest time for `connect` and for `send`. */
  readonly connectMs: number;
  readonly sendMs: number;
  readonly backOffFirstMs: number;
  readonly backOffLongestMs: number;
  /** Time between two writes of the cursor: what a kill may send twice. */
  readonly cursorMs: number;
}

export const DEFAULT_TIMES: DelivererTimes = {
  connectMs: 10_000,
  sendMs: 15_000,
  backOffFirstMs: 100,
  backOffLongestMs: 5_000,
  cursorMs: 100,
};

export interface DelivererOptions {
  /** For messages and metrics; holds no secret. */
  readonly name: string;
  readonly sink: DeliverySink;
  readonly source: RecordSource;
  /** Where it begins, and where its place is kept. */
  readonly cursor: Cursor;
  /** Sequences that are not for it; null when all are. */
  readonly gap: Gap | null;
  readonly deadLetters: DeadLetters;
  readonly readableTimes: ReadableTimes;
  readonly times?: Partial<DelivererTimes>;
  /** Milliseconds of the clock that `readableTimes` was marked with. */
  readonly now?: () => number;
  readonly onEvent?: (event: DelivererEvent) => void;
}

/** What a deliverer tells as it happens. */
export type DelivererEvent =
  /** It begins to fail, or works again: once each, not once a retry. Or a record went aside. */
  | { readonly kind: "failing" | "recovered" | "refused"; readonly line: string }
  /** What the sink has to say. */
  | { readonly kind: "note"; readonly line: string }
  /** Its progress has changed. */
  | { readonly kind: "progress" };

export type DelivererState = "connecting" | "working" | "failing" | "closed";

export interface DelivererSnapshot {
  readonly state: DelivererState;
  /** Records acknowledged in this run. */
  readonly acknowledged: number;
  /** Batches acknowledged in this run. */
  readonly batches: number;
  /** Attempts to connect or send that failed. */
  readonly retries: number;
  /** Records that went to the dead-letter file in this run. */
  readonly deadLetters: number;
  /** Sequences passed in this run that had no record any more. */
  readonly missing: number;
  /** Records that wait for this output. */
  readonly lag: number;
  /** How long the oldest of them has waited in this run. */
  readonly oldestMs: number;
  /** Why it fails or last failed, one line; "" when it never did. */
  readonly lastProblem: string;
  /** From being readable in the spool to being acknowledged. */
  readonly acknowledgement: LatencySnapshot;
}
