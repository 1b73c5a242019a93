import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Alert } from "../../src/detect/alerts/alert.ts";
import type { RuleSet } from "../../src/detect/rules/signature.ts";
import { loadText } from "../unit/detect/rig.ts";
import { type Campaign, campaignsOf, TOLD_BY } from "./campaigns.ts";
import { FactFeed } from "./feed.ts";
import { type Outage, SiteTraffic } from "./site-year.ts";
import type { Site } from "./sites.ts";

const RULE_FILES = ["baseline.rules", "flood.rules"].map((name) =>
  fileURLToPath(new URL(`../../rules/${name}`, import.meta.url)),
);
/** Baselines, and the rule that notes outages. */
const OURS = /sid:(9115\d{3}|9103902);/;
const DAY_US = 86_400e6;
const HOUR_US = 3_600e6;
export const START_US = Date.parse("2026-01-01T00:00:00Z") * 1e3;
const FIRST_CAMPAIGN_DAY = 35;
const OUTAGE_US = 3 * HOUR_US;

export interface MonthsOptions {
  readonly days: number;
  /** Between two campaigns. */
  readonly everyDays: number;
  /** The sensor is stopped and started again in the middle, with its state in a file. */
  readonly isRestarted?: boolean;
}

export interface SiteResult {
  readonly site: Site;
  readonly alerts: readonly Alert[];
  readonly campaigns: readonly {
    readonly campaign: Campaign;
    readonly foundAfterS: number | null;
  }[];
  readonly falseAlarms: readonly Alert[];
  /** Of the month with most. */
  readonly falseInWorstMonth: number;
  readonly events: number;
  /** Of the state at the end. */
  readonly stateBytes: number;
}

export function rulesOf(site: Site): RuleSet {
  const rules = RULE_FILES.flatMap((file) => readFileSync(file, "utf8").split("\n"));
  const ours = rules.filter((rule) => OURS.test(rule)).join("\n");
  // As `rules.timezone` does.
  return loadText(ours.replaceAll("quiet 86400;", `quiet 86400, zone ${site.zone};`)).ruleSet;
}

/** Plays a site for so many days and says what was found. */
export function playSite(site: Site, options: MonthsOptions): SiteResult {
  const campaigns = campaignsOf(site, {
    startUs: START_US,
    firstDay: FIRST_CAMPAIGN_DAY,
    ...options,
  });
  const outages = [outageOf(site, options.days, campaigns)];
  const traffic = new SiteTraffic(site, { startUs: START_US, campaigns, outages });
  const ruleSet = rulesOf(site);
  let feed = new FactFeed(ruleSet);
  const { alerts } = feed;
  let events = 0;
  const endUs = START_US + options.days * DAY_US;
  const restartUs =
    options.isRestarted === true ? START_US + (options.days / 2) * DAY_US : Number.NaN;
  while (traffic.nowUs < endUs) {
    traffic.play(feed);
    if (traffic.nowUs !== restartUs) continue;
    events += feed.events;
    feed = feed.restarted(ruleSet);
  }
  const stateBytes = feed.state().length;
  events += feed.events;
  return { ...judge(alerts, campaigns), site, alerts, events, stateBytes };
}

/** Three hours in the morning of a day that has no campaign. */
function outageOf(site: Site, days: number, campaigns: readonly Campaign[]): Outage {
  let startUs = START_US + Math.floor(0.55 * days + site.seed) * DAY_US + 9.2 * HOUR_US;
  while (campaigns.some((campaign) => Math.abs(campaign.startUs - startUs) < DAY_US / 2)) {
    startUs += DAY_US;
  }
  return { startUs, endUs: startUs + OUTAGE_US };
}

function judge(
  alerts: readonly Alert[],
  campaigns: readonly Campaign[],
): Pick<SiteResult, "campaigns" | "falseAlarms" | "falseInWorstMonth"> {
  const found = campaigns.map((campaign) => {
    const first = alerts.find(
      ({ signature, timeUs }) =>
        timeUs >= campaign.startUs &&
        timeUs <= campaign.endUs &&
        TOLD_BY[campaign.kind].includes(signature.sid),
    );
    const foundAfterS = first === undefined ? null : (first.timeUs - campaign.startUs) / 1e6;
    return { campaign, foundAfterS };
  });
  // The window slides out of a campaign for an hour.
  const falseAlarms = alerts.filter(
    ({ timeUs, signature }) =>
      signature.sid >= 9_115_000 &&
      !campaigns.some(({ startUs, endUs }) => timeUs >= startUs && timeUs <= endUs + HOUR_US),
  );
  const byMonth = new Map<string, number>();
  for (const { timeUs } of falseAlarms) {
    const month = new Date(timeUs / 1e3).toISOString().slice(0, 7);
    byMonth.set(month, (byMonth.get(month) ?? 0) + 1);
  }
  const falseInWorstMonth = Math.max(0, ...byMonth.values());
  return { campaigns: found, falseAlarms, falseInWorstMonth };
}
