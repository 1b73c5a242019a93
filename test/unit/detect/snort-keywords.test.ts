import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { explainRule } from "../../../src/detect/alerts/explain.ts";
import { loadText, Rig, request } from "./rig.ts";

const UNFOLDED = { incidents: { fold: false } };
const response = (status: string) =>
  `SIP/2.0 ${status} x\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\r\n`;

function matches(options: string, payload: string): boolean {
  const result = loadText(`alert sip any any -> any any (msg:"r"; ${options} sid:1;)`);
  expect(result.messages.filter(({ level }) => level === "error")).toEqual([]);
  return new Rig(result, UNFOLDED).send({ payload }).length > 0;
}

function fault(options: string): string {
  const result = loadText(`alert sip any any -> any any (msg:"r"; ${options} sid:1;)`);
  return result.messages.map(({ text }) => text).join("\n");
}

describe("sip_method", () => {
  it.each([
    ["sip_method:invite;", "INVITE", true],
    ["sip_method:invite, cancel;", "CANCEL", true],
    ["sip_method:invite, cancel;", "OPTIONS", false],
    ["sip_method:!invite;", "OPTIONS", true],
    ["sip_method:!invite;", "INVITE", false],
    ["sip_method:foo;", "FOO", true],
    ["sip_method:foo;", "BAR", false],
  ])("%s on %s: %s", (options, method, is) => expect(matches(options, request(method))).toBe(is));

  it("is of requests only", () => {
    expect(matches("sip_method:invite;", response("200"))).toBe(false);
    expect(matches("sip_method:!bye;", response("200"))).toBe(false);
  });

  it("says what is wrong", () => {
    expect(fault("sip_method:!invite, bye;")).toMatch(/one with ! before it/);
    expect(fault("sip_method:in vite;")).toMatch(/is no SIP method/);
  });
});

describe("sip_stat_code", () => {
  it.each([
    ["sip_stat_code:200;", "200", true],
    ["sip_stat_code:4;", "404", true],
    ["sip_stat_code:4;", "503", false],
    ["sip_stat_code:200, 5;", "503", true],
  ])("%s on %s: %s", (options, status, is) => expect(matches(options, response(status))).toBe(is));

  it("is of responses only, and says what is wrong", () => {
    expect(matches("sip_stat_code:4;", request("INVITE"))).toBe(false);
    expect(fault("sip_stat_code:44;")).toMatch(/neither a status code nor/);
  });
});

describe("sip_header and sip_body", () => {
  const head = request("INVITE")
    .split("\r\n\r\n")[0]
    ?.replace(/\r\nContent-Length: 0/i, "");
  const message = `${head}\r\nUser-Agent: SIVuS\r\nContent-Length: 5\r\n\r\nv=1\r\n`;

  it.each([
    ['sip_header; content:"SIVuS";', true],
    ['sip_header; content:"user-agent"; nocase; content:"SIVuS"; distance:2; within:5;', true],
    ['sip_header; content:"v=1";', false],
    ['sip_header; content:"INVITE sip";', false],
    ['sip_body; content:"v=1"; depth:3;', true],
    ['sip_body; content:"SIVuS";', false],
  ])("%s: %s", (options, is) => expect(matches(options, message)).toBe(is));

  it("is of responses, too", () => {
    expect(matches('sip_header; pcre:"/^CSeq:\\s*1 INVITE/mi";', response("200"))).toBe(true);
  });
});

describe("rules as Snort's community writes them", () => {
  const HEAD = "alert udp $EXTERNAL_NET any -> $SIP_SERVERS $SIP_PORTS";
  const META = "metadata:policy max-detect-ips drop, ruleset community, service sip;";
  it.each([
    `${HEAD} (msg:"PROTOCOL-VOIP inbound INVITE message"; flow:to_server; sip_method:invite; ${META} classtype:protocol-command-decode; sid:1; rev:8;)`,
    `${HEAD} (msg:"PROTOCOL-VOIP 401"; flow:to_client; sip_stat_code:401; detection_filter:track by_dst, count 5, seconds 360; ${META} sid:1;)`,
    `${HEAD} (msg:"PROTOCOL-VOIP scanner"; flow:to_server; sip_header; content:"SIVuS_VoIP_Scanner"; fast_pattern:only; ${META} sid:1;)`,
    `${HEAD} (msg:"PROTOCOL-VOIP CSeq"; sip_header; content:"CSeq"; nocase; isdataat:26,relative; pcre:"/^CSeq\\x3A\\s*\\d{10,}/smi"; ${META} reference:cve,2006-3524; sid:1;)`,
  ])("%s loads", (rule) => {
    const { messages, ruleSet } = loadText(rule);
    expect(messages.filter(({ level }) => level === "error")).toEqual([]);
    expect(ruleSet.signatures).toHaveLength(1);
  });
});

describe("rules of other programs", () => {
  it("load when they are asked for, and say in words what they do", () => {
    for (const name of ["pike", "fail2ban"]) {
      const file = fileURLToPath(new URL(`../../../rules/compat/${name}.rules`, import.meta.url));
      const result = loadText(readFileSync(file, "utf8"));
      expect(result.messages.filter(({ level }) => level === "error")).toEqual([]);
      expect(result.loaded).toBe(1);
      const [signature] = result.ruleSet.signatures;
      if (signature !== undefined) expect(explainRule(signature)).toContain("COMPAT");
    }
  });
});
