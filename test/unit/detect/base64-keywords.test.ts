import { describe, expect, it } from "vitest";
import { decodeBase64, decodedBytesMax } from "../../../src/detect/payload/base64-decode.ts";
import { loadText, Rig, request } from "./rig.ts";

/** A rule of which only the options count. */
function rule(options: string, protocol = "udp"): string {
  return `alert ${protocol} any any -> any any (msg:"r"; ${options} sid:1;)`;
}

function isFound(options: string, payload: string, protocol = "udp"): boolean {
  return new Rig(rule(options, protocol)).send({ payload }).length === 1;
}

const encoded = (text: string) => Buffer.from(text).toString("base64");

function decoded(text: string): string {
  const bytes = Buffer.from(text, "latin1");
  const out = Buffer.alloc(decodedBytesMax(bytes.length));
  return out.toString("latin1", 0, decodeBase64(bytes, 0, bytes.length, out));
}

describe("base64 (RFC 4648)", () => {
  it.each([
    ["", ""],
    ["Zg==", "f"],
    ["Zm8=", "fo"],
    ["Zm9vYmFy", "foobar"],
    ["Zm9vYg", "foob"],
    ["Zm9vYmE", "fooba"],
    ["Zm9v YmFy", "foo"],
    ["Zm9v-_", "foo"],
    ["Zg==Zm8=", "ffo"],
    ["====", ""],
    ["Z", "d"],
    ["+/+/", "\xfb\xff\xbf"],
  ])("%j is %j", (text, said) => {
    expect(decoded(text)).toBe(said);
  });

  it("is what Node reads, of any bytes", () => {
    for (let length = 0; length < 70; length++) {
      const bytes = Buffer.from(Array.from({ length }, (_, i) => (i * 89 + length * 7) & 0xff));
      expect(decoded(bytes.toString("base64"))).toBe(bytes.toString("latin1"));
    }
  });
});

describe("base64_decode and base64_data", () => {
  const HELLO = encoded("Hello World");
  const DATA = 'base64_data; content:"World";';

  it.each([
    [`base64_decode; ${DATA}`, HELLO, encoded("Hello there")],
    [`base64_decode:offset 3; ${DATA}`, `aaa${HELLO}`, `aaaa${HELLO}`],
    [`base64_decode:bytes 16; ${DATA}`, HELLO, `,${HELLO}`],
    [`content:"key="; base64_decode:relative; ${DATA}`, `key=${HELLO}`, `kay=${HELLO}`],
    [`content:"k"; base64_decode:bytes 16, offset 1, relative; ${DATA}`, `k:${HELLO}`, `k${HELLO}`],
    ["base64_decode; base64_data; bsize:11;", HELLO, encoded("Hello Worlds")],
    ['base64_decode; base64_data; pcre:"/^Hello\\x20W/";', HELLO, encoded("hello World")],
    [
      'base64_decode; base64_data; content:"He"; content:"rl"; distance:6; within:2; endswith;',
      encoded("Hello Worl"),
      HELLO,
    ],
  ])("%s", (options, matching, other) => {
    expect(isFound(options, matching)).toBe(true);
    expect(isFound(options, other)).toBe(false);
  });

  it("reads no digit behind `bytes`", () => {
    expect(isFound(`base64_decode:bytes 12; ${DATA}`, HELLO)).toBe(false);
    expect(isFound('base64_decode:bytes 12; base64_data; content:"Hello Wor";', HELLO)).toBe(true);
  });

  it("is nothing where there is no base64, so a negation matches nothing either", () => {
    const options = 'base64_decode:offset 4; base64_data; content:!"World";';
    expect(isFound(options, "    ,,,,")).toBe(false);
    expect(isFound(options, "abc")).toBe(false);
    expect(isFound(options, `    ${encoded("Hello")}`)).toBe(true);
  });

  it("tries each place that the match before it finds: a decoy hides nothing", () => {
    const options = `content:"key="; base64_decode:relative; ${DATA}`;
    expect(isFound(options, `key=bm8= key=${HELLO}`)).toBe(true);
  });

  it("leaves the buffer that it read, and its cursor, to what comes after", () => {
    const options = `content:"key="; base64_decode:relative; ${DATA} pkt_data; content:"SGVs"; within:4;`;
    expect(isFound(options, `key=${HELLO}`)).toBe(true);
    expect(isFound(options.replace("SGVs", "SGVS"), `key=${HELLO}`)).toBe(false);
  });

  it("decodes a value of a sticky buffer, each one of several", () => {
    const options = `sip.contact; content:"gr="; base64_decode:relative; ${DATA} sip.method; content:"OPTIONS";`;
    const message = (...values: string[]) =>
      request("OPTIONS", {
        headers: values.map((value) => `Contact: <sip:a@b>;gr=${value}`),
      });
    expect(isFound(options, message("bm8=", HELLO), "sip")).toBe(true);
    expect(isFound(options, message("bm8="), "sip")).toBe(false);
  });

  it("costs steps by what it decodes, so that no payload makes it quadratic", () => {
    const options = `content:"A"; base64_decode:relative; ${DATA}`;
    const rig = new Rig(rule(options));
    const payload = `${"A".repeat(60_000)}`;
    expect(rig.send({ payload })).toEqual([]);
    expect(rig.engine.counters.stepLimits).toBe(1);
  });

  it.each([
    ["base64_decode;", "base64_decode needs base64_data and a match after it"],
    ["base64_decode; base64_data;", '"base64_data" needs a match after it'],
    [DATA, "base64_data needs a base64_decode before it"],
    [`base64_decode; base64_decode; ${DATA}`, "a rule has one base64_decode"],
    [`base64_decode:relative, bytes 5; ${DATA}`, "in this order"],
    [`base64_decode:bytes 5, ofset 1; ${DATA}`, "in this order"],
    [`base64_decode:bytes 5,; ${DATA}`, "in this order"],
    [`base64_decode:bytes 65536; ${DATA}`, "are 0 to 65535"],
    [`base64_decode; ${DATA} fast_pattern;`, "fast_pattern does not go with base64_data"],
    [`base64_decode; base64_data; to_lowercase; content:"x";`, "does not go with base64_data"],
    [`base64_decode; base64_data; absent;`, "absent does not go with base64_data"],
    [`base64_decode; base64_data; content:"x"; rawbytes;`, "rawbytes does not go"],
  ])("%s is refused", (options, text) => {
    const { messages } = loadText(rule(options));
    expect(messages.find(({ level }) => level === "error")?.text).toContain(text);
  });
});
