import { describe, expect, test } from "vitest";
import { HEADERS_KEPT_MAX, HEADERS_MAX } from "../../../../src/decode/sip/anomaly.ts";
import { HeaderId } from "../../../../src/decode/sip/headers.ts";
import { SipMessageView } from "../../../../src/decode/sip/message.ts";
import { SipMethod } from "../../../../src/decode/sip/methods.ts";
import { contentOf } from "../../../support/message-content.ts";
import { anomaliesOf, decoded, decodeText, INVITE, messageOf, RINGING } from "./sip-text.ts";

/** Every public field and every private reach of a view, relative to the message. */
function stateOf(view: SipMessageView): object {
  const spans = [view.startLine, view.methodSpan, view.uri, view.version, view.statusCodeSpan];
  const headerIds = [...view.headerIds.subarray(0, view.headerCount)];
  return {
    json: contentOf(view),
    spans: [...spans, view.reason].map(({ start, end }) => [start, end]),
    isRequest: view.isRequest,
    method: view.method,
    statusCode: view.statusCode,
    cseq: [view.cseq, view.cseqMethod],
    parts: [view.start, view.end, view.headersStart, view.headersEnd, view.bodyStart, view.bodyEnd],
    headerIds,
    firsts: Object.values(HeaderId).map((id) => view.indexOf(id)),
  };
}

const MALFORMED =
  "REGISTER  sip:x SIP/3.0\nCSeq: x\n: no name\nVia: a\nVia: b\nContent-Length: 99\n\nabc";

describe("start line", () => {
  test("of a request: method, Request-URI and version (RFC 3261 7.1)", () => {
    const view = decoded(INVITE);
    expect(view.isRequest).toBe(true);
    expect(view.method).toBe(SipMethod.INVITE);
    expect(view.text(view.uri)).toBe("sip:201@10.0.0.1:5070;user=phone");
    expect(view.text(view.version)).toBe("SIP/2.0");
    expect(view.anomalies).toBe(0);
  });

  test("of a response: status code and reason phrase (RFC 3261 7.2)", () => {
    const view = decoded(RINGING);
    expect(view.isRequest).toBe(false);
    expect(view.statusCode).toBe(180);
    expect(view.text(view.reason)).toBe("Ringing now");
    expect(view.cseqMethod).toBe(SipMethod.INVITE);
  });

  test("an empty reason phrase is legal (RFC 4475 3.1.1.13)", () => {
    expect(anomaliesOf(RINGING.replace("180 Ringing now", "180 "))).toEqual([]);
  });

  test("CRLF before it is skipped (RFC 3261 7.5)", () => {
    const view = decoded(`\r\n\r\n${INVITE}`);
    expect(view.method).toBe(SipMethod.INVITE);
    expect(view.text(view.startLine)).toBe("INVITE sip:201@10.0.0.1:5070;user=phone SIP/2.0");
  });

  test("methods are case-sensitive, and any token is one (RFC 3261 7.1)", () => {
    expect(decoded(INVITE.replaceAll("INVITE", "Invite")).method).toBe(SipMethod.OTHER);
    expect(anomaliesOf(INVITE.replaceAll("INVITE", "X-y.z!%*_+`'~"))).toEqual([]);
  });

  test.each([
    ["no SIP version", INVITE.replace(" SIP/2.0", ""), ["bad_start_line"]],
    ["a method that is no token", INVITE.replaceAll("INVITE", "IN@VITE"), ["bad_start_line"]],
    ["a blank after the version", INVITE.replace("SIP/2.0", "SIP/2.0 "), ["bad_start_line"]],
    ["another version", INVITE.replace("SIP/2.0", "SIP/7.0"), ["bad_version"]],
    ["a blank in the Request-URI", INVITE.replace(";user", "; user"), ["bad_uri"]],
    ["angle brackets", INVITE.replace("sip:201@10.0.0.1:5070", "<sip:201@h>"), ["bad_uri"]],
    ["headers in the Request-URI", INVITE.replace(";user=phone", "?a=b"), ["bad_uri"]],
    ["a status code below 100", RINGING.replace("180", "099"), ["bad_status_code"]],
    ["a status code of 700", RINGING.replace("180", "700"), ["bad_status_code"]],
    ["a status code of ten digits", RINGING.replace("180", "4294967476"), ["bad_status_code"]],
  ])("%s is a fact, and the message is decoded all the same", (_, text, anomalies) => {
    expect(anomaliesOf(text)).toEqual(anomalies);
    expect(decoded(text).headerText(HeaderId.CALL_ID)).toBe("c1@10.0.0.9");
  });

  test("a question mark in the user part is legal (RFC 4475 3.1.1.2)", () => {
    expect(anomaliesOf(INVITE.replace("sip:201@", "sip:2?01@"))).toEqual([]);
  });

  test.each([
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "HTTP/1.1 200 OK\r\n\r\n",
    "NOTIFY * HTTP/1.1\r\nHost: 239.255.255.250\r\n\r\n",
    "SIP/2.0",
    "hello hello hello",
    "",
  ])("%j is not SIP", (text) => {
    expect(decodeText(text)).toBeNull();
  });
});

