import { describe, expect, it } from "vitest";
import { defaultConfig } from "../../../src/config/config.ts";
import { numberPlanOf } from "../../../src/config/config-number-plan.ts";
import type { CaseRecord } from "../../../src/detect/cases/case-record.ts";
import type { CaseSettings } from "../../../src/detect/cases/cases.ts";
import { KeptCases } from "../../../src/detect/cases/kept-case.ts";
import { caseAdvice } from "../../../src/emit/cases/case-advice.ts";
import { caseTitle } from "../../../src/emit/cases/case-story.ts";
import { CallCosts } from "../../../src/track/numbers/call-costs.ts";
import { RateDeck } from "../../../src/track/numbers/rate-deck.ts";
import { Rig, SERVER, START_US } from "./rig.ts";

const HEAD = "alert ip any any -> any any";
const RULES = [
  `${HEAD} (msg:"scan"; app-layer-event:sip.user_unknown; threshold:type limit, track by_client, count 1, seconds 3600; priority:3; metadata:attack sip_scan; sid:1;)`,
  `${HEAD} (msg:"guess"; app-layer-event:sip.auth_failed; threshold:type limit, track by_client_account, count 1, seconds 3600; priority:2; metadata:attack auth_bruteforce; sid:2;)`,
  `${HEAD} (msg:"in"; app-layer-event:sip.auth_ok; threshold:type limit, track by_client_account, count 1, seconds 3600; priority:1; metadata:attack bruteforce_success; sid:3;)`,
  `${HEAD} (msg:"all"; app-layer-event:sip.failed; threshold:type limit, track by_server, count 1, seconds 3600; priority:2; metadata:attack sip_enumeration; sid:4;)`,
  `${HEAD} (msg:"text"; app-layer-event:sip.injection_string; threshold:type limit, track by_src, count 1, seconds 3600; priority:3; metadata:attack sip_injection; sid:7;)`,
  `${HEAD} (msg:"note"; app-layer-event:sip.registered; priority:3; metadata:attack none; sid:5;)`,
  `${HEAD} (msg:"odd"; app-layer-event:sip.unanswered; priority:3; sid:6;)`,
].join("\n");
const ONE = "203.0.113.1";
const OTHER = "198.51.100.9";

class Night {
  readonly records: CaseRecord[] = [];
  readonly rig: Rig;

  constructor(cases: Partial<CaseSettings> = {}) {
    this.rig = new Rig(RULES, { incidents: { fold: true }, cases });
    this.rig.engine.attacks.cases.onRecord = (record) => this.records.push(record);
  }

  /** A fact of that client about an account of the server. */
  fact(name: string, at: number, src: string, user = "201", more: object = {}): number[] {
    this.rig.engine.advance(START_US + at * 1e6);
    const account = `${user}@${SERVER}`;
    const subject = { account, callId: `call-${at}`, fromUser: user, uriUser: user, ...more };
    return this.rig.raise(name, { at, src, client: src, server: SERVER, subject });
  }

  end(at: number): CaseRecord[] {
    this.rig.engine.finish(START_US + at * 1e6);
    return this.records.filter(({ state, reason }) => state === "closed" && reason !== "merged");
  }
}

function told({ records }: Night): string[] {
  return records.map(({ state, stage, severity }) => `${state} ${stage} ${severity}`);
}

