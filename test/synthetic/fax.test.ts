import { describe, expect, it } from "vitest";
import { isUdptl } from "../../src/decode/udptl.ts";
import { LiveCall } from "../support/sip-actors.ts";
import { rtpPacket, sipResponse } from "../support/sip-builder.ts";
import { type Endpoint, Wire } from "../support/wire.ts";

const CALLER: Endpoint = { ip: "192.0.2.31", port: 5060 };
const CALLEE: Endpoint = { ip: "192.0.2.32", port: 5060 };
const THIEF: Endpoint = { ip: "192.0.2.66", port: 4_000 };
const PACKETS = 300;

function field(bytes: number): Buffer {
  const length = bytes < 128 ? [bytes] : [0x80 | (bytes >> 8), bytes & 0xff];
  return Buffer.concat([Buffer.from(length), Buffer.alloc(bytes, 0x31)]);
}

/** ITU-T T.38 9.1, as Asterisk's udptl.c writes it: with copies of the two packets before, or parity of three. */
function udptl(number: number, kind: "copies" | "parity" | "alone" = "copies", bytes = 20): Buffer {
  const head = Buffer.from([(number >> 8) & 0xff, number & 0xff]);
  const rest = {
    alone: [Buffer.from([0, 0])],
    copies: [Buffer.from([0, 2]), field(bytes), field(bytes)],
    parity: [Buffer.from([0x80, 1, 3, 1]), field(bytes)],
  };
  return Buffer.concat([head, field(bytes), ...rest[kind]]);
}

/** A call whose callee asks for fax on the ports of the audio, and packets of it from that number on. */
function faxCall(wire: Wire, first: number): LiveCall {
  const call = new LiveCall(wire, CALLER, CALLEE);
  wire.now += 1;
  call.talk(3);
  wire.now += 3;
  const image = (ip: string, port: number) =>
    `v=0\r\no=- 1 2 IN IP4 ${ip}\r\ns=-\r\nc=IN IP4 ${ip}\r\nt=0 0\r\nm=image ${port} udptl t38\r\na=T38FaxVersion:0\r\n`;
  const { callerMedia, calleeMedia } = call;
  const again = call.inDialogOfCallee("INVITE", {
    cseq: 7,
    sdp: image(calleeMedia.ip, calleeMedia.port),
  });
  wire.send(CALLEE, CALLER, again.text);
  const sdp = image(callerMedia.ip, callerMedia.port);
  wire.send(CALLER, CALLEE, sipResponse(again, 200, { contact: "a@192.0.2.31:5060", sdp }), 0.05);
  wire.send(CALLEE, CALLER, call.inDialogOfCallee("ACK", { cseq: 7 }).text, 0.1);
  wire.now += 0.5;
  for (let i = 0; i < PACKETS; i++) {
    wire.send(callerMedia, calleeMedia, udptl(first + i), 0.03 * i);
    wire.send(calleeMedia, callerMedia, udptl(first + i, "parity"), 0.03 * i + 0.01);
  }
  return call;
}

describe("fax over UDPTL after a re-INVITE", () => {
  // 0x80c8 reads as a sender's report, 0x8000 as RTP.
  it.each([0, 0x8000, 0x80c8 - PACKETS / 2])(
    "is no RTP and no RTCP, from number %i on",
    (first) => {
      const wire = new Wire();
      const call = faxCall(wire, first);
      wire.now += 0.03 * PACKETS;
      call.hangUp(1);
      const { alarms } = wire.run();
      expect(alarms).toEqual([]);
      const { rtcpPackets, streamsAnnounced, otherPayloads } = wire.pipeline.statistics;
      expect([rtcpPackets, streamsAnnounced, otherPayloads]).toEqual([0, 2, 2 * PACKETS]);
    },
  );

  it("does not hide RTP that others send there, nor RTP between the two", () => {
    const wire = new Wire();
    const call = faxCall(wire, 0x8000);
    for (let i = 0; i < 200; i++) {
      const own = rtpPacket({ sequence: 900 + i, timestamp: 160 * i, ssrc: 9 });
      wire.send(THIEF, call.callerMedia, own, 0.02 * i);
    }
    const run = wire.run();
    expect(run.sids).toContain(9105001);
    expect(run.alarms.every(({ srcIp }) => srcIp === THIEF.ip)).toBe(true);
  });
});

describe("isUdptl", () => {
  const is = (bytes: Buffer) => isUdptl(bytes, 0, bytes.length);

  it("takes packets with copies, with parity and alone, of any length", () => {
    for (const kind of ["copies", "parity", "alone"] as const) {
      for (const bytes of [0, 1, 127, 128, 400]) expect(is(udptl(0x80c8, kind, bytes))).toBe(true);
    }
  });

  it("takes nothing that is cut or longer, and no RTP", () => {
    const whole = udptl(0x80c8);
    for (let at = 0; at < whole.length; at++) expect(is(whole.subarray(0, at))).toBe(false);
    expect(is(Buffer.concat([whole, Buffer.alloc(1)]))).toBe(false);
    for (let i = 0; i < 20_000; i++) {
      const rtp = rtpPacket({ sequence: 3 * i, timestamp: 160 * i, ssrc: 9 });
      expect(is(rtp)).toBe(false);
    }
  });
});
