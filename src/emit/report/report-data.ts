import type { CaseRecord } from "../../detect/cases/case-record.ts";
import type { AddressNote } from "../addresses/address-notes.ts";
import type { Ladder } from "../ladder/ladder.ts";
import type { NumberedCall } from "../phone-numbers.ts";
import type { RunSummary } from "../summary.ts";
import type { RtpPlot } from "./rtp-recorder.ts";

/** A call of a case with its messages. */
export interface CallLadder {
  readonly callId: string;
  readonly ladder: Ladder;
}

/** What a report is made of; names are masked already where a policy asks for it. */
export interface ReportData {
  readonly summary: RunSummary;
  readonly sensor: string;
  /** The gravest first. */
  readonly cases: readonly CaseRecord[];
  /** Cases beyond those that were kept. */
  readonly casesDropped: number;
  readonly notes?: (ip: string) => AddressNote | null;
  /** Calls of the cases, by time. */
  readonly calls: readonly NumberedCall[];
  readonly ladders: readonly CallLadder[];
  readonly plots: readonly RtpPlot[];
}
