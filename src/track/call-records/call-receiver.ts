import type { CallCountRecord, CallRecord } from "./call-record.ts";

/** Where records of calls go. */
export interface CallReceiver {
  readonly onCall: (record: CallRecord) => void;
  readonly onCount: (record: CallCountRecord) => void;
  /** Records of calls that nobody took, in a minute. */
  readonly attemptsMax: number;
}
