import { describe, expect, test } from "vitest";
import { MESSAGE_BYTES_MAX } from "../../../../src/decode/tcp/sip-framer.ts";
import { accepted, Packer, UPGRADE, wsFrame } from "../../../support/websocket.ts";
import { request, Talk } from "./talk.ts";

const INVITE = request("INVITE", "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n");
const REGISTER = request("REGISTER", "", "Contact: <sip:df7jal23ls0d.invalid;transport=ws>");
const OK = "SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n";

function opened(extensions = ""): Talk {
  return new Talk().handshake().say("client", UPGRADE).say("server", accepted(extensions));
}

const masked = (text: string | Buffer, options = {}) =>
  wsFrame(text, { isMasked: true, ...options });

describe("SIP over WebSocket (RFC 7118)", () => {
  test("one frame is one message, masked from the client, plain from the server", () => {
    const talk = opened().say("client", masked(REGISTER)).say("server", wsFrame(OK));
    expect(talk.texts).toEqual([REGISTER, OK]);
    expect(talk.told.every(({ isReturned }) => isReturned)).toBe(true);
  });

  test("cut at every byte, the handshake too", () => {
    const client = Buffer.concat([Buffer.from(UPGRADE), masked(REGISTER), masked(INVITE)]);
    for (let at = 1; at < client.length; at++) {
      const talk = new Talk().handshake();
      talk.say("client", client.subarray(0, at)).say("client", client.subarray(at));
      expect(talk.texts).toEqual([REGISTER, INVITE]);
    }
  });

  test("one byte a segment in both directions", () => {
    const talk = new Talk().handshake();
    for (const char of UPGRADE) talk.say("client", char);
    for (const char of accepted()) talk.say("server", char);
    for (const byte of masked(INVITE)) talk.say("client", Buffer.from([byte]));
    for (const byte of wsFrame(OK)) talk.say("server", Buffer.from([byte]));
    expect(talk.texts).toEqual([INVITE, OK]);
  });

  test("a message in pieces, with a ping between, and binary", () => {
    const talk = opened();
    talk.say("client", masked(INVITE.slice(0, 20), { opcode: 2, isFinal: false }));
    talk.say("client", masked("are you there", { opcode: 9 }));
    talk.say("client", masked(INVITE.slice(20, 40), { opcode: 0, isFinal: false }));
    talk.say("server", wsFrame("are you there", { opcode: 10 }));
    talk.say("client", masked(INVITE.slice(40), { opcode: 0 }));
    expect([talk.texts, talk.keepalives]).toEqual([[INVITE], 2]);
  });

  test("CRLF alone is a keep-alive, a close ends nothing that matters", () => {
    const talk = opened().say("client", masked("\r\n\r\n")).say("server", wsFrame("\r\n"));
    talk.say("client", masked(REGISTER)).say("client", masked("\x03\xe8", { opcode: 8 }));
    expect([talk.texts, talk.keepalives]).toEqual([[REGISTER], 2]);
  });

  test.each([
    ["with context", "permessage-deflate", true],
    ["without", "permessage-deflate; client_no_context_takeover", false],
  ])("packed %s (RFC 7692)", (_, extensions, hasContext) => {
    const talk = opened(extensions);
    const packer = new Packer(hasContext);
    for (const text of [REGISTER, INVITE, REGISTER]) {
      const body = packer.pack(Buffer.from(text));
      talk.say("client", masked(body, { isCompressed: true }));
    }
    expect(talk.texts).toEqual([REGISTER, INVITE, REGISTER]);
  });

  test("a packed message that becomes too large is not shown, nor what hangs on it", () => {
    const talk = opened("permessage-deflate");
    const packer = new Packer(true);
    const bomb = packer.pack(Buffer.alloc(10_000_000));
    talk.say("client", masked(bomb, { isCompressed: true }));
    talk.say("client", masked(packer.pack(Buffer.from(INVITE)), { isCompressed: true }));
    talk.say("client", masked(REGISTER));
    expect(talk.texts).toEqual([REGISTER]);
  });

  test("packed nonsense throws nothing", () => {
    const talk = opened("permessage-deflate");
    for (let i = 0; i < 256; i++) {
      const junk = Buffer.from([i, 255 - i, i ^ 0x55, 7, 9]);
      talk.say("client", masked(junk, { isCompressed: true }));
    }
    expect(talk.streams.heldBytes).toBeLessThan(300_000);
  });

  test("a longer message than is shown", () => {
    const long = request("MESSAGE", "b".repeat(80_000));
    const talk = opened();
    const frame = masked(long);
    for (let at = 0; at < frame.length; at += 1400)
      talk.say("client", frame.subarray(at, at + 1400));
    talk.say("client", masked(REGISTER));
    expect(talk.told[0]?.wireBytes).toBe(long.length);
    expect(talk.texts).toEqual([long.slice(0, MESSAGE_BYTES_MAX), REGISTER]);
  });

  test("seen from its middle, and after a gap, it begins at a message", () => {
    const talk = new Talk();
    talk.say("client", masked(INVITE).subarray(20)).say("client", masked(REGISTER));
    talk.say("server", wsFrame(OK));
    expect(talk.texts).toEqual([REGISTER, OK]);
    talk.clientSeq += 500;
    talk.say("client", masked(INVITE));
    talk.nowUs += 60_000;
    talk.segment("server", 0x10, "");
    expect(talk.texts).toEqual([REGISTER, OK, INVITE]);
  });

  test("broken frames lose their direction until the next message", () => {
    const talk = opened().say("client", Buffer.from([0xf1, 0x80, 1, 2, 3, 4, 5, 6, 7, 8]));
    talk.say("client", masked(REGISTER));
    expect(talk.texts).toEqual([REGISTER]);
  });

  test("a WebSocket of something else, and a refused one, are left alone", () => {
    const other = UPGRADE.replace("Protocol: sip", "Protocol: mqtt");
    const talk = new Talk().handshake().say("client", other);
    expect([talk.streams.size, talk.streams.heldBytes]).toEqual([0, 0]);
    const refused = new Talk().handshake().say("client", UPGRADE);
    refused.say("server", "HTTP/1.1 403 Forbidden\r\n\r\n").say("server", wsFrame(OK));
    expect(refused.texts).toEqual([]);
  });
});
