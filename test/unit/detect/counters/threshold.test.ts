import { describe, expect, it } from "vitest";
import {
  CounterBudget,
  DEFAULT_COUNTER_LIMITS,
} from "../../../../src/detect/counters/counter-budget.ts";
import {
  type Threshold,
  type ThresholdType,
  WindowCounter,
} from "../../../../src/detect/counters/threshold.ts";
import { NO_VALUE, TRACK_KEYS, UNIQUE_FIELDS } from "../../../../src/detect/counters/track-key.ts";

function counter(
  fields: Partial<Threshold> & { type: ThresholdType },
  limits = DEFAULT_COUNTER_LIMITS,
) {
  const track = TRACK_KEYS.get("by_src");
  if (track === undefined) throw new Error("no key");
  const spec: Threshold = {
    track,
    count: 3,
    seconds: 60,
    multiplier: 0,
    uniqueOn: null,
    resetOn: [],
    quietSeconds: 0,
    ...fields,
  };
  return new WindowCounter(spec, new CounterBudget(limits));
}

const KEY = 2 ** 52 + 1;
const VICTIM = 2 ** 40;

/** A letter's value; null is none. */
function numberOf(letter: string | null): number {
  return letter === null ? NO_VALUE : letter.charCodeAt(0);
}

/** `A` for each match that alerts, at the given seconds. */
function timeline(counting: WindowCounter, seconds: readonly number[]): string {
  return seconds.map((at) => (counting.match(KEY, NO_VALUE, at * 1e6) ? "A" : ".")).join("");
}

const TIMES = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 130, 131, 140, 150, 160];

describe("threshold state machines, count 3, seconds 60 (detect-engine-threshold.c)", () => {
  it.each([
    ["threshold", "..A..A...A...A."],
    ["limit", "AAA....AAA.AAA."],
    ["both", "..A......A...A."],
    ["detection_filter", "...AAAA...A...A"],
  ] as const)("%s", (type, expected) => {
    expect(timeline(counter({ type }), TIMES)).toBe(expected);
  });
});

describe("counts of suricata-verify", () => {
  const matches = (n: number) => Array.from({ length: n }, (_, i) => i / 100);
  const alerts = (counting: WindowCounter, n: number) =>
    timeline(counting, matches(n)).replaceAll(".", "").length;

  it.each([
    ["limit", 1, 8, 1],
    ["limit", 2, 8, 2],
    ["both", 3, 8, 1],
    ["detection_filter", 1, 8, 7],
    ["detection_filter", 2, 8, 6],
    ["detection_filter", 4, 8, 4],
    ["detection_filter", 7, 8, 1],
    ["detection_filter", 8, 8, 0],
    ["threshold", 5, 19, 3],
    ["both", 5, 19, 1],
    ["limit", 1, 19, 1],
    ["threshold", 1, 5, 5],
  ] as const)("%s %i: %i matches give %i alerts", (type, count, n, expected) => {
    expect(alerts(counter({ type, count }), n)).toBe(expected);
  });

  it.each([
    [1, 2, 13],
    [3, 2, 12],
    [5, 5, 5],
  ])(
    "backoff count %i multiplier %i: 6676 matches give %i alerts",
    (count, multiplier, expected) => {
      expect(alerts(counter({ type: "backoff", count, multiplier, seconds: 0 }), 6676)).toBe(
        expected,
      );
    },
  );

  it("backoff alerts at 3, 6, 12, 24", () => {
    const line = timeline(
      counter({ type: "backoff", count: 3, multiplier: 2, seconds: 0 }),
      matches(24),
    );
    expect([...line].flatMap((c, i) => (c === "A" ? [i + 1] : []))).toEqual([3, 6, 12, 24]);
  });
});

describe("windows", () => {
  it("counts keys apart", () => {
    const counting = counter({ type: "both", count: 2 });
    expect(counting.match(1, NO_VALUE, 0)).toBe(false);
    expect(counting.match(2, NO_VALUE, 0)).toBe(false);
    expect(counting.match(1, NO_VALUE, 1)).toBe(true);
    expect(counting.match(2, NO_VALUE, 1)).toBe(true);
  });

  it("stays inside when time goes backwards", () => {
    const counting = counter({ type: "both", count: 2 });
    counting.match(KEY, NO_VALUE, 100e6);
    expect(counting.match(KEY, NO_VALUE, 10e6)).toBe(true);
  });

  it("gives one alert an hour while an attack goes on for three hours", () => {
    const counting = counter({ type: "both", count: 40, seconds: 3600 });
    let alerts = 0;
    for (let s = 0; s < 3 * 3600; s += 30) if (counting.match(KEY, NO_VALUE, s * 1e6)) alerts++;
    expect(alerts).toBe(3);
  });

  it("tells count, window and number of the alert", () => {
    const counting = counter({ type: "threshold", count: 2 });
    timeline(counting, [5, 6, 7, 8]);
    expect([counting.count, counting.windowUs, counting.ordinal]).toEqual([2, 5e6, 1]);
  });

  it("forgets a key", () => {
    const counting = counter({ type: "both", count: 3 });
    timeline(counting, [0, 1]);
    counting.forget(KEY);
    expect(timeline(counting, [2, 3, 4])).toBe("..A");
  });
});

