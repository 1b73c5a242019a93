import type { EventRow } from "./event-row.ts";

/** The sensor's own sight. */
export const SENSOR_ROWS = {
  SENSOR_RESPONSES_UNSEEN: {
    name: "sensor.responses_unseen",
    about:
      "requests to a server are seen, its responses are not: rules on responses are blind there",
  },
  SENSOR_ONE_WAY: {
    name: "sensor.one_way",
    about:
      "only one direction is ever seen between two hosts, over several calls: media that both agreed to send both ways, or responses to a client whose requests are not seen. Source is the host that is seen, destination the one whose packets are missing; rules that need both are blind there",
    value: "calls, or responses, so far; raised at powers of two",
  },
  SENSOR_DROPS: {
    name: "sensor.drops",
    about:
      "kernel, interface or ring dropped packets before the decoder: counts are too low and facts may be missing (live capture only)",
    value: "percent of the packets of the last minute",
  },
  SENSOR_CLOCK_STEP: {
    name: "sensor.clock_step",
    about:
      "a packet's time is far before or after its neighbours': a clock was set, or one packet has a wrong time. What waits goes on from where it was",
    value: "seconds, of the latest step",
  },
  SENSOR_TABLE_FULL: {
    name: "sensor.table_full",
    about:
      "a full table let go of entries of which something was proven (calls that were answered, hosts that were answered, streams): facts about these may be missing",
    value: "such entries in the last second",
  },
  SENSOR_DIAL_PLAN: {
    name: "sensor.dial_plan",
    about:
      "how numbers that are dialled at a server are read: by the declared plan, by prefixes that the server's own calls to its carrier have taught (three numbers each), or only where they are surely dialled abroad. Raised once, and again when it has become better",
    value: "0 none, 1 learned, 2 declared",
  },
  SENSOR_UNREAD: {
    name: "sensor.unread",
    about:
      "SIP is seen that cannot be read, or not all of it: over TLS, in a tunnel or behind headers that are not known, or cut by the capture's snaplen; with a key log, SSL and RC4, from a renegotiation on, and 0-RTT without its secret. TURN over TLS, too. Rules know nothing of these calls; the evidence has packets by reason",
    value: "packets since it was raised last; at most once a minute, from 10 on",
  },
  SENSOR_SILENT: {
    name: "sensor.silent",
    about:
      "no packet at all for long: the mirror port, the cable or the capture filter may be wrong (live capture only)",
    value: "seconds without a packet; raised again each time it has doubled",
  },
} as const satisfies Record<string, EventRow>;

/** What breaks its syntax and is no SIP anomaly. */
export const DECODE_ROWS = {
  SIP_GRAMMAR_VIOLATION: {
    name: "sip.grammar_violation",
    about:
      "the strict RFC 3261 grammar rejects a message that the scanner found suspicious; judged only when a rule asks for it, so many a second",
  },
  RTP_BAD_HEADER: {
    name: "rtp.bad_header",
    about:
      "RFC 3550 A.1: CSRC, extension or padding overruns; not the padding of SRTP, which is encrypted",
  },
  RTCP_BAD_HEADER: {
    name: "rtcp.bad_header",
    about: "RFC 3550 A.2: length or padding overruns, where no keys of SRTP were offered",
  },
} as const satisfies Record<string, EventRow>;

/** Raised by the rule engine itself. */
export const RULE_ROWS = {
  RULE_TOO_EXPENSIVE: {
    name: "rule.too_expensive",
    about:
      "the regular expressions of a rule took more steps than their budget, for one packet or in a second: the rule is suspended, and the evidence names it. Source is who sent the packet, which may be made for that",
    value: "seconds that the rule is suspended; doubled each time, an hour at most",
  },
} as const satisfies Record<string, EventRow>;
