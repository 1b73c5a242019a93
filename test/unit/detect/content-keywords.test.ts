import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadText, PHONE, Rig, request, response, SERVER } from "./rig.ts";

function rule(options: string, protocol = "sip"): string {
  return `alert ${protocol} any any -> any any (msg:"r"; ${options} sid:1;)`;
}

function matches(options: string, payload: string, protocol?: string): boolean {
  return new Rig(rule(options, protocol)).send({ payload }).length > 0;
}

function errorOf(options: string, protocol?: string): string {
  const { messages } = loadText(rule(options, protocol));
  return messages.find(({ level }) => level === "error")?.text ?? "";
}

const REGISTER = request("REGISTER", {
  headers: ["User-Agent: Friendly  Scanner"],
  body: "v=0\r\n",
});
const OK = response(200, "OK");

describe("frame", () => {
  it.each([
    ['frame:sip.request.line; content:"REGISTER"; startswith; content:"SIP/2.0|0d 0a|"; endswith;'],
    ['frame:request.headers; content:"Via:"; startswith; content:"5|0d 0a|"; endswith;'],
    ['frame:request.body; content:"v=0|0d 0a|"; bsize:5;'],
    ['frame:pdu; content:"REGISTER"; startswith; content:"v=0|0d 0a|"; endswith;'],
  ])("%s", (options) => {
    expect(matches(options, REGISTER)).toBe(true);
    expect(matches(options, OK)).toBe(false);
  });

  it.each([
    ['frame:response.line; content:"SIP/2.0 200 OK|0d 0a|"; startswith; bsize:16;'],
    ['frame:response.headers; content:"Via:"; startswith; content:"0|0d 0a|"; endswith;'],
  ])("%s", (options) => {
    const send = (payload: string) =>
      new Rig(rule(options)).send({ payload, src: SERVER, dst: PHONE }).length;
    expect(send(OK)).toBe(1);
    expect(send(REGISTER)).toBe(0);
  });

  it("tells type and length in the alert", () => {
    const rig = new Rig(rule('frame:request.body; content:"v=0";'));
    rig.send({ payload: REGISTER });
    expect(rig.alerts[0]?.frame).toEqual({ type: "request.body", length: 5 });
  });

  it.each([
    ['frame:request.lines; content:"x";', "sip", "Did you mean"],
    ['frame:request.line; content:"x";', "udp", "needs its protocol"],
    ["frame:request.line;", "sip", "needs a match after it"],
  ])("%s in a rule on %s is refused", (options, protocol, text) => {
    expect(errorOf(options, protocol)).toContain(text);
  });
});

describe("transforms", () => {
  const hex = (algorithm: string, text: string) =>
    (createHash(algorithm).update(text).digest("hex").match(/../g) ?? []).join(" ");

  it.each([
    ['sip.user_agent; to_lowercase; content:"friendly"; startswith;', true],
    ['sip.user_agent; to_lowercase; content:"Friendly";', false],
    ['sip.user_agent; to_uppercase; content:"FRIENDLY  SCANNER";', true],
    ['sip.user_agent; strip_whitespace; content:"FriendlyScanner"; bsize:15;', true],
    ['sip.user_agent; compress_whitespace; content:"Friendly Scanner"; bsize:16;', true],
    ['sip.user_agent; dotprefix; content:".Friendly"; startswith;', true],
    ['sip.user_agent; strip_whitespace; to_lowercase; content:"friendlyscanner"; bsize:15;', true],
    [`sip.user_agent; to_md5; content:"|${hex("md5", "Friendly  Scanner")}|"; bsize:16;`, true],
    [`sip.user_agent; to_sha1; content:"|${hex("sha1", "Friendly  Scanner")}|"; bsize:20;`, true],
    [
      `sip.user_agent; to_sha256; content:"|${hex("sha256", "Friendly  Scanner")}|"; bsize:32;`,
      true,
    ],
    ['sip.user_agent; xor:20; content:"fRIENDLY"; startswith;', true],
    [
      'sip.method; content:"REGISTER"; sip.method; to_lowercase; content:"register"; bsize:8;',
      true,
    ],
    [
      'sip.method; to_lowercase; content:"register"; sip.method; content:"REGISTER"; bsize:8;',
      true,
    ],
    [
      'sip.method; to_lowercase; content:"register"; sip.method; content:"register"; bsize:8;',
      false,
    ],
  ])("%s", (options, expected) => {
    expect(matches(options, REGISTER)).toBe(expected);
  });

  it("url_decode leaves alone what is no escape", () => {
    const uri = (text: string) => request("OPTIONS", { uri: text });
    const decoded = 'sip.uri; url_decode; content:"sip:a b%zz%@x"; bsize:13;';
    expect(matches(decoded, uri("sip:%61+b%zz%@x"))).toBe(true);
  });

  it("finds with many rules on the same ports what it finds alone", () => {
    const rules = Array.from(
      { length: 20 },
      (_, i) =>
        `alert sip any any -> any any (msg:"r"; sip.user_agent; strip_whitespace; content:"FriendlyScanner${i === 7 ? "" : i}"; sid:${i + 1};)`,
    ).join("\n");
    expect(new Rig(rules).send({ payload: REGISTER })).toEqual([8]);
  });

  it.each([
    ['sip.method; content:"A"; to_lowercase; content:"a";', "right after its sticky buffer"],
    ['to_lowercase; content:"a";', "right after its sticky buffer"],
    ['sip.method; xor:zz; content:"a";', "no list of hex bytes"],
  ])("%s is refused", (options, text) => {
    expect(errorOf(options)).toContain(text);
  });
});

