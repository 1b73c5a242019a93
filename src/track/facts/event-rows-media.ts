import type { EventRow } from "./event-row.ts";

/** Media (RFC 3550). */
export const MEDIA_ROWS = {
  RTP_FOREIGN_SOURCE: {
    name: "rtp.foreign_source",
    about:
      "packets to a media endpoint from an address that no call of it names, in turns with the stream's own sender, which goes on: at least 8 turns over a second. An ICE check that was answered proves an address only where no session description was read, or where the two share one stream out. A sender that goes on where the old one falls silent is none, unless the call is on hold then and the newcomer is of none of its networks: a single sign. A single sign is told once no proof has followed it; what a re-INVITE was told for is not told again",
    value:
      "balance: 10 and more proven, a point more when they also come by another way than that address's; 5 in bursts again and again, each too brief for a proof; 1 from a host of the call itself, or in a call on hold; raised again each time the turns have doubled",
  },
  RTP_FOREIGN_SSRC: {
    name: "rtp.foreign_ssrc",
    about:
      "other SSRCs in turns with the stream's own in its very addresses and ports, unannounced: at least 8 turns over a second; telephone events and comfort noise by the stream's own way do not count; or one by another way while the own one was silent, which then goes on where it was",
    value:
      "balance: 10 and more by another way (MAC, TTL) than the stream's own packets, 5 by another way in bursts or in pauses of the own one again and again, 2 when there are many SSRCs and none lasts, else 1; raised again each time the turns have doubled",
  },
  RTP_SEQUENCE_HIJACK: {
    name: "rtp.sequence_hijack",
    about:
      "somebody writes into the stream in its name: its own sequence runs on by one while packets by another way come in between, or sequence numbers carry two payloads, or a second sequence runs beside the first, at least 8 turns over a second; or somebody speaks by another way while it is silent, and it goes on behind its own last number",
    value:
      "balance: 10 and more by another way (MAC, TTL) than the stream's own packets, 5 by another way in bursts or in pauses of the own sender again and again, 2 in one pause or with two payloads for one number, else 1; raised again each time the turns have doubled",
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
  RTP_KEYS_INJECTED: {
    name: "rtp.keys_injected",
    about:
      "telephone events (RFC 4733) into a stream from an address that no call of it names, or in its name by another way (MAC, TTL), at least 3 packets, and the stream's own sender goes on; or by the stream's very way, and three sequence numbers of one key are those of its voice, too",
    value:
      "balance: 2 with at least 3 keys from a foreign address or MAC, else 1; raised again when it grows",
  },
  RTP_PAYLOAD_TYPE: {
    name: "rtp.payload_type_unexpected",
    about:
      "a stream goes on with a payload type that no session description of its call has, on either side: a fault of a device, or bytes that are no part of the call",
    value:
      "the payload type; once for each stream, seen with its 64th, 128th, ... packet three times",
  },
  RTP_IMPOSSIBLE_ADDRESS: {
    name: "rtp.impossible_address",
    about:
      "a stream of at least eight packets, of which a call names one end, from or to an address that no host on the wire can have: loopback, this network, reserved, broadcast, multicast as a sender (RFC 6890)",
  },
  RTCP_CONTRADICTED: {
    name: "rtcp.report_contradicted",
    about:
      "a sender's own reports count at least 50 packets and a quarter fewer than were seen of its SSRC, two intervals in a row, though they had agreed before; or three reports in its name by another address or way between two of its own",
    value: "balance: 1, a single sign; once for each stream",
  },
  RTCP_BYE_SPOOFED: {
    name: "rtcp.bye_spoofed",
    about:
      "RTCP BYE for a stream from another address or by another way than its packets, and the stream goes on for a second and 25 packets",
    value: "balance: 2, sender and stream contradict it",
  },
  RTCP_REPORTED_TWICE: {
    name: "rtcp.source_reported_twice",
    about:
      "one RTCP datagram in which one sender reports one source twice, which no device does (RFC 3550 6.4.1); it has crashed receivers (AST-2017-012, CVE-2017-17664)",
    value: "reports in the datagram; once for each stream",
  },
  RTP_AFTER_BYE: {
    name: "rtp.after_bye",
    about:
      "the side that was told of a call's end (BYE, answered 2xx) sends for ten seconds more, from its own address to where it had sent before, and the side that hung up is silent: a phone that hangs, a call that goes on unbilled, or data that leaves by it. Source is who sends",
    value: "seconds since the BYE was accepted",
  },
  RTP_FLOOD: {
    name: "rtp.flood",
    about: "packet rate towards an audio endpoint",
    value: "packets within one second; raised at powers of two from 128",
  },
  MEDIA_OVERSIZED: {
    name: "media.oversized",
    about:
      "a datagram of more than 4096 bytes that is no RTP, to an announced media endpoint or between high ports of two hosts that deal with each other by SIP: no codec and no fax relay (UDPTL) needs it, and receivers have been overflown by it",
    value: "bytes of the payload",
  },
  RTP_UNANNOUNCED: {
    name: "rtp.unannounced",
    about: "a media stream that no signalling announced",
  },
} as const satisfies Record<string, EventRow>;
