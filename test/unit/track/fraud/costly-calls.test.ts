import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../../../src/config/config-file.ts";
import { stepAbove } from "../../../../src/track/fraud/spend.ts";
import { dial, PBX } from "../../../support/dialled-call.ts";
import { ask, requestOf } from "../../../support/sip-actors.ts";
import { folderOfFile } from "../../../support/temporary-folder.ts";
import { type Endpoint, Wire, type WireRun } from "../../../support/wire.ts";

const PHONE: Endpoint = { ip: "192.0.2.31", port: 5060 };
const OTHER: Endpoint = { ip: "192.0.2.32", port: 5060 };
const DECK = join(folderOfFile(), "rates.csv");
writeFileSync(
  DECK,
  "prefix,price,currency,connect_fee,first_s,step_s,name\n88213,6,USD,0,1,1,Satellite\n49,0.02,USD\n252,1,USD,0,60,60,Somalia\n",
);
const WITH_DECK = [`numbers.rateDecks=["${DECK}"]`, "numbers.country=DE"];

function run(sets: readonly string[], play: (wire: Wire) => void, tailS = 8_000): WireRun {
  const wire = new Wire({ config: loadConfig({ sets: [...sets] }) });
  play(wire);
  // Time goes on after the last call was begun.
  for (let i = 0; i < tailS / 20; i++) {
    wire.now += 20;
    ask(wire, OTHER, PBX, requestOf(wire, OTHER, PBX, "OPTIONS", "x"), 200);
  }
  return wire.run();
}

function alertsOf({ alerts }: WireRun, sid: number) {
  return alerts.filter(({ signature }) => signature.sid === sid);
}

const SPEND = 9_106_020;

describe("live spend", () => {
  it("is told while the call is up, within seconds of the limit", () => {
    const seen = run(WITH_DECK, (wire) => {
      dial(wire, PHONE, "201", "0088213123456", { seconds: 3_000 });
    });
    const [alert] = alertsOf(seen, SPEND);
    // 50 at 6 a minute are 500 s.
    expect((alert?.timeUs ?? 0) / 1e6 - 1_800_000_000).toBeGreaterThan(500);
    expect((alert?.timeUs ?? 0) / 1e6 - 1_800_000_000).toBeLessThan(525);
    expect(JSON.stringify(alert?.evidence)).toContain("USD 50.");
    expect(JSON.stringify(alert?.evidence)).toContain("tel:+88213123456");
    expect(alert?.voip.account).toBe("201@192.0.2.10");
  });

  it("adds the calls of an account up, and keeps accounts apart", () => {
    const seen = run(WITH_DECK, (wire) => {
      for (let i = 0; i < 4; i++) {
        dial(wire, PHONE, "201", `0025261${1_000_000 + i}`, { seconds: 800 });
        dial(wire, OTHER, "202", `0025261${2_000_000 + i}`, { seconds: 600 });
      }
    });
    const accounts = alertsOf(seen, SPEND).map(({ voip }) => voip.account);
    expect(accounts).toEqual(["201@192.0.2.10"]);
  });

  it("is never told without a deck", () => {
    const { facts } = run([], (wire) => {
      for (let i = 0; i < 4; i++) dial(wire, PHONE, "201", "0088213123456", { seconds: 3_000 });
    });
    expect(facts["call.spend"]).toBeUndefined();
  });

  it("ends with the call, and forgets after an hour", () => {
    const seen = run(WITH_DECK, (wire) => {
      for (let i = 0; i < 3; i++) {
        dial(wire, PHONE, "201", "0088213123456", { seconds: 450 });
        wire.now += 3_700;
      }
    });
    expect(seen.facts["call.spend"]).toBe(3);
    expect(alertsOf(seen, SPEND)).toEqual([]);
  });

  it("charges ended calls in the deck's increments", () => {
    const seen = run(WITH_DECK, (wire) => {
      // Ten seconds each, charged as a minute.
      for (let i = 0; i < 51; i++) {
        dial(wire, PHONE, "201", `0025261${1_000_000 + i}`, { seconds: 10 });
        wire.now += 30;
      }
    });
    expect(alertsOf(seen, SPEND)).toHaveLength(1);
  });

  it("stays low for a day of calls at home", () => {
    const seen = run(WITH_DECK, (wire) => {
      for (let i = 0; i < 60; i++) {
        dial(wire, PHONE, "201", `0301234${100 + i}`, { seconds: 300 });
        wire.now += 60;
      }
    });
    expect(seen.alarms).toEqual([]);
  });

  it.each([
    [0, 1],
    [0.99, 1],
    [1, 1.5],
    [1.5, 2],
    [9.4, 9.5],
    [9.6, 10],
    [10, 15],
    [49.99, 50],
    [50, 55],
    [99.9, 100],
    [1000, 1500],
  ])("is told again above %d at %d", (sum, next) => {
    expect(stepAbove(sum)).toBeCloseTo(next, 6);
  });
});

describe("costly calls", () => {
  const PLAN = ["numbers.country=DE"];

  it("four at once of one account are told, three are not", () => {
    const calls = (count: number) => (wire: Wire) => {
      for (let i = 0; i < count; i++) {
        dial(wire, PHONE, "201", `00442079460${100 + i}`, { seconds: 300 });
      }
    };
    expect(run(PLAN, calls(3), 400).sids).toEqual([]);
    expect(run(PLAN, calls(4), 400).sids).toEqual([9_106_023]);
    expect(run(PLAN, calls(8), 400).sids).toContain(9_106_024);
  });

  it("one behind the other are one at a time", () => {
    const seen = run(PLAN, (wire) => {
      for (let i = 0; i < 20; i++) {
        dial(wire, PHONE, "201", `00442079460${100 + i}`, { seconds: 60 });
        wire.now += 75;
      }
    });
    expect(seen.sids).toEqual([]);
  });

  it("more than fifty within an hour are told", () => {
    const seen = run(PLAN, (wire) => {
      for (let i = 0; i < 51; i++) {
        dial(wire, PHONE, "201", `00442079460${100 + i}`, { seconds: 20 });
        wire.now += 40;
      }
    });
    expect(seen.sids).toEqual([9_106_025]);
  });

  it("of a trunk, which many callers share, are its customers'", () => {
    const seen = run(PLAN, (wire) => {
      for (let i = 0; i < 80; i++) {
        const options = { seconds: 200, account: "trunk1" };
        dial(wire, PHONE, `4930100${i % 30}`, `00442079460${100 + i}`, options);
        wire.now += 20;
      }
    });
    expect(seen.facts["call.far_of_trunk"]).toBeGreaterThan(60);
    expect(seen.sids).toEqual([]);
  });

  it("that stay up for long are told, premium ones sooner", () => {
    const call = (number: string, seconds: number) => (wire: Wire) => {
      dial(wire, PHONE, "201", number, { seconds });
    };
    expect(run(PLAN, call("00442079460123", 7_000)).sids).toEqual([]);
    expect(run(PLAN, call("00442079460123", 12_000), 13_000).sids).toEqual([9_106_027]);
    expect(run(PLAN, call("0088213123456", 3_700)).sids).toEqual([9_106_026]);
    expect(run(PLAN, call("0088213123456", 3_000)).sids).toEqual([]);
  });
});
