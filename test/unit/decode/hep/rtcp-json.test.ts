import { describe, expect, it } from "vitest";
import { rtcpOfJson } from "../../../../src/decode/hep/rtcp-json.ts";
import { PacketView } from "../../../../src/decode/packet.ts";
import { RtcpView } from "../../../../src/decode/rtp/rtcp.ts";
import { dice } from "../../../support/rewrap.ts";

/** As heplify writes a compound of SR and SDES. */
const REPORT = {
  sender_information: {
    ntp_timestamp_sec: 3_986_422_784,
    ntp_timestamp_usec: 2_147_483_648,
    rtp_timestamp: 160_000,
    packets: 1000,
    octets: 160_000,
  },
  ssrc: 0x9e1d4b5a,
  type: 202,
  report_count: 1,
  report_blocks: [
    {
      source_ssrc: 0x1234,
      fraction_lost: 12,
      packets_lost: 77,
      highest_seq_no: 65_540,
      ia_jitter: 21,
      lsr: 5,
      dlsr: 6,
    },
  ],
  report_blocks_xr: { type: 0, id: 0, fraction_lost: 0 },
  sdes_ssrc: 0x9e1d4b5a,
};

function read(value: unknown) {
  const bytes = rtcpOfJson(Buffer.from(typeof value === "string" ? value : JSON.stringify(value)));
  if (bytes === null) return null;
  const packet = new PacketView();
  packet.bytes = bytes;
  packet.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  packet.payloadEnd = bytes.length;
  packet.payloadWireLength = bytes.length;
  const rtcp = new RtcpView();
  return { isRtcp: rtcp.decode(packet), rtcp, bytes };
}

describe("RTCP as JSON is RTCP again", () => {
  it("a sender's report with what it hears", () => {
    const { bytes, isRtcp, rtcp } = read(REPORT) ?? {};
    expect([isRtcp, rtcp?.packetCount, rtcp?.types[0], rtcp?.sentCounts[0]]).toEqual([
      true,
      1,
      200,
      1000,
    ]);
    expect((rtcp?.ssrcs[0] ?? 0) >>> 0).toBe(REPORT.ssrc);
    expect([rtcp?.reportCount, rtcp?.reportSsrcs[0]]).toEqual([1, 0x1234]);
    // Share and sum of what was lost (RFC 3550 6.4.1).
    expect(bytes?.toString("hex", 28 + 4, 28 + 8)).toBe("0c00004d");
  });

  it("a receiver's report", () => {
    const { rtcp } = read({ ...REPORT, sender_information: { ntp_timestamp_sec: 0 } }) ?? {};
    expect([rtcp?.types[0], rtcp?.sentCounts[0], rtcp?.reportCount]).toEqual([201, -1, 1]);
  });

  it.each([
    ["not JSON", "{"],
    ["a list", []],
    ["nothing", "null"],
    ["no SSRC", { report_blocks: REPORT.report_blocks }],
    ["neither sender nor reports", { ssrc: 1 }],
    ["numbers that are none", { ssrc: -1, report_blocks: REPORT.report_blocks }],
    ["too much of it", JSON.stringify({ ...REPORT, x: "y".repeat(20_000) })],
    ["deeper than a stack", `${"[".repeat(8000)}${"]".repeat(8000)}`],
  ])("%s is none", (_, value) => {
    expect(read(value)).toBeNull();
  });

  it("whatever is in its fields, it is RTCP with no more reports than fit", () => {
    const values = [
      0,
      1,
      -1,
      2 ** 32,
      1e300,
      0.5,
      "1",
      null,
      {},
      [],
      true,
      Number.MAX_SAFE_INTEGER,
    ];
    for (let seed = 0; seed < 300; seed++) {
      const random = dice(seed);
      const any = () => values[Math.floor(random() * values.length)];
      const block = () =>
        Object.fromEntries(Object.keys(REPORT.report_blocks[0] ?? {}).map((name) => [name, any()]));
      const sender = Object.fromEntries(
        Object.keys(REPORT.sender_information).map((name) => [name, any()]),
      );
      const blocks = Array.from({ length: 40 }, () => ({ ...block(), source_ssrc: 9 }));
      const found = read({ ssrc: 1, sender_information: sender, report_blocks: blocks });
      expect([found?.isRtcp, found?.rtcp.reportCount]).toEqual([true, 31]);
    }
  });
});
