import { describe, expect, it } from "vitest";
import {
  FEATURE_COUNT,
  FEATURES,
  Feature,
  OF_SENDER,
  OF_SHAPE,
} from "../../../../src/track/content/habit-features.ts";
import { HabitTable } from "../../../../src/track/content/habit-table.ts";

/** Plays the forms of one feature; the numbers of the messages with which it became odd. */
function oddAt(feature: number, forms: readonly number[]): number[] {
  const table = new HabitTable();
  const all = new Int32Array(FEATURE_COUNT);
  const group = feature < OF_SENDER.first ? OF_SHAPE : OF_SENDER;
  const found: number[] = [];
  for (const [i, form] of forms.entries()) {
    all[feature] = form;
    const row = table.row(7);
    if (table.compare(row, all, group) === feature) found.push(i);
  }
  return found;
}

const times = (n: number, form: (i: number) => number) =>
  Array.from({ length: n }, (_, i) => form(i));
const changes = FEATURES[Feature.ORDER]?.oddMin ?? 0;

describe("what software writes one way", () => {
  it("is odd when it changes to and fro", () => {
    expect(
      oddAt(
        Feature.ORDER,
        times(40, (i) => 1 + (i % 2)),
      ),
    ).toEqual([changes]);
  });

  it("may change once, and seldom", () => {
    expect(
      oddAt(
        Feature.ORDER,
        times(400, (i) => (i < 200 ? 1 : 2)),
      ),
    ).toEqual([]);
    expect(
      oddAt(
        Feature.ORDER,
        times(400, (i) => (i % 20 === 0 ? 2 : 1)),
      ),
    ).toEqual([]);
  });

  it("is told once a window", () => {
    expect(
      oddAt(
        Feature.ORDER,
        times(64 + 52, (i) => 1 + (i % 2)),
      ).length,
    ).toBe(2);
  });
});

describe("what has few values", () => {
  it("may go to and fro between them", () => {
    expect(
      oddAt(
        Feature.MAX_FORWARDS,
        times(300, (i) => 1 + (i % 4)),
      ),
    ).toEqual([]);
  });

  it("is odd when there are many", () => {
    expect(
      oddAt(
        Feature.MAX_FORWARDS,
        times(30, (i) => 1 + i),
      ).length,
    ).toBe(1);
  });
});

describe("what some write anew each time", () => {
  it("is no habit where it was never the same", () => {
    expect(
      oddAt(
        Feature.CSEQ,
        times(300, (i) => 1 + 977 * i),
      ),
    ).toEqual([]);
  });

  it("is one where it was the same for a while", () => {
    expect(
      oddAt(
        Feature.CSEQ,
        times(40, (i) => (i < 14 ? 1 : 977 * i)),
      ).length,
    ).toBe(1);
  });

  it("may be missing", () => {
    expect(
      oddAt(
        Feature.CSEQ,
        times(60, (i) => i % 2),
      ),
    ).toEqual([]);
  });
});

it("has a bound: strangers go before who broke a habit", () => {
  const table = new HabitTable();
  const forms = new Int32Array(FEATURE_COUNT);
  const play = (key: number, form: number) => {
    forms[Feature.ORDER] = form;
    return table.compare(table.row(key), forms, OF_SHAPE);
  };
  for (let i = 0; i < 4; i++) play(1, 1 + (i % 2));
  for (let key = 2; key < 40_000; key++) play(key, 1);
  const row = table.row(1);
  expect(table.odd(row, Feature.ORDER)).toBe(3);
});
