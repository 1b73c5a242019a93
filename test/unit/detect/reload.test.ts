import { describe, expect, it } from "vitest";
import { CounterBudget } from "../../../src/detect/counters/counter-budget.ts";
import { WindowCounter } from "../../../src/detect/counters/threshold.ts";
import { loadText, PHONE, Rig, request, START_US } from "./rig.ts";

function rule(sid: number, options: string, msg = `rule ${sid}`): string {
  return `alert ip any any -> any any (msg:"${msg}"; ${options}; sid:${sid};)`;
}

const COUNTED = rule(
  2,
  "app-layer-event:sip.auth_failed; threshold:type threshold, track by_client, count 10, seconds 60",
);
const BEFORE = rule(1, "app-layer-event:sip.user_unknown");
const OTHER = rule(9, "app-layer-event:sip.auth_ok");

function fail(rig: Rig, at: number): number[] {
  return rig.raise("sip.auth_failed", { at, client: PHONE });
}

describe("what an unchanged rule has counted survives a reload", () => {
  it.each([
    ["threshold", "threshold:type threshold, track by_client, count 10, seconds 60"],
    ["both", "threshold:type both, track by_client, count 10, seconds 60, quiet 600"],
    ["detection_filter", "detection_filter:track by_client, count 9, seconds 60"],
  ])("%s: the tenth match fires, five before and five after", (_, threshold) => {
    const counted = rule(2, `app-layer-event:sip.auth_failed; ${threshold}`);
    const rig = new Rig(counted);
    for (let second = 0; second < 5; second++) expect(fail(rig, second)).toEqual([]);
    // The ids of signatures change: others come before.
    rig.reload(`${BEFORE}\n${rule(1_000, 'sip.method; content:"X"')}\n${counted}`, 4.5);
    for (let second = 5; second < 9; second++) expect(fail(rig, second)).toEqual([]);
    expect(fail(rig, 9)).toEqual([2]);
    expect(rig.alerts[0]?.voip.counter).toMatchObject({ count: 10, key: PHONE });
  });

  it("ratio", () => {
    const ratio = rule(
      2,
      "ratio:sip.auth_failed / sip.auth_ok, above 2, min 6, track by_client, seconds 60",
    );
    const rig = new Rig(`${BEFORE}\n${ratio}`);
    for (let second = 0; second < 4; second++) fail(rig, second);
    rig.reload(ratio, 4);
    expect([fail(rig, 5), fail(rig, 6)]).toEqual([[], [2]]);
  });

  it("distinct values and quiet time", () => {
    const unique = rule(
      2,
      "app-layer-event:sip.user_unknown; threshold:type both, track by_client, unique_on to_user, count 3, seconds 60, quiet 600",
    );
    const rig = new Rig(unique);
    const probe = (at: number, toUser: string) =>
      rig.raise("sip.user_unknown", { at, client: PHONE, subject: { toUser } });
    probe(0, "a");
    probe(1, "b");
    rig.reload(`${OTHER}\n${unique}`, 2);
    expect([probe(3, "a"), probe(4, "b"), probe(5, "c")]).toEqual([[], [], [2]]);
    rig.reload(`${OTHER}\n${COUNTED}\n${unique}`, 6);
    expect(["x", "y", "z"].map((user, i) => probe(100 + i, user))).toEqual([[], [], []]);
  });

  it("counters by flow, which still die with their flow", () => {
    const byFlow = `alert sip any any -> any any (msg:"f"; sip.method; content:"INVITE"; threshold:type threshold, track by_flow, count 3, seconds 600; sid:3;)`;
    const rig = new Rig(`${BEFORE}\n${byFlow}`);
    const send = (at: number) => rig.send({ payload: request("INVITE"), at });
    send(0);
    send(1);
    rig.reload(byFlow, 2);
    expect(send(3)).toEqual([3]);
    send(4);
    send(5);
    rig.flows.shutdown();
    expect([send(6), send(7), send(8)]).toEqual([[], [], [3]]);
  });

  it("and is reset by facts as before", () => {
    const reset = COUNTED.replace("seconds 60", "seconds 60, reset_on sip.auth_ok");
    const rig = new Rig(`${BEFORE}\n${reset}`);
    for (let second = 0; second < 9; second++) fail(rig, second);
    rig.reload(reset, 9);
    rig.raise("sip.auth_ok", { at: 10, client: PHONE });
    expect(fail(rig, 11)).toEqual([]);
  });
});

