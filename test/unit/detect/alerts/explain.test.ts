import { describe, expect, it } from "vitest";
import { explainRule } from "../../../../src/detect/alerts/explain.ts";
import { runThreshold } from "../../../../src/detect/timeline.ts";
import { loadText } from "../rig.ts";

function explain(rule: string): string {
  const [signature] = loadText(rule).ruleSet.signatures;
  if (signature === undefined) throw new Error("rule does not load");
  return explainRule(signature);
}

describe("timeline", () => {
  const TIMES = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 130, 131, 140, 150, 160];

  it.each([
    ["threshold: type threshold, track by_src, count 3, seconds 60;", "..A..A...A...A."],
    ["threshold: type limit, track by_src, count 3, seconds 60;", "AAAssssAAAsAAAs"],
    ["threshold: type both, track by_src, count 3, seconds 60;", "..Assss..As..As"],
    ["detection_filter: track by_src, count 3, seconds 60;", "...AAAA...A...A"],
  ])("%s is the example of Suricata's thresholds", (option, expected) => {
    const [signature] = loadText(`alert udp any any -> any any (${option} sid:1;)`).ruleSet
      .signatures;
    if (
      signature?.counter === null ||
      signature?.counter === undefined ||
      signature.counter.type === "ratio" ||
      signature.counter.type === "baseline"
    ) {
      throw new Error("no threshold");
    }
    const samples = runThreshold(signature.counter, TIMES);
    expect(samples.map(({ outcome }) => outcome).join("")).toBe(expected);
  });
});

describe("rules explain", () => {
  it("says what a packet rule matches and draws small counts as a table", () => {
    const text = explain(
      'alert udp $HOME_NET any -> any 5060 (msg:"flood"; content:"REGISTER|0d 0a|"; depth:10; nocase; pcre:!"/x/"; threshold: type both, track by_src, count 3, seconds 60; sid:5; rev:2;)',
    );
    expect(text).toContain("1:5 rev 2  flood");
    expect(text).toContain("each udp packet from $HOME_NET port any to any port 5060");
    expect(text).toContain(
      'the payload of the packet holds "register|0d 0a|" in any case at its start',
    );
    expect(text).toContain("the payload of the packet does not match /x/");
    expect(text).toContain("alerts once, on number 3 of a window of 60 s");
    expect(text).toContain("t (s)  0 10 20 30 40 50 60 70 80 90 100 110 120 130 140 150");
    expect(text).toContain("result .  .  A  s  s  s  s  .  .  A   s   s   s   s   .   .");
  });

  it("tells large counts as runs of matches", () => {
    const text = explain(
      "alert sip any any -> any any (app-layer-event:sip.auth_failed; event_value:>=2; threshold: type both, track by_client, count 20, seconds 60, unique_on auth_user, reset_on sip.auth_ok; sid:1;)",
    );
    expect(text).toContain("the fact's value is 2 or more");
    expect(text).toContain("distinct values of auth_user, not matches");
    expect(text).toContain("sip.auth_ok of the same key forgets the count");
    expect(text).toMatch(/match 20 +t = 28\.5 s +ALERT/);
  });

  it("explains ratio, bits, passes and rules that never run", () => {
    expect(
      explain(
        "alert sip any any -> any any (ratio: 404 / 401 200, above 3, min 20, track by_client, seconds 60; sid:1;)",
      ),
    ).toMatch(
      /\[404\] is more than 3 times \[401 200\] and at least 20[\s\S]*match 20 +t = 28\.5 s +ALERT/,
    );
    expect(
      explain(
        'alert udp any any -> any any (content:"a"; xbits:set,x,track by_client,expire 9,on_alert; sid:1;)',
      ),
    ).toContain("set bit x kept by_client for 9 s, when it alerts");
    expect(explain("pass ip 10.0.0.1 any -> any any (sid:1;)")).toContain(
      "later rules are not asked",
    );
    const onFragments = 'alert udp any any -> any any (flow:only_frag; content:"a"; sid:1;)';
    expect(explain('alert tcp any any -> any any (content:"a"; sid:1;)')).toContain(
      "each SIP message over TCP",
    );
    expect(explain(onFragments)).toContain("never evaluated");
  });

  it("explains every keyword form without failing", () => {
    const options = [
      'sip.to; content:!"a"; offset:2; depth:9; content:"b"; distance:3; within:4; bsize:>3;',
      "sip.user_agent; absent;",
      'sip.user_agent; absent:or_else; content:"x"; endswith;',
      "isdataat:!5; byte_test:1,!&,0x0F,3; byte_jump:1,0;",
      "flow:established,to_client; dsize:<5;",
      "flowbits:isset,a|b; flowbits:unset,c; hostbits:isnotset,d,both;",
      "threshold: type backoff, track by_flow, count 3, multiplier 2;",
      "threshold: type limit, track by_rule, count 1, seconds 60;",
    ];
    for (const option of options) {
      expect(explain(`alert sip any any -> any any (${option} sid:1;)`)).toContain("Matches when");
    }
  });
});
