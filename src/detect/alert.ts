import type { Contradiction } from "../track/event.ts";

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
}

/** The counter that let a thresholded signature fire. */
export interface AlertCounter {
  /** limit, threshold, both, detection_filter, backoff or ratio. */
  readonly type: string;
  readonly track: string;
  /** Text of the tracked key, such as an address or an account. */
  readonly key: string;
  readonly count: number;
  readonly seconds: number;
  readonly uniqueOn?: string;
  readonly ratio?: number;
}

/** EVE `sip` object (SURICATA.md 4.3); `sdp` as EVE's, already in EVE's shape and order. */
export interface AlertSip {
  readonly method?: string;
  readonly uri?: string;
  readonly version?: string;
  readonly code?: string;
  readonly reason?: string;
  readonly sdp?: object;
  readonly request_line?: string;
  readonly response_line?: string;
}

/** EVE `flow` object of an alert. */
export interface AlertFlow {
  readonly pktsToServer: number;
  readonly pktsToClient: number;
  readonly bytesToServer: number;
  readonly bytesToClient: number;
  readonly startUs: number;
  readonly clientIp: string;
  readonly clientPort: number;
  readonly serverIp: string;
  readonly serverPort: number;
}

/** What sipsentry knows beyond EVE; empty strings are left out when written. */
export interface AlertVoip {
  /** `app-layer-event` name of the fact that matched. */
  readonly event?: string;
  readonly value?: number;
  readonly callId?: string;
  readonly account?: string;
  readonly aor?: string;
  readonly fromUser?: string;
  readonly toUser?: string;
  readonly userAgent?: string;
  readonly stream?: string;
  readonly counter?: AlertCounter;
}

/** One alert, self-contained: nothing in it points into a packet. Built only when a signature fired. */
export interface Alert {
  /** Deterministic: a hash of signature, tracked key and packet-time window. 32 hex digits. */
  readonly alertId: string;
  readonly timeUs: number;
  /** Number of the packet in the run, from 1; 0 when time passing raised the alert. */
  readonly packetNumber: number;
  /** 51 bits, stable from run to run; 0 when there is no flow. */
  readonly flowId: number;
  readonly vlan: number;
  readonly srcIp: string;
  readonly srcPort: number;
  readonly destIp: string;
  readonly destPort: number;
  /** "UDP", or "" when unknown. */
  readonly proto: string;
  readonly ipVersion: number;
  readonly signature: AlertSignature;
  /** `sip`, `rtp`, ...; "" when undetected. */
  readonly appProto: string;
  readonly direction: "to_server" | "to_client" | "";
  readonly txId?: number;
  readonly sip?: AlertSip;
  readonly flow?: AlertFlow;
  readonly voip: AlertVoip;
  readonly evidence: readonly Contradiction[];
}