describe("headers", () => {
  test("names are case-insensitive and compact forms are the same header (RFC 3261 7.3.3)", () => {
    const view = decoded(RINGING.replace("f:", "FROM :"));
    expect(view.headerText(HeaderId.FROM)).toBe("<sip:100@example.org>;tag=t1");
    expect(view.headerText(HeaderId.CALL_ID)).toBe("c1@10.0.0.9");
    expect(view.anomalies).toBe(0);
  });

  test("a folded value reaches to the end of its last line (RFC 3261 7.3.1)", () => {
    const view = decoded(messageOf(["Subject: one", "\ttwo ", "   three  ", "To: x"]));
    expect(view.headerText(HeaderId.SUBJECT)).toBe("one\r\n\ttwo \r\n   three");
    expect(view.headerText(HeaderId.TO)).toBe("x");
  });

  test("a value that begins on the next line begins there", () => {
    expect(decoded(messageOf(["To:", "  x"])).headerText(HeaderId.TO)).toBe("x");
  });

  test("indexOf walks through all headers of a name, in order", () => {
    const view = decoded(messageOf(["Via: a", "To: x", "v: b", "VIA: c"]));
    const found: number[] = [];
    for (let i = view.indexOf(HeaderId.VIA); i >= 0; i = view.indexOf(HeaderId.VIA, i + 1)) {
      found.push(i);
    }
    expect(found).toEqual([0, 2, 3]);
    expect(view.indexOf(HeaderId.FROM)).toBe(-1);
    expect(view.indexOf(HeaderId.TO, 2)).toBe(-1);
  });

  test.each([
    ["line ends of LF alone", INVITE.replaceAll("\r\n", "\n"), ["bare_lf"]],
    ["CR CR LF", INVITE.replace("c1@10.0.0.9\r\n", "c1@10.0.0.9\r\r\n"), ["bare_lf"]],
    ["a line without a colon", INVITE.replace("Max-F", "nonsense\r\nMax-F"), ["bad_header_line"]],
    ["a line without a name", INVITE.replace("Max-F", ": x\r\nMax-F"), ["bad_header_line"]],
    ["a second From", INVITE.replace("Max-F", "f: <sip:b>\r\nMax-F"), ["duplicate_header"]],
    ["no Via", INVITE.replace(/Via:.*\r\n/, ""), ["missing_header"]],
    ["no CSeq", INVITE.replace(/CSeq:.*\r\n/, ""), ["missing_header"]],
    ["CSeq without method", INVITE.replace("7 INVITE", "7"), ["bad_cseq"]],
    ["CSeq of 2^31", INVITE.replace("7 INVITE", "2147483648 INVITE"), ["bad_cseq"]],
    ["CSeq of another method", INVITE.replace("7 INVITE", "7 BYE"), ["cseq_method_mismatch"]],
    ["a negative length", INVITE.replace("Length: 4", "Length: -4"), ["bad_content_length"]],
    [
      "a body that is too short",
      INVITE.replace("Length: 4", "Length: 5"),
      ["content_length_mismatch"],
    ],
    ["a body that is longer", INVITE.replace("Length: 4", "Length: 3"), ["trailing_bytes"]],
    ["a line of 4097 bytes", INVITE.replace("70\r", `${"7".repeat(4083)}\r`), ["header_too_long"]],
    ["no empty line", RINGING.slice(0, -2), ["incomplete_headers"]],
    ["a NUL in a header", INVITE.replace("c1@", "c\0@"), ["nul_byte"]],
  ])("%s", (_, text, anomalies) => {
    expect(anomaliesOf(text)).toEqual(anomalies);
  });

  test("a NUL that is a quoted pair is legal (RFC 4475 3.1.1.2)", () => {
    expect(anomaliesOf(INVITE.replace("Anna", "An\\\0na"))).toEqual([]);
  });

  test("stray CRs do not change a value", () => {
    const text = INVITE.replace("c1@10.0.0.9\r\n", "c1@10.0.0.9\r\r\r\n");
    expect(decoded(text).headerText(HeaderId.CALL_ID)).toBe("c1@10.0.0.9");
  });

  test("beyond the limit what nobody needs is not looked at", () => {
    const many = Array.from({ length: HEADERS_MAX + 5 }, (_, i) => `X-${i}: v`);
    expect(decoded(messageOf(many)).headerCount).toBe(HEADERS_MAX);
    expect(anomaliesOf(messageOf(many))).toContain("too_many_headers");
  });

  test("headers that pad a message hide neither its identity nor credentials", () => {
    const padding = Array.from({ length: 10 * HEADERS_MAX }, (_, i) => `X-${i}: v`);
    const needed = [
      "From: <sip:a@b>",
      "Call-ID: 1",
      "CSeq: 3 OPTIONS",
      "Authorization: Digest a=b",
    ];
    const view = decoded(
      messageOf([...padding, ...needed, needed[3] as string, "From: <sip:c@d>"]),
    );
    for (const [header, value] of [
      [HeaderId.FROM, "<sip:a@b>"],
      [HeaderId.CALL_ID, "1"],
      [HeaderId.AUTHORIZATION, "Digest a=b"],
    ] as const) {
      expect(view.headerText(header)).toBe(value);
    }
    expect(view.cseq).toBe(3);
    expect(view.headerCount).toBe(HEADERS_MAX + 5);
    const many = Array<string>(3 * HEADERS_MAX).fill("Authorization: Digest a=b");
    expect(decoded(messageOf(many)).headerCount).toBe(HEADERS_KEPT_MAX);
  });

  test("a packet that the capture cut misses nothing by its own fault", () => {
    expect(anomaliesOf(INVITE.slice(0, -2), true)).toEqual([]);
    expect(anomaliesOf(INVITE.slice(0, 100), true)).toEqual([]);
    expect(anomaliesOf(INVITE.slice(0, 100))).toContain("incomplete_headers");
  });
});

