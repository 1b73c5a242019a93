import { SIP_ANOMALY_NAMES } from "../decode/sip/anomaly.ts";

interface EventRow {
  /** `app-layer-event` value in rules. */
  readonly name: string;
  /** What it says, what it carries, and why it can be believed. `rules explain` prints it. */
  readonly about: string;
  /** Meaning and unit of `event_value`; absent when the event carries no number. */
  readonly value?: string;
}

/** Value of a fact that was weighed. */
const BALANCE =
  "balance: 1 for each sign against the sender, less 1 for each sign for it, and 10 for a proof";

const ROWS = {
  // Transactions (RFC 3261 17), once each: retransmissions, mirror copies and later hops do not count.
  SIP_REQUEST: {
    name: "sip.request",
    about: "a new client transaction, seen at its first hop (not ACK, not CANCEL)",
  },
  SIP_REQUEST_BLIND: {
    name: "sip.request_blind",
    about:
      "a new transaction where the sensor sees no answers: neither of that server nor to that client",
  },
  SIP_RESPONSE: {
    name: "sip.response",
    about: "the first final response of a transaction, to the client that asked",
    value: "status code",
  },
  SIP_CHALLENGED: {
    name: "sip.challenged",
    about: "401/407 to a request without credentials: the normal handshake (RFC 3261 22.2, 22.3)",
    value: "status code",
  },
  SIP_CHALLENGE_ABANDONED: {
    name: "sip.challenge_abandoned",
    about:
      "a challenge that its client did not take up: no credentials for that user from that host within the wait",
    value: "status code",
  },
  SIP_UNANSWERED: {
    name: "sip.unanswered",
    about:
      "a request without any response within the wait, to a server whose responses are otherwise seen",
    value: "waited, milliseconds",
  },
  SIP_CREDENTIALS_SENT: {
    name: "sip.credentials_sent",
    about: "a request with a digest response, whatever becomes of it",
  },
  SIP_FAILED: {
    name: "sip.failed",
    about:
      "a transaction that did not end well: challenge abandoned, unanswered, credentials rejected, or any failure that is not ordinary call business (408, 480, 486, 487, 491, 600, 603)",
    value: "status code; 0 without an answer",
  },
  SIP_PROBE_FAILED: {
    name: "sip.probe_failed",
    about:
      "a request without credentials and outside a dialog that got no answer or was refused, from a host that is no registrar",
    value: "status code; 0 without an answer",
  },
  SIP_PROBE_ANSWERED: {
    name: "sip.probe_answered",
    about: "the same, accepted or redirected",
    value: "status code",
  },
  SIP_AUTH_FAILED: {
    name: "sip.auth_failed",
    about:
      "credentials were refused: 401, 407 or 403, and to REGISTER whatever the server says instead, or silence. stale=TRUE and a digest seen before do not count; a burst on one Call-ID is one; held until the next one or the settle time",
    value: "tries of this client on this account since their last success, within a day",
  },
  SIP_AUTH_OK: {
    name: "sip.auth_ok",
    about:
      "a request with credentials accepted (2xx, or a call that rings); after tries only once no other answer has contradicted it",
    value:
      "tries before this success within a day, by this client or, when many share them, by all; 0 for who was at home there before and for a phone that was stuck",
  },
  SIP_AUTH_STUCK: {
    name: "sip.auth_stuck",
    about:
      "the same at a phone's pace, or by who had succeeded with that account from that host within the day: a changed password rather than guesses",
    value: "tries of this client on this account since their last success, within a day",
  },
  SIP_AUTH_RECOVERED: {
    name: "sip.auth_recovered",
    about: "a stuck client, or one that was at home there before, has succeeded again",
    value: "tries before it",
  },
  SIP_USER_UNKNOWN: {
    name: "sip.user_unknown",
    about:
      "the server refused the user that was asked for: 404, 410, 484, 485, 604, or what it says instead to a request without credentials (403, 480, 603, to REGISTER also 5xx where it is no outage); not of a customer within proportion",
    value: "status code",
  },
  SIP_CUSTOMER_FAILED: {
    name: "sip.customer_failed",
    about:
      "a failure that its customer's own proof clears: credentials accepted, or calls answered, within the hour, and not many more failures than successes",
    value: "status code; 0 without an answer",
  },
  SIP_OUTAGE: {
    name: "sip.outage",
    about:
      "a server fails customers, or phones by their shape, with 5xx or silence; such failures raise nothing else. Source is the client that was failed last",
    value: "clients, or calls of a trunk, failed so far; raised at powers of two",
  },
  SIP_REPEATED: {
    name: "sip.repeated",
    about: "a request that is the same as one before, far more often than retransmissions are",
    value: "repeated requests between the two within one second; raised at powers of two from 64",
  },
  SIP_INJECTION_STRING: {
    name: "sip.injection_string",
    about:
      "a request with a text in it that speaks to a database, a shell, a browser or a logger behind the server",
  },
  SIP_REGISTERED: {
    name: "sip.registered",
    about: "2xx to REGISTER: a binding exists (RFC 3261 10.3)",
  },
  SIP_TOOL_FINGERPRINT: {
    name: "sip.tool_fingerprint",
    about: "a message that a known attack tool wrote, told by what survives a changed User-Agent",
  },
  // Dialogs (RFC 3261 12)
  SIP_BYE_FOREIGN_SOURCE: {
    name: "sip.bye_foreign_source",
    about: "BYE for a live dialog from a host that is no party, proxy or route of it",
    value: BALANCE,
  },
  SIP_BYE_UNKNOWN_DIALOG: {
    name: "sip.bye_unknown_dialog",
    about: "BYE answered 481 although its dialog was live when seen last, or for no dialog at all",
  },
  SIP_BYE_TAG_MISMATCH: {
    name: "sip.bye_tag_mismatch",
    about: "BYE with the Call-ID of a live dialog and tags of none of its legs",
    value: BALANCE,
  },
  SIP_BYE_CSEQ_OUT_OF_ORDER: {
    name: "sip.bye_cseq_out_of_order",
    about: "BYE whose CSeq is not above the last of its direction (RFC 3261 12.2.2)",
    value: BALANCE,
  },
  SIP_BYE_PATH_CHANGED: {
    name: "sip.bye_path_changed",
    about: "BYE from the address of a party, by another way: MAC or TTL unlike its own packets",
    value: BALANCE,
  },
  SIP_BYE_MEDIA_CONTINUES: {
    name: "sip.bye_media_continues",
    about:
      "the alleged sender of a BYE went on sending media for a second and 25 packets after the BYE was accepted",
    value: BALANCE,
  },
  SIP_BYE_DISOWNED: {
    name: "sip.bye_disowned",
    about:
      "the party that allegedly hung up hangs up again more than 2 s later (own BYE, new branch) and meets 481: the first was not its own",
    value: BALANCE,
  },
  SIP_CANCEL_FOREIGN_SOURCE: {
    name: "sip.cancel_foreign_source",
    about: "CANCEL for a pending INVITE from a host that did not send that INVITE (RFC 3261 9.1)",
    value: BALANCE,
  },
  SIP_CANCEL_PATH_CHANGED: {
    name: "sip.cancel_path_changed",
    about: "CANCEL from the INVITE's address by another way: MAC or TTL unlike the INVITE's",
    value: BALANCE,
  },
  SIP_MEDIA_REDIRECTED_BY_STRANGER: {
    name: "sip.media_redirected_by_stranger",
    about:
      "re-INVITE or UPDATE in a call from a host that is no party, or in a party's name by another way",
    value: BALANCE,
  },
  SIP_REFER_BY_STRANGER: {
    name: "sip.refer_by_stranger",
    about:
      "REFER in a call from a host that is no party, or in a party's name by another way: it makes the other end call somebody (RFC 3515)",
    value: BALANCE,
  },
  SIP_DIALOG_REQUEST_BY_STRANGER: {
    name: "sip.dialog_request_by_stranger",
    about:
      "INFO, NOTIFY or MESSAGE in a call from a host that is no party, or in a party's name by another way",
    value: BALANCE,
  },
  SIP_ANSWER_BY_STRANGER: {
    name: "sip.answer_by_stranger",
    about:
      "an answer to an INVITE, with its branch, from a host that was not asked (RFC 3261 18.1.2)",
    value: BALANCE,
  },
  // Media (RFC 3550)
  RTP_FOREIGN_SOURCE: {
    name: "rtp.foreign_source",
    about:
      "packets to a media endpoint from an address that no call of it names and no ICE check proves, in turns with the stream's own sender, which goes on: at least 8 turns over a second. A sender that goes on where the old one falls silent is none",
    value:
      "balance: 10 and more proven, a point more when they also come by another way than that address's; 1 from a host of the call itself; raised again each time the turns have doubled",
  },
  RTP_FOREIGN_SSRC: {
    name: "rtp.foreign_ssrc",
    about:
      "other SSRCs in turns with the stream's own in its very addresses and ports, unannounced: at least 8 turns over a second; telephone events and comfort noise by the stream's own way do not count",
    value:
      "balance: 10 and more by another way (MAC, TTL) than the stream's own packets, 2 when there are many SSRCs and none lasts, else 1; raised again each time the turns have doubled",
  },
  RTP_SEQUENCE_HIJACK: {
    name: "rtp.sequence_hijack",
    about:
      "somebody writes into the stream in its name: its own sequence runs on by one while packets by another way come in between, or sequence numbers carry two payloads, or a second sequence runs beside the first, at least 8 turns over a second",
    value:
      "balance: 10 and more by another way (MAC, TTL) than the stream's own packets, 2 with two payloads for one number, else 1; raised again each time the turns have doubled",
  },
  RTP_BLEED_PROBE: {
    name: "rtp.bleed_probe",
    about:
      "one host sends a packet or two to one media port after the other of a relay, and no call names it: RTPbleed",
    value: "distinct ports so far; raised at powers of two from 4",
  },
  RTP_BLEED_LEAK: {
    name: "rtp.bleed_leak",
    about:
      "an announced address sends a call's media to an address that no session description names and no ICE check proves, though the party that is named goes on. Source is who gets it, destination the relay",
    value:
      "balance: 1 when the receiver never sent anything (a recorder?), 2 when it had sent to that port, a point more when it had probed several, 10 more from 10 packets on",
  },
  RTCP_BYE_SPOOFED: {
    name: "rtcp.bye_spoofed",
    about:
      "RTCP BYE for a stream from another address or by another way than its packets, and the stream goes on for a second and 25 packets",
    value: "balance: 2, sender and stream contradict it",
  },
  RTP_FLOOD: {
    name: "rtp.flood",
    about: "packet rate towards an audio endpoint",
    value: "packets within one second; raised at powers of two from 128",
  },
  RTP_UNANNOUNCED: {
    name: "rtp.unannounced",
    about: "a media stream that no signalling announced",
  },
  // Calls
  CALL_ANSWERED: { name: "call.answered", about: "2xx to INVITE" },
  CALL_RINGING: { name: "call.ringing", about: "180 to 183 to INVITE", value: "status code" },
  CALL_PREFIX_WALK: {
    name: "call.prefix_walk",
    about:
      "a call to a number that failed before behind another prefix: the same last nine digits, whatever the answers were",
    value: "different prefixes of this client for this number so far, within a day",
  },
  CALL_PREFIX_WALK_SHARED: {
    name: "call.prefix_walk_shared",
    about: "the same, by several clients of one server together",
    value: "different prefixes of all clients for this number so far, within a day",
  },
  CALL_GHOST: {
    name: "call.ghost",
    about:
      "a call that was not taken, straight to a phone that is registered elsewhere, from a host that never had a call taken there or by its registrar",
    value: "such calls of this caller to this phone so far, within a day",
  },
  // The sensor's own sight
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
    value: "such entries in the last minute",
  },
  SENSOR_SILENT: {
    name: "sensor.silent",
    about:
      "no packet at all for long: the mirror port, the cable or the capture filter may be wrong (live capture only)",
    value: "seconds without a packet; raised again each time it has doubled",
  },
  // Decode
  SIP_GRAMMAR_VIOLATION: {
    name: "sip.grammar_violation",
    about:
      "the strict RFC 3261 grammar rejects a message that the scanner found suspicious; judged only when a rule asks for it, so many a second",
  },
  RTP_BAD_HEADER: {
    name: "rtp.bad_header",
    about: "RFC 3550 A.1: CSRC, extension or padding overruns",
  },
  RTCP_BAD_HEADER: { name: "rtcp.bad_header", about: "RFC 3550 A.2: length or padding overruns" },
} as const satisfies Record<string, EventRow>;

export type EventName = keyof typeof ROWS;

/** Number of each event kind, from 1. */
export const EventKind = {} as { readonly [K in EventName]: number };
/** Rows by number; index 0 is no event. SIP decode anomalies follow the table's rows. */
export const EVENT_ROWS: EventRow[] = [{ name: "", about: "" }];
for (const [key, row] of Object.entries(ROWS)) {
  (EventKind as Record<string, number>)[key] = EVENT_ROWS.length;
  EVENT_ROWS.push(row);
}

/** Kind of SIP anomaly bit 0; bit n has this number plus n. */
export const SIP_ANOMALY_KIND_BASE = EVENT_ROWS.length;
for (const name of SIP_ANOMALY_NAMES) {
  EVENT_ROWS.push({
    name: `sip.${name}`,
    about: "a SIP message that breaks its syntax; see decode/sip/anomaly.ts",
  });
}

export function eventKindOf(name: string): number | undefined {
  const kind = EVENT_ROWS.findIndex((row) => row.name === name);
  return kind > 0 ? kind : undefined;
}
