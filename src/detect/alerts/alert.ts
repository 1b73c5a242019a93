import type { SipFields } from "../../track/content/sip-fields.ts";
import type { Contradiction } from "../../track/facts/event.ts";
import type { RelatedFact } from "../../track/facts/related.ts";
import type { FlowCounters } from "../../track/flow-counters.ts";
import type { RecordHeader } from "../../track/record-header.ts";
import type { AlertFrame } from "../payload/frame.ts";
import type { AlertSource } from "./alert-source.ts";

/** The part of a signature that an alert shows (EVE `alert`). */
export interface AlertSignature {
  readonly action: "allowed" | "blocked";
  readonly gid: number;
  readonly sid: number;
  readonly rev: number;
  readonly msg: string;
  /** Text of the classtype in classification.config; "" when unknown. */
  readonly category: string;
  /** Priority: 1 is the highest; 4 is information. */
  readonly severity: number;
  readonly metadata: Readonly<Record<string, readonly string[]>>;
  readonly references: readonly string[];
  /** End that the rule calls the victim (`target`): EVE `alert.source` and `alert.target`. */
  readonly target?: "src_ip" | "dest_ip";
}

/** The counter that let a thresholded signature fire. */
export interface AlertCounter {
  /** limit, threshold, both, detection_filter, backoff, ratio or baseline. */
  readonly type: string;
  readonly track: string;
  /** Text of the tracked key, such as an address or an account. */
  readonly key: string;
  readonly count: number;
  readonly seconds: number;
  readonly uniqueOn?: string;
  readonly ratio?: number;
  readonly baseline?: AlertBaseline;
}

/** What a baseline compared; units are those of what its rule measures. */
export interface AlertBaseline {
  readonly value: number;
  readonly usual: number;
  readonly limit: number;
  /** Standard deviations between the two. */
  readonly deviations: number;
  /** Since when the key has been watched, microseconds since 1970. */
  readonly sinceUs: number;
}

/** What sipsentry knows beyond EVE; empty strings are left out when written. */
export interface AlertVoip {
  /** `app-layer-event` name of the fact that matched. */
  readonly event?: string;
  readonly value?: number;
  /** The source address is forged: its owner is a victim, too. */
  readonly isSpoofed?: boolean;
  readonly callId?: string;
  readonly account?: string;
  readonly aor?: string;
  readonly fromUser?: string;
  readonly toUser?: string;
  readonly userAgent?: string;
  readonly stream?: string;
  readonly counter?: AlertCounter;
  readonly source?: AlertSource;
  /** The earlier fact that this one follows from: one story. */
  readonly related?: RelatedFact;
}

/** One alert, self-contained: nothing in it points into a packet. Built only when a signature fired. */
export interface Alert extends RecordHeader {
  /** Deterministic: a hash of signature, tracked key and packet-time window. 32 hex digits. */
  readonly alertId: string;
  /** The case that it belongs to; absent for information. */
  readonly caseId?: string;
  /** When what it tells of was done, where it is told later. */
  readonly deedUs?: number;
  readonly signature: AlertSignature;
  /** `sip`, `rtp`, ...; "" when undetected. */
  readonly appProto: string;
  readonly direction: "to_server" | "to_client" | "";
  readonly txId?: number;
  readonly sip?: SipFields;
  readonly flow?: FlowCounters;
  readonly frame?: AlertFrame;
  readonly voip: AlertVoip;
  readonly evidence: readonly Contradiction[];
}
