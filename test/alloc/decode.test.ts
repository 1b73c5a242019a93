import { expect, test } from "vitest";
import { decodePacket } from "../../src/decode/decode-packet.ts";
import { PacketView, SkipReason } from "../../src/decode/packet.ts";
import { RtpHeaderView } from "../../src/decode/rtp/header.ts";
import { AddressView } from "../../src/decode/sip/address.ts";
import { DigestView } from "../../src/decode/sip/digest.ts";
import { HeaderId } from "../../src/decode/sip/headers.ts";
import { SipMessageView } from "../../src/decode/sip/message.ts";
import { ViaView, viaCount } from "../../src/decode/sip/via.ts";
import { frameOf } from "../support/captured.ts";
import { udpPacket } from "../support/pcap-writer.ts";
import { INVITE } from "../unit/decode/sip/sip-text.ts";

const BURST = 4000;
const BURSTS = 40;

/**
 * Heap bytes that one call allocates: the median over bursts that are short enough for nearly all of
 * them to run without a collection. Reading the heap's size costs some hundred bytes a burst.
 */
function bytesPerCall(call: () => void): number {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("needs --expose-gc (vitest.config.ts)");
  const bursts: number[] = [];
  for (let burst = 0; burst < 2 * BURSTS; burst++) {
    // The first half warms up.
    if (burst === BURSTS) gc();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < BURST; i++) call();
    const after = process.memoryUsage().heapUsed;
    if (burst >= BURSTS) bursts.push((after - before) / BURST);
  }
  return bursts.sort((a, b) => a - b)[BURSTS / 2] ?? Number.NaN;
}

const rtpFrame = frameOf(udpPacket(`\x80\x08\x12\x34${"\x01".repeat(8)}${"x".repeat(160)}`));
const packet = new PacketView();
const rtp = new RtpHeaderView();
const sip = Buffer.from(INVITE, "latin1");
const message = new SipMessageView();
const address = new AddressView();
const via = new ViaView();
const digest = new DigestView();
const span = { start: 0, end: 0 };
const credentials = Buffer.from('Digest username="a", realm="b", nonce="c", response="d"');
/** Calls that decoded. In a typed array, because a number in a variable is an object once it is large. */
const decodedCalls = new Uint32Array(1);

function note(isDecoded: boolean): void {
  decodedCalls[0] = (decodedCalls[0] as number) + (isDecoded ? 1 : 0);
}

test.each<[string, () => void]>([
  ["decodePacket", () => note(decodePacket(rtpFrame, packet) === SkipReason.NONE)],
  ["RTP header", () => note(rtp.decode(packet))],
  ["SIP scan", () => note(message.decode(sip, 0, sip.length, false))],
  [
    "addresses and Via of a SIP message",
    () => {
      message.value(HeaderId.FROM, span);
      const isAddress = address.decode(message.bytes, span.start, span.end);
      note(via.decode(message) && isAddress && viaCount(message) === 1);
    },
  ],
  ["digest", () => note(digest.decode(credentials, 0, credentials.length))],
])("%s allocates nothing", (_, call) => {
  decodePacket(rtpFrame, packet);
  message.decode(sip, 0, sip.length, false);
  decodedCalls[0] = 0;
  expect(bytesPerCall(call)).toBeLessThan(1);
  expect(decodedCalls[0]).toBe(2 * BURSTS * BURST);
});

test("the measure sees an allocation", () => {
  const kept: object[] = [];
  const allocate = () => {
    kept[0] = { span };
  };
  expect(bytesPerCall(allocate)).toBeGreaterThan(8);
});