describe("a case", () => {
  it("is one attacker's, from the scan to what it uses, and is told when it gets graver or gets in", () => {
    const night = new Night();
    night.fact("sip.user_unknown", 0, ONE);
    night.fact("sip.auth_failed", 5, ONE);
    night.fact("sip.auth_ok", 60, ONE);
    night.fact("call.answered", 70, OTHER, "201", { uriUser: "+37128207426", callId: "c1" });
    night.fact("call.answered", 71, OTHER, "202", { uriUser: "+37128207427", callId: "c2" });
    night.fact("call.ended", 80, OTHER, "201", { callId: "c1" });
    const [only, ...others] = night.end(90);
    expect(others).toEqual([]);
    expect(told(night)).toEqual(["opened guess 2", "raised in 1", "raised use 1", "closed use 1"]);
    expect(only).toMatchObject({
      attack: "bruteforce_success",
      sources: [{ ip: ONE }],
      calls: { answered: 1, ended: 1, list: [{ callId: "c1", ip: OTHER }] },
    });
    expect(new Set(night.rig.alerts.map(({ caseId }) => caseId))).toEqual(new Set([only?.caseId]));
  });

  it("says what its calls cost by the operator's prices, also those that are too many to list", () => {
    const night = new Night();
    const deck = new RateDeck().add("37,0.60,EUR,0.05,60,60,Latvia", "deck.csv");
    const plan = numberPlanOf(defaultConfig());
    night.rig.engine.attacks.cases.costs = new CallCosts(plan, deck);
    night.fact("sip.auth_ok", 0, ONE);
    for (let i = 0; i < 130; i++) {
      const uriUser = i === 7 ? "+4915112345678" : "+37128207426";
      night.fact("call.answered", 1, OTHER, "201", { uriUser, callId: `c${i}` });
      night.rig.raise("call.ended", { at: 2, value: 61, subject: { callId: `c${i}` } });
    }
    const [only] = night.end(90);
    expect(only?.calls).toMatchObject({ ended: 130 });
    expect(only?.calls?.cost).toEqual({ amount: 161.25, currency: "EUR", unpriced: 1 });
    expect(only?.calls?.list[0]).toMatchObject({ durationUs: 61e6, cost: 1.25 });
    expect(only?.calls?.list[7]).toMatchObject({ cost: null });
    if (only === undefined) return;
    expect(caseTitle(only)).toMatch(/, EUR 161\.25 without the 1 that no price is known of$/);
    // Without prices no sum is made up.
    const { calls } = only;
    const free = { ...only, calls: calls && { ...calls, cost: null } };
    expect(caseTitle(free)).not.toMatch(/EUR|price/);
    expect(caseAdvice(free).join()).toContain("unknown: give the carrier's prices with --rates");
    expect(caseAdvice(only).join()).not.toContain("--rates");
  });

  it("goes on over a restart, with all that leads to it and all that was counted", () => {
    const before = new Night();
    before.fact("sip.user_unknown", 0, ONE);
    before.fact("sip.auth_failed", 5, ONE);
    before.fact("sip.auth_ok", 60, ONE);
    before.fact("call.answered", 70, OTHER, "201", { uriUser: "+37128207426", callId: "c1" });
    for (let i = 1; i <= 5; i++) before.fact("sip.user_unknown", i, `203.0.113.${10 + i}`);
    before.fact("sip.failed", 80, "203.0.113.12");
    const { cases } = before.rig.engine.attacks;
    cases.isKept = true;
    expect(before.end(90)).toEqual([]);
    const [opened] = before.records;
    const text = JSON.stringify({
      ...{ kind: "sipsentry cases", version: 1, savedUs: START_US + 90e6 },
      cases: cases.kept(),
    });
    const read = KeptCases.parse(JSON.parse(text));

    const after = new Night();
    after.rig.engine.attacks.cases.restore(read.cases);
    // What was read is what was written.
    expect(after.rig.engine.attacks.cases.kept()).toEqual(read.cases);
    // The source, the account that is followed, the call that was up, and the campaign.
    after.fact("call.answered", 100, OTHER, "201", { uriUser: "+37128207427", callId: "c2" });
    after.rig.raise("call.ended", { at: 130, value: 60, subject: { callId: "c1" } });
    after.fact("sip.user_unknown", 140, "203.0.113.99");
    after.fact("sip.user_unknown", 4_000, ONE, "999");
    const closed = after.end(9_000);
    expect(closed).toHaveLength(2);
    const own = closed.find(({ caseId }) => caseId === opened?.caseId);
    expect(own).toMatchObject({
      ...{ stage: "use", severity: 1, attack: "bruteforce_success", alerts: 4, startUs: START_US },
      calls: { answered: 2, ended: 1, durationUs: 60e6 },
    });
    expect(own?.steps.map(({ sid }) => sid)).toEqual([1, 2, 3]);
    const campaign = closed.find(({ caseId }) => caseId !== opened?.caseId);
    expect(campaign?.sources.map(({ ip }) => ip)).toContain("203.0.113.99");
    // Records of one case never have the same number, nor the same id.
    const numbers = [...before.records, ...after.records].filter(
      ({ caseId }) => caseId === opened?.caseId,
    );
    expect(new Set(numbers.map(({ sequence }) => sequence)).size).toBe(numbers.length);
    expect(new Set(numbers.map(({ alertId }) => alertId)).size).toBe(numbers.length);
  });

  it("that has ended while nobody looked is closed when time goes on", () => {
    const before = new Night({ idleS: 3_600 });
    before.fact("sip.auth_failed", 0, ONE);
    before.rig.engine.advance(START_US + 100e6);
    const kept = before.rig.engine.attacks.cases.kept();
    const after = new Night({ idleS: 3_600 });
    after.rig.engine.attacks.cases.restore(kept);
    after.rig.engine.advance(START_US + 90_000e6);
    expect(told(after)).toEqual(["closed guess 2"]);
  });

  it("is not another attacker's, even at the same server and at the same time", () => {
    const night = new Night();
    night.fact("sip.user_unknown", 0, ONE);
    night.fact("sip.user_unknown", 1, OTHER);
    night.fact("sip.auth_failed", 2, ONE, "201");
    night.fact("sip.auth_failed", 3, OTHER, "202");
    expect(night.end(10).map(({ sources }) => sources.map(({ ip }) => ip))).toEqual([
      [ONE],
      [OTHER],
    ]);
  });

  it("of many who guess at one account is one", () => {
    const night = new Night();
    for (let i = 1; i <= 30; i++) night.fact("sip.auth_failed", i, `203.0.113.${i}`, "201");
    const [only, ...others] = night.end(40);
    expect(others).toEqual([]);
    expect(only).toMatchObject({ sourceCount: 30, alerts: 30 });
  });

  it("of a campaign takes in what its sources did before, but nobody who did more", () => {
    const night = new Night();
    for (let i = 1; i <= 5; i++) night.fact("sip.user_unknown", i, `203.0.113.${i}`);
    night.fact("sip.user_unknown", 6, OTHER);
    night.fact("sip.auth_failed", 7, OTHER);
    night.fact("sip.failed", 8, "203.0.113.3");
    night.fact("sip.user_unknown", 9, "203.0.113.77");
    const all = night.end(20);
    expect(all).toHaveLength(2);
    const campaign = all.find(({ stage }) => stage === "walk");
    expect(campaign?.merged).toHaveLength(4);
    expect(campaign?.sources.map(({ ip }) => ip)).not.toContain(OTHER);
    expect(campaign?.sources.map(({ ip }) => ip)).toContain("203.0.113.77");
  });

  it("names no server that passes on what it was sent", () => {
    const night = new Night();
    const sent = { client: ONE, server: SERVER, src: ONE, dst: SERVER };
    night.rig.raise("sip.injection_string", { at: 0, ...sent });
    night.rig.raise("sip.injection_string", { at: 1, src: SERVER, dst: OTHER, client: SERVER });
    const [only, ...others] = night.end(2);
    expect(others).toEqual([]);
    expect(only).toMatchObject({ sources: [{ ip: ONE }], sourceCount: 1, alerts: 2 });
  });

  it("is opened by no information, and by no oddity that names no attack", () => {
    const night = new Night();
    night.fact("sip.registered", 0, ONE);
    night.fact("sip.unanswered", 1, ONE);
    expect(night.end(2)).toEqual([]);
    expect(night.rig.alerts.map(({ caseId }) => caseId)).toEqual([undefined, undefined]);
  });

  it("is not raised by the extensions that the account's owner calls", () => {
    const night = new Night();
    night.fact("sip.auth_ok", 0, ONE);
    night.fact("call.answered", 1, OTHER, "201", { uriUser: "202" });
    const [only] = night.end(2);
    expect(only).toMatchObject({ stage: "in", calls: null });
  });

  it("ends when nothing new has come for long, each hour told while it grows", () => {
    const night = new Night({ idleS: 7_200, updateS: 3_600 });
    night.fact("sip.auth_failed", 0, ONE);
    night.fact("sip.auth_failed", 3_000, ONE);
    night.fact("sip.auth_failed", 3_700, ONE);
    night.rig.engine.advance(START_US + 20_000e6);
    expect(told(night)).toEqual([
      "opened guess 2",
      "update guess 2",
      "update guess 2",
      "closed guess 2",
    ]);
    expect(night.records.at(-1)).toMatchObject({ reason: "idle" });
    expect(night.rig.engine.attacks.cases.counters).toMatchObject({ open: 0, closed: 1 });
  });

  it("goes on over a reload, and its rule may be gone", () => {
    const night = new Night();
    night.fact("sip.user_unknown", 0, ONE);
    night.rig.reload(RULES.split("\n").slice(1).join("\n"), 5);
    night.fact("sip.auth_failed", 10, ONE);
    const [only, ...others] = night.end(20);
    expect(others).toEqual([]);
    expect(only).toMatchObject({ stage: "guess", alerts: 2 });
  });
});

it("cases are bounded: the one without an alert for longest ends early and is counted", () => {
  const night = new Night({ openMax: 100 });
  for (let i = 0; i < 1_000; i++) {
    night.fact("sip.user_unknown", i, `11.0.${i >> 8}.${i & 255}`);
  }
  expect(night.rig.engine.attacks.cases.counters).toMatchObject({ open: 100, evictions: 900 });
  expect(night.end(2_000)).toHaveLength(1_000);
});

it("the same facts make the same records", () => {
  const play = () => {
    const night = new Night();
    for (let i = 0; i < 20; i++) night.fact("sip.auth_failed", i, `203.0.113.${i}`, `${i % 3}`);
    night.end(100);
    return night.records;
  };
  expect(play()).toEqual(play());
});
