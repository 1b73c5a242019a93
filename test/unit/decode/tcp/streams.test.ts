import { describe, expect, test } from "vitest";
import { decodePacket } from "../../../../src/decode/decode-packet.ts";
import { PacketView, SkipReason } from "../../../../src/decode/packet.ts";
import { MESSAGE_BYTES_MAX } from "../../../../src/decode/tcp/sip-framer.ts";
import { frameOf } from "../../../support/captured.ts";
import { dice, shuffled } from "../../../support/rewrap.ts";
import { request, Talk } from "./talk.ts";

const INVITE = request("INVITE", "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n");
const BYE = request("BYE");
const OK = "SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\nl: 3\r\n\r\nabc";

describe("messages in a stream (RFC 3261 18.3)", () => {
  test("cut at every byte into two segments", () => {
    const stream = INVITE + BYE;
    for (let at = 1; at < stream.length; at++) {
      const talk = new Talk().handshake();
      talk.say("client", stream.slice(0, at)).say("client", stream.slice(at));
      expect(talk.texts).toEqual([INVITE, BYE]);
      expect(talk.streams.heldBytes).toBe(0);
    }
  });

  test("one byte a segment, and both directions at once", () => {
    const talk = new Talk().handshake();
    const client = INVITE + BYE;
    for (let at = 0; at < client.length; at++) {
      talk.say("client", client.charAt(at));
      if (at < OK.length) talk.say("server", OK.charAt(at));
    }
    expect([...talk.texts].sort()).toEqual([INVITE, BYE, OK].sort());
  });

  test("many in one segment, each a packet of its own with the number of the segment", () => {
    const talk = new Talk().handshake();
    talk.say("client", INVITE + BYE + INVITE);
    expect(talk.texts).toEqual([INVITE, BYE, INVITE]);
    expect(new Set(talk.told.map(({ number }) => number))).toEqual(new Set([4]));
    for (const [i, frame] of talk.frames.entries()) {
      const packet = new PacketView();
      expect(decodePacket(frameOf(frame), packet)).toBe(SkipReason.TCP);
      expect(frame.toString("latin1", 54)).toBe(talk.texts[i]);
    }
  });

  test("the message has the number of the packet that completed it", () => {
    const talk = new Talk().handshake();
    talk.say("client", INVITE.slice(0, 90)).say("client", INVITE.slice(90));
    expect(talk.told[0]?.number).toBe(5);
  });

  test("CRLF between messages is a keep-alive (RFC 5626 4.4.1)", () => {
    const talk = new Talk().handshake();
    talk.say("client", "\r\n\r\n").say("client", INVITE).say("client", "\r\n\r\n");
    talk.say("server", "\r\n").say("client", BYE);
    expect(talk.texts).toEqual([INVITE, BYE]);
    expect(talk.keepalives).toBeGreaterThan(0);
  });

  test.each([
    ["l:", "l: 4"],
    ["spaces", "Content-Length  :   4  "],
    ["any case", "cOnTeNt-LeNgTh:4"],
  ])("Content-Length as %s", (_, field) => {
    const message = `MESSAGE sip:a@b SIP/2.0\r\n${field}\r\n\r\nbody`;
    expect(new Talk().handshake().say("client", message + BYE).texts).toEqual([message, BYE]);
  });

  test("without Content-Length there is no body, and what follows is found again", () => {
    const talk = new Talk().handshake();
    talk.say("client", `INVITE sip:a@b SIP/2.0\r\nTo: b\r\n\r\nv=0\r\ns=-\r\n${BYE}`);
    expect(talk.texts).toEqual(["INVITE sip:a@b SIP/2.0\r\nTo: b\r\n\r\n", BYE]);
  });

  test("a body that claims gigabytes hides nothing behind it", () => {
    const huge = `OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 2000000000\r\n\r\n`;
    const talk = new Talk().handshake().say("client", huge);
    for (let i = 0; i < 60; i++) talk.say("client", "x".repeat(1400));
    talk.say("client", `\r\n${BYE}`);
    expect(talk.texts.at(-1)).toBe(BYE);
  });

  test("a body longer than a message may be is shown in part, and the next message in full", () => {
    const body = "b".repeat(100_000);
    const long = request("MESSAGE", body);
    const talk = new Talk().handshake();
    for (let at = 0; at < long.length; at += 1400) talk.say("client", long.slice(at, at + 1400));
    talk.say("client", BYE);
    expect(talk.told[0]?.wireBytes).toBe(long.length);
    expect(talk.told[0]?.text).toBe(long.slice(0, MESSAGE_BYTES_MAX));
    expect(talk.texts[1]).toBe(BYE);
  });

  test("a head without end is shown as far as it goes", () => {
    const talk = new Talk().handshake();
    talk.say("client", "INVITE sip:a@b SIP/2.0\r\n");
    for (let i = 0; i < 60; i++) talk.say("client", `X-${i}: ${"y".repeat(1300)}\r\n`);
    expect(talk.told[0]?.text.startsWith("INVITE sip:a@b SIP/2.0\r\n")).toBe(true);
    expect(talk.told[0]?.wireBytes).toBeGreaterThan(MESSAGE_BYTES_MAX);
    talk.say("client", BYE);
    expect(talk.texts.at(-1)).toBe(BYE);
  });

  test("over IPv6", () => {
    const talk = new Talk();
    talk.client = "2001:db8::1";
    talk.server = "2001:db8::2";
    expect(
      talk.handshake().say("client", INVITE.slice(0, 9)).say("client", INVITE.slice(9)).texts,
    ).toEqual([INVITE]);
  });

  test("what is not SIP is left alone: TLS, HTTP, SSH", () => {
    for (const first of [
      "\x16\x03\x01\x02\x00\x01",
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
      "SSH-2.0-x\r\n",
    ]) {
      const talk = new Talk().handshake();
      talk.say("client", first).say("client", "x".repeat(3000));
      expect([talk.told.length, talk.streams.size, talk.streams.heldBytes]).toEqual([0, 0, 0]);
    }
  });
});