describe("a rule that a reload changes begins anew", () => {
  it.each([
    ["another rev", COUNTED.replace("sid:2;", "sid:2; rev:2;")],
    ["another text", COUNTED.replace("rule 2", "rule two")],
    ["another threshold", COUNTED.replace("count 10", "count 9")],
  ])("%s", (_, changed) => {
    const rig = new Rig(COUNTED);
    for (let second = 0; second < 8; second++) fail(rig, second);
    rig.reload(changed, 8);
    expect([fail(rig, 9), fail(rig, 10), fail(rig, 11)]).toEqual([[], [], []]);
  });

  it("when threshold.config changes what it counts", () => {
    const config = (count: number) =>
      `threshold gen_id 1, sig_id 2, type threshold, track by_src, count ${count}, seconds 60`;
    const plain = rule(2, "app-layer-event:sip.auth_failed");
    const rig = new Rig(plain, { threshold: config(10) });
    for (let second = 0; second < 8; second++) fail(rig, second);
    rig.engine.reload(loadText(plain, undefined, { threshold: config(3) }).ruleSet, START_US + 8e6);
    expect([fail(rig, 9), fail(rig, 10), fail(rig, 11)]).toEqual([[], [], [2]]);
  });
});

describe("a rule that a reload takes away", () => {
  it("no longer fires, and comes back with nothing counted", () => {
    const rig = new Rig(`${COUNTED}\n${OTHER}`);
    for (let second = 0; second < 9; second++) fail(rig, second);
    rig.reload(OTHER, 9);
    expect([9, 10, 11].map((second) => fail(rig, second))).toEqual([[], [], []]);
    expect(rig.raise("sip.auth_ok", { at: 12 })).toEqual([9]);
    rig.reload(COUNTED, 13);
    expect(fail(rig, 14)).toEqual([]);
  });

  it("gives its place in the budget back", () => {
    const limits = { keysMax: 20, valuesMax: 1_000 };
    const threshold = "threshold:type limit, track by_src, count 1, seconds 6000";
    const [gone, kept] = [2, 3].map((sid) =>
      rule(sid, `app-layer-event:sip.auth_failed; ${threshold}`),
    );
    const rig = new Rig(`${gone}\n${kept}`, { limits });
    for (let i = 0; i < 10; i++) rig.raise("sip.auth_failed", { at: i, src: `192.0.2.${i}` });
    rig.reload(`${kept}`, 10);
    for (let i = 10; i < 20; i++) rig.raise("sip.auth_failed", { at: i, src: `192.0.2.${i}` });
    expect(rig.engine.counters.evictions).toBe(0);
    rig.raise("sip.auth_failed", { at: 20, src: "192.0.2.20" });
    expect(rig.engine.counters.evictions).toBe(1);
  });
});

describe("bits survive by name", () => {
  const set = `alert sip any any -> any any (msg:"s"; sip.method; content:"INVITE"; flowbits:set,seen; noalert; sid:20;)`;
  const test = `alert sip any any -> any any (msg:"t"; sip.method; content:"BYE"; flowbits:isset,seen; sid:21;)`;
  const first = `alert sip any any -> any any (msg:"u"; sip.method; content:"ACK"; flowbits:set,another; noalert; sid:22;)`;

  it("flowbits, though others come before them", () => {
    const rig = new Rig(`${set}\n${test}`);
    rig.send({ payload: request("INVITE"), at: 0 });
    rig.reload(`${first}\n${set}\n${test}`, 1);
    expect(rig.send({ payload: request("BYE"), at: 2 })).toEqual([21]);
    expect(rig.send({ payload: request("BYE"), at: 3, srcPort: 7_000 })).toEqual([]);
  });

  it("xbits and hostbits, with their expiry", () => {
    const mark = rule(
      20,
      "app-layer-event:sip.auth_failed; xbits:set,x,track ip_src,expire 60; hostbits:set,h,src; noalert",
    );
    const read = rule(
      21,
      "app-layer-event:sip.auth_ok; xbits:isset,x,track ip_src; hostbits:isset,h,src",
    );
    const rig = new Rig(`${mark}\n${read}`);
    rig.raise("sip.auth_failed", { at: 0 });
    rig.reload(`${OTHER.replace("sid:9", "sid:8")}\n${read}\n${mark}`, 1);
    expect(rig.raise("sip.auth_ok", { at: 2 })).toEqual([21, 8]);
    expect(rig.raise("sip.auth_ok", { at: 90 })).toEqual([8]);
  });

  it("and go when no rule names them any more", () => {
    const rig = new Rig(`${set}\n${test}`);
    rig.send({ payload: request("INVITE"), at: 0 });
    rig.reload(OTHER, 1);
    rig.reload(`${set}\n${test}`, 2);
    expect(rig.send({ payload: request("BYE"), at: 3 })).toEqual([]);
  });
});

