import { expect, test } from "vitest";
import {
  HEADER_ID_COUNT,
  HEADER_IS_SINGLE,
  HEADER_NAMES,
  HeaderId,
  headerIdOf,
} from "../../../../src/decode/sip/headers.ts";
import { methodOf, SIP_METHOD_NAMES } from "../../../../src/decode/sip/methods.ts";

function idOf(name: string): number {
  const bytes = Buffer.from(`${name}:`);
  return headerIdOf(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, name.length);
}

test.each(HEADER_NAMES.slice(1).map((name, i) => [name, i + 1] as const))(
  "%s is found in any case",
  (name, id) => {
    expect([idOf(name), idOf(name.toLowerCase()), idOf(name.toUpperCase())]).toEqual([id, id, id]);
  },
);

// RFC 3261 7.3.3 and the IANA registry of compact forms.
test.each(
  Object.entries({
    a: "ACCEPT_CONTACT",
    b: "REFERRED_BY",
    c: "CONTENT_TYPE",
    d: "REQUEST_DISPOSITION",
    e: "CONTENT_ENCODING",
    f: "FROM",
    i: "CALL_ID",
    j: "REJECT_CONTACT",
    k: "SUPPORTED",
    l: "CONTENT_LENGTH",
    m: "CONTACT",
    n: "IDENTITY_INFO",
    o: "EVENT",
    r: "REFER_TO",
    s: "SUBJECT",
    t: "TO",
    u: "ALLOW_EVENTS",
    v: "VIA",
    x: "SESSION_EXPIRES",
    y: "IDENTITY",
  } as const),
)("compact form %s is %s", (compact, name) => {
  expect([idOf(compact), idOf(compact.toUpperCase())]).toEqual([HeaderId[name], HeaderId[name]]);
});

test.each([
  "",
  "Vi",
  "Viaa",
  "X-Via",
  "Fr0m",
  "call_id",
  "g",
  "z",
  "To ",
  "call\rid",
  "Call\x0dID",
  "\x14o",
  "Via\0",
  "content-lengt",
  "Max_Forwards",
])("%j is no known header", (name) => {
  expect(idOf(name)).toBe(HeaderId.OTHER);
});

test("each header has its own number; From may come once, Via often (RFC 3261 table 2)", () => {
  expect(HEADER_NAMES).toHaveLength(HEADER_ID_COUNT);
  expect(HEADER_IS_SINGLE[HeaderId.FROM]).toBe(1);
  expect(HEADER_IS_SINGLE[HeaderId.VIA]).toBe(0);
  expect(HEADER_IS_SINGLE[HeaderId.OTHER]).toBe(0);
});

test.each(SIP_METHOD_NAMES.slice(1).map((name, i) => [name, i + 1] as const))(
  "method %s, and only in this case (RFC 3261 7.1)",
  (name, id) => {
    const bytes = Buffer.from(name + name.toLowerCase());
    expect(methodOf(bytes, 0, name.length)).toBe(id);
    expect(methodOf(bytes, name.length, bytes.length)).toBe(0);
    expect(methodOf(bytes, 0, name.length + 1)).toBe(0);
    expect(methodOf(bytes, 0, name.length - 1)).toBe(0);
  },
);