describe("order (RFC 9293 3.10.7.4)", () => {
  const cut = (text: string, bytes: number) => text.match(new RegExp(`[^]{1,${bytes}}`, "g")) ?? [];

  /** Segments of `text` in a given order. */
  function send(talk: Talk, text: string, order: (items: number[]) => number[], bytes = 20): void {
    const parts = cut(text, bytes);
    const start = talk.clientSeq;
    const places = parts.map((_, i) => i * bytes);
    for (const place of order(places)) {
      talk.segment("client", 0x18, parts[place / bytes] ?? "", start + place);
    }
    talk.clientSeq += text.length;
  }

  test("any order, across the wrap of the numbers", () => {
    for (let seed = 0; seed < 30; seed++) {
      const talk = new Talk().handshake();
      send(talk, INVITE + BYE, (items) => shuffled(items, dice(seed)));
      expect(talk.texts).toEqual([INVITE, BYE]);
      expect(talk.streams.heldBytes).toBe(0);
    }
  });

  test("sent twice, also with other bytes, the first count", () => {
    const talk = new Talk().handshake();
    const start = talk.clientSeq;
    talk.segment("client", 0x18, INVITE.slice(0, 60), start);
    talk.segment("client", 0x18, "x".repeat(60), start);
    talk.segment("client", 0x18, "x".repeat(30) + INVITE.slice(60), start + 30);
    expect(talk.texts).toEqual([INVITE]);
  });

  test("of what waits, who starts earlier wins, and of two that start alike the first", () => {
    const talk = new Talk().handshake();
    const start = talk.clientSeq;
    talk.segment("client", 0x18, INVITE.slice(40), start + 40);
    talk.segment("client", 0x18, "y".repeat(INVITE.length - 40), start + 40);
    talk.segment("client", 0x18, "z".repeat(20), start + 50);
    talk.segment("client", 0x18, INVITE.slice(0, 40), start);
    expect(talk.texts).toEqual([INVITE]);
  });

  test("what the capture has lost is given up once its receiver has it", () => {
    const talk = new Talk().handshake();
    talk.say("client", INVITE.slice(0, 100));
    talk.clientSeq += 60;
    talk.say("client", BYE);
    expect(talk.texts).toEqual([]);
    talk.nowUs += 60_000;
    talk.segment("server", 0x10, "");
    expect(talk.told.map(({ text, wireBytes }) => [text, wireBytes])).toEqual([
      [INVITE.slice(0, 100), 101],
      [BYE, BYE.length],
    ]);
  });

  test("late is not lost: before its receiver has it, three seconds are waited", () => {
    const talk = new Talk().handshake();
    const start = talk.clientSeq;
    talk.segment("client", 0x18, INVITE.slice(100), start + 100);
    talk.nowUs += 2_900_000;
    talk.segment("client", 0x18, INVITE.slice(0, 100), start);
    expect(talk.texts).toEqual([INVITE]);
  });

  test("on a silent connection time gives up what is missing", () => {
    const talk = new Talk().handshake();
    talk.say("client", INVITE);
    talk.clientSeq += 60;
    talk.say("client", BYE);
    expect(talk.streams.isDue(talk.nowUs + 2_900_000)).toBe(false);
    talk.nowUs += 3_000_000;
    expect(talk.streams.isDue(talk.nowUs)).toBe(true);
    talk.streams.advance(talk.nowUs);
    expect(talk.texts).toEqual([INVITE, BYE]);
  });

  test("at the end what waits is shown", () => {
    const talk = new Talk().handshake();
    talk.say("client", INVITE);
    talk.clientSeq += 60;
    talk.say("client", BYE);
    talk.streams.finish(talk.nowUs);
    expect(talk.texts).toEqual([INVITE, BYE]);
    expect([talk.streams.size, talk.streams.heldBytes]).toEqual([0, 0]);
  });

  test("a whole message that comes after its place was given up is shown, unproven", () => {
    const talk = new Talk().handshake();
    talk.say("client", INVITE);
    const late = talk.clientSeq;
    talk.clientSeq += BYE.length;
    talk.say("client", OK);
    talk.nowUs += 60_000;
    talk.segment("server", 0x10, "");
    talk.segment("client", 0x18, BYE, late);
    expect(talk.told.map(({ text, isReturned }) => [text, isReturned])).toEqual([
      [INVITE, true],
      [OK, true],
      [BYE, false],
    ]);
  });

  test("a segment that the capture has cut is a gap", () => {
    const talk = new Talk().handshake();
    talk.segment("client", 0x18, INVITE, talk.clientSeq, talk.serverSeq, 54 + 100);
    talk.clientSeq += INVITE.length;
    talk.say("client", BYE);
    expect(talk.told.map(({ text, wireBytes }) => [text, wireBytes])).toEqual([
      [INVITE.slice(0, 100), 101],
      [BYE, BYE.length],
    ]);
  });
});

