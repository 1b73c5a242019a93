import type { SipDialogFields, SipFields } from "../track/content/sip-fields.ts";
import type { FlowCounters } from "../track/flow-counters.ts";
import type { RecordHeader } from "../track/record-header.ts";

/**
 * What is written down beside alerts: plain numbers and strings, nothing that points into a packet. Each becomes one
 * EVE line (Suricata's EVE JSON format). Built only when that type was asked for.
 */

/** One SIP message, in the direction of its packet. */
export interface SipRecord extends RecordHeader {
  readonly dialog: SipDialogFields;
  /** Number of the message in its flow, from 0. */
  readonly txId: number;
  readonly sip: SipFields;
}

/** A flow that ended. The header's source is the client; its time is when the end was noticed. */
export interface FlowRecord extends RecordHeader {
  /** `sip`, `rtp`, ...; "" when undetected. */
  readonly appProto: string;
  readonly flow: FlowCounters;
  /** Time of the last packet. */
  readonly endUs: number;
  readonly state: "new" | "established" | "closed";
  readonly reason: "timeout" | "shutdown" | "forced";
  readonly alerted: boolean;
}

/** Malformed input that a decoder met. */
export interface AnomalyRecord extends RecordHeader {
  readonly type: "decode" | "applayer";
  /** Dotted or plain name, such as `missing_header`. */
  readonly event: string;
  /** `sip`, `rtp`, ...; "" below the application layer. */
  readonly appProto: string;
  readonly txId?: number;
}

/** Counters of the run so far, made at packet times, so that a replay repeats them. */
export interface StatsRecord {
  readonly timeUs: number;
  /** Packet time since the first packet. */
  readonly uptimeS: number;
  readonly capture: { readonly kernelPackets: number; readonly kernelDrops: number };
  readonly decoder: {
    readonly packets: number;
    readonly bytes: number;
    readonly ipv4: number;
    readonly ipv6: number;
    readonly udp: number;
    readonly tcp: number;
    readonly invalid: number;
  };
  readonly detect: {
    readonly alerts: number;
    /** Alerts beyond the limit of one packet. */
    readonly overflows: number;
    /** Matches that a suppress line or a threshold kept back. */
    readonly suppressed: number;
  };
  readonly flows: {
    /** Flows ever made; of these with SIP, and with nothing that was known. */
    readonly udp: number;
    readonly tcp: number;
    readonly sipUdp: number;
    readonly sipTcp: number;
    readonly unknownUdp: number;
  };
  /** `messages` over UDP. */
  readonly sip: {
    readonly messages: number;
    readonly tcpMessages: number;
    readonly malformed: number;
  };
  readonly rtp: { readonly packets: number; readonly streams: number; readonly lost: number };
  /** Fill and evictions of each bounded table. */
  readonly tables: readonly {
    readonly name: string;
    readonly size: number;
    readonly capacity: number;
    readonly evictions: number;
  }[];
}
