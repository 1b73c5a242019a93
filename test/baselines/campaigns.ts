import { Random } from "./random.ts";
import { type Site, SiteClock } from "./sites.ts";

/** What an attack does to the traffic of a site while it goes on. */
export type CampaignKind =
  | "registers"
  | "calls"
  | "options"
  | "failures"
  | "answers"
  | "durations"
  | "mix"
  | "sources"
  | "streams"
  | "account"
  | "country"
  | "block";

/** Rules of which one has to tell it. */
export const TOLD_BY: Readonly<Record<CampaignKind, readonly number[]>> = {
  registers: [9115001],
  calls: [9115002],
  options: [9115003],
  failures: [9115004],
  answers: [9115005],
  durations: [9115006],
  mix: [9115007, 9115002],
  sources: [9115008],
  streams: [9115009],
  account: [9115010],
  country: [9115011],
  block: [9115012],
};

export const KINDS = Object.keys(TOLD_BY) as readonly CampaignKind[];

export interface Campaign {
  readonly kind: CampaignKind;
  readonly startUs: number;
  readonly endUs: number;
}

const DAY_US = 86_400e6;
const HOUR_US = 3_600e6;
/** Calls an hour from which on twice as many of them, or half as many answers, are no chance: at night there are none. */
const NEEDS_CALLS: Readonly<Partial<Record<CampaignKind, number>>> = {
  calls: 140,
  failures: 140,
  answers: 250,
  durations: 180,
  mix: 180,
};

/** One of each kind, again and again, some days apart, at any time at which there is something to double. */
export function campaignsOf(
  site: Site,
  {
    startUs,
    days,
    firstDay,
    everyDays,
  }: { startUs: number; days: number; firstDay: number; everyDays: number },
): Campaign[] {
  const random = new Random(1_000 + site.seed);
  const clock = new SiteClock(site.zone);
  const campaigns: Campaign[] = [];
  for (let day = firstDay, index = 0; day < days - 2; day += everyDays, index++) {
    const kind = KINDS[(index + 3 * site.seed) % KINDS.length] as CampaignKind;
    for (let tries = 0; tries < 500; tries++) {
      const at = startUs + (day + 3 * random.unit()) * DAY_US;
      if (!isBusy(site, clock, at, NEEDS_CALLS[kind] ?? 0)) continue;
      const startUsOfIt = Math.floor(at / 60e6) * 60e6;
      campaigns.push({ kind, startUs: startUsOfIt, endUs: startUsOfIt + 4 * HOUR_US });
      break;
    }
  }
  return campaigns;
}

/** There is traffic for the next hour, and no holiday. */
function isBusy(site: Site, clock: SiteClock, atUs: number, calls: number): boolean {
  if (calls === 0) return true;
  for (const afterUs of [0, HOUR_US / 2, HOUR_US]) {
    const { day, hour } = clock.at(atUs + afterUs);
    const date = new Date((atUs + afterUs) / 1e3).toISOString().slice(5, 10);
    const holiday = site.holidays[date] ?? 1;
    if (site.callsPerHour * site.shape(day, hour) * Math.min(1, holiday) < calls) return false;
    if (holiday < 1) return false;
  }
  return true;
}
