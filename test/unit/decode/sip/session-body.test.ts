import { describe, expect, test } from "vitest";
import { SipMessageView } from "../../../../src/decode/sip/message.ts";
import { sessionBodyOf } from "../../../../src/decode/sip/session-body.ts";
import { decodeText, messageOf } from "./sip-text.ts";

const SDP = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nm=audio 4000 RTP/AVP 0";
const OTHER = "v=0\r\no=- 2 2 IN IP4 10.0.0.2\r\ns=-\r\nm=audio 5000 RTP/AVP 0";

/** The session description found, or null. */
function foundIn(headers: readonly string[], body: string): string | null {
  const message = new SipMessageView();
  expect(decodeText(messageOf(headers, body), message)).not.toBeNull();
  const span = { start: -1, end: -1 };
  return sessionBodyOf(message, span) ? message.text(span) : null;
}

function part(type: string, body: string): string {
  return `Content-Type: ${type}\r\n\r\n${body}`;
}

function multipart(boundary: string, parts: readonly string[]): string {
  return `${parts.map((text) => `--${boundary}\r\n${text}\r\n`).join("")}--${boundary}--\r\n`;
}

describe("the session description of a body", () => {
  test.each([
    "Content-Type: application/sdp",
    "c: APPLICATION/Sdp",
    "Content-Type : application/sdp; charset=utf-8",
    "Content-Type: application / sdp ;level=1",
    "Content-Type:\r\n application/sdp",
    "Content-Type: application/\r\n\tsdp",
  ])("RFC 3261 20.15: %j names one", (header) => {
    expect(foundIn([header], SDP)).toBe(SDP);
  });

  test.each([
    "Content-Type: application/sdpx",
    "Content-Type: application/xsdp",
    "Content-Type: text/plain",
    "Content-Type: sdp",
    "Content-Type: multipart/mixed",
    'Content-Type: multipart/mixed;boundary=""',
  ])("%j names none", (header) => {
    expect(foundIn([header], SDP)).toBeNull();
  });

  test("without Content-Type the body must start as SDP", () => {
    expect(foundIn([], SDP)).toBe(SDP);
    expect(foundIn([], `\r\n\r\n${SDP}`)).toBe(SDP);
    expect(foundIn([], "hello")).toBeNull();
    expect(foundIn([], "")).toBeNull();
  });

  test("of two Content-Types either counts", () => {
    const headers = ["Content-Type: text/plain", "Content-Type: application/sdp"];
    expect(foundIn(headers, SDP)).toBe(SDP);
  });

  test("Content-Length ends it (RFC 3261 18.3)", () => {
    const headers = ["Content-Type: application/sdp", `Content-Length: ${SDP.length}`];
    expect(foundIn(headers, `${SDP}\r\nm=audio 1 RTP/AVP 0`)).toBe(SDP);
  });
});

describe("the session description in a multipart body (RFC 5621, RFC 2046 5.1)", () => {
  test.each(["mixed", "related", "alternative", "MIXED", "x-unknown"])("multipart/%s", (kind) => {
    const body = multipart("b1", [
      part("application/pidf+xml", "<presence/>"),
      part("application/sdp", SDP),
      part("application/sdp", OTHER),
    ]);
    expect(foundIn([`Content-Type: multipart/${kind};boundary=b1`], body)).toBe(SDP);
  });

  test.each([
    ['multipart/mixed; type="a;boundary=x"; boundary="b 1"', "b 1"],
    ["multipart/mixed;\r\n  Boundary = b1 ; start=x", "b1"],
    ['multipart/mixed;boundary="b\\1:=()"', "b1:=()"],
    ['Multipart / Mixed;boundary="b1', "b1"],
  ])("boundary of %j", (type, boundary) => {
    const body = multipart(boundary, [part("application/sdp", SDP)]);
    expect(foundIn([`c: ${type}`], body)).toBe(SDP);
  });

  test("preamble, epilogue and lines that only look like the boundary are text", () => {
    const body = `v=0\r\nnot this\r\n--b1x\r\n--b\r\n${multipart("b1", [
      part("text/plain", "--b1 y\r\n --b1\r\n-b1"),
      part("application/sdp", SDP),
    ])}v=0\r\nnor this`;
    expect(foundIn(["Content-Type: multipart/mixed;boundary=b1"], body)).toBe(SDP);
  });

  test("part headers: any case, folded, compact, after others", () => {
    for (const head of [
      "Content-Disposition: session\r\ncontent-type:\r\n Application/SDP;x=y",
      "c: application/sdp\r\nContent-Length: 5",
      "nonsense\r\n: \r\nContent-Type : application/sdp",
    ]) {
      const body = multipart("b1", [`${head}\r\n\r\n${SDP}`]);
      expect(foundIn(["c: multipart/mixed;boundary=b1"], body), head).toBe(SDP);
    }
  });

  test("a part without a type must start as SDP; one that has another type is none", () => {
    const headers = ["c: multipart/mixed;boundary=b1"];
    expect(foundIn(headers, multipart("b1", ["\r\nhello", `\r\n${SDP}`]))).toBe(SDP);
    expect(foundIn(headers, multipart("b1", [part("text/plain", SDP)]))).toBeNull();
  });

  test("nested to four levels, and no deeper", () => {
    const nest = (depth: number): [string, string] => {
      if (depth === 0) return ["application/sdp", SDP];
      const [type, body] = nest(depth - 1);
      const boundary = `level${depth}`;
      const parts = [part("text/plain", "x"), part(type, body)];
      return [`multipart/mixed;boundary=${boundary}`, multipart(boundary, parts)];
    };
    for (const [depth, found] of [
      [1, SDP],
      [2, SDP],
      [4, SDP],
      [5, null],
    ] as const) {
      const [type, body] = nest(depth);
      expect(foundIn([`Content-Type: ${type}`], body), `${depth}`).toBe(found);
    }
  });

  test("the outer boundary ends an inner multipart that was never closed (5.1.2)", () => {
    const inner = `--in\r\n${part("text/plain", "x")}`;
    const body = multipart("out", [
      part("multipart/alternative;boundary=in", inner),
      part("application/sdp", SDP),
    ]);
    expect(foundIn(["c: multipart/mixed;boundary=out"], body)).toBe(SDP);
  });

  test("bare LF, a missing last delimiter, an empty part", () => {
    const headers = ["c: multipart/mixed;boundary=b1"];
    const body = multipart("b1", [part("application/sdp", SDP)]);
    const bare = foundIn(headers, body.replaceAll("\r\n", "\n"));
    expect(bare).toBe(SDP.replaceAll("\r\n", "\n"));
    expect(foundIn(headers, `--b1\r\n${part("application/sdp", SDP)}`)).toBe(SDP);
    const empty = `--b1\r\n--b1\r\nContent-Type: application/sdp\r\n${body}`;
    expect(foundIn(headers, empty)).toBe(SDP);
  });

  test("at most 256 parts are looked at", () => {
    const headers = ["c: multipart/mixed;boundary=b1"];
    const body = (before: number) =>
      multipart("b1", [...Array(before).fill("\r\nx"), part("application/sdp", SDP)]);
    expect(foundIn(headers, body(255))).toBe(SDP);
    expect(foundIn(headers, body(256))).toBeNull();
  });
});
