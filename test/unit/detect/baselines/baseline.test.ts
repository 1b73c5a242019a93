import { describe, expect, it } from "vitest";
import { restoreState, STATE_MAGIC } from "../../../../src/detect/baselines/baseline-state.ts";
import { FactFeed } from "../../../baselines/feed.ts";
import { loadText } from "../rig.ts";

const START_US = Date.parse("2026-01-05T00:00:00Z") * 1e3;
const HOUR_US = 3_600e6;
const WEEK_HOURS = 168;
const ENDS = { client: 0xc0000201, server: 0x0a000001, account: "" };
const TEXT =
  "baseline:count REGISTER, seconds 3600, deviation 5, min 20, warmup 504, track by_server;";

function rulesOf(options: string) {
  return loadText(`alert sip any any -> any any (msg:"b"; ${options} sid:1; rev:1;)`);
}

function faultOf(options: string): string {
  return rulesOf(options).messages.find(({ level }) => level === "error")?.text ?? "";
}

/** So many REGISTERs in each hour, evenly. */
function hours(feed: FactFeed, from: number, to: number, count: number): void {
  for (let hour = from; hour < to; hour++) {
    for (let i = 0; i < count; i++) {
      feed.request(START_US + hour * HOUR_US + ((i + 0.5) * HOUR_US) / count, "REGISTER", ENDS);
    }
  }
}

describe("baseline", () => {
  it("says nothing before it is warm, whatever comes", () => {
    const feed = new FactFeed(rulesOf(TEXT).ruleSet);
    hours(feed, 0, 400, 100);
    hours(feed, 400, 402, 5_000);
    expect(feed.alerts).toEqual([]);
  });

  it("tells a rise to twice the usual once, and once more after the quiet time", () => {
    const feed = new FactFeed(rulesOf(TEXT.replace(";", ", quiet 86400;")).ruleSet);
    const at = 4 * WEEK_HOURS;
    hours(feed, 0, at, 100);
    expect(feed.alerts).toEqual([]);
    hours(feed, at, at + 26, 220);
    expect(feed.alerts.map(({ timeUs }) => Math.floor((timeUs - START_US) / HOUR_US))).toEqual([
      at,
      at + 24,
    ]);
  });

  it("is not taught by what is beyond its limit", () => {
    const feed = new FactFeed(rulesOf(TEXT).ruleSet);
    const at = 4 * WEEK_HOURS;
    hours(feed, 0, at, 100);
    hours(feed, at, at + 2 * WEEK_HOURS, 300);
    const before = feed.alerts.length;
    hours(feed, at + 2 * WEEK_HOURS, at + 2 * WEEK_HOURS + 24, 100);
    expect(feed.alerts.length - before).toBeLessThanOrEqual(1);
    hours(feed, at + 2 * WEEK_HOURS + 24, at + 2 * WEEK_HOURS + 26, 200);
    expect(feed.alerts.length).toBeGreaterThan(before);
  });

  it("learns nothing from half hours that nobody watched", () => {
    const feed = new FactFeed(rulesOf(TEXT).ruleSet);
    hours(feed, 0, 3 * WEEK_HOURS, 100);
    hours(feed, 5 * WEEK_HOURS, 6 * WEEK_HOURS, 100);
    expect(feed.alerts).toEqual([]);
    hours(feed, 6 * WEEK_HOURS, 6 * WEEK_HOURS + 2, 220);
    expect(feed.alerts.length).toBeGreaterThan(0);
  });

  it("keeps an alert back whose bits do not hold, and tells it once they do", () => {
    const bits = `xbits:isnotset,held,track by_server; ${TEXT}`;
    const setter =
      'alert sip any any -> any any (msg:"s"; app-layer-event:sip.request; sip.method; content:"OPTIONS"; noalert; xbits:set,held,track by_server,expire 3600; sid:2; rev:1;)';
    const { ruleSet } = loadText(
      `alert sip any any -> any any (msg:"b"; ${bits} sid:1; rev:1;)\n${setter}`,
    );
    const feed = new FactFeed(ruleSet);
    const at = 4 * WEEK_HOURS;
    hours(feed, 0, at, 100);
    feed.request(START_US + at * HOUR_US - 1e6, "OPTIONS", ENDS);
    hours(feed, at, at + 1, 300);
    expect(feed.alerts).toEqual([]);
    hours(feed, at + 1, at + 2, 300);
    expect(feed.alerts.length).toBeGreaterThan(0);
  });
});

