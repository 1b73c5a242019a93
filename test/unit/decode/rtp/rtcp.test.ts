import { describe, expect, test } from "vitest";
import { decodePacket } from "../../../../src/decode/decode-packet.ts";
import { PacketView } from "../../../../src/decode/packet.ts";
import { RtcpType, RtcpView } from "../../../../src/decode/rtp/rtcp.ts";
import { frameOf } from "../../../support/captured.ts";
import { udpPacket } from "../../../support/pcap-writer.ts";

function rtcpOf(payload: readonly number[], cutBytes = 0, view = new RtcpView()) {
  const bytes = udpPacket(String.fromCharCode(...payload));
  const packet = new PacketView();
  decodePacket(frameOf(bytes.subarray(0, bytes.length - cutBytes)), packet);
  const isRtcp = view.decode(packet);
  return {
    isRtcp,
    packets: Array.from({ length: view.packetCount }, (_, i) => [view.types[i], view.ssrcs[i]]),
    byes: [...view.byeSsrcs.subarray(0, view.byeCount)],
    reports: [...view.reportSsrcs.subarray(0, view.reportCount)],
  };
}

const zeros = (count: number) => Array<number>(count).fill(0);
const block = (ssrc: number) => [0, 0, 0, ssrc, ...zeros(20)];
const SR = [0x81, 200, 0, 12, 0, 0, 0, 1, ...zeros(20), ...block(9)];
const RR = [0x82, 201, 0, 13, 0, 0, 0, 2, ...block(7), ...block(8)];
const SDES = [0x81, 202, 0, 2, 0, 0, 0, 3, 1, 0, 0, 0];
const BYE = [0x82, 203, 0, 2, 0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 5];
const APP = [0x80, 204, 0, 2, 0, 0, 0, 6, 0x61, 0x62, 0x63, 0x64];

describe("RTCP (RFC 3550 6)", () => {
  test("all packets of a compound datagram, who leaves and who is heard (6.1)", () => {
    expect(rtcpOf([...SR, ...RR, ...SDES, ...APP, ...BYE])).toEqual({
      isRtcp: true,
      packets: [
        [RtcpType.SR, 1],
        [RtcpType.RR, 2],
        [RtcpType.SDES, 3],
        [RtcpType.APP, 6],
        [RtcpType.BYE, -2],
      ],
      byes: [-2, 5],
      reports: [9, 7, 8],
    });
  });

  test("an empty BYE or SDES names nobody", () => {
    const empty = [0x80, 203, 0, 0, 0x80, 202, 0, 1, 0, 0, 0, 9];
    expect(rtcpOf(empty)).toMatchObject({
      packets: [
        [RtcpType.BYE, 0],
        [RtcpType.SDES, 0],
      ],
      byes: [],
    });
  });

  test("a count beyond the packet's length reads nothing of the next one (6.6)", () => {
    expect(rtcpOf([0x9f, ...BYE.slice(1), ...RR]).byes).toEqual([-2, 5]);
    expect(rtcpOf([0x9f, ...RR.slice(1), ...BYE]).reports).toEqual([7, 8]);
  });

  test.each([
    ["a length beyond the end (A.2)", [...BYE, 0x81, 203, 0, 2, 0, 0, 0, 1]],
    ["bytes that no packet claims (A.2)", [...BYE, 0, 0]],
    ["version 1 in the second packet (A.2)", [...BYE, 0x41, ...BYE.slice(1)]],
  ])("%s is malformed and names nobody", (_, payload) => {
    expect(rtcpOf(payload)).toEqual({ isRtcp: false, packets: [], byes: [], reports: [] });
  });

  test("what the capture cut is nobody's fault; what is there counts", () => {
    expect(rtcpOf(BYE, 4)).toMatchObject({ isRtcp: true, byes: [-2] });
  });

  test("at most 16 packets and 32 SSRCs", () => {
    const one = [0x81, 203, 0, 1, 0, 0, 0, 1];
    expect(rtcpOf(Array<number[]>(20).fill(one).flat())).toMatchObject({ isRtcp: true });
    expect(rtcpOf(Array<number[]>(20).fill(one).flat()).packets).toHaveLength(16);
    const many = [0x9f, 203, 0, 31, ...Array<number[]>(31).fill([0, 0, 0, 1]).flat()];
    expect(rtcpOf([...many, ...many]).byes).toHaveLength(32);
  });

  test("a view keeps nothing of the datagram before", () => {
    const view = new RtcpView();
    rtcpOf([...SR, ...BYE], 0, view);
    expect(rtcpOf(APP, 0, view)).toEqual(rtcpOf(APP));
    rtcpOf([...SR, ...BYE], 0, view);
    expect(rtcpOf([0x40], 0, view)).toEqual({ isRtcp: false, packets: [], byes: [], reports: [] });
  });
});