describe("incidents", () => {
  const each = rule(1, "app-layer-event:sip.auth_failed");
  const fold = { incidents: { fold: true } };

  it("of unchanged rules go on", () => {
    const rig = new Rig(each, fold);
    fail(rig, 0);
    rig.reload(`${OTHER}\n${COUNTED}\n${each}`, 10);
    expect(fail(rig, 20)).toEqual([]);
    rig.engine.incidents.finish(START_US + 30e6);
    expect(rig.incidents).toMatchObject([{ state: "closed", reason: "end_of_run", count: 2 }]);
  });

  it("of rules that are gone or changed are closed, in the order of opening, after what was due before", () => {
    const also = rule(3, "app-layer-event:sip.auth_failed");
    const rig = new Rig(`${also}\n${each}`, fold);
    fail(rig, 0);
    fail(rig, 10);
    rig.reload(`${OTHER}\n${each.replace("sid:1;", "sid:1; rev:2;")}`, 100);
    expect(
      rig.incidents.map(({ signature, state, reason, timeUs }) => [
        signature.sid,
        state,
        reason,
        (timeUs - START_US) / 1e6,
      ]),
    ).toEqual([
      [3, "update", undefined, 60],
      [1, "update", undefined, 60],
      [3, "closed", "rule_removed", 100],
      [1, "closed", "rule_removed", 100],
    ]);
    expect(rig.engine.incidents.counters.open).toBe(0);
    expect(fail(rig, 101)).toEqual([1]);
  });
});

describe("what the engine counts", () => {
  const each = rule(1, "app-layer-event:sip.auth_failed");

  it("are alerts, matches that were kept back and evaluations; a folded alert is none of the first two", () => {
    const rig = new Rig(`${each}\n${COUNTED}\n${OTHER}`, { incidents: { fold: true } });
    for (let second = 0; second < 10; second++) fail(rig, second);
    expect(rig.engine.counters).toMatchObject({ alerts: 2, suppressed: 9, evaluations: 20 });
  });

  it("goes on over a reload", () => {
    const rig = new Rig(`${each}\n${COUNTED}`);
    for (let second = 0; second < 3; second++) fail(rig, second);
    rig.reload(`${OTHER}\n${each.replace("sid:1;", "sid:1; rev:5;")}`, 3);
    fail(rig, 4);
    rig.reload(COUNTED, 5);
    expect(rig.engine.counters).toMatchObject({ alerts: 4, suppressed: 3, evaluations: 7 });
  });
});

it("a counter that is dropped leaves the budget as it found it", () => {
  const budget = new CounterBudget({ keysMax: 10, valuesMax: 10 });
  const { signatures } = loadText(
    rule(
      2,
      "app-layer-event:sip.auth_failed; threshold:type both, track by_src, unique_on account, count 9, seconds 60",
    ),
  ).ruleSet;
  const spec = signatures[0]?.counter;
  if (spec === null || spec === undefined || spec.type === "ratio" || spec.type === "baseline")
    throw new Error("no threshold");
  const counter = new WindowCounter(spec, budget);
  for (const value of [1, 2, 3]) counter.match(1, value, 1e6);
  counter.match(2, 1, 1e6);
  expect([budget.keys, budget.values]).toEqual([2, 4]);
  counter.drop();
  counter.drop();
  expect([budget.keys, budget.values]).toEqual([0, 0]);
});