describe("connections", () => {
  test("one that is seen from its middle begins at a message", () => {
    const talk = new Talk();
    talk.say("client", INVITE.slice(30)).say("client", BYE).say("server", OK);
    expect(talk.texts).toEqual([BYE, OK]);
  });

  test("who acknowledges what it was sent is proven, and nobody else", () => {
    const talk = new Talk();
    talk.segment("client", 0x02, "", talk.clientSeq++, 0);
    talk.segment("client", 0x18, INVITE, talk.clientSeq, 12_345);
    talk.clientSeq += INVITE.length;
    talk.segment("server", 0x12, "", talk.serverSeq++, talk.clientSeq);
    talk.say("client", BYE).say("server", OK);
    expect(talk.told.map(({ isReturned }) => isReturned)).toEqual([false, true, true]);
  });

  test("a forged RST or FIN ends nothing", () => {
    const talk = new Talk().handshake();
    talk.say("client", INVITE.slice(0, 100));
    talk.segment("client", 0x04, "", 77);
    talk.segment("server", 0x11, "");
    talk.say("client", INVITE.slice(100));
    expect(talk.texts).toEqual([INVITE]);
  });

  test("a forged SYN moves nothing; one that is answered begins anew", () => {
    const talk = new Talk().handshake();
    talk.say("client", INVITE.slice(0, 100));
    talk.segment("client", 0x02, "", 1_000_000, 0);
    talk.say("client", INVITE.slice(100));
    expect(talk.texts).toEqual([INVITE]);
    talk.clientSeq = 2_000_000;
    talk.serverSeq = 9_000_000;
    talk.handshake().say("client", BYE);
    expect(talk.texts).toEqual([INVITE, BYE]);
  });

  test("bytes from nowhere near do not move the stream, but a whole message in them is shown", () => {
    const talk = new Talk().handshake();
    talk.say("client", INVITE.slice(0, 100));
    talk.segment("client", 0x18, BYE, talk.clientSeq + 500_000_000);
    talk.segment("client", 0x18, "junk", talk.clientSeq + 700_000_000);
    talk.say("client", INVITE.slice(100));
    expect(talk.told.map(({ text, isReturned }) => [text, isReturned])).toEqual([
      [BYE, false],
      [INVITE, true],
    ]);
  });

  test("a place far away that goes on is where the stream is", () => {
    const talk = new Talk().handshake();
    talk.say("client", INVITE);
    talk.clientSeq += 100_000_000;
    talk.say("client", "rest\r\n").say("client", BYE);
    expect(talk.texts).toEqual([INVITE, BYE]);
  });
});

