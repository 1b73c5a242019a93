import { relative } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { SIP_METHOD_NAMES } from "../../src/decode/sip/methods.ts";
import { ourCounts } from "../support/counts.ts";
import {
  SHARED_CAPTURES,
  sharedCaptures,
  sharedCapturesMissing,
  sharedCases,
} from "../support/shared-captures.ts";
import { type CaptureCounts, tsharkCounts, tsharkVersion } from "../support/tshark.ts";

/** What is counted, our number, tshark's number, and who is right and why. */
type Difference = readonly [what: string, ours: string, tshark: string, why: string];

const BY_PORT =
  "tshark gives the packets to another protocol because of a port number; they are SIP";
const BAD_STATUS = "status code of ten digits or -1: tshark says no SIP, we say malformed";
const BAD_REQUEST_LINE =
  "blanks at the end or version SIP/7.0: tshark says no SIP, we say malformed";
const MALFORMED_IDS = "the Call-IDs of the malformed messages that tshark does not take for SIP";
const IN_BRACKETS =
  "SDP has [::16.0.0.1] in brackets, which RFC 8866 does not; tshark takes no address from it";
const AFTER_STUN =
  "tshark calls it data because STUN used the ports before; `-d udp.port==7078,rtp` counts as we do";
const IN_URI = "blanks inside the Request-URI: tshark says no SIP, we say malformed";
const FROM_ANNOUNCED =
  "comes from an announced address and goes to one whose description the capture lacks: announced for tshark only";
const REUSED =
  "each of several calls starts at the same SSRC and sequence number: restarts, which tshark takes for duplicates";
const BY_SKINNY = "announced by Skinny (SCCP), not by SIP";

