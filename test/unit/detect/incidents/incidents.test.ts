import { describe, expect, it } from "vitest";
import type { IncidentRecord } from "../../../../src/detect/incidents/incident.ts";
import { DISTINCT_MAX } from "../../../../src/detect/incidents/incident-samples.ts";
import { PHONE, Rig, request, START_US } from "../rig.ts";

const EACH = `alert ip any any -> any any (msg:"each"; app-layer-event:sip.auth_failed; sid:1;)`;
const COUNTED = `alert ip any any -> any any (msg:"counted"; app-layer-event:sip.auth_failed; threshold:type both, track by_client, count 10, seconds 60, quiet 600; sid:2;)`;
const UNIQUE = `alert ip any any -> any any (msg:"unique"; app-layer-event:sip.user_unknown; threshold:type both, track by_client, unique_on to_user, count 3, seconds 60, quiet 3600; sid:3;)`;

function folding(rules: string, settings: { openMax?: number; idleS?: number } = {}): Rig {
  return new Rig(rules, { incidents: { fold: true, ...settings } });
}

function fail(rig: Rig, at: number, src = PHONE): number[] {
  return rig.raise("sip.auth_failed", { at, src, client: src });
}

function at(timeUs: number): number {
  return (timeUs - START_US) / 1e6;
}

function advance(rig: Rig, seconds: number): void {
  rig.engine.incidents.advance(START_US + seconds * 1e6);
}

function textOf(record: IncidentRecord): string {
  const { state, reason, sequence, count, folded } = record;
  return `${sequence} ${state}${reason === undefined ? "" : ` ${reason}`} at ${at(record.timeUs)}: ${count}, ${folded} folded, ${at(record.startUs)} to ${at(record.endUs)}`;
}

describe("an alert whose incident is open", () => {
  it("is folded: it counts, and is not written", () => {
    const rig = folding(EACH);
    expect([0, 10, 20, 30].map((second) => fail(rig, second))).toEqual([[1], [], [], []]);
    rig.engine.incidents.finish(START_US + 40e6);
    expect(rig.incidents.map(textOf)).toEqual(["1 closed end_of_run at 40: 4, 3 folded, 0 to 30"]);
    expect(rig.engine.counters).toMatchObject({ alerts: 1, suppressed: 0 });
    expect(rig.engine.incidents.counters).toEqual({
      open: 0,
      opened: 1,
      closed: 1,
      updates: 0,
      folded: 3,
      evictions: 0,
    });
  });

  it("is written with fold off, and counts once", () => {
    const rig = new Rig(EACH);
    expect([0, 10, 20].map((second) => fail(rig, second))).toEqual([[1], [1], [1]]);
    rig.engine.incidents.finish(START_US + 40e6);
    expect(rig.incidents.map(textOf)).toEqual(["1 closed end_of_run at 40: 3, 0 folded, 0 to 20"]);
  });

  it("still sets the bits that go with an alert", () => {
    const rig = folding(
      `alert ip any any -> any any (msg:"a"; app-layer-event:sip.auth_failed; xbits:set,failed,track ip_src,expire 5,on_alert; sid:1;)
alert ip any any -> any any (msg:"b"; app-layer-event:sip.auth_ok; xbits:isset,failed,track ip_src; sid:9;)`,
    );
    fail(rig, 0);
    expect(fail(rig, 60)).toEqual([]);
    expect(rig.raise("sip.auth_ok", { at: 62 })).toEqual([9]);
  });

  it("is of another incident when the offender, the rule or the tracked key is another", () => {
    const rig = folding(`${EACH}\n${EACH.replace("sid:1", "sid:4")}`);
    expect(fail(rig, 0, "198.51.100.1")).toEqual([1, 4]);
    expect(fail(rig, 1, "198.51.100.2")).toEqual([1, 4]);
    expect(rig.engine.incidents.counters.open).toBe(4);
  });
});

describe("a fact without an offender", () => {
  it("goes by its victim, else by the rule", () => {
    const rig = folding(
      `alert ip any any -> any any (msg:"n"; app-layer-event:sensor.drops; sid:5;)`,
    );
    const nobody = { src: "", dst: "" };
    expect(rig.raise("sensor.drops", { ...nobody, at: 0 })).toEqual([5]);
    expect(rig.raise("sensor.drops", { ...nobody, at: 1 })).toEqual([]);
    expect(rig.raise("sensor.drops", { src: "", at: 2 })).toEqual([5]);
  });
});

