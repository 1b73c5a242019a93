import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { restoreState, STATE_MAGIC } from "../../../../src/detect/baselines/baseline-state.ts";
import { DEFAULT_COUNTER_LIMITS } from "../../../../src/detect/counters/counter-budget.ts";
import type { NumberReading } from "../../../../src/track/numbers/number-plan.ts";
import { FactFeed } from "../../../baselines/feed.ts";
import { loadText } from "../rig.ts";

const READING: NumberReading = {
  ...{ e164: "", how: "", country: "", type: "", entry: null },
  ...{ isAssigned: false, isAbroad: true },
};
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

describe("more keys than there is room for", () => {
  const ROOM = 20;
  const clients = `${TEXT.replace("by_server", "by_client_server")}`;
  const small = { ...DEFAULT_COUNTER_LIMITS, baselineKeysMax: ROOM };
  const endsOf = (client: number) => ({ ...ENDS, client: ENDS.client + client });
  /** One REGISTER an hour of each of so many clients. */
  const rounds = (feed: FactFeed, from: number, to: number, count: number) => {
    for (let hour = from; hour < to; hour++) {
      for (let i = 0; i < count; i++)
        feed.request(START_US + hour * HOUR_US + (i * HOUR_US) / count, "REGISTER", endsOf(i));
    }
  };
  const bornIn = (feed: FactFeed) => [...feed.rows()].map(({ bornPeriod }) => bornPeriod);

  it("keeps those that it began to learn, though others come in turn with them", () => {
    const feed = new FactFeed(rulesOf(clients).ruleSet, [], small);
    rounds(feed, 0, 40, 2 * ROOM);
    const births = bornIn(feed);
    expect(births).toHaveLength(ROOM);
    expect(Math.max(...births)).toBeLessThanOrEqual(Math.min(...births) + 1);
  });

  it("gives the place of one that was silent for a day to one that comes twice", () => {
    const feed = new FactFeed(rulesOf(clients).ruleSet, [], small);
    rounds(feed, 0, 2, ROOM);
    const newcomer = (hour: number) =>
      feed.request(START_US + hour * HOUR_US, "REGISTER", endsOf(999));
    for (const hour of [3, 4, 5]) newcomer(hour);
    expect(Math.max(...bornIn(feed)) - Math.min(...bornIn(feed))).toBeLessThanOrEqual(1);
    for (const hour of [30, 31]) newcomer(hour);
    expect(bornIn(feed)).toHaveLength(ROOM);
    expect(Math.max(...bornIn(feed)) - Math.min(...bornIn(feed))).toBe(62);
  });

  it("lets the keys of one rule not shut out those of another", () => {
    const { ruleSet } = loadText(
      [clients, TEXT.replace("REGISTER", "OPTIONS")]
        .map((text, i) => `alert sip any any -> any any (msg:"b"; ${text} sid:${i + 1}; rev:1;)`)
        .join("\n"),
    );
    const feed = new FactFeed(ruleSet, [], small);
    rounds(feed, 0, 2, 2 * ROOM);
    for (const hour of [2, 3]) feed.request(START_US + hour * HOUR_US, "OPTIONS", ENDS);
    const sizes = [...feed.engine.baselines.tables].map(({ size }) => size);
    expect(sizes).toEqual([ROOM - 1, 1]);
  });
});