/** Every difference, exactly: one that is not here or no longer there is a failure. */
const DIFFERENCES: Readonly<Record<string, readonly Difference[]>> = {
  "cases/ice_handover.pcap.gz": [
    ["100.64.7.9 19224 > 198.51.100.90 30000 0x00001001", "300, 0 lost", "none", AFTER_STUN],
    ["198.51.100.90 30000 > 100.64.7.9 19224 0x00002002", "300, 0 lost", "none", AFTER_STUN],
    ["198.51.100.90 30000 > 203.0.113.21 50000 0x00002002", "320, 0 lost", "none", AFTER_STUN],
    [
      "203.0.113.21 50000 > 198.51.100.90 30000 0x00001001",
      "300, 0 lost",
      "261, 0 lost",
      AFTER_STUN,
    ],
  ],
  "cases/inject_ice_both_sides.pcap.gz": [
    ["198.51.100.10 16384 > 203.0.113.21 11780 0x00002002", "500, 0 lost", "none", AFTER_STUN],
  ],
  "cases/inject_offset_2_other_mac.pcap.gz": [
    [
      "10.77.3.102 30060 > 10.77.3.101 30060 0x6f309ce4",
      "180, -59 lost",
      "180, -60 lost",
      "a forged number is the highest (RFC 3550 A.3); tshark counts up to the number of the last packet",
    ],
  ],
  "cases/injection_strings.pcap": [
    ["ACK", "15", "12", IN_URI],
    ["INVITE", "15", "12", IN_URI],
    ["REGISTER", "10", "8", IN_URI],
  ],
  "cases/injector_named.pcap.gz": [
    ["10.91.0.104 4002 > 10.91.0.66 4000 0x080fa340", "none", "96, 0 lost", FROM_ANNOUNCED],
    ["10.91.0.104 4004 > 10.91.0.66 4000 0x55aad104", "none", "44, 0 lost", FROM_ANNOUNCED],
  ],
  "cases/rtp_restart.pcap.gz": [
    [
      "192.0.2.1 4000 > 192.0.2.2 5000 0x11223344",
      "2000, 0 lost",
      "2000, 23536 lost",
      "the sequence starts anew: a restart for us (RFC 3550 A.1), lost packets for tshark",
    ],
  ],
  "lab/benign/b13_normal_international_calls.pcap": [
    ["10.66.0.104 7400 > 10.66.0.20 9000 0x5a31c0de", "2112, 0 lost", "2112, -1760 lost", REUSED],
    ["10.66.0.20 9000 > 10.66.0.104 7400 0x77ab0102", "2124, 0 lost", "2124, -1770 lost", REUSED],
  ],
  "lab/invite_flood/invite_flood_spoofed_sources.pcap": [
    ["Call-IDs", "1501", "1499", BY_PORT],
    ["INVITE", "1500", "1498", BY_PORT],
  ],
  "lab/malformed/torture_messages_udp.pcap": [
    ["0", "4", "0", BAD_STATUS],
    [
      "200",
      "21",
      "19",
      "a status line without reason phrase and nothing after it: tshark says no SIP",
    ],
    ["INVITE", "16", "14", "the URI fills the packet, no version follows: tshark says no SIP"],
    ["OPTIONS", "47", "43", BAD_REQUEST_LINE],
  ],
  "lab/malformed/torture_messages_tcp.pcap": [
    ["0", "2", "0", BAD_STATUS],
    ["200", "11", "10", "a status line without reason phrase: tshark says no SIP"],
    ["Call-IDs", "30", "29", MALFORMED_IDS],
    ["OPTIONS", "22", "20", BAD_REQUEST_LINE],
  ],
  "real/OISF_suricata-verify/http-evader.pcap": [
    ["200", "1", "0", "a web server that answers with SIP/2.0 200: HTTP for tshark, SIP for us"],
  ],
  "real/cisco-system-traffic-generator_trex-core/sip_short1_v6-0-ex.pcap": [
    ["::1000:1 41669 > ::3000:1 41669 0x7d6428b7", "4, 0 lost", "none", IN_BRACKETS],
    ["::3000:1 41669 > ::1000:1 41669 0x80c6cf97", "4, 0 lost", "none", IN_BRACKETS],
  ],
  "real/initconf_sip-attacks/SIP-Bruteforce-Single-IP.pcap": [
    ["401", "808", "805", BY_PORT],
    ["Call-IDs", "478", "477", BY_PORT],
    ["REGISTER", "1626", "1623", BY_PORT],
  ],
  "real/kuko6_mtaa-sip-proxy/hovor_rtp.pcapng": [
    ["192.168.1.194 7078 > 192.168.1.156 7242 0x7a93c2e7", "362, 0 lost", "none", AFTER_STUN],
  ],
  "real/kuko6_mtaa-sip-proxy/konferencny_hovor.pcapng": [
    ["192.168.1.128 7078 > 192.168.1.194 7080 0xe2df75da", "1877, 0 lost", "none", AFTER_STUN],
    ["192.168.1.194 7078 > 192.168.1.156 7286 0xff573264", "2007, 0 lost", "none", AFTER_STUN],
  ],
  "real/kuko6_mtaa-sip-proxy/presmerovanie.pcapng": [
    ["192.168.1.194 7078 > 192.168.1.156 7232 0xa830d67d", "383, 0 lost", "12, 0 lost", AFTER_STUN],
  ],
  "real/ntop_nDPI/skinny.pcap": [
    ["192.168.195.50 17718 > 192.168.195.58 32144 0x7c1071e2", "none", "33, -16 lost", BY_SKINNY],
    ["192.168.195.50 17726 > 192.168.193.24 9399 0x7c1071e8", "none", "17, 0 lost", BY_SKINNY],
    ["192.168.195.50 17732 > 192.168.193.24 9400 0x7c1071f3", "none", "15, 0 lost", BY_SKINNY],
    ["192.168.195.58 32144 > 192.168.195.50 17718 0xf6bf57dc", "none", "36, -18 lost", BY_SKINNY],
    ["192.168.195.58 32150 > 192.168.193.24 9395 0xf6bf57e2", "none", "18, 0 lost", BY_SKINNY],
    ["192.168.195.58 32152 > 192.168.193.24 9396 0x1e063b22", "none", "16, 0 lost", BY_SKINNY],
  ],
  "real/ntop_nDPI/stun.pcap": [
    [
      "192.168.12.169 49153 > 142.250.82.99 3478 0xd3f9fd82",
      "none",
      "6, 0 lost",
      "WebRTC without SIP: tshark takes the DTLS handshake for an announcement",
    ],
  ],
  "real/odedshimon_BruteShark/SIP_CALL_RTP_G711.pcap": [
    [
      "200.57.7.202 30000 > 200.57.7.196 40362 0x00002e3d",
      "none",
      "6, 0 lost",
      "announced by MGCP, not by SIP",
    ],
  ],
  "real/rfc4475_wrapped/rfc4475_3.1.2_invalid.pcap": [
    ["0", "1", "0", BAD_STATUS],
    ["Call-IDs", "19", "14", MALFORMED_IDS],
    [
      "INVITE",
      "9",
      "7",
      "blanks in or around the Request-URI: tshark says no SIP, we say malformed",
    ],
    ["OPTIONS", "5", "3", BAD_REQUEST_LINE],
  ],
  "real/sipdataset_wrapped/sipdataset_attack_a.pcap": [
    ["0", "50", "0", BAD_STATUS],
    ["Call-IDs", "1214", "1113", MALFORMED_IDS],
    ["OPTIONS", "329", "278", BAD_REQUEST_LINE],
  ],
};

