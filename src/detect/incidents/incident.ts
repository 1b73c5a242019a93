import type { TopValue } from "../../base/top-list.ts";
import type { RecordHeader } from "../../track/record-header.ts";
import type { AlertSignature } from "../alerts/alert.ts";
import type { AlertSource } from "../alerts/alert-source.ts";

export type IncidentState =
  /** It goes on; the counts have grown. */
  | "update"
  /** It had ended, and goes on while its rule is still quiet about it. */
  | "resumed"
  | "closed"
  /** No incident of its own: alerts of a rule in a minute that were too many to be written. */
  | "held_back";

/** Why an incident was closed. */
export type IncidentEnd = "idle" | "end_of_run" | "evicted" | "rule_removed";

/** The busiest minute of an incident. */
export interface IncidentPeak {
  readonly count: number;
  readonly seconds: number;
  readonly startUs: number;
}

/** Distinct values of the rule's `unique_on` field. */
interface IncidentDistinct {
  readonly field: string;
  readonly count: number;
  /** There may be more: no further ones were remembered. */
  readonly isCut: boolean;
}

/** The values of one kind that matched most, from the most frequent on. */
export interface IncidentTop {
  /** How many different ones there were. */
  readonly distinct: number;
  /** There may be more than were remembered. */
  readonly isCut: boolean;
  readonly values: readonly TopValue[];
}

/**
 * How a long attack goes on: one of few records between the alert that opened it and its end. The header's
 * ends are those of the opening alert, its time is when the record was due.
 */
export interface IncidentRecord extends RecordHeader {
  /** Of this record: a hash of the incident and the sequence. 32 hex digits. */
  readonly alertId: string;
  /** `alertId` of the alert that opened the incident. */
  readonly incidentId: string;
  /** The case that it belongs to. */
  readonly caseId?: string;
  readonly signature: AlertSignature;
  readonly appProto: string;
  readonly state: IncidentState;
  /** Only when closed. */
  readonly reason?: IncidentEnd;
  /** From 1; the opening alert is 0. */
  readonly sequence: number;
  /** The deed of the match that opened it, or where the rule began to count, whichever is earlier; the last match at the rate of an attack. */
  readonly startUs: number;
  readonly endUs: number;
  /** Matches of the rule, with those that its threshold kept back. */
  readonly count: number;
  /** Of them those since the record before; all in the first one, so that sums over records are right. */
  readonly newCount: number;
  /** Alerts that were not written because they belong to this incident. */
  readonly folded: number;
  /** Only with `unique_on`. */
  readonly distinct?: IncidentDistinct;
  readonly peak: IncidentPeak;
  /** What is known of the source's address by now. */
  readonly source?: AlertSource;
  /** What the rule counts by, such as `by_client`; "" without a counter. */
  readonly track: string;
  readonly key: string;
  /** The first few of each kind that matched. */
  readonly callIds: readonly string[];
  readonly accounts: readonly string[];
  readonly destIps: readonly string[];
  /** By kind: `sources`, `destinations`, `accounts`, `numbers` (or names) that were asked for. */
  readonly top: Readonly<Record<string, IncidentTop>>;
}