describe("matches that the threshold keeps back", () => {
  it("count from where the rule began to count", () => {
    const rig = folding(COUNTED);
    const alerts = Array.from({ length: 50 }, (_, second) => fail(rig, second)).flat();
    expect(alerts).toEqual([2]);
    expect(rig.alerts.map(({ timeUs }) => at(timeUs))).toEqual([9]);
    advance(rig, 2_000);
    expect(rig.incidents.map(textOf)).toEqual([
      "1 update at 69: 50, 0 folded, 0 to 49",
      "2 closed idle at 349: 50, 0 folded, 0 to 49",
    ]);
  });

  it("do not keep it open when they come at less than half of the rule's rate", () => {
    const rig = folding(COUNTED);
    for (let second = 0; second < 20; second++) fail(rig, second);
    for (let second = 20; second < 4_000; second += 20) fail(rig, second);
    const closed = rig.incidents.filter(({ state }) => state === "closed");
    expect(closed).toHaveLength(1);
    expect(at(closed[0]?.endUs ?? 0)).toBeLessThan(300);
    expect(fail(rig, 4_000)).toEqual([]);
    // The next flood is news.
    const later = Array.from({ length: 30 }, (_, second) => fail(rig, 5_000 + second)).flat();
    expect(later).toEqual([2]);
  });
});

describe("records in packet time", () => {
  it("come after 60 s, then each after four times as long, up to an hour, while it goes on", () => {
    const rig = folding(EACH);
    for (let second = 0; second <= 40_000; second += 10) fail(rig, second);
    expect(rig.incidents.map(({ state, timeUs }) => `${state} ${at(timeUs)}`)).toEqual([
      "update 60",
      "update 300",
      "update 1260",
      ...Array.from({ length: 10 }, (_, hour) => `update ${1_260 + 3_600 * (hour + 1)}`),
    ]);
    expect(rig.incidents.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 13 }, (_, i) => i + 1),
    );
  });

  it("are left out when nothing was counted since the last one", () => {
    const rig = folding(EACH, { idleS: 3_600 });
    fail(rig, 0);
    fail(rig, 50);
    advance(rig, 3_000);
    expect(rig.incidents.map(textOf)).toEqual(["1 update at 60: 2, 1 folded, 0 to 50"]);
  });

  it("are the same whether time passes by packets or by a clock, in small steps or one", () => {
    const play = (step: number): string[] => {
      const rig = folding(`${EACH}\n${COUNTED}`);
      for (let second = 0; second < 3_000; second++) {
        if (step > 0 && second % step === 0) advance(rig, second);
        if (second % 700 < 100) fail(rig, second, `198.51.100.${second % 3}`);
      }
      advance(rig, 20_000);
      return rig.incidents.map((record) => `${record.alertId} ${textOf(record)}`);
    };
    const reference = play(0);
    expect(reference.length).toBeGreaterThan(20);
    expect(play(1)).toEqual(reference);
    expect(play(97)).toEqual(reference);
  });

  it("come in the order of their times, at once in the order of opening", () => {
    const rig = folding(EACH);
    for (const host of [3, 1, 2]) fail(rig, 0, `198.51.100.${host}`);
    fail(rig, 10, "198.51.100.1");
    fail(rig, 10, "198.51.100.3");
    advance(rig, 1_000);
    expect(
      rig.incidents.map(({ srcIp, state, timeUs }) => `${srcIp} ${state} ${at(timeUs)}`),
    ).toEqual([
      "198.51.100.3 update 60",
      "198.51.100.1 update 60",
      "198.51.100.2 closed 300",
      "198.51.100.3 closed 310",
      "198.51.100.1 closed 310",
    ]);
  });

  it("have ids of their own, the same in each run, and name the opening alert", () => {
    const play = () => {
      const rig = folding(EACH);
      for (let second = 0; second < 400; second += 10) fail(rig, second);
      rig.engine.incidents.finish(START_US + 400e6);
      return rig;
    };
    const { alerts, incidents } = play();
    expect(new Set(incidents.map(({ incidentId }) => incidentId))).toEqual(
      new Set(alerts.map(({ alertId }) => alertId)),
    );
    const ids = incidents.map(({ alertId }) => alertId);
    expect(new Set([...ids, alerts[0]?.alertId]).size).toBe(incidents.length + 1);
    expect(ids.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
    expect(play().incidents).toEqual(incidents);
  });
});

