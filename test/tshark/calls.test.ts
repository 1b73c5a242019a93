import { relative } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  SHARED_CAPTURES,
  sharedCaptures,
  sharedCapturesMissing,
} from "../support/shared-captures.ts";
import { tsharkVersion } from "../support/tshark.ts";
import { callDifferences } from "../support/tshark-calls.ts";

/** How many differences a capture has, and why: one more or one less is a failure. */
const DIFFERENCES: Readonly<Record<string, readonly [count: number, why: string]>> = {
  "lab/benign/b13_normal_international_calls.pcap": [
    12,
    "each of six calls starts its streams at the same ports, SSRC and sequence number: tshark adds them up, a record has its own",
  ],
  "lab/invite_flood/invite_flood_spoofed_sources.pcap": [
    2,
    "tshark gives two INVITEs to another protocol because of their ports",
  ],
  "lab/malformed/torture_messages_tcp.pcap": [
    1,
    "the URI fills the line and no version follows: tshark says no SIP, we say malformed",
  ],
  "lab/malformed/torture_messages_udp.pcap": [
    2,
    "no version behind the URI, and no Call-ID: tshark says no SIP, we say malformed",
  ],
  "real/cisco-system-traffic-generator_trex-core/sip_short1_v6-0-ex.pcap": [
    2,
    "SDP has the address in brackets, which RFC 8866 does not; tshark takes no address from it",
  ],
  "real/cisco-system-traffic-generator_trex-core/udp_sip.pcap": [
    1,
    "five hosts send one and the same INVITE, branch and tags included: copies of the first for us",
  ],
  "real/etakerim_SIP-Proxy/03-accept-call.pcap": [
    1,
    "the capture lacks the 2xx to the caller; its ACK proves it, the time is that of the hop behind",
  ],
  "real/etakerim_SIP-Proxy/conference.pcap": [1, "as in 03-accept-call.pcap"],
  "real/etakerim_SIP-Proxy/transfer-call.pcap": [
    2,
    "a proxy that leaves its Via in answers and changes the transferred INVITE: its answers fit no request",
  ],
  "real/etakerim_SIP-Proxy/whole-call.pcap": [1, "as in 03-accept-call.pcap"],
  "real/kuko6_mtaa-sip-proxy/hovor_rtp.pcapng": [
    1,
    "STUN used the ports before, so tshark calls the RTP data",
  ],
  "real/kuko6_mtaa-sip-proxy/konferencny_hovor.pcapng": [2, "as in hovor_rtp.pcapng"],
  "real/kuko6_mtaa-sip-proxy/presmerovanie.pcapng": [1, "as in hovor_rtp.pcapng"],
  "real/odedshimon_BruteShark/sip-rtp-dvi4.pcap": [
    1,
    "media goes on for seconds after the BYE; a record is written three seconds after it",
  ],
  "real/odedshimon_BruteShark/sip-rtp-g711.pcap": [1, "as in sip-rtp-dvi4.pcap"],
  "real/odedshimon_BruteShark/sip-rtp-speex.pcap": [2, "as in sip-rtp-dvi4.pcap"],
  "real/pjsip_seeds_wrapped/pjsip_fuzz_sip_seeds.pcap": [
    1,
    "a REFER with both tags is of a call that began before the capture; tshark knows calls by their INVITE",
  ],
  "real/rfc4475_wrapped/rfc4475_3.1.2_invalid.pcap": [
    2,
    "blanks in or around the Request-URI: tshark says no SIP, we say malformed",
  ],
  "real/sipdataset_wrapped/sipdataset_attack_a.pcap": [
    1,
    "INVITEs without a Call-ID, which tshark reads as one call",
  ],
  "real/snort3_snort3_demo/SIP_Eyebeam2Eyebeam_Video_Audio.pcap": [
    1,
    "the BYE goes to one address and its 200 comes from another: bye_unanswered for us, at the same time",
  ],
};

const version = tsharkVersion();
const missing = version === "" ? "no tshark" : sharedCapturesMissing;
const captures = [...sharedCaptures("lab"), ...sharedCaptures("real")].map(({ path }) => ({
  path,
  name: relative(SHARED_CAPTURES, path),
}));
const totals = { captures: 0, calls: 0, answered: 0, streams: 0 };

if (missing !== "") test.skip(`skipped: ${missing}`, () => {});

describe.skipIf(missing !== "")("calls agree with tshark", () => {
  test.concurrent.for(captures)("$name", async ({ path, name }, { expect }) => {
    const { answered, calls, found, streams } = await callDifferences(path);
    totals.captures++;
    totals.calls += calls;
    totals.answered += answered;
    totals.streams += streams;
    const [count] = DIFFERENCES[name] ?? [0];
    expect(found, JSON.stringify(found)).toHaveLength(count);
  });

  test("the table of differences names captures that are there", () => {
    const names = captures.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(Object.keys(DIFFERENCES)));
  });

  afterAll(() => {
    const { answered, calls, streams } = totals;
    console.log(
      `tshark ${version}: ${totals.captures} captures, ${calls} calls, ${answered} answered, ${streams} streams compared`,
    );
  });
});
