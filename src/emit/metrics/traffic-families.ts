import { PayloadKind } from "../../decode/classify.ts";
import { SKIP_REASON_NAMES } from "../../decode/packet.ts";
import { SIP_METHOD_NAMES } from "../../decode/sip/methods.ts";
import type { Statistics } from "../../track/facts/statistics.ts";
import { UNREAD_NAMES } from "../../track/sensor/unread-reason.ts";
import type { MetricFamily } from "./metric-family.ts";

/** Packets of each kind of payload, as the summary counts them, and the kind that bytes are counted by. */
const PAYLOADS: readonly (readonly [string, PayloadKind, (s: Statistics) => number])[] = [
  ["sip", PayloadKind.TEXT, (s) => s.sipMessages],
  ["rtp", PayloadKind.RTP, (s) => s.rtpPackets],
  ["rtcp", PayloadKind.RTCP, (s) => s.rtcpPackets],
  ["stun", PayloadKind.STUN, (s) => s.stunPackets],
  ["dtls", PayloadKind.DTLS, (s) => s.dtlsPackets],
  ["keepalive", PayloadKind.KEEPALIVE, (s) => s.keepalives],
  ["other", PayloadKind.OTHER, (s) => s.otherPayloads],
];

/** First digits of status codes, RFC 3261 7.2; a malformed one counts as 0. */
const STATUS_CLASSES = [0, 1, 2, 3, 4, 5, 6] as const;