describe("baseline: the rule keyword", () => {
  it.each([
    [TEXT.replace("count REGISTER", "counts REGISTER"), 'unknown option "counts REGISTER".'],
    [TEXT.replace("count REGISTER", "share REGISTER"), "share takes two sides"],
    [TEXT.replace("count REGISTER", "mix A / B / C / D / E"), "mix takes two to 4 sides"],
    [TEXT.replace("REGISTER", "REGISTRE"), '"REGISTRE" is no final status'],
    [TEXT.replace("seconds 3600", "seconds 7200"), "seconds is 3600, or 60 and more"],
    [TEXT.replace("deviation 5", "deviation 0"), "deviation is a number from 1 to 100"],
    [TEXT.replace("warmup 504", "warmup 3"), "warmup is a number from 24"],
    [TEXT.replace("by_server", "by_call"), "nothing is usual of by_call"],
    [TEXT.replace("min 20, ", ""), '"min" is missing'],
    [TEXT.replace(";", ", distance 0.2;"), "count takes factor, not distance"],
    [TEXT.replace(";", ", direction down;"), "direction is above, below or either"],
    [TEXT.replace(";", ", zone Mars/Base;"), '"Mars/Base" is no time zone'],
    [`app-layer-event:sip.request; ${TEXT}`, "baseline names its own events"],
    [`${TEXT} threshold:type limit, track by_src, count 1, seconds 1;`, "a rule has one of"],
  ])("refuses %s", (options, fault) => {
    expect(faultOf(options)).toContain(fault);
  });

  it("counts the rule's own matches where it names no measure", () => {
    const own = TEXT.replace("count REGISTER, ", "");
    expect(faultOf(`app-layer-event:sip.request; ${own}`)).toBe("");
  });
});

describe("its state", () => {
  const { ruleSet } = rulesOf(TEXT);
  const feed = new FactFeed(ruleSet);
  hours(feed, 0, 30, 50);
  const state = feed.state();

  it("is refused where one byte of it differs, and wherever it is cut", () => {
    const fresh = () => new FactFeed(ruleSet).engine.baselines;
    for (let at = STATE_MAGIC.length; at < state.length; at += 7) {
      const damaged = Buffer.from(state);
      damaged[at] = (damaged[at] as number) ^ 0x40;
      const baselines = fresh();
      expect(restoreState(damaged, baselines)).toMatchObject({ state: "bad" });
      expect(baselines.rows).toBe(0);
    }
    for (let end = 0; end < state.length; end += 13) {
      expect(restoreState(state.subarray(0, end), fresh()).state).not.toBe("restored");
    }
  });

  it("of another version is refused, and what is none is left alone", () => {
    const { baselines } = new FactFeed(ruleSet).engine;
    const other = Buffer.from(state);
    other.write("SIPSBL99");
    expect(restoreState(other, baselines)).toMatchObject({
      state: "bad",
      reason: "another version of sipsentry wrote it",
    });
    expect(restoreState(Buffer.from("root:x:0:0"), baselines)).toEqual({ state: "foreign" });
  });

  it("of a rule that measures something else begins anew", () => {
    const other = rulesOf(TEXT.replace("REGISTER", "OPTIONS")).ruleSet;
    const { baselines } = new FactFeed(other).engine;
    expect(restoreState(state, baselines)).toEqual({ state: "restored", keys: 0, dropped: 1 });
  });

  it("serves a capture that is older than it", () => {
    const older = new FactFeed(ruleSet);
    restoreState(state, older.engine.baselines);
    older.request(START_US - 40 * HOUR_US, "REGISTER", ENDS);
    hours(older, -39, 10, 50);
    expect(older.alerts).toEqual([]);
    expect(older.engine.baselines.rows).toBe(1);
  });
});
