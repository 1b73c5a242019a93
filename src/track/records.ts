import type { PacketPlace } from "../capture/packet-place.ts";

/**
 * What trackers write down for the log, beside alerts: plain numbers and strings, nothing that points
 * into a packet. Each becomes one EVE line (Suricata's EVE JSON format). Built only when that type was asked for.
 */

/** What a packet was taken out of: ends of its outermost tunnel, how many there are, and the innermost one by name. */
export interface TunnelFields {
  readonly srcIp: string;
  readonly srcPort: number;
  readonly destIp: string;
  readonly destPort: number;
  readonly proto: string;
  readonly depth: number;
  readonly source: string;
}

/** Time, place and ends of a record (the EVE header). */
export interface RecordHeader {
  /** Packet time in microseconds since 1970. */
  readonly timeUs: number;
  /** Number of the packet in the run, from 1; 0 when time passing made the record. */
  readonly packetNumber: number;
  /** Where the packet lies that decided it, also when that was an earlier one; left out when none did. */
  readonly place?: PacketPlace;
  /** 51 bits, stable from run to run; 0 when there is no flow. */
  readonly flowId: number;
  /** Outermost VLAN id, -1 without a tag. */
  readonly vlan: number;
  /** VLAN id of the next tag; left out without a second one. */
  readonly innerVlan?: number;
  readonly srcIp: string;
  readonly srcPort: number;
  readonly destIp: string;
  readonly destPort: number;
  /** "UDP", "TCP", "ICMP", "IPv6-ICMP", or "" when unknown. */
  readonly proto: string;
  /** 4 or 6; 0 when unknown. */
  readonly ipVersion: number;
  /** Of a packet in tunnels. */
  readonly tunnel?: TunnelFields;
  /** Capture id of the agent that saw the packet (HEP); absent when none did, or one that has none. */
  readonly agent?: number;
  /** Flowbits of the flow, sorted (EVE `metadata.flowbits`); absent without any. */
  readonly flowBits?: readonly string[];
}

/** EVE `sip` object (Suricata's EVE JSON format); `sdp` as EVE's, already in EVE's shape and order. */
export interface SipFields {
  readonly method?: string;
  readonly uri?: string;
  readonly version?: string;
  readonly code?: string;
  readonly reason?: string;
  readonly sdp?: object;
  readonly request_line?: string;
  readonly response_line?: string;
}

/** Which call or registration a message belongs to, and whose it is. Texts from the packet, "" when absent. */
export interface SipDialogFields {
  readonly callId: string;
  readonly fromTag: string;
  readonly toTag: string;
  /** -1 when it cannot be read. */
  readonly cseq: number;
  /** The method that CSeq names. */
  readonly cseqMethod: string;
  readonly fromUser: string;
  readonly toUser: string;
  /** Digest's user, else From's, at the server that is asked or answers. */
  readonly account: string;
}

/** One SIP message, in the direction of its packet. */
export interface SipRecord extends RecordHeader {
  readonly dialog: SipDialogFields;
  /** Number of the message in its flow, from 0. */
  readonly txId: number;
  readonly sip: SipFields;
}

/** Counters and ends of a flow, client to server. Bytes are those on the wire, link header included. */
export interface FlowCounters {
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