/** Captures with too many differences to list, all of one kind: how many, and why. */
const MANY: Readonly<Record<string, readonly [count: number, why: string]>> = {
  "cases/inject_random_ssrc.pcap.gz": [
    430,
    "each forged packet has an SSRC of its own: a stream for tshark, for us none before packets in sequence (RFC 3550 A.1)",
  ],
};

const version = tsharkVersion();
const missing =
  sharedCapturesMissing || (version === "" && process.env.CI !== "true" ? "no tshark here" : "");
const paths = [...sharedCaptures("lab"), ...sharedCaptures("real"), ...sharedCases()];
const captures = paths.map(({ path }) => ({ path, name: relative(SHARED_CAPTURES, path) }));
const methods = new Set(SIP_METHOD_NAMES.filter((name) => name !== "OTHER"));
const totals = { captures: 0, messages: 0, streams: 0, rtpPackets: 0 };

function streamText(counts: CaptureCounts, stream: string): string {
  const found = counts.streams.get(stream);
  return found === undefined ? "none" : `${found.packets}, ${found.lost} lost`;
}

/** What differs, sorted by what is counted. */
function differences(ours: CaptureCounts, tshark: CaptureCounts): [string, string, string][] {
  const found: [string, string, string][] = [];
  const compare = (what: string, a: string, b: string) => {
    if (a !== b) found.push([what, a, b]);
  };
  compare("Call-IDs", String(ours.callIds), String(tshark.callIds));
  for (const name of new Set([...ours.messages.keys(), ...tshark.messages.keys()])) {
    const [a, b] = [ours.messages.get(name) ?? 0, tshark.messages.get(name) ?? 0];
    compare(name, String(a), String(b));
    totals.messages += b;
  }
  for (const stream of new Set([...ours.streams.keys(), ...tshark.streams.keys()])) {
    compare(stream, streamText(ours, stream), streamText(tshark, stream));
    totals.streams++;
    totals.rtpPackets += tshark.streams.get(stream)?.packets ?? 0;
  }
  totals.captures++;
  return found.sort(([a], [b]) => (a < b ? -1 : 1));
}

if (missing !== "") test.skip(`skipped: ${missing}`, () => {});

describe.skipIf(missing !== "")("counts of SIP and announced RTP agree with tshark", () => {
  // Some at a time: most of the time of a run is the start of tshark.
  test.concurrent.for(captures)("$name", async ({ path, name }, { expect }) => {
    const [ours, tshark] = await Promise.all([ourCounts(path), tsharkCounts(path, methods)]);
    const found = differences(ours, tshark);
    const many = MANY[name];
    if (many !== undefined) {
      expect(found.length).toBe(many[0]);
      return;
    }
    const expected = (DIFFERENCES[name] ?? []).map(([what, a, b]) => [what, a, b]);
    expect(found).toEqual(expected);
  });

  test("the table of differences names captures that are there", () => {
    const names = captures.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(Object.keys({ ...DIFFERENCES, ...MANY })));
  });

  test("there was something to compare", () => {
    expect(totals.captures).toBe(captures.length);
    expect(totals.messages).toBeGreaterThan(30_000);
    expect(totals.streams).toBeGreaterThan(100);
  });

  afterAll(() => {
    const { messages, streams, rtpPackets } = totals;
    console.log(
      `tshark ${version}: ${totals.captures} captures, ${messages} SIP messages, ${streams} streams, ${rtpPackets} RTP packets compared; ${Object.values(DIFFERENCES).flat().length} differences explained`,
    );
  });
});