/** What comes in: capture, layers, SIP, calls and media. */
export const TRAFFIC_FAMILIES: readonly MetricFamily[] = [
  {
    name: "capture_up",
    type: "gauge",
    help: "1 while packets are captured on the interface.",
    labels: ["interface"],
    collect: (source, add) => {
      for (const { name, state } of source.captures()) add(state === "open" ? 1 : 0, name);
    },
  },
  {
    name: "capture_packets_total",
    type: "counter",
    help: "Packets taken from the kernel.",
    labels: ["interface"],
    collect: (source, add) => {
      for (const { name, received } of source.captures()) add(received, name);
    },
  },
  {
    name: "capture_dropped_packets_total",
    type: "counter",
    help: "Packets lost before decoding: the kernel's buffer, the interface, or our own ring was full.",
    labels: ["interface", "reason"],
    collect: (source, add) => {
      for (const use of source.captures()) {
        add(use.kernelDropped, use.name, "kernel");
        add(use.interfaceDropped, use.name, "interface");
        add(use.ringDropped, use.name, "ring");
      }
    },
  },
  {
    name: "packets_total",
    type: "counter",
    help: "Packets given to the decoder.",
    collect: ({ statistics }, add) => add(statistics.packets),
  },
  {
    name: "bytes_total",
    type: "counter",
    help: "Bytes of these packets on the wire, link layer included.",
    collect: ({ statistics }, add) => add(statistics.bytes),
  },
  {
    name: "last_packet_timestamp_seconds",
    type: "gauge",
    help: "Time of the last packet, seconds since 1970; 0 before the first.",
    collect: ({ statistics }, add) => add(statistics.packets > 0 ? statistics.lastUs / 1e6 : 0),
  },
  {
    name: "ip_packets_total",
    type: "counter",
    help: "Packets by IP version.",
    labels: ["version"],
    collect: ({ statistics }, add) => {
      add(statistics.ipv4Packets, "4");
      add(statistics.ipv6Packets, "6");
    },
  },
  {
    name: "udp_packets_total",
    type: "counter",
    help: "UDP packets by what their payload proved to be.",
    labels: ["protocol"],
    collect: ({ statistics }, add) => {
      for (const [name, , packets] of PAYLOADS) add(packets(statistics), name);
    },
  },
  {
    name: "udp_bytes_total",
    type: "counter",
    help: "Bytes of UDP packets on the wire by what their payload begins like, link layer included.",
    labels: ["protocol"],
    collect: ({ statistics }, add) => {
      for (const [name, kind] of PAYLOADS) add(statistics.payloadBytes[kind] ?? 0, name);
    },
  },
  {
    name: "tcp_packets_total",
    type: "counter",
    help: "TCP packets, of connections that carry SIP and of others.",
    collect: ({ statistics }, add) => add(statistics.tcpPackets),
  },
  {
    name: "tcp_bytes_total",
    type: "counter",
    help: "Bytes on the wire of the TCP packets that are followed, link layer included; the others are skipped ones.",
    collect: ({ statistics }, add) => add(statistics.tcpBytes),
  },
  {
    name: "skipped_packets_total",
    type: "counter",
    help: "Packets without a UDP payload to look at, by reason; mirror.copy is a second copy of a packet.",
    labels: ["reason"],
    collect: ({ statistics }, add) => skipped(statistics.skipped, add),
  },
  {
    name: "skipped_bytes_total",
    type: "counter",
    help: "Bytes of skipped packets on the wire, link layer included, by reason.",
    labels: ["reason"],
    collect: ({ statistics }, add) => skipped(statistics.skippedBytes, add),
  },
  {
    name: "fragmented_datagrams_total",
    type: "counter",
    help: "IP datagrams that came in fragments: whole, put together of overlapping ones, or lost as they were not complete within a minute. Those let go of for want of memory are evictions of the table fragments.",
    labels: ["outcome"],
    collect: ({ fragments }, add) => {
      add(fragments.whole, "whole");
      add(fragments.overlapping, "overlapping");
      add(fragments.lost, "lost");
    },
  },
  {
    name: "sip_unread_packets_total",
    type: "counter",
    help: "Packets of SIP that cannot be read, or not all of it: over TLS (port 5061; with a key log also SSL or RC4, renegotiated, or early data), in a tunnel that is not known, or cut by the capture's snaplen; and of TURN over TLS (port 5349).",
    labels: ["reason"],
    collect: ({ statistics }, add) => {
      for (const [i, name] of UNREAD_NAMES.entries()) add(statistics.sipUnread[i] ?? 0, name);
    },
  },
  {
    name: "sip_requests_total",
    type: "counter",
    help: "SIP requests by method; other is any that is not in the IANA registry.",
    labels: ["method"],
    collect: ({ statistics }, add) => {
      for (const [i, name] of SIP_METHOD_NAMES.entries())
        add(statistics.requests[i] ?? 0, name === "OTHER" ? "other" : name);
    },
  },
  {
    name: "sip_responses_total",
    type: "counter",
    help: "SIP responses by class of status code; other is what is no status code.",
    labels: ["class"],
    collect: ({ statistics }, add) => {
      for (const digit of STATUS_CLASSES) {
        const codes = statistics.responses.subarray(100 * digit, 100 * (digit + 1));
        const count = codes.reduce((sum, n) => sum + n, 0);
        add(count, digit === 0 ? "other" : `${digit}xx`);
      }
    },
  },
  {
    name: "sip_malformed_messages_total",
    type: "counter",
    help: "SIP messages that break a rule of their grammar.",
    collect: ({ statistics }, add) => add(statistics.sipMalformed),
  },
  {
    name: "sip_unjudged_messages_total",
    type: "counter",
    help: "Odd SIP messages that the strict grammar did not judge: they were over its budget.",
    collect: ({ statistics }, add) => add(statistics.sipUnjudged),
  },
  {
    name: "calls_attempted_total",
    type: "counter",
    help: "Calls begun.",
    collect: ({ statistics }, add) => add(statistics.callAttempts),
  },
  {
    name: "calls_answered_total",
    type: "counter",
    help: "Calls answered with 2xx.",
    collect: ({ statistics }, add) => add(statistics.callsAnswered),
  },
  {
    name: "calls_ended_total",
    type: "counter",
    help: "Answered calls ended by BYE.",
    collect: ({ statistics }, add) => add(statistics.callsEnded),
  },
  {
    name: "calls_active",
    type: "gauge",
    help: "Calls that have not ended: early until answered.",
    labels: ["state"],
    collect: (source, add) => {
      const { early, answered } = source.calls();
      add(early, "early");
      add(answered, "answered");
    },
  },
  {
    name: "rtp_streams_total",
    type: "counter",
    help: "RTP streams, by whether SDP announced them.",
    labels: ["announced"],
    collect: ({ statistics }, add) => {
      add(statistics.streamsAnnounced, "yes");
      add(statistics.streamsUnannounced, "no");
    },
  },
  {
    name: "rtp_lost_packets",
    type: "gauge",
    help: "RTP packets expected less received (RFC 3550 A.3), announced streams; below zero with duplicates.",
    collect: ({ statistics }, add) => add(statistics.rtpLost),
  },
  {
    name: "table_entries",
    type: "gauge",
    help: "Entries in a table of fixed capacity; rtp_sources are the active streams.",
    labels: ["table"],
    collect: (source, add) => {
      for (const { name, size } of source.tables()) add(size, name);
    },
  },
  {
    name: "table_capacity",
    type: "gauge",
    help: "Most entries that a table holds.",
    labels: ["table"],
    collect: (source, add) => {
      for (const { name, capacity } of source.tables()) add(capacity, name);
    },
  },
  {
    name: "table_evictions_total",
    type: "counter",
    help: "Entries given up because the table was full, or what all of them together hold.",
    labels: ["table"],
    collect: (source, add) => {
      for (const { name, evictions } of source.tables()) add(evictions, name);
    },
  },
  {
    name: "table_proven_evictions_total",
    type: "counter",
    help: "Of these, entries of which something was proven: what the sensor knew and has forgotten.",
    labels: ["table"],
    collect: (source, add) => {
      for (const { name, provenEvictions } of source.tables()) add(provenEvictions, name);
    },
  },
];

function skipped(counts: ArrayLike<number>, add: (value: number, reason: string) => void): void {
  for (const [i, name] of SKIP_REASON_NAMES.entries()) if (i > 0) add(counts[i] ?? 0, name);
}
