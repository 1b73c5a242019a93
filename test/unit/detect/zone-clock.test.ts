import { expect, test } from "vitest";
import { ZoneClock } from "../../../src/detect/site/week-time.ts";

const HOUR_US = 3_600_000_000;

test("UTC is reckoned as the zone data base has it", () => {
  const reckoned = new ZoneClock("UTC");
  const asked = new ZoneClock("Etc/UTC");
  for (let timeUs = 0; timeUs < 4e15; timeUs += 12_345.7 * HOUR_US) {
    expect([timeUs, reckoned.minuteOfWeek(timeUs)]).toEqual([timeUs, asked.minuteOfWeek(timeUs)]);
  }
});

test("the week begins on Monday", () => {
  const mondayUs = Date.UTC(2026, 10, 30) * 1_000;
  expect(new ZoneClock("UTC").minuteOfWeek(mondayUs)).toBe(0);
  expect(new ZoneClock("UTC").minuteOfWeek(mondayUs - 1)).toBe(7 * 1_440 - 1);
  expect(new ZoneClock("Europe/Berlin").minuteOfWeek(mondayUs)).toBe(60);
});