describe("reset contract", () => {
  const texts = [INVITE, RINGING, MALFORMED, messageOf(["Subject: a"]), `\r\n${INVITE}`];
  test.each(texts.flatMap((a, i) => texts.map((b, j) => [i, j, a, b] as const)))(
    "decoding message %i then %i leaves nothing of the first",
    (_i, _j, first, second) => {
      const reused = new SipMessageView();
      decodeText(first, reused);
      decodeText(second, reused);
      const fresh = new SipMessageView();
      decodeText(second, fresh);
      expect(stateOf(reused)).toEqual(stateOf(fresh));
    },
  );
});

test.each([INVITE, RINGING, MALFORMED])(
  "cut at every length, nothing throws and spans stay inside",
  (text) => {
    const view = new SipMessageView();
    for (let length = 0; length <= text.length; length++) {
      const bytes = Buffer.from(text.slice(0, length), "latin1");
      for (const wasCut of [false, true]) {
        if (!view.decode(bytes, 0, length, wasCut)) continue;
        expect(view.bodyEnd).toBeLessThanOrEqual(length);
        expect(view.bodyStart).toBeLessThanOrEqual(view.bodyEnd);
        for (let i = 0; i < 2 * view.headerCount; i++) {
          expect(view.valueSpans[i]).toBeLessThanOrEqual(length);
        }
      }
    }
  },
);