describe("keys of which too little comes to learn from", () => {
  const PHONES = 30;
  const rowsAfter = (measure: string, eachHour: number) => {
    const text = `baseline:${measure}, seconds 3600, deviation 5, min 50, warmup 504, track by_client_server;`;
    const feed = new FactFeed(rulesOf(text).ruleSet);
    for (let hour = 0; hour < 40; hour++) {
      for (let i = 0; i < PHONES * eachHour; i++) {
        const ends = { ...ENDS, client: ENDS.client + (i % PHONES) };
        const timeUs = START_US + hour * HOUR_US + (i * HOUR_US) / (PHONES * eachHour);
        feed.request(timeUs, "INVITE", ends);
      }
    }
    return [...feed.rows()].length;
  };

  it.each(["share call.answered / INVITE", "mix INVITE / BYE, distance 0.1"])(
    "take no room of others: %s",
    (measure) => {
      expect(rowsAfter(measure, 4)).toBe(0);
      expect(rowsAfter(measure, 5)).toBe(PHONES);
    },
  );

  it("take it where few are told from many: count", () => {
    expect(rowsAfter("count INVITE", 1)).toBe(PHONES);
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
  const ACCOUNT = { account: "201@10.0.0.1", accountKey: 7, server: 0x0a000001 };
  const reading = (e164: string) => ({ ...READING, e164 });
  feed.countries.answered(ACCOUNT, reading("442079460100"), START_US);
  feed.countries.answered(ACCOUNT, reading("33142685300"), START_US + 30 * HOUR_US);
  const state = feed.state();

  it("has the countries that accounts have called, and what was news within the hour", () => {
    const next = feed.restarted(ruleSet);
    // Keys are hashed with a seed of the run.
    const again = { ...ACCOUNT, accountKey: 99 };
    const nowUs = START_US + 30 * HOUR_US + 60e6;
    expect(next.countries.answered(again, reading("442079460111"), nowUs)).toBeNull();
    expect(next.countries.answered(again, reading("390669812345"), nowUs)).toEqual({
      fresh: ["+33", "+39"],
      isNewForSite: true,
    });
    expect(next.countries.kept(nowUs)).toEqual([
      {
        account: ACCOUNT.account,
        countries: [
          { country: "+44", timeUs: 0 },
          { country: "+33", timeUs: START_US + 30 * HOUR_US },
          { country: "+39", timeUs: nowUs },
        ],
      },
    ]);
  });

  it("of an older version has no countries, and its baselines go on", () => {
    const before = new FactFeed(ruleSet);
    hours(before, 0, 30, 50);
    // Without countries there are four bytes more than older versions wrote.
    const older = Buffer.from(before.state().subarray(0, -4));
    older.writeUInt32LE(crc32(older.subarray(STATE_MAGIC.length + 4)), STATE_MAGIC.length);
    expect(restoreState(older, new FactFeed(ruleSet).learned)).toEqual({
      state: "restored",
      keys: 1,
      dropped: 0,
      accounts: 0,
    });
  });

  it("is refused where it says of countries what nobody writes", () => {
    for (const country of ["", "Germany", "+12345", "D\n"]) {
      const odd = new FactFeed(ruleSet);
      odd.countries.restore([{ account: "a@b", countries: [{ country, timeUs: 0 }] }]);
      expect(restoreState(odd.state(), new FactFeed(ruleSet).learned)).toEqual({
        state: "bad",
        reason: "it is damaged",
      });
    }
  });

  it("is refused where one byte of it differs, and wherever it is cut", () => {
    const fresh = () => new FactFeed(ruleSet).learned;
    for (let at = STATE_MAGIC.length; at < state.length; at += 7) {
      const damaged = Buffer.from(state);
      damaged[at] = (damaged[at] as number) ^ 0x40;
      const learned = fresh();
      expect(restoreState(damaged, learned)).toMatchObject({ state: "bad" });
      expect(learned.baselines.rows).toBe(0);
      expect(learned.countries.kept(START_US)).toEqual([]);
    }
    for (let end = 0; end < state.length; end += 13) {
      expect(restoreState(state.subarray(0, end), fresh()).state).not.toBe("restored");
    }
  });

  it("of another version is refused, and what is none is left alone", () => {
    const { learned } = new FactFeed(ruleSet);
    const other = Buffer.from(state);
    other.write("SIPSBL99");
    expect(restoreState(other, learned)).toMatchObject({
      state: "bad",
      reason: "another version of sipsentry wrote it",
    });
    expect(restoreState(Buffer.from("root:x:0:0"), learned)).toEqual({ state: "foreign" });
  });

  it("of a rule that measures something else begins anew", () => {
    const other = rulesOf(TEXT.replace("REGISTER", "OPTIONS")).ruleSet;
    const { learned } = new FactFeed(other);
    expect(restoreState(state, learned)).toEqual({
      state: "restored",
      keys: 0,
      dropped: 1,
      accounts: 1,
    });
  });

  it("serves a capture that is older than it", () => {
    const older = new FactFeed(ruleSet);
    restoreState(state, older.learned);
    older.request(START_US - 40 * HOUR_US, "REGISTER", ENDS);
    hours(older, -39, 10, 50);
    expect(older.alerts).toEqual([]);
    expect(older.engine.baselines.rows).toBe(1);
  });
});
