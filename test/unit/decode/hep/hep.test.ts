import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decodePacket } from "../../../../src/decode/decode-packet.ts";
import { HepPackets } from "../../../../src/decode/hep/hep-packets.ts";
import { HepView } from "../../../../src/decode/hep/hep-view.ts";
import { NO_TTL, PacketView, SkipReason } from "../../../../src/decode/packet.ts";
import { frameOf } from "../../../support/captured.ts";
import { hep3, hepChunk, hepOld, type Seen } from "../../../support/hep.ts";
import { address, udpPacket } from "../../../support/pcap-writer.ts";
import { request, Talk } from "../tcp/talk.ts";

const SIP = Buffer.from(request("OPTIONS"));
const TIME_US = 1_790_000_000_123_456;
const SEEN: Seen = {
  src: address("10.1.2.3"),
  dst: address("10.9.9.9"),
  srcPort: 5062,
  dstPort: 5060,
  payload: SIP,
  timeUs: TIME_US,
};
const SEEN6: Seen = { ...SEEN, src: address("2001:db8::1"), dst: address("2001:db8::2") };

function view(bytes: Buffer) {
  const hep = new HepView();
  const isHep = hep.decode(bytes, 0, bytes.length);
  return { isHep, hep, payload: bytes.toString("latin1", hep.payloadStart, hep.payloadEnd) };
}

function take(hep: Buffer, key = "") {
  const packets = new HepPackets(key);
  const source = new PacketView();
  const first = decodePacket(frameOf(udpPacket(hep, { dstPort: 9060 })), source);
  source.captureUs = TIME_US + 5_000_000;
  const reason = first === SkipReason.HEP ? packets.take(source) : first;
  const { packet } = packets;
  const payload = packet.bytes.toString("latin1", packet.payloadStart, packet.payloadEnd);
  return { reason, packet, payload };
}

describe("versions (https://github.com/sipcapture/HEP)", () => {
  test.each([
    ["1", hepOld(1, SEEN), 0],
    ["1 with IPv6", hepOld(1, SEEN6), 0],
    ["2, little-endian time", hepOld(2, SEEN), TIME_US],
    ["2, big-endian time", hepOld(2, SEEN, { isLittle: false }), TIME_US],
    ["2 with IPv6", hepOld(2, SEEN6), TIME_US],
    ["3", hep3(SEEN), TIME_US],
    ["3 with IPv6", hep3(SEEN6), TIME_US],
  ])("%s", (_, bytes, timeUs) => {
    const { isHep, hep, payload } = view(bytes);
    expect([isHep, hep.srcPort, hep.dstPort, hep.timeUs]).toEqual([true, 5062, 5060, timeUs]);
    expect(payload).toBe(SIP.toString());
  });

  test("a capture id, as sngrep writes it too, and chunks of vendors passed over", () => {
    const extra = [hepChunk(15, Buffer.from("no"), 0x0003), hepChunk(99, Buffer.alloc(5))];
    const swapped = Buffer.from([0, 77, 0, 0]);
    expect(view(hep3(SEEN, { extra })).hep.captureId).toBe(77);
    expect(view(hep3(SEEN, { captureId: swapped })).hep.captureId).toBe(77);
  });

  test("cut anywhere and changed anywhere it never throws", () => {
    for (const bytes of [hepOld(1, SEEN), hepOld(2, SEEN6), hep3(SEEN)]) {
      for (let at = 0; at < bytes.length; at++) {
        view(bytes.subarray(0, at));
        for (const value of [0, 1, 7, 0x7f, 0xff]) {
          const copy = Buffer.from(bytes);
          copy[at] = value;
          const { hep } = view(copy);
          expect(hep.payloadEnd).toBeLessThanOrEqual(copy.length);
        }
      }
    }
  });
});

describe("packets that agents saw", () => {
  test("ends, payload and time are the agent's; no MAC, no TTL, nothing proven", () => {
    const { reason, packet, payload } = take(hep3(SEEN));
    expect([reason, payload]).toEqual([SkipReason.NONE, SIP.toString()]);
    expect([packet.srcHost, packet.dstPort, packet.captureUs]).toEqual([0x0a010203, 5060, TIME_US]);
    expect([packet.ttl, packet.srcMacStart, packet.isReturned]).toEqual([NO_TTL, -1, false]);
  });

  test("it is a packet that evidence can keep", () => {
    for (const seen of [SEEN, SEEN6]) {
      const { packet } = take(hep3(seen));
      const again = new PacketView();
      const frame = packet.bytes.subarray(packet.frameStart, packet.frameEnd);
      expect(decodePacket(frameOf(frame), again)).toBe(SkipReason.NONE);
      expect([again.srcHost, again.payloadWireLength]).toEqual([packet.srcHost, SIP.length]);
    }
  });

  test("a time that is a day off is not believed", () => {
    const { packet } = take(hep3({ ...SEEN, timeUs: 1_000_000 }));
    expect(packet.captureUs).toBe(TIME_US + 5_000_000);
  });

  test("the auth key", () => {
    expect(take(hep3(SEEN, { key: "secret" }), "secret").reason).toBe(SkipReason.NONE);
    for (const bytes of [hep3(SEEN, { key: "other" }), hep3(SEEN), hepOld(1, SEEN)]) {
      expect(take(bytes, "secret").reason).toBe(SkipReason.HEP_REFUSED);
    }
  });

  test("packed payloads within bounds, RTCP as JSON not at all", () => {
    const packed = hep3(
      { ...SEEN, payload: Buffer.from("x") },
      {
        extra: [],
      },
    );
    expect(take(packed).reason).toBe(SkipReason.NONE);
    const compressed = (bytes: Buffer) =>
      Buffer.concat([hep3(SEEN).subarray(0, -6 - SIP.length), hepChunk(16, deflateSync(bytes))]);
    const fixed = (bytes: Buffer) => {
      bytes.writeUInt16BE(bytes.length, 4);
      return bytes;
    };
    expect(take(fixed(compressed(SIP))).payload).toBe(SIP.toString());
    expect(take(fixed(compressed(Buffer.alloc(5_000_000)))).reason).toBe(SkipReason.HEP_OTHER);
    const json = hep3({ ...SEEN, payload: Buffer.from('{"type":200}') }, { type: 5 });
    expect(take(json).reason).toBe(SkipReason.HEP_OTHER);
  });

  test("SIP to the port of HEP is SIP", () => {
    expect(take(SIP).reason).toBe(SkipReason.NONE);
  });
});

test("over TCP, cut at every byte, with messages back to back", () => {
  const stream = Buffer.concat([hep3(SEEN), hep3(SEEN6)]);
  for (let at = 1; at < stream.length; at += 7) {
    const talk = new Talk().handshake();
    talk.say("client", stream.subarray(0, at)).say("client", stream.subarray(at));
    expect(talk.told.map(({ text }) => Buffer.from(text, "latin1"))).toEqual([
      hep3(SEEN),
      hep3(SEEN6),
    ]);
  }
});
