import type { RuleSet } from "../../src/detect/rules/signature.ts";
import { FactFeed } from "./feed.ts";
import { START_US } from "./months.ts";
import { Random } from "./random.ts";

const WEEK_US = 7 * 86_400e6;
const MINUTE_US = 60e6;

/** REGISTERs of a server that grow by that factor from week to week, after five weeks as usual. Gives the level at which it was told. */
export function boil(ruleSet: RuleSet, perWeek: number, weeks: number): number | null {
  const feed = new FactFeed(ruleSet);
  const random = new Random(7);
  const ends = { client: 0xc0000201, server: 0x0a000001, account: "" };
  for (let nowUs = START_US; nowUs < START_US + weeks * WEEK_US; nowUs += MINUTE_US) {
    const week = Math.max(0, Math.floor((nowUs - START_US) / WEEK_US) - 5);
    const level = perWeek ** week;
    const count = random.poisson((300 * level) / 60);
    for (let i = 0; i < count; i++) feed.request(nowUs + i * 1e5, "REGISTER", ends);
    if (feed.alerts.length > 0) return level;
  }
  return null;
}
