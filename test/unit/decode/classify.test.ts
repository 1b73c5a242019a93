import { expect, test } from "vitest";
import { classifyPayload, PayloadKind } from "../../../src/decode/classify.ts";

const NAMES = Object.entries(PayloadKind);

function kindOf(payload: string): string {
  const bytes = Buffer.from(`\x80${payload}\x80`, "latin1");
  const kind = classifyPayload(bytes, 1, bytes.length - 1);
  return NAMES.find(([, value]) => value === kind)?.[0] ?? "";
}

const COOKIE = "\x21\x12\xa4\x42";

test.each([
  ["INVITE sip:a SIP/2.0", "TEXT"],
  ["SIP/2.0 200 OK", "TEXT"],
  ["\r\n\r\nINVITE sip:a SIP/2.0", "TEXT"],
  ["!odd sip:a SIP/2.0", "TEXT"],
  [`\x80\x00${"\0".repeat(10)}`, "RTP"],
  [`\xbf\xff${"\0".repeat(10)}`, "RTP"],
  [`\x80\xbf${"\0".repeat(10)}`, "RTP"],
  [`\x80\x00${"\0".repeat(9)}`, "OTHER"],
  [`\x80\xc0${"\0".repeat(6)}`, "RTCP"],
  [`\x80\xc8${"\0".repeat(6)}`, "RTCP"],
  [`\x80\xdf${"\0".repeat(6)}`, "RTCP"],
  [`\x80\xe0${"\0".repeat(10)}`, "RTP"],
  [`\x80\xc8${"\0".repeat(5)}`, "OTHER"],
  [`\x00\x01\0\0${COOKIE}${"\0".repeat(12)}`, "STUN"],
  [`\x00\x01\0\x01${COOKIE}${"\0".repeat(12)}`, "OTHER"],
  [`\x00\x01\0\0${COOKIE}${"\0".repeat(11)}`, "OTHER"],
  [`\x00\x01\0\0${"\0".repeat(16)}`, "OTHER"],
  [`\x16\xfe\xfd${"\0".repeat(10)}`, "DTLS"],
  [`\x16\xfe\xfd${"\0".repeat(9)}`, "OTHER"],
  [`\x16\x03\x01${"\0".repeat(10)}`, "OTHER"],
  ["", "KEEPALIVE"],
  ["\r\n\r\n", "KEEPALIVE"],
  ["\0\0\0\0", "KEEPALIVE"],
  ["\0".repeat(9), "OTHER"],
  ["\x40\x00\x00\x10", "OTHER"],
])("%j is %s (RFC 7983)", (payload, kind) => {
  expect(kindOf(payload)).toBe(kind);
});

test("every first byte and every length up to 24 is classified without a throw", () => {
  for (let first = 0; first < 256; first++) {
    for (let length = 0; length < 24; length++) {
      expect(kindOf(String.fromCharCode(first) + "\0".repeat(length))).not.toBe("");
    }
  }
});