describe("quiet", () => {
  it("lasts from the alert on, over the end of its window and the next ones", () => {
    const counting = counter({ type: "both", count: 3, seconds: 10, quietSeconds: 20 });
    // The alert comes 9 s into its window. From 29 s on all counts again, not from 20 s on.
    expect(timeline(counting, [0, 4, 9])).toBe("..A");
    expect(timeline(counting, [20, 22, 24, 26, 28])).toBe(".....");
    expect(timeline(counting, [29, 30, 31])).toBe("..A");
  });
});

describe("unique_on", () => {
  const unique = (type: ThresholdType, count: number, values: readonly (string | null)[]) => {
    const uniqueOn = UNIQUE_FIELDS.get("to_user");
    if (uniqueOn === undefined) throw new Error("no field");
    const counting = counter({ type, count, uniqueOn });
    return values
      .map((value, i) => (counting.match(KEY, numberOf(value), i * 1e6) ? "A" : "."))
      .join("");
  };

  it("counts distinct values only, and a value that is missing not at all", () => {
    expect(unique("both", 3, ["a", "a", "b", null, "b", "c", "d"])).toBe(".....A.");
  });

  it("detection_filter alerts from count + 1 distinct values on, on each match as Suricata does", () => {
    expect(unique("detection_filter", 2, ["a", "b", "b", "c", "c", "d"])).toBe("...AAA");
  });

  it("a window that reopens starts with the value at hand", () => {
    const uniqueOn = UNIQUE_FIELDS.get("to_user") ?? null;
    const counting = counter({ type: "both", count: 2, seconds: 10, uniqueOn });
    expect(counting.match(KEY, numberOf("a"), 0)).toBe(false);
    expect(counting.match(KEY, numberOf("b"), 11e6)).toBe(false);
    expect(counting.match(KEY, numberOf("b"), 12e6)).toBe(false);
    expect(counting.match(KEY, numberOf("a"), 13e6)).toBe(true);
  });
});

describe("limits", () => {
  it("forgets the oldest key of the largest table, and counts it", () => {
    const budget = new CounterBudget({ keysMax: 10, valuesMax: 10 });
    const track = TRACK_KEYS.get("by_src");
    if (track === undefined) throw new Error("no key");
    const spec: Threshold = {
      type: "both",
      track,
      count: 2,
      seconds: 60,
      multiplier: 0,
      uniqueOn: null,
      resetOn: [],
      quietSeconds: 0,
    };
    const small = new WindowCounter(spec, budget);
    const flooded = new WindowCounter(spec, budget);
    small.match(VICTIM, NO_VALUE, 0);
    for (let i = 0; i < 1000; i++) flooded.match(i, NO_VALUE, i);
    expect(budget.keys).toBe(10);
    expect(budget.evictions).toBe(991);
    expect(small.match(VICTIM, NO_VALUE, 1e6)).toBe(true);
  });

  it("bounds the distinct values of all keys", () => {
    const budget = new CounterBudget({ keysMax: 1000, valuesMax: 50 });
    const track = TRACK_KEYS.get("by_src");
    const uniqueOn = UNIQUE_FIELDS.get("to_user") ?? null;
    if (track === undefined) throw new Error("no key");
    const spec: Threshold = {
      type: "both",
      track,
      count: 5,
      seconds: 60,
      multiplier: 0,
      uniqueOn,
      resetOn: [],
      quietSeconds: 0,
    };
    const counting = new WindowCounter(spec, budget);
    for (let key = 0; key < 100; key++) for (let v = 0; v < 10; v++) counting.match(key, v, key);
    expect(budget.values).toBeLessThanOrEqual(50);
    expect(budget.evictions).toBeGreaterThan(0);
  });

  it("drops keys whose window is over before it evicts live ones", () => {
    const budget = new CounterBudget({ keysMax: 100, valuesMax: 10 });
    const track = TRACK_KEYS.get("by_src");
    if (track === undefined) throw new Error("no key");
    const spec: Threshold = {
      type: "both",
      track,
      count: 2,
      seconds: 1,
      multiplier: 0,
      uniqueOn: null,
      resetOn: [],
      quietSeconds: 0,
    };
    const counting = new WindowCounter(spec, budget);
    for (let i = 0; i < 1000; i++) counting.match(i, NO_VALUE, i * 1e5);
    expect(budget.keys).toBeLessThan(30);
    expect(budget.evictions).toBe(0);
  });
});
