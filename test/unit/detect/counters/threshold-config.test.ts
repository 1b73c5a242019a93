import { describe, expect, it } from "vitest";
import { loadText, PHONE, Rig, SERVER } from "../rig.ts";

const RULE = 'alert udp any any -> any any (msg:"m"; content:"x"; sid:1;)\n';

function alertsWith(threshold: string, rules = RULE, packets = 19): number {
  const rig = new Rig(rules, { threshold });
  for (let i = 0; i < packets; i++) rig.send({ payload: "x", at: i / 100 });
  return rig.alerts.length;
}

describe("suppress", () => {
  it.each([
    ["suppress gen_id 1, sig_id 1", 0],
    [`suppress gen_id 1, sig_id 1, track by_src, ip ${PHONE}`, 0],
    [`suppress gen_id 1, sig_id 1, track by_src, ip ${SERVER}`, 19],
    [`suppress gen_id 1, sig_id 1, track by_dst, ip ${SERVER}`, 0],
    [`suppress gen_id 1, sig_id 1, track by_either, ip ${SERVER}`, 0],
    ["suppress gen_id 1, sig_id 1, track by_src, ip 198.51.100.0/24", 0],
    ["suppress gen_id 1, sig_id 1, track by_src, ip [198.51.100.0/24,!198.51.100.7]", 19],
    ["suppress gen_id 1, sig_id 1, track by_dst, ip $TELNET_SERVERS", 0],
    ["suppress gen_id 0, sig_id 0, track by_src, ip 198.51.100.7", 0],
    ["suppress gen_id 1, sig_id 0", 0],
    ["suppress gen_id 1, sig_id 2", 19],
    ["# comment\n\nsuppress gen_id 1, sig_id 1, \\\n  track by_src, ip 198.51.100.7", 0],
  ])("%s leaves %i of 19 alerts", (config, expected) => {
    expect(alertsWith(config)).toBe(expected);
  });

  it("takes a very long list", () => {
    const list = Array.from({ length: 800 }, (_, i) => `10.${i >> 8}.${i & 255}.1`).join(",");
    expect(alertsWith(`suppress gen_id 1, sig_id 1, track by_src, ip [${list},${PHONE}]`)).toBe(0);
  });

  it("a suppressed match does not reach the counter, its bits are set all the same", () => {
    const rules =
      'alert udp any any -> any any (content:"x"; xbits:set,seen,track ip_dst; threshold:type both, track by_dst, count 2, seconds 60; sid:1;)\n' +
      'alert udp any any -> any any (content:"y"; xbits:isset,seen,track ip_dst; sid:2;)\n';
    const rig = new Rig(rules, {
      threshold: `suppress gen_id 1, sig_id 1, track by_src, ip ${PHONE}`,
    });
    for (let i = 0; i < 5; i++) expect(rig.send({ payload: "x", at: i })).toEqual([]);
    expect(rig.send({ payload: "y", src: "203.0.113.1", at: 6 })).toEqual([2]);
    expect(rig.send({ payload: "x", src: "203.0.113.1", at: 7 })).toEqual([]);
    expect(rig.send({ payload: "x", src: "203.0.113.1", at: 8 })).toEqual([1]);
  });
});

describe("threshold and event_filter", () => {
  it.each([
    ["threshold gen_id 1, sig_id 1, type threshold, track by_src, count 5, seconds 60", 3],
    ["threshold gen_id 1, sig_id 1, type both, track by_src, count 5, seconds 60", 1],
    ["event_filter gen_id 1, sig_id 1, type limit, track by_rule, count 1, seconds 60", 1],
    ["threshold gen_id 0, sig_id 0, type limit, track by_dst, count 2, seconds 60", 2],
  ])("%s: %i of 19", (config, expected) => {
    expect(alertsWith(config)).toBe(expected);
  });

  it("an entry for one sid replaces the rule's own, a wildcard does not", () => {
    const rules = RULE.replace(
      "sid:1;",
      "threshold:type limit, track by_src, count 1, seconds 60; sid:1;",
    );
    expect(
      alertsWith(
        "threshold gen_id 1, sig_id 1, type limit, track by_src, count 3, seconds 60",
        rules,
      ),
    ).toBe(3);
    const wildcard = "threshold gen_id 1, sig_id 0, type limit, track by_src, count 3, seconds 60";
    expect(alertsWith(wildcard, rules)).toBe(1);
    const { messages } = loadText(rules, undefined, { threshold: wildcard });
    expect(messages.map(({ text }) => text).join("\n")).toContain("threshold of its own");
  });
});

describe("messages", () => {
  it.each([
    ["suppres gen_id 1, sig_id 1", "is not suppress, threshold"],
    ["suppress gen_id 1, sig_id 1, track by_both, ip 1.2.3.4", "write suppress"],
    ["suppress gen_id 0, sig_id 1", "gen_id 0 does not go with a sig_id"],
    ["suppress gen_id 1, sig_id 1, track by_src, ip $NOPE", "not defined"],
    ["threshold gen_id 1, sig_id 1, type limit, track by_src, count 0, seconds 60", "1 or more"],
    [
      "threshold gen_id 1, sig_id 1, type backoff, track by_flow, count 1, seconds 60",
      "is not limit, threshold or both",
    ],
  ])("%s", (config, message) => {
    const { messages } = loadText(RULE, undefined, { threshold: `# one\n${config}\n` });
    const errors = messages.filter(({ level }) => level === "error");
    expect(errors[0]).toMatchObject({ line: 2 });
    expect(errors[0]?.text).toContain(message);
    expect(errors.at(-1)?.text).toBe("Error loading threshold configuration");
  });

  it("rate_filter is a warning: it has no effect here", () => {
    const config =
      "rate_filter gen_id 1, sig_id 1, track by_src, count 3, seconds 60, new_action drop, timeout 30";
    const { messages } = loadText(RULE, undefined, { threshold: config });
    expect(messages.map(({ level }) => level)).toEqual(["warning", "info"]);
    expect(messages[0]?.text).toContain("passive sensor");
    expect(alertsWith(config)).toBe(19);
  });

  it("good lines stay in force beside bad ones, and an unknown sid is a warning", () => {
    const config = "nonsense\nsuppress gen_id 1, sig_id 1\nsuppress gen_id 1, sig_id 99\n";
    const { messages, ruleSet } = loadText(RULE, undefined, { threshold: config });
    expect(ruleSet.signatures[0]?.noalert).toBe(true);
    expect(messages.map(({ text }) => text)).toContain("Threshold config parsed: 2 rule(s) found");
    expect(messages.some(({ level, text }) => level === "warning" && text.includes("1:99"))).toBe(
      true,
    );
  });
});
