import type { PacketPlace } from "../capture/packet-place.ts";

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

/**
 * Time, place and ends of what trackers and detection write down: plain numbers and texts, nothing that points into a
 * packet.
 */
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
  /** Flowbits of the flow, sorted; absent without any. */
  readonly flowBits?: readonly string[];
}
