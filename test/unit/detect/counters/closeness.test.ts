import { describe, expect, it } from "vitest";
import { RuleCloseness, withShadows } from "../../../../src/detect/counters/closeness.ts";
import { tuned } from "../../../../src/detect/counters/tuned-threshold.ts";
import { EventKind } from "../../../../src/track/facts/event-kind.ts";
import { FactFeed } from "../../../baselines/feed.ts";
import { loadText } from "../rig.ts";

const ENDS = { client: 0xc0000201, server: 0x0a000001, account: "" };
const OTHER = { ...ENDS, client: 0xc0000202 };

function watch(rule: string, play: (feed: FactFeed) => void) {
  const { ruleSet, shadows } = withShadows(
    loadText(`alert sip any any -> any any (msg:"r"; ${rule} sid:1; rev:1;)`).ruleSet,
  );
  const feed = new FactFeed(ruleSet);
  const closeness = new RuleCloseness(shadows);
  feed.engine.closeness = closeness;
  play(feed);
  const [result] = closeness.results();
  if (result === undefined) throw new Error("nothing was watched");
  return { result, alerts: feed.alerts.length };
}

function requests(feed: FactFeed, seconds: readonly number[], ends = ENDS): void {
  for (const second of seconds) feed.request(second * 1e6, "REGISTER", ends);
}

const COUNTED = "app-layer-event:sip.request; threshold:type both, track by_client,";

describe("how close a rule came", () => {
  it("is the highest count of one key in one of the rule's windows", () => {
    const { result, alerts } = watch(`${COUNTED} count 10, seconds 60;`, (feed) => {
      requests(feed, [0, 1, 2, 3]);
      requests(feed, [4, 5], OTHER);
      requests(feed, [100, 101]);
    });
    expect(alerts).toBe(0);
    expect(result).toMatchObject({ of: "count", matches: 8, highest: 4, needed: 10, part: 0.4 });
    expect(result.key).toBe("192.0.2.1");
  });

  it("goes on counting where the rule fires and falls silent", () => {
    const { result, alerts } = watch(`${COUNTED} count 3, seconds 60, quiet 600;`, (feed) =>
      requests(feed, [0, 1, 2, 3, 4, 5, 6]),
    );
    expect(alerts).toBe(1);
    expect(result).toMatchObject({ highest: 7, needed: 3 });
    expect(tuned(result, 2)).toEqual({
      needed: 14,
      isEnough: false,
      line: "threshold gen_id 1, sig_id 1, type both, track by_client, count 14, seconds 60, quiet 600",
    });
  });

  it("counts different values where the rule does", () => {
    const rule = `${COUNTED} unique_on server, count 10, seconds 60;`;
    const { result } = watch(rule, (feed) => {
      requests(feed, [0, 1, 2]);
      requests(feed, [3], { ...ENDS, server: 0x0a000002 });
    });
    expect(result).toMatchObject({ matches: 4, highest: 2 });
  });

  it("of a detection_filter is one more than its count", () => {
    const rule =
      "app-layer-event:sip.request; detection_filter:track by_client, count 5, seconds 60;";
    const { result } = watch(rule, (feed) => requests(feed, [0, 1, 2, 3]));
    expect(result).toMatchObject({ highest: 4, needed: 6 });
    expect(tuned(result, 2).line).toBe(
      "detection_filter gen_id 1, sig_id 1, track by_client, count 7, seconds 60",
    );
  });

  it("of a ratio is the smaller of its two parts", () => {
    const rule = "ratio:404 / 200, above 3, min 10, track by_client, seconds 60;";
    const { result } = watch(rule, (feed) => {
      for (let i = 0; i < 8; i++) feed.fact(EventKind.SIP_RESPONSE, i * 1e6, 404, ENDS);
      for (let i = 0; i < 2; i++) feed.fact(EventKind.SIP_RESPONSE, 9e6, 200, OTHER);
    });
    expect(result).toMatchObject({ of: "ratio", highest: 8, needed: 10, part: 0.8, numerator: 8 });
    expect(tuned(result, 2).line).toBe(
      "ratio gen_id 1, sig_id 1, 404 / 200, above 3, min 16, track by_client, seconds 60",
    );
  });

  it("of a rule on a fact's own number is that number, below its bound as well", () => {
    const rule =
      "app-layer-event:call.ghost; event_value:>=4; threshold:type limit, track by_client, count 1, seconds 60;";
    const { result, alerts } = watch(rule, (feed) => {
      for (const value of [1, 2, 3]) feed.fact(EventKind.CALL_GHOST, value * 1e6, value, ENDS);
    });
    expect(alerts).toBe(0);
    expect(result).toMatchObject({ of: "value", highest: 3, needed: 4, part: 0.75, matches: 0 });
    expect(tuned(result, 2)).toMatchObject({ needed: 6, line: "" });
  });
});

describe("a line that tune writes", () => {
  it.each([
    `${COUNTED} unique_on to_user, count 14, seconds 60, quiet 600, reset_on sip.auth_ok, sip.registered;`,
    "app-layer-event:sip.request; detection_filter:track by_client, count 7, seconds 60;",
    "ratio:404 4xx / 200 sip.registered, above 3, min 16, track by_client, seconds 60, unique_on uri_user;",
  ])("is read back as what the rule had: %s", (rule) => {
    const text = `alert sip any any -> any any (msg:"r"; ${rule} sid:1; rev:1;)`;
    const [before] = loadText(text).ruleSet.signatures;
    if (before === undefined) throw new Error("no rule");
    const none = { of: "count", matches: 1, numerator: 90, key: "", timeUs: 0, part: 9 } as const;
    const close = { ...none, signature: before, highest: 90, needed: 10 };
    const of = before.counter?.type === "ratio" ? "ratio" : "count";
    const { line } = tuned({ ...close, of }, 1);
    const { ruleSet, messages } = loadText(text, undefined, { threshold: line });
    expect(messages.filter(({ level }) => level === "error")).toEqual([]);
    const changed = { ...ruleSet.signatures[0]?.counter, count: 0, min: 0 };
    expect(JSON.stringify(changed)).toBe(JSON.stringify({ ...before.counter, count: 0, min: 0 }));
  });
});
