import { createHash } from "node:crypto";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, it } from "vitest";
import { explainRule } from "../../../src/detect/alerts/explain.ts";
import { parseNetwork } from "../../../src/detect/rules/address-set.ts";
import { AddressValues } from "../../../src/detect/rules/address-values.ts";
import { WeekTimes } from "../../../src/detect/site/week-time.ts";
import { countryDatabase } from "../../support/mmdb-writer.ts";
import { type Beside, loadText, type PacketFields, Rig, request } from "./rig.ts";

const UNFOLDED = { incidents: { fold: false } };

function load(options: string, beside: Beside = {}) {
  return loadText(`alert udp any any -> any any (msg:"r"; ${options} sid:1;)`, undefined, beside);
}

function matches(options: string, beside: Beside, packet: PacketFields): boolean {
  const result = load(options, beside);
  expect(result.messages.filter(({ level }) => level === "error")).toEqual([]);
  return new Rig(result, UNFOLDED).send(packet).length > 0;
}

function fault(options: string, beside: Beside = {}): string {
  return load(options, beside)
    .messages.map(({ text }) => text)
    .join("\n");
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("dataset", () => {
  const INVITE = { payload: request("INVITE", { uri: "sip:0900123456@192.168.1.2" }) };
  const sip = (
    options: string,
    files: Record<string, string>,
    packet: PacketFields = INVITE,
  ): boolean => {
    const text = `alert sip any any -> any any (msg:"r"; ${options} sid:1;)`;
    const result = loadText(text, undefined, { files });
    expect(result.messages.filter(({ level }) => level === "error")).toEqual([]);
    return new Rig(result, UNFOLDED).send(packet).length > 0;
  };

  it.each([
    ["string", "isset", base64("0900123456"), true],
    ["string", "isset", base64("0900"), false],
    ["string", "isnotset", base64("0900"), true],
    ["text", "isset", "# numbers\r\n0900123456\r\n", true],
    ["text", "isset", "0900", false],
    ["prefix", "isset", "0190\n0900\n", true],
    ["prefix", "isset", "0190\n09001234567\n", false],
    ["prefix", "isnotset", "0190\n", true],
    ["md5", "isset", createHash("md5").update("0900123456").digest("hex"), true],
    [
      "sha256",
      "isset",
      createHash("sha256").update("0900123456").digest("hex").toUpperCase(),
      true,
    ],
    ["sha256", "isset", createHash("sha256").update("x").digest("hex"), false],
  ])("type %s, %s, against a list", (type, command, list, expected) => {
    const options = `sip.uri_user; dataset:${command},numbers,type ${type},load numbers.lst;`;
    expect(sip(options, { "numbers.lst": list })).toBe(expected);
  });

  it("goes with other matches on the same buffer, in any order", () => {
    const files = { "numbers.lst": "0900\n" };
    const dataset = "dataset:isset,n,type prefix,load numbers.lst;";
    expect(sip(`sip.uri_user; ${dataset} content:"456"; endswith;`, files)).toBe(true);
    expect(sip(`sip.uri_user; content:"457"; endswith; ${dataset}`, files)).toBe(false);
    expect(sip(`sip.uri_user; content:"09"; startswith; ${dataset} pcre:"/6$/";`, files)).toBe(
      true,
    );
  });

  it.each([
    ["198.51.100.7\n", "198.51.100.7", true],
    ["198.51.100.0/24\n", "198.51.100.7", true],
    ["198.51.101.0/24\n198.51.100.8-198.51.100.9\n", "198.51.100.7", false],
    ["2001:db8::/32\n", "2001:db8::7", true],
    ["2001:db8::8\n", "2001:db8::7", false],
  ])("type ip with %j has %s: %s", (list, src, expected) => {
    const rule = 'ip.src; dataset:isset,bad,type ip,load bad.lst; pkt_data; content:"x";';
    const dst = src.includes(":") ? "2001:db8:1::1" : "192.168.1.2";
    expect(matches(rule, { files: { "bad.lst": list } }, { src, dst, payload: "x" })).toBe(
      expected,
    );
  });

  it("asks for the offender and victim of a fact", () => {
    const files = { "bad.lst": "203.0.113.9\n" };
    const rule = (end: string) =>
      loadText(
        `alert sip any any -> any any (msg:"r"; app-layer-event:sip.auth_failed; ${end}; dataset:isset,bad,type ip,load bad.lst; sid:1;)`,
        undefined,
        { files },
      );
    const raise = { src: "203.0.113.9", dst: "192.168.1.2" };
    expect(new Rig(rule("ip.src"), UNFOLDED).raise("sip.auth_failed", raise)).toEqual([1]);
    expect(new Rig(rule("ip.dst"), UNFOLDED).raise("sip.auth_failed", raise)).toEqual([]);
  });

  it("is read anew with the rules", () => {
    const rule = (list: string) =>
      loadText(
        'alert udp any any -> any any (msg:"r"; pkt_data; dataset:isset,n,type prefix,load n.lst; sid:1;)',
        undefined,
        {
          files: { "n.lst": list },
        },
      );
    const rig = new Rig(rule("abc\n"), UNFOLDED);
    expect(rig.send({ payload: "xyz" })).toEqual([]);
    rig.engine.reload(rule("xy\n").ruleSet, 0);
    expect(rig.send({ payload: "xyz", at: 1 })).toEqual([1]);
  });

  it.each([
    ["dataset:isset,n,type text,load n.lst;", /needs a sticky buffer/],
    ["pkt_data; dataset:add,n,type text,load n.lst;", /isset, isnotset, set, unset, not "add"/],
    ["pkt_data; dataset:isset,n,type word,load n.lst;", /needs a type: string, md5/],
    ["pkt_data; dataset:isset,n,type text;", /needs load FILE/],
    ["pkt_data; dataset:isset,n,type text,load none.lst;", /cannot read .*none\.lst: no such file/],
    [
      "pkt_data; dataset:isset,n,type text,lod n.lst;",
      /unknown dataset option.*Did you mean "load"/,
    ],
    ["pkt_data; dataset:isset,n,type ip,load n.lst;", /type ip goes with ip\.src/],
    ["ip.src; dataset:isset,n,type text,load n.lst;", /type ip goes with ip\.src/],
    [
      "pkt_data; dataset:isset,n,type text,load n.lst; dataset:isset,n,type text,load m.lst;",
      /"n" is another list elsewhere/,
    ],
  ])("is refused: %s", (options, reason) => {
    expect(fault(options, { files: { "n.lst": "a\n", "m.lst": "b\n" } })).toMatch(reason);
  });

  it("names lines that are no entry, and leaves them out", () => {
    const files = { "n.lst": `${base64("abc")}\nnot base64!\n` };
    const result = load("pkt_data; dataset:isset,n,type string,load n.lst;", { files });
    expect(result.loaded).toBe(1);
    expect(result.messages).toMatchObject([{ level: "warning", line: 2 }]);
    expect(result.messages[0]?.text).toMatch(/is not base64; of plain lines the type is text/);
  });
});

describe("values of addresses (property)", () => {
  const network = fc.oneof(
    fc
      .tuple(fc.nat(255), fc.nat(255), fc.integer({ min: 8, max: 32 }))
      .map(([a, b, bits]) => `10.0.${a}.${b}/${bits}`),
    fc
      .tuple(fc.nat(255), fc.integer({ min: 100, max: 128 }))
      .map(([a, bits]) => `2001:db8::${a.toString(16)}/${bits}`),
  );

  it("are those of the narrowest network", () => {
    fc.assert(
      fc.property(
        fc.array(network, { maxLength: 30 }),
        fc.nat(255),
        fc.nat(255),
        (networks, a, b) => {
          const entries = networks.map((text, value) => ({
            ...parseNetwork({ text, at: 0 }),
            value,
          }));
          const table = new AddressValues(entries);
          for (const text of [`10.0.${a}.${b}`, `2001:db8::${a.toString(16)}`]) {
            const address = ipaddr.parse(text);
            const fits = entries
              .map((entry, i) => ({ ...entry, cidr: ipaddr.parseCIDR(networks[i] as string) }))
              .filter(
                ({ cidr: [base, bits] }) =>
                  base.kind() === address.kind() && address.match(base as never, bits),
              );
            const narrowest = Math.max(-1, ...fits.map(({ cidr }) => cidr[1]));
            const right = fits
              .filter(({ cidr }) => cidr[1] === narrowest)
              .map(({ value }) => value);
            const bytes = Uint8Array.from(address.toByteArray());
            const found =
              address.kind() === "ipv4"
                ? table.ofV4(Buffer.from(bytes).readUInt32BE(0))
                : table.ofV6(bytes, 0);
            if (right.length === 0) expect(found).toBe(-1);
            else expect(right).toContain(found);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("iprep", () => {
  const site = {
    categories: "# id,name,description\n1,Scanner,scans\n2,Customer,pays\n",
    scores: "198.51.100.0/24,1,10\n198.51.100.7,1,100\n192.168.1.2,2,127\n2001:db8::/32,1,50\n",
  };

  it.each([
    ["src,Scanner,>,50", "198.51.100.7", true],
    ["src,Scanner,>,50", "198.51.100.8", false],
    ["src,Scanner,<,50", "198.51.100.8", true],
    ["dst,Scanner,>,0", "198.51.100.7", false],
    ["any,Customer,=,127", "198.51.100.7", true],
    ["both,Scanner,>=,1", "198.51.100.7", false],
    ["src,Scanner,isset", "203.0.113.1", false],
    ["src,Scanner,isnotset", "203.0.113.1", true],
    ["src,Scanner,<=,50", "2001:db8::1", true],
  ])("%s with %s: %s", (options, src, expected) => {
    const dst = src.includes(":") ? "2001:db9::1" : "192.168.1.2";
    expect(
      matches(`content:"x"; iprep:${options};`, { reputation: site }, { src, dst, payload: "x" }),
    ).toBe(expected);
  });

  it.each([
    ["iprep:src,Scaner,>,50;", /category "Scaner" is not known; .* has Scanner, Customer/],
    ["iprep:source,Scanner,>,50;", /begins with any, src, dst, both/],
    ["iprep:src,Scanner,>,500;", /score is 0 to 127/],
    ["iprep:src,Scanner,~,5;", /operator "~" is not known/],
    ["iprep:src,Scanner;", /iprep is END,CATEGORY/],
  ])("is refused: %s", (options, reason) => {
    expect(fault(options, { reputation: site })).toMatch(reason);
  });

  it("without a file says which option it needs, and names bad lines", () => {
    expect(fault("iprep:src,Scanner,>,50;")).toMatch(/set rules\.reputationCategories/);
    const bad = {
      categories: "1,Scanner\nScanner\n",
      scores: "198.51.100.7,1,100\nnobody,1,1\n1.2.3.4,1,200\n",
    };
    const result = load("iprep:src,Scanner,>,50;", { reputation: bad });
    expect(result.loaded).toBe(1);
    expect(result.messages.map(({ line }) => line)).toEqual([2, 2, 3]);
  });
});

describe("geoip", () => {
  const geoip = countryDatabase({
    "198.51.100.0/24": "DE",
    "203.0.113.0/24": "KP",
    "2001:db8::/32": "FR",
  });

  it.each([
    ["src,DE", "198.51.100.7", true],
    ["src,de,fr", "198.51.100.7", true],
    ["src,FR", "198.51.100.7", false],
    ["src,!DE", "203.0.113.5", true],
    ["src,!DE,!KP", "203.0.113.5", false],
    ["src,!DE", "192.0.2.1", false],
    ["any,KP", "203.0.113.5", true],
    ["KP", "203.0.113.5", true],
    ["both,KP", "203.0.113.5", false],
    ["src,FR", "2001:db8::9", true],
  ])("%s with %s: %s", (options, src, expected) => {
    const dst = src.includes(":") ? "2001:db9::1" : "192.168.1.2";
    expect(matches(`content:"x"; geoip:${options};`, { geoip }, { src, dst, payload: "x" })).toBe(
      expected,
    );
  });

  it("names what is missing or damaged", () => {
    expect(fault("geoip:src,DE;")).toMatch(/set rules\.geoip to an \.mmdb file/);
    expect(fault("geoip:src,DE;", { geoip: Buffer.from("no database") })).toMatch(/is no MMDB/);
    expect(fault("geoip:src,Germany;", { geoip })).toMatch(/no country code of two letters/);
    expect(fault("geoip:src,DE,!FR;", { geoip })).toMatch(/not both/);
    expect(fault("geoip:src;", { geoip })).toMatch(/needs a country code/);
  });

  it("survives a database that was cut or changed anywhere", () => {
    for (let end = 1; end < geoip.length; end += 13) {
      const cut = Buffer.concat([geoip.subarray(0, end), geoip.subarray(end + 9)]);
      const result = load('content:"x"; geoip:src,DE;', { geoip: cut });
      expect(result.loaded + result.failed).toBe(1);
      if (result.loaded === 1) new Rig(result, UNFOLDED).send({ payload: "x" });
    }
  });
});

describe("time_of_week", () => {
  const at = (iso: string): number => Date.parse(iso) * 1_000;
  const holds = (text: string, iso: string, zone = "UTC"): boolean => {
    const isNegated = text.startsWith("!");
    return new WeekTimes({ text: text.replace("!", ""), at: 0 }, isNegated, zone).holds(at(iso));
  };

  // 2026-11-30 is a Monday.
  it.each([
    ["mon-fri 08:00-18:00", "2026-11-30T08:00:00Z", true],
    ["mon-fri 08:00-18:00", "2026-11-30T07:59:59.999Z", false],
    ["mon-fri 08:00-18:00", "2026-11-30T17:59:59Z", true],
    ["mon-fri 08:00-18:00", "2026-11-30T18:00:00Z", false],
    ["mon-fri 08:00-18:00", "2026-11-29T12:00:00Z", false],
    ["!mon-fri 08:00-18:00", "2026-11-29T12:00:00Z", true],
    ["mon-fri 08:00-18:00, sat 09:00-12:00", "2026-12-05T10:00:00Z", true],
    ["sat-mon", "2026-11-30T23:59:00Z", true],
    ["sat-mon", "2026-12-01T00:00:00Z", false],
    ["fri 22:00-06:00", "2026-12-05T05:59:00Z", true],
    ["sun 22:00-06:00", "2026-11-30T05:59:00Z", true],
    ["sun 22:00-06:00", "2026-11-29T05:59:00Z", false],
    ["sun 00:00-24:00", "2026-11-29T23:59:00Z", true],
    ["mon 08:00-09:00, zone Asia/Kathmandu", "2026-11-30T02:20:00Z", true],
    ["mon 08:00-09:00, zone Asia/Kathmandu", "2026-11-30T02:14:00Z", false],
  ])("%s at %s: %s", (text, iso, expected) => {
    expect(holds(text, iso)).toBe(expected);
  });

  it("follows the clocks of the zone through the nights in which they change", () => {
    const berlin = "sun 03:00-04:00";
    // 2026-03-29: 01:00 UTC is 03:00 in Berlin, an hour earlier than the day before.
    expect(holds(berlin, "2026-03-29T00:59:59Z", "Europe/Berlin")).toBe(false);
    expect(holds(berlin, "2026-03-29T01:00:00Z", "Europe/Berlin")).toBe(true);
    // 2026-10-25: 02:00 comes twice, 03:00 once.
    expect(holds(berlin, "2026-10-25T01:59:00Z", "Europe/Berlin")).toBe(false);
    expect(holds(berlin, "2026-10-25T02:00:00Z", "Europe/Berlin")).toBe(true);
    expect(holds("sun 02:00-03:00", "2026-10-25T00:30:00Z", "Europe/Berlin")).toBe(true);
    expect(holds("sun 02:00-03:00", "2026-10-25T01:30:00Z", "Europe/Berlin")).toBe(true);
  });

  it.each([
    ["time_of_week:mo-fr 08:00-18:00;", /no time of the week; write mon-fri/],
    ["time_of_week:mon 25:00-26:00;", /no time of the week/],
    ["time_of_week:mon 08:00-08:00;", /no time of the week/],
    ["time_of_week:zone Europe/Berlin;", /needs hours/],
    ["time_of_week:mon, zone Berlin;", /"Berlin" is no time zone/],
  ])("is refused: %s", (options, reason) => {
    expect(fault(options)).toMatch(reason);
  });
});

it("no calls to these prefixes outside office hours, in one rule", () => {
  const text =
    'alert sip any any -> any any (msg:"SITE call to a premium number outside office hours"; sip.method; content:"INVITE"; bsize:6; sip.uri_user; dataset:isset,premium,type prefix,load premium.lst; time_of_week:!mon-fri 07:00-19:00, zone Europe/Berlin; sid:1000001;)';
  const result = loadText(text, undefined, { files: { "premium.lst": "0900\n+49900\n" } });
  const rig = new Rig(result, UNFOLDED);
  const invite = (number: string) => request("INVITE", { uri: `sip:${number}@192.168.1.2` });
  // The rig starts on 2023-11-14, a Tuesday, at 22:13:20 UTC.
  expect(rig.send({ payload: invite("0900123") })).toEqual([1000001]);
  expect(rig.send({ payload: invite("030123") })).toEqual([]);
  expect(rig.send({ payload: invite("0900124"), at: 12 * 3600 })).toEqual([]);
  const signature = result.ruleSet.signatures[0];
  if (signature === undefined) throw new Error("not loaded");
  expect(explainRule(signature)).toMatch(
    /begins with an entry of the list premium \(prefix, 2 entries\)/,
  );
  expect(explainRule(signature)).toMatch(/it is not mon-fri 07:00-19:00 \(Europe\/Berlin\)/);
});