describe("an incident that has ended", () => {
  it("is resumed when it goes on while the rule is quiet, and pauses may then be longer", () => {
    const rig = folding(UNIQUE);
    const walk = (fromS: number) => {
      for (let i = 0; i < 10; i++) {
        const subject = { toUser: `u${fromS + i}` };
        rig.raise("sip.user_unknown", { at: fromS + i, client: PHONE, subject });
      }
    };
    for (const fromS of [0, 400, 1_400, 3_500]) walk(fromS);
    advance(rig, 10_000);
    expect(rig.alerts).toHaveLength(1);
    expect(rig.incidents.map(textOf)).toEqual([
      "1 update at 62: 10, 0 folded, 0 to 9",
      "2 closed idle at 309: 10, 0 folded, 0 to 9",
      "3 resumed at 401: 12, 0 folded, 0 to 401",
      "4 update at 1361: 20, 0 folded, 0 to 409",
      "5 closed idle at 2609: 30, 0 folded, 0 to 1409",
      "6 resumed at 3501: 32, 0 folded, 0 to 3501",
      "7 update at 7101: 40, 0 folded, 0 to 3509",
      "8 closed idle at 7109: 40, 0 folded, 0 to 3509",
    ]);
  });
});

describe("what a record says", () => {
  it("distinct values, with those before the alert", () => {
    const rig = folding(UNIQUE);
    for (const [second, toUser] of ["a", "b", "b", "c", "c", "d"].entries()) {
      rig.raise("sip.user_unknown", { at: second, client: PHONE, subject: { toUser } });
    }
    rig.engine.incidents.finish(START_US + 9e6);
    expect(rig.incidents).toMatchObject([
      { distinct: { field: "to_user", count: 4, isCut: false }, track: "by_client", key: PHONE },
    ]);
  });

  it("that there may be more distinct values than were remembered", () => {
    const rig = folding(UNIQUE);
    for (let i = 0; i < DISTINCT_MAX + 10; i++) {
      const subject = { toUser: `${"x".repeat(i % 90)}${i}` };
      rig.raise("sip.user_unknown", { at: i / 1_000, client: PHONE, subject });
    }
    rig.engine.incidents.finish(START_US + 9e6);
    expect(rig.incidents).toMatchObject([
      { distinct: { count: DISTINCT_MAX, isCut: true }, count: DISTINCT_MAX + 10 },
    ]);
  });

  it("the busiest minute", () => {
    const rig = folding(EACH);
    const times = [0, 30, 70, 80, 90, 100, 125, 130];
    for (const second of times) fail(rig, second);
    rig.engine.incidents.finish(START_US + 200e6);
    expect(rig.incidents.at(-1)?.peak).toEqual({ count: 4, seconds: 60, startUs: START_US + 60e6 });
  });

  it("the first five calls, accounts and destinations, none of them without end", () => {
    const rig = folding(EACH);
    for (let i = 0; i < 8; i++) {
      const subject = { callId: `${i}-${"c".repeat(5_000)}`, account: `${i % 2}@pbx` };
      rig.raise("sip.auth_failed", { at: i, dst: `192.0.2.${i}`, subject });
    }
    rig.engine.incidents.finish(START_US + 9e6);
    const [record] = rig.incidents;
    expect(record?.callIds.map((text) => [text[0], text.length])).toEqual(
      ["0", "1", "2", "3", "4"].map((first) => [first, 256]),
    );
    expect(record?.accounts).toEqual(["0@pbx", "1@pbx"]);
    expect(record?.destIps).toEqual([
      "192.0.2.0",
      "192.0.2.1",
      "192.0.2.2",
      "192.0.2.3",
      "192.0.2.4",
    ]);
  });

  it("who and what matched most, also what the threshold kept back, and how many there were", () => {
    const rig = folding(COUNTED.replace("by_client", "by_server"));
    for (let i = 0; i < 200; i++) {
      const user = i % 4 === 0 ? 7 : i;
      const src = i % 2 === 0 ? "198.51.100.9" : `10.1.${i % 100}.1`;
      const subject = {
        account: `u${user}@pbx`,
        accountKey: 1000 + user,
        uriUser: `00${user}`,
        uriUserKey: 5000 + user,
      };
      rig.raise("sip.auth_failed", {
        at: i / 100,
        src,
        client: src,
        dst: "10.0.0.2",
        server: "10.0.0.2",
        subject,
      });
    }
    rig.engine.incidents.finish(START_US + 9e6);
    const [record] = rig.incidents;
    const { sources, destinations, accounts, numbers } = record?.top ?? {};
    // The tenth match opened it: of those before only the server is known.
    expect(record?.count).toBe(200);
    expect(destinations).toEqual({
      distinct: 1,
      isCut: false,
      values: [{ text: "10.0.0.2", count: 200 }],
    });
    expect(sources?.values[0]?.text).toBe("198.51.100.9");
    expect(sources?.values[0]?.count).toBeGreaterThan(80);
    expect(sources?.values[0]?.count).toBeLessThanOrEqual(100);
    expect(sources?.distinct).toBe(51);
    expect(accounts?.values[0]?.text).toBe("u7@pbx");
    expect(accounts?.values.length).toBeLessThanOrEqual(10);
    expect(numbers?.values[0]?.text).toBe("007");
    expect(numbers?.distinct).toBe(145);
  });

  it("the rule's and the opening alert's ends, and nothing of its packet", () => {
    const rig = folding(
      `alert sip any any -> any any (msg:"m"; sip.method; content:"INVITE"; sid:6;)`,
    );
    rig.send({ payload: request("INVITE"), at: 1 });
    rig.send({ payload: request("INVITE"), at: 2, src: PHONE, srcPort: 9_999 });
    rig.engine.incidents.finish(START_US + 3e6);
    expect(rig.incidents).toMatchObject([
      { srcIp: PHONE, srcPort: 5060, packetNumber: 0, flowId: 0, count: 2, callIds: ["call-1"] },
    ]);
  });

  it("of a ratio only what attacks", () => {
    const rig = folding(
      `alert ip any any -> any any (msg:"r"; ratio:sip.auth_failed / sip.auth_ok, above 2, min 4, track by_client, seconds 60; sid:7;)`,
    );
    for (let second = 0; second < 8; second++) fail(rig, second);
    for (let second = 8; second < 20; second++)
      rig.raise("sip.auth_ok", { at: second, client: PHONE });
    rig.engine.incidents.finish(START_US + 30e6);
    expect(rig.incidents.map(textOf)).toEqual(["1 closed end_of_run at 30: 8, 0 folded, 0 to 7"]);
  });
});

