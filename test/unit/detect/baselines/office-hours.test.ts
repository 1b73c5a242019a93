import { expect, it } from "vitest";
import { EventKind } from "../../../../src/track/facts/event-kind.ts";
import { FactFeed } from "../../../baselines/feed.ts";
import { loadText } from "../rig.ts";

/** A Monday. */
const START_US = Date.parse("2026-01-05T00:00:00Z") * 1e3;
const MINUTE_US = 60e6;
const HOUR_US = 60 * MINUTE_US;
const DAY_US = 24 * HOUR_US;
const WEEKS = 5;
const SERVER = 0x0a000001;
const TRUNK = { client: 0xc0000201, server: SERVER, account: "" };
const THIEF = { client: 0xc6336442, server: SERVER, account: "201@10.0.0.1" };
const RULES = [
  'alert sip any any -> any any (msg:"calls"; baseline:count INVITE, seconds 3600, deviation 4.75, min 120, warmup 504, track by_server, quiet 86400; sid:9115002; rev:1;)',
  'alert sip any any -> any any (msg:"night"; app-layer-event:call.far; event_value:>=3; time_of_week:!office 9115002, mon-fri 07:00-20:00; threshold:type limit, track by_account, count 1, seconds 3600; sid:1; rev:1;)',
].join("\n");

type Shape = (day: number, hour: number) => number;
const office: Shape = (day, hour) => (day < 5 && hour >= 8 && hour < 18 ? 20 : 0);
const dayAndNight: Shape = (_, hour) => (hour >= 8 && hour < 22 ? 60 : 24);
const nightShift: Shape = (_, hour) => (hour >= 20 || hour < 5 ? 30 : 0);
const hardly: Shape = (day, hour) => (day < 5 && hour === 10 ? 1 : 0);

function ruleSetOf(officeHours = "") {
  return loadText(RULES, undefined, { officeHours }).ruleSet;
}

/** Weeks of a site; somebody registers all the time, so that its silence is one. */
function weeksOf(shape: Shape, officeHours = ""): FactFeed {
  const feed = new FactFeed(ruleSetOf(officeHours));
  for (let hour = 0; hour < WEEKS * 168; hour++) {
    const at = START_US + hour * HOUR_US;
    const calls = shape(Math.floor(hour / 24) % 7, hour % 24);
    const events = Math.max(6, calls);
    for (let i = 0; i < events; i++) {
      const method = i < calls ? "INVITE" : "REGISTER";
      feed.request(at + ((i + 0.5) * HOUR_US) / events, method, TRUNK);
    }
  }
  return feed;
}

/** Three calls abroad at once, after the weeks, at that day and hour. */
function stealAt(feed: FactFeed, day: number, hour: number) {
  const at = START_US + WEEKS * 7 * DAY_US + day * DAY_US + hour * HOUR_US;
  for (let i = 0; i < 3; i++) {
    feed.request(at + i * 1e6, "INVITE", THIEF);
    feed.fact(EventKind.CALL_FAR, at + i * 1e6, i + 1, THIEF);
  }
  return feed.alerts.filter(({ signature }) => signature.sid === 1);
}

it("an office is told of three calls abroad at 03:00, with what is usual there", () => {
  const [alert] = stealAt(weeksOf(office), 1, 3);
  expect(alert?.evidence).toContainEqual({
    what: "hours of the office",
    expected: "in the busiest half hour 10.0",
    seen: "usually 0.0 calls in half an hour on Tue 03:00 UTC, as 5 weeks and more have shown",
  });
});

it("an office is told of none while it works, and of those on Saturday", () => {
  expect(stealAt(weeksOf(office), 1, 11)).toEqual([]);
  expect(stealAt(weeksOf(office), 5, 11)).toHaveLength(1);
});

it("a call centre that works day and night has no quiet hours", () => {
  for (const [day, hour] of [
    [1, 3],
    [6, 4],
  ] as const)
    expect(stealAt(weeksOf(dayAndNight), day, hour)).toEqual([]);
});

it("a site that works at night is quiet by day", () => {
  expect(stealAt(weeksOf(nightShift), 1, 2)).toEqual([]);
  expect(stealAt(weeksOf(nightShift), 1, 12)).toHaveLength(1);
});

it("until hours are known, and where hardly anybody calls, those of the rule count", () => {
  const fresh = new FactFeed(ruleSetOf());
  expect(stealAt(fresh, 1, 11)).toEqual([]);
  const [alert] = stealAt(new FactFeed(ruleSetOf()), 1, 3);
  expect(alert?.evidence).toContainEqual({
    what: "hours of the office",
    expected: "mon-fri 07:00-20:00 (UTC)",
    seen: "outside (nothing is learned yet)",
  });
  expect(stealAt(weeksOf(hardly), 1, 11)).toEqual([]);
  expect(stealAt(weeksOf(hardly), 1, 3)).toHaveLength(1);
});

it("declared hours go before learned ones", () => {
  const [alert] = stealAt(weeksOf(dayAndNight, "mon-sun 06:00-23:00"), 1, 3);
  expect(alert?.evidence).toContainEqual({
    what: "hours of the office",
    expected: "mon-sun 06:00-23:00 (UTC)",
    seen: "outside (declared)",
  });
});

it("goes on after a restart", () => {
  expect(stealAt(weeksOf(dayAndNight).restarted(ruleSetOf()), 1, 3)).toEqual([]);
  expect(stealAt(weeksOf(office).restarted(ruleSetOf()), 1, 3)).toHaveLength(1);
});

it("who calls at night from now on does not make the night an office's", () => {
  const feed = weeksOf(office);
  const from = START_US + WEEKS * 7 * DAY_US;
  for (let night = 0; night < 7; night++) {
    for (let i = 0; i < 30; i++) {
      feed.request(from + night * DAY_US + 2.5 * HOUR_US + i * MINUTE_US, "INVITE", TRUNK);
    }
    for (let hour = 3.6; hour < 24; hour += 0.2) {
      feed.request(from + night * DAY_US + hour * HOUR_US, "REGISTER", TRUNK);
    }
  }
  const at = from + 8 * DAY_US + 3 * HOUR_US;
  for (let i = 0; i < 3; i++) feed.fact(EventKind.CALL_FAR, at + i, i + 1, THIEF);
  expect(feed.alerts.filter(({ signature }) => signature.sid === 1)).toHaveLength(1);
});

it("says whose hours are wrong when the configuration's are", () => {
  const { messages } = loadText(RULES, undefined, { officeHours: "all day" });
  expect(messages.map(({ text }) => text).join("\n")).toContain("rules.officeHours");
});
