import { periodOf, WeekBins } from "../../src/detect/baselines/week-bins.ts";

/** What a site is like: rates are those of its busiest hour, in the first week. */
export interface Site {
  readonly name: string;
  readonly zone: string;
  readonly seed: number;
  readonly callsPerHour: number;
  readonly registersPerHour: number;
  readonly optionsPerHour: number;
  readonly newSourcesPerHour: number;
  readonly strayStreamsPerHour: number;
  /** Part of calls that are answered, and their mean seconds. */
  readonly answered: number;
  readonly seconds: number;
  /** Part of the calls of its own accounts that go abroad. */
  readonly abroad: number;
  /** Part of requests that fail. */
  readonly failing: number;
  /** Traffic at the end of a year against that at its beginning. */
  readonly growth: number;
  /** Deviation of the factor that a day and an hour have of their own. */
  readonly dayNoise: number;
  readonly hourNoise: number;
  /** Part of the busiest hour, by day (Monday 0) and hour of the day. */
  shape(day: number, hour: number): number;
  /** `MM-DD`, and what of the traffic is left on that day. */
  readonly holidays: Readonly<Record<string, number>>;
}

function bump(hour: number, from: number, to: number): number {
  return hour >= from && hour < to ? 1 : 0;
}

/** Sharp at 8:30 and 17:30, with a lunch break; closed at the weekend but for its alarm lines. */
function officeShape(day: number, hour: number): number {
  if (day >= 5) return 0.03;
  const lunch = 1 - 0.35 * bump(hour, 12, 13.5);
  return 0.02 + 0.98 * bump(hour, 8.5, 17.5) * lunch;
}

function callCentreShape(day: number, hour: number): number {
  const weekend = day >= 5 ? 0.55 : 1;
  const monday = day === 0 ? 1.15 : 1;
  const curve = Math.max(0, Math.sin((Math.PI * (hour - 7)) / 15));
  return weekend * monday * (0.01 + 0.99 * curve * bump(hour, 8, 21));
}

function residentialShape(day: number, hour: number): number {
  const evening = Math.exp(-(((hour - 19.5) / 2.6) ** 2));
  const morning = 0.55 * Math.exp(-(((hour - 11) / 2.8) ** 2));
  return (day >= 5 ? 0.9 : 1) * (0.02 + evening + morning);
}

export const SITES: readonly Site[] = [
  {
    name: "office in Berlin",
    zone: "Europe/Berlin",
    seed: 1,
    callsPerHour: 260,
    registersPerHour: 500,
    optionsPerHour: 180,
    newSourcesPerHour: 1,
    strayStreamsPerHour: 4,
    answered: 0.62,
    seconds: 140,
    abroad: 0.15,
    failing: 0.1,
    growth: 1.1,
    dayNoise: 0.08,
    hourNoise: 0.08,
    shape: officeShape,
    holidays: {
      ...{ "01-01": 0.05, "04-03": 0.05, "04-06": 0.05, "05-01": 0.05, "05-14": 0.05 },
      ...{ "05-15": 0.5, "05-25": 0.05, "10-03": 0.1, "12-24": 0.15, "12-25": 0.05 },
      ...{ "12-26": 0.05, "12-28": 0.3, "12-29": 0.35, "12-30": 0.35, "12-31": 0.15 },
      ...summer("07-20", 28, 0.7),
    },
  },
  {
    name: "call centre in New York",
    zone: "America/New_York",
    seed: 2,
    callsPerHour: 700,
    registersPerHour: 260,
    optionsPerHour: 120,
    newSourcesPerHour: 0.3,
    strayStreamsPerHour: 9,
    answered: 0.41,
    seconds: 95,
    abroad: 0.05,
    failing: 0.09,
    growth: 1,
    dayNoise: 0.08,
    hourNoise: 0.09,
    shape: callCentreShape,
    holidays: {
      ...{ "01-01": 0.3, "05-25": 0.5, "07-04": 0.3, "09-07": 0.5, "11-26": 0.2 },
      ...{ "11-27": 1.25, "11-30": 1.25, "12-24": 0.7, "12-25": 0.1, "12-31": 0.8 },
    },
  },
  {
    name: "residential carrier that grows",
    zone: "Europe/London",
    seed: 3,
    callsPerHour: 420,
    registersPerHour: 900,
    optionsPerHour: 400,
    newSourcesPerHour: 6,
    strayStreamsPerHour: 15,
    answered: 0.55,
    seconds: 210,
    abroad: 0.12,
    failing: 0.04,
    growth: 1.8,
    dayNoise: 0.06,
    hourNoise: 0.07,
    shape: residentialShape,
    holidays: {
      ...{ "01-01": 1.2, "03-15": 1.3, "04-05": 1.1, "12-24": 1.1, "12-25": 1.35 },
      ...{ "12-26": 1.1, "12-31": 1.2 },
    },
  },
];

function summer(from: string, days: number, part: number): Record<string, number> {
  const start = Date.parse(`2026-${from}T00:00:00Z`);
  return Object.fromEntries(
    Array.from({ length: days }, (_, day) => [
      new Date(start + day * 86_400e3).toISOString().slice(5, 10),
      part,
    ]),
  );
}

/** The time of the week at a site, as its people have it. */
export class SiteClock {
  readonly #bins: WeekBins;

  constructor(zone: string) {
    this.#bins = new WeekBins(zone);
  }

  /** Day (Monday 0), and hour with its fraction. */
  at(timeUs: number): { day: number; hour: number } {
    const bin = this.#bins.of(periodOf(timeUs));
    const rest = (timeUs % 1_800e6) / 1_800e6;
    return { day: Math.floor(bin / 48), hour: (bin % 48) / 2 + rest / 2 };
  }
}
