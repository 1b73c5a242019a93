import type { RecordHeader } from "../../track/record-header.ts";
import type { CaseCrowd } from "./case-crowd.ts";
import type { CaseStage } from "./case-stage.ts";

export type CaseState =
  | "opened"
  /** A stage further, or graver. */
  | "raised"
  | "update"
  | "closed";

/** Why a case was closed. */
export type CaseEnd = "idle" | "end_of_run" | "evicted" | "merged";

/** A value and how often it was counted. */
export interface CaseCount {
  readonly text: string;
  readonly count: number;
}

/** The values of one kind that were counted most. */
export interface CaseList {
  /** How many different ones there were, at least. */
  readonly distinct: number;
  readonly values: readonly CaseCount[];
}

/** What is known of an address that acts in a case. */
export interface CaseSource {
  readonly ip: string;
  /** Matches of rules that it is named in. */
  readonly count: number;
  /** It repeated what only its address was sent. */
  readonly isProven: boolean;
  /** Who else depends on the address: see `SharedUse`. */
  readonly shared: string;
  /** User-Agent of its requests; "" when unknown. */
  readonly agent: string;
}

/** One line of the story: what one rule counted, or the calls that followed. */
export interface CaseStep extends CaseCrowd {
  readonly startUs: number;
  readonly endUs: number;
  readonly stage: CaseStage;
  readonly severity: number;
  /** Of the rule. */
  readonly sid: number;
  readonly msg: string;
  /** Metadata `attack`. */
  readonly attack: string;
  /** `app-layer-event` of its first alert; "" without. */
  readonly event: string;
  /** Value of the fact of its last alert; null without. */
  readonly value: number | null;
  readonly alerts: number;
  readonly matches: number;
  /** Different values (`unique_on`) that its rule had counted when it fired first; 0 without. */
  readonly distinct: number;
  /** All its addresses are forged. */
  readonly isForged: boolean;
  readonly sources: CaseList;
  readonly victims: CaseList;
  readonly accounts: CaseList;
  /** Numbers or names that were asked for. */
  readonly numbers: CaseList;
  readonly alertId: string;
}

/** One call that was answered for an account of the case. */
export interface CaseCall {
  readonly timeUs: number;
  readonly callId: string;
  readonly account: string;
  readonly ip: string;
  readonly number: string;
  /** Where that is: name of the high-cost destination, or country of the declared plan; "" when unknown. */
  readonly place: string;
  /** From answer to end; 0 while it is up. */
  readonly durationUs: number;
  /** In the currency of the sum; null while it is up, and where no price is known. */
  readonly cost: number | null;
}

/** What calls cost by the operator's rate deck. */
export interface CaseCost {
  readonly amount: number;
  /** ISO 4217. */
  readonly currency: string;
  /** Calls that have ended, and that the deck has no price for. */
  readonly unpriced: number;
}

export interface CaseCalls {
  readonly answered: number;
  /** Of them those that have ended. */
  readonly ended: number;
  /** Most of them that were up together. */
  readonly atOnce: number;
  readonly durationUs: number;
  /** Of those that have ended; null without a rate deck. */
  readonly cost: CaseCost | null;
  readonly sources: readonly CaseCount[];
  readonly accounts: readonly CaseCount[];
  /** The first ones. */
  readonly list: readonly CaseCall[];
}

/** One attacker or one campaign, from its first alert to its end. The header's ends are those of the gravest alert. */
export interface CaseRecord extends RecordHeader {
  /** Of this record: a hash of the case and the sequence. 32 hex digits. */
  readonly alertId: string;
  readonly caseId: string;
  readonly state: CaseState;
  /** Only when closed. */
  readonly reason?: CaseEnd;
  /** Only when merged: the case that goes on. */
  readonly mergedInto?: string;
  /** Cases that were found to be this one. */
  readonly merged: readonly string[];
  /** From 1. */
  readonly sequence: number;
  readonly startUs: number;
  readonly endUs: number;
  readonly stage: CaseStage;
  /** Of the gravest alert; 1 is the highest. */
  readonly severity: number;
  /** Metadata `attack` of the gravest alert, and its rule. */
  readonly attack: string;
  readonly sid: number;
  readonly alerts: number;
  readonly matches: number;
  readonly sourceCount: number;
  readonly sources: readonly CaseSource[];
  /** Addresses whose name was used by somebody else. */
  readonly forged: readonly string[];
  /** MAC addresses that forged packets came from. */
  readonly macs: readonly string[];
  readonly victims: CaseList;
  readonly accounts: CaseList;
  readonly callIds: readonly string[];
  /** Null without any that were answered. */
  readonly calls: CaseCalls | null;
  readonly steps: readonly CaseStep[];
  /** The first ones, in the order in which they were raised. */
  readonly alertIds: readonly string[];
}