describe("20,000 spoofed sources", () => {
  const sources = Array.from(
    { length: 20_000 },
    (_, i) => `11.${i >> 16}.${(i >> 8) & 255}.${i & 255}`,
  );

  it("are bounded: the one idle longest is closed early and counted, and all are closed at last", () => {
    const rig = folding(EACH, { openMax: 1_000 });
    let openMost = 0;
    for (const [i, src] of sources.entries()) {
      fail(rig, i / 1_000, src);
      openMost = Math.max(openMost, rig.engine.incidents.counters.open);
    }
    expect(openMost).toBe(1_000);
    rig.engine.incidents.finish(START_US + 100e6);
    expect(rig.engine.incidents.counters).toMatchObject({
      opened: 20_000,
      closed: 20_000,
      open: 0,
      evictions: 19_000,
    });
    expect(rig.incidents.slice(0, 19_000).every(({ reason }) => reason === "evicted")).toBe(true);
    expect(rig.incidents.map(({ srcIp }) => srcIp)).toEqual(sources);
  });

  it("spare the incident that goes on", () => {
    const rig = folding(EACH, { openMax: 1_000 });
    for (const [i, src] of sources.entries()) {
      fail(rig, i / 1_000, src);
      if (i % 500 === 0) fail(rig, i / 1_000);
    }
    rig.engine.incidents.finish(START_US + 100e6);
    const own = rig.incidents.filter(({ srcIp }) => srcIp === PHONE);
    expect(own).toMatchObject([{ state: "closed", reason: "end_of_run", count: 40 }]);
  });
});

it("a rule with quiet alerts at time zero, too, and once", () => {
  const rig = new Rig(
    `alert ip any any -> any any (msg:"q"; app-layer-event:sip.auth_failed; threshold:type both, track by_client, count 2, seconds 60, quiet 600; sid:1;)`,
  );
  const at = -START_US / 1e6;
  const fired = [0, 0, 0, 1, 2].map((second) =>
    rig.raise("sip.auth_failed", { at: at + second, src: PHONE, client: PHONE }),
  );
  expect(fired).toEqual([[], [1], [], [], []]);
});
