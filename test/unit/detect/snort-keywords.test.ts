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
