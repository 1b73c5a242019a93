import { describe, expect, it } from "vitest";
import { SipAnomaly } from "../../../../src/decode/sip/anomaly.ts";
import { HeaderId } from "../../../../src/decode/sip/headers.ts";
import { SipMessageView } from "../../../../src/decode/sip/message.ts";
import { hostileMessages } from "../../../support/hostile-messages.ts";

const LONG_BYTES = 60_000;
/** What readers of values may go through of one message, be it one value or many. */
const READ_BYTES_MAX = 64 * 1024;
const COSTLY_BYTES_MAX = 20 * 1024;
const COSTLY: readonly number[] = [
  HeaderId.FROM,
  HeaderId.TO,
  HeaderId.CONTACT,
  HeaderId.VIA,
  HeaderId.RECORD_ROUTE,
  HeaderId.AUTHORIZATION,
  HeaderId.PROXY_AUTHORIZATION,
];

function decoded(headers: readonly string[], uri = "sip:201@10.0.0.1"): SipMessageView {
  const view = new SipMessageView();
  const text = [`INVITE ${uri} SIP/2.0`, ...headers, "", ""].join("\r\n");
  expect(view.decode(Buffer.from(text, "latin1"), 0, text.length, false)).toBe(true);
  return view;
}

function isCut({ anomalies }: SipMessageView): boolean {
  return (anomalies & SipAnomaly.VALUES_TOO_LONG) !== 0;
}

/** Bytes of all values of these kinds, and of the Request-URI. */
function bytesOf(view: SipMessageView, isOf: (kind: number) => boolean): number {
  let bytes = view.uri.end - view.uri.start;
  for (let i = 0; i < view.headerCount; i++) {
    if (!isOf(view.headerIds[i] as number)) continue;
    bytes += (view.valueSpans[2 * i + 1] as number) - (view.valueSpans[2 * i] as number);
  }
  return bytes;
}

const BASIC = [
  "Via: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bK1",
  "From: <sip:100@example.org>;tag=t1",
  "To: <sip:201@example.org>",
  "Call-ID: c1@10.0.0.9",
  "CSeq: 7 INVITE",
];

describe("values of a long head", () => {
  it("are whole in a head of 8 KiB, however it is made up", () => {
    const view = decoded([...BASIC, `Subject: ${"x".repeat(7_800)}`]);
    expect(isCut(view)).toBe(false);
    expect(view.headerText(HeaderId.SUBJECT).length).toBe(7_800);
  });

  it("are whole in longer heads while no kind is long", () => {
    const routes = Array.from({ length: 30 }, (_, i) => `Record-Route: <sip:${i}.example.org;lr>`);
    const extensions = Array.from({ length: 20 }, (_, i) => `X-${i}: ${"a".repeat(300)}`);
    const view = decoded([...extensions, ...routes, `Identity: ${"e".repeat(2_000)}`, ...BASIC]);
    expect(isCut(view)).toBe(false);
  });

  it("end where the budget does, and that is told", () => {
    const view = decoded([`Subject: ${"x".repeat(LONG_BYTES)}`, ...BASIC]);
    expect(isCut(view)).toBe(true);
    expect(view.headerText(HeaderId.SUBJECT)).toBe("x".repeat(9_216));
  });

  it("of one kind take nothing from the first kilobyte of another", () => {
    const padding = Array.from({ length: 100 }, (_, i) => `X-${i}: ${"x".repeat(500)}`);
    const name = "n".repeat(900);
    const from = `"${name}" <sip:100@example.org>;tag=t1`;
    const others = BASIC.filter((line) => !line.startsWith("From"));
    const view = decoded([...padding, ...others, `From: ${from}`]);
    expect(isCut(view)).toBe(true);
    expect(view.headerText(HeaderId.FROM)).toBe(from);
    for (const line of others) {
      const id =
        HeaderId[line.slice(0, line.indexOf(":")).toUpperCase().replace("-", "_") as "VIA"];
      expect(view.headerText(id)).toBe(line.slice(line.indexOf(":") + 2));
    }
  });

  it("include the Request-URI", () => {
    const view = decoded(BASIC, `sip:${"u".repeat(LONG_BYTES)}@10.0.0.1`);
    expect(isCut(view)).toBe(true);
    expect(view.uri.end - view.uri.start).toBe(9_216);
  });

  it("of what costs much are so many bytes, whatever fills which field", () => {
    const view = new SipMessageView();
    for (const { name, bytes } of hostileMessages(LONG_BYTES)) {
      if (!view.decode(bytes, 0, bytes.length, false)) continue;
      const costly = bytesOf(view, (kind) => COSTLY.includes(kind));
      expect([name, costly <= COSTLY_BYTES_MAX]).toEqual([name, true]);
      expect([name, bytesOf(view, () => true) <= READ_BYTES_MAX]).toEqual([name, true]);
    }
  });
});