describe("memory", () => {
  test("100,000 connections with half a message each stay within their room", () => {
    const talk = new Talk({ connectionsMax: 1000, bytesMax: 262_144 });
    for (let i = 0; i < 100_000; i++) {
      talk.clientPort = i % 60_000;
      talk.client = `192.0.${2 + Math.floor(i / 60_000)}.1`;
      talk.clientSeq = i * 1000;
      talk.segment("client", 0x02, "", talk.clientSeq++, 0);
      talk.say("client", INVITE.slice(0, 150));
    }
    expect(talk.streams.size).toBeLessThanOrEqual(1000);
    expect(talk.streams.heldBytes).toBeLessThanOrEqual(262_144 + 131_072);
    talk.streams.finish(talk.nowUs);
    expect(talk.streams.heldBytes).toBe(0);
  });

  test("who goes because all together hold too much is counted as given up", () => {
    const talk = new Talk({ connectionsMax: 10_000, bytesMax: 262_144 });
    for (let i = 0; i < 3_000; i++) {
      talk.clientPort = 10_000 + i;
      talk.handshake().say("client", INVITE.slice(0, 150));
    }
    const { evictions, size } = talk.streams;
    expect(evictions).toBeGreaterThan(0);
    expect(evictions + size).toBe(3_000);
  });

  test("a SYN flood pushes out no connection that carried SIP", () => {
    const talk = new Talk({ connectionsMax: 1000 });
    talk.handshake().say("client", INVITE.slice(0, 50));
    const { clientSeq } = talk;
    for (let i = 0; i < 20_000; i++) {
      talk.clientPort = i;
      talk.client = "203.0.113.9";
      talk.segment("client", 0x02, "", i * 7, 0);
    }
    talk.client = "192.0.2.1";
    talk.clientPort = 40_000;
    talk.clientSeq = clientSeq;
    talk.say("client", INVITE.slice(50));
    expect(talk.texts).toEqual([INVITE]);
  });

  test("segments in reverse with a hole are bounded, and shown in the end", () => {
    const talk = new Talk().handshake();
    talk.say("client", BYE);
    const start = talk.clientSeq;
    for (let i = 5000; i > 0; i--) talk.segment("client", 0x18, "x", start + i);
    expect(talk.streams.heldBytes).toBeLessThan(200_000);
  });
});