describe("byte_extract and byte_math", () => {
  const udp = (options: string, payload: string) => matches(options, payload, "udp");

  it("byte_extract gives later options their numbers", () => {
    const body = 'byte_extract:1,0,length; content:"end"; offset:length; depth:3;';
    expect(udp(body, "\x05abcdend")).toBe(true);
    expect(udp(body, "\x04abcdend")).toBe(false);
    expect(
      udp(
        'content:"ab"; byte_extract:1,0,n,relative; content:"z"; distance:n; within:1;',
        "ab\x02..z",
      ),
    ).toBe(true);
    expect(
      udp(
        'content:"ab"; byte_extract:1,0,n,relative; content:"z"; distance:n; within:1;',
        "ab\x03..z",
      ),
    ).toBe(false);
    expect(udp("byte_extract:2,0,n,string,dec; isdataat:!n;", "10abcdefgh")).toBe(true);
    expect(udp("byte_extract:2,0,n,string,dec; isdataat:!n;", "09abcdefgh")).toBe(false);
    expect(udp("byte_extract:1,0,a; byte_test:1,=,a,1;", "\x07\x07")).toBe(true);
    expect(udp("byte_extract:1,0,a; byte_test:1,=,a,1;", "\x07\x08")).toBe(false);
    expect(udp("byte_extract:1,0,a,multiplier 2,align 4; byte_test:1,=,a,1;", "\x03\x08")).toBe(
      true,
    );
    expect(udp("byte_extract:1,0,a; byte_jump:1,a; isdataat:!1,relative;", "\x02.\x01.")).toBe(
      true,
    );
  });

  it("byte_math calculates", () => {
    const math = (oper: string, rvalue: string, result: number) =>
      udp(
        `byte_math:bytes 1, offset 0, oper ${oper}, rvalue ${rvalue}, result r; byte_test:1,=,r,1;`,
        `\x06${String.fromCharCode(result)}`,
      );
    expect(math("+", "2", 8)).toBe(true);
    expect(math("-", "2", 4)).toBe(true);
    expect(math("*", "2", 12)).toBe(true);
    expect(math("/", "2", 3)).toBe(true);
    expect(math("<<", "2", 24)).toBe(true);
    expect(math(">>", "1", 3)).toBe(true);
    expect(math("+", "2", 9)).toBe(false);
    const both =
      "byte_extract:1,1,d; byte_math:bytes 1, offset 0, oper /, rvalue d, result r; byte_test:1,=,r,2;";
    expect(udp(both, "\x06\x02\x03")).toBe(true);
    expect(udp(both, "\x06\x00\x03")).toBe(false);
  });

  it("tries another place when a number there leads nowhere", () => {
    const options = 'content:"#"; byte_extract:1,0,n,relative; content:"!"; distance:n; within:1;';
    expect(udp(options, "#\x01..#\x01.!")).toBe(true);
    expect(udp(options, "#\x01..#\x02.!")).toBe(false);
  });

  it("never throws, whatever the packet", () => {
    const rig = new Rig(
      rule(
        'byte_extract:8,0,a; byte_math:bytes 8, offset a, oper *, rvalue a, result b; content:"x"; offset:b; byte_jump:4,a,multiplier 65535; isdataat:b,relative;',
        "udp",
      ),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (payload) => {
        expect(() => rig.send({ payload })).not.toThrow();
      }),
    );
  });

  it.each([
    ["byte_test:1,=,other,0;", "no byte_extract or byte_math before it has that name"],
    ['content:"a"; offset:later; byte_extract:1,0,later;', "no byte_extract"],
    ["byte_extract:1,0;", "byte_extract takes"],
    ["byte_extract:1,0,a,align 3;", "align is 2 or 4"],
    ["byte_math:bytes 1, offset 0, oper %, rvalue 1, result r;", "oper is one of"],
    ["byte_math:bytes 1, offset 0, oper /, rvalue 0, result r;", "cannot divide by 0"],
    ["byte_math:bytes 1, offset 0, oper +, result r;", "needs rvalue"],
  ])("%s is refused", (options, text) => {
    expect(errorOf(options, "udp")).toContain(text);
  });
});
