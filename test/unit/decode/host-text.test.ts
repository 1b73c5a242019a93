import { isIP } from "node:net";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { expect, test } from "vitest";
import { hostKeyV4, hostKeyV6, NO_HOST } from "../../../src/decode/host.ts";
import { hostKeyOfBytes, hostKeyOfText } from "../../../src/decode/host-text.ts";

/** What node and ipaddr.js say of the text. */
function expected(text: string): number {
  const family = isIP(text);
  if (family === 0 || text.includes("%")) return NO_HOST;
  const bytes = Uint8Array.from(ipaddr.parse(text).toByteArray());
  return family === 4 ? hostKeyV4(new DataView(bytes.buffer), 0) : hostKeyV6(bytes, 0);
}

test.each([
  "0.0.0.0",
  "255.255.255.255",
  "10.0.0.1",
  "::",
  "::1",
  "1::",
  "2001:DB8::1",
  "1:2:3:4:5:6:7:8",
  "1:2:3:4:5:6:7::",
  "::2:3:4:5:6:7:8",
  "::ffff:10.0.0.1",
  "1:2:3:4:5:6:10.0.0.1",
  "1:2:3:4:5::10.0.0.1",
])("%j is an address", (text) => {
  expect(hostKeyOfText(text)).toBe(expected(text));
  expect(hostKeyOfText(text)).toBeGreaterThanOrEqual(0);
});

test("IPv6 may stand in brackets (RFC 3261 25.1)", () => {
  expect(hostKeyOfText("[::1]")).toBe(hostKeyOfText("::1"));
  expect(hostKeyOfText("[::1")).toBe(NO_HOST);
});

test.each([
  "",
  "1.2.3",
  "1.2.3.4.",
  "1.2.3.4.5",
  "1.2.3.256",
  "01.2.3.4",
  "1.2.3.4x",
  "example.org",
  ":",
  ":::",
  "1:",
  ":1",
  "1::2::3",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7:8::",
  "1:2:3:4:5:6:7",
  "12345::",
  "fe80::1%eth0",
  "1:2:3:4:5:6:7:10.0.0.1",
  "::10.0.0.256",
  "[]",
  "[",
])("%j is none", (text) => {
  expect(hostKeyOfText(text)).toBe(NO_HOST);
});

test("nothing beyond the end is read", () => {
  const bytes = Buffer.from("10.0.0.12:34", "latin1");
  expect(hostKeyOfBytes(bytes, 0, 8)).toBe(hostKeyOfText("10.0.0.1"));
  expect(hostKeyOfBytes(bytes, 0, 7)).toBe(NO_HOST);
});

test("agrees with node and ipaddr.js on anything that looks like an address", () => {
  const parts = fc.constantFrom(
    "1",
    "ab",
    "ffff",
    "0",
    ":",
    "::",
    ".",
    "255",
    "10.0.0.1",
    "g",
    "00",
  );
  const texts = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.array(parts, { maxLength: 16 }).map((a) => a.join("")),
  );
  fc.assert(
    fc.property(texts, (text) => {
      // ipaddr.js makes another address of "::1.2.3.4" (RFC 4291 2.5.5.1).
      fc.pre(!/^::\d+\./.test(text));
      expect(hostKeyOfText(text)).toBe(expected(text));
    }),
    { numRuns: 3000 },
  );
});
