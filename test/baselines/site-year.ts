import { EventKind } from "../../src/track/facts/event-kind.ts";
import type { Campaign, CampaignKind } from "./campaigns.ts";
import type { Ends, FactFeed } from "./feed.ts";
import { Random } from "./random.ts";
import { type Site, SiteClock } from "./sites.ts";

const MINUTE_US = 60e6;
const PBX = 0x0a000001;
const TRUNK = 0xc0000201;
const MONITOR = 0x0a000002;
const PHONES = 0x0a000100;
const ACCOUNTS = 12;
/** Countries that a site calls, the first ones most, and how many blocks of numbers it knows in each. */
const COUNTRIES = ["41", "43", "33", "1", "44", "48", "90"];
const BLOCKS = 40;
/** Where fraud goes: all over a country, and to one block. Both are called now and then: of what is new nothing is usual. */
const PAID_COUNTRY = "44";
const PAID_BLOCK = "411000";
/** Calls a minute: a dialler with a few lines. */
const FRAUD_A_MINUTE = 1.5;
/** Part of the calls that the site's own accounts make. */
const OUTBOUND = 0.2;

export interface Outage {
  readonly startUs: number;
  readonly endUs: number;
}

/** The traffic of a site, minute by minute, as the facts that trackers raise of it. */
export class SiteTraffic {
  nowUs: number;
  readonly #site: Site;
  readonly #random: Random;
  /** One of its own, so that what goes abroad changes nothing else. */
  readonly #farRandom: Random;
  readonly #clock: SiteClock;
  readonly #startUs: number;
  readonly #campaigns: readonly Campaign[];
  readonly #outages: readonly Outage[];
  readonly #accounts: readonly Ends[];
  /** Calls that are up, by the minute in which they end. */
  readonly #ending = new Map<number, { ends: Ends; seconds: number }[]>();
  #dayFactor = 1;
  #hourFactor = 1;
  #strangers = 0;
  /** Clients that the outage at hand has failed. */
  #failed = 0;

  constructor(
    site: Site,
    plan: { startUs: number; campaigns: readonly Campaign[]; outages: readonly Outage[] },
  ) {
    this.#site = site;
    this.#random = new Random(site.seed);
    this.#farRandom = new Random(5_000 + site.seed);
    this.#clock = new SiteClock(site.zone);
    this.#startUs = plan.startUs;
    this.nowUs = plan.startUs;
    this.#campaigns = plan.campaigns;
    this.#outages = plan.outages;
    this.#accounts = Array.from({ length: ACCOUNTS }, (_, i) => ({
      client: PHONES + i,
      server: PBX,
      account: `${200 + i}@pbx.example`,
    }));
  }

  /** The next minute. */
  play(feed: FactFeed): void {
    const at = this.nowUs;
    this.nowUs += MINUTE_US;
    const minute = Math.round(at / MINUTE_US);
    if (minute % 1440 === 0) this.#dayFactor = this.#random.factor(this.#site.dayNoise);
    if (minute % 60 === 0) this.#hourFactor = this.#random.factor(this.#site.hourNoise);
    const isOut = this.#outages.some(({ startUs, endUs }) => at >= startUs && at < endUs);
    if (isOut) this.#outage(feed, at);
    else this.#failed = 0;
    const sinceOutage = this.#outages.find(
      ({ endUs }) => at >= endUs && at < endUs + 10 * MINUTE_US,
    );
    const kind = this.#campaignAt(at);
    this.#registers(feed, at, kind, isOut, sinceOutage !== undefined);
    this.#calls(feed, at, kind, isOut);
    this.#ends(feed, at, minute);
    this.#others(feed, at, kind);
  }

  /** Raised at powers of two of the clients that it fails. */
  #outage(feed: FactFeed, at: number): void {
    const before = this.#failed;
    this.#failed = Math.min(1_024, before + 12);
    if (Math.floor(Math.log2(this.#failed)) === Math.floor(Math.log2(before))) return;
    const ends = this.#accounts[0] as Ends;
    feed.fact(EventKind.SIP_OUTAGE, at, this.#failed, ends, "REGISTER");
  }

  #campaignAt(at: number): CampaignKind | null {
    return this.#campaigns.find(({ startUs, endUs }) => at >= startUs && at < endUs)?.kind ?? null;
  }

  #growth(at: number): number {
    return this.#site.growth ** ((at - this.#startUs) / (365 * 86_400e6));
  }

  #registers(
    feed: FactFeed,
    at: number,
    kind: CampaignKind | null,
    isOut: boolean,
    isBack: boolean,
  ): void {
    const { registersPerHour, optionsPerHour, failing } = this.#site;
    const growth = this.#growth(at);
    // Phones that are refused try again every half minute, and after the outage all at once.
    const storm = isBack ? 3 : isOut ? 2 : 1;
    const twice = kind === "registers" ? 2 : 1;
    this.#some(at, (registersPerHour * growth * storm * twice) / 60, (timeUs, ends) => {
      feed.request(timeUs, "REGISTER", ends);
      const part = kind === "failures" ? 2 * failing : failing;
      if (isOut || this.#random.chance(part))
        feed.fact(EventKind.SIP_FAILED, timeUs, isOut ? 0 : 403, ends, "REGISTER");
    });
    const options = (optionsPerHour * growth * (kind === "options" ? 2 : 1)) / 60;
    this.#some(at, options, (timeUs) =>
      feed.request(timeUs, "OPTIONS", { client: MONITOR, server: PBX, account: "" }),
    );
  }

  #calls(feed: FactFeed, at: number, kind: CampaignKind | null, isOut: boolean): void {
    const site = this.#site;
    const { day, hour } = this.#clock.at(at);
    const date = new Date(at / 1e3).toISOString().slice(5, 10);
    const level = site.shape(day, hour) * (site.holidays[date] ?? 1) * this.#growth(at);
    const usual = (site.callsPerHour * level * this.#dayFactor * this.#hourFactor) / 60;
    const extra = (site.callsPerHour * level) / 60;
    this.#some(at, kind === "calls" ? usual + extra : usual, (timeUs, own) => {
      const ends = this.#random.chance(OUTBOUND)
        ? this.#farOrNear(own)
        : { client: TRUNK, server: PBX, account: "" };
      this.#call(feed, timeUs, ends, kind, isOut);
    });
    // As many INVITEs as usual once more, of which nobody takes one.
    if (kind === "mix") {
      this.#some(at, extra, (timeUs) => {
        feed.request(timeUs, "INVITE", { client: TRUNK + 1, server: PBX, account: "" });
      });
    }
    if (kind === "country" || kind === "block") this.#fraud(feed, at, kind, isOut);
    if (kind !== "account") return;
    const [stolen] = this.#accounts as [Ends];
    this.#some(at, 2, (timeUs) => this.#call(feed, timeUs, stolen, kind, isOut));
  }

  #call(
    feed: FactFeed,
    timeUs: number,
    ends: Ends,
    kind: CampaignKind | null,
    isOut: boolean,
  ): void {
    const { answered, failing, seconds } = this.#site;
    feed.request(timeUs, "INVITE", ends);
    const part = kind === "failures" ? 2 * failing : failing;
    if (isOut || this.#random.chance(part)) {
      feed.fact(EventKind.SIP_FAILED, timeUs, isOut ? 0 : 503, ends);
      return;
    }
    feed.fact(EventKind.CALL_RINGING, timeUs, 180, ends);
    const isAnswered = this.#random.chance(kind === "answers" ? answered / 2 : answered);
    if (!isAnswered) return;
    feed.fact(EventKind.CALL_ANSWERED, timeUs, 200, ends);
    if (ends.destination !== undefined) feed.fact(EventKind.CALL_FAR, timeUs, 0, ends);
    feed.fact(EventKind.CALL_ACKNOWLEDGED, timeUs, 0, ends);
    const mean = kind === "durations" ? 2 * seconds : seconds;
    const lasts = this.#random.exponential(mean);
    const minute = Math.floor((timeUs + lasts * 1e6) / MINUTE_US);
    const list = this.#ending.get(minute) ?? [];
    list.push({ ends, seconds: lasts });
    this.#ending.set(minute, list);
  }

  #farOrNear(own: Ends): Ends {
    const random = this.#farRandom;
    if (!random.chance(this.#site.abroad)) return own;
    // Half of them to the first country, a quarter to the next, and so on.
    const country = Math.min(COUNTRIES.length - 1, Math.floor(-Math.log2(1 - random.unit())));
    const block = 100 + Math.floor(BLOCKS * random.unit());
    return { ...own, destination: `${COUNTRIES[country]}${block}000` };
  }

  /** One of the site's accounts calls for somebody who is paid for it. */
  #fraud(feed: FactFeed, at: number, kind: "country" | "block", isOut: boolean): void {
    const random = this.#farRandom;
    const stolen = this.#accounts[1] as Ends;
    const count = random.poisson(FRAUD_A_MINUTE);
    for (let i = 0; i < count; i++) {
      const line = 100_000 + Math.floor(900_000 * random.unit());
      const destination = `${kind === "country" ? PAID_COUNTRY : PAID_BLOCK}${line}`;
      const timeUs = at + Math.floor((58e6 * (i + 0.5)) / count);
      this.#call(feed, timeUs, { ...stolen, destination }, kind, isOut);
    }
  }

  #ends(feed: FactFeed, at: number, minute: number): void {
    for (const { ends, seconds } of this.#ending.get(minute) ?? []) {
      feed.request(at + 59e6, "BYE", ends);
      feed.fact(EventKind.CALL_ENDED, at + 59e6, seconds, ends);
    }
    this.#ending.delete(minute);
  }

  #others(feed: FactFeed, at: number, kind: CampaignKind | null): void {
    const { newSourcesPerHour, strayStreamsPerHour } = this.#site;
    const flood = kind === "sources" ? 80 : 0;
    this.#some(at, newSourcesPerHour / 60 + flood, (timeUs) => {
      const ends = { client: 0xcb007100 + (this.#strangers++ % 65_536), server: PBX, account: "" };
      feed.fact(EventKind.SIP_NEW_SOURCE, timeUs, 0, ends, "OPTIONS");
    });
    const streams = strayStreamsPerHour / 60 + (kind === "streams" ? 2 : 0);
    this.#some(at, streams, (timeUs) =>
      feed.fact(EventKind.RTP_UNANNOUNCED, timeUs, 8, { client: TRUNK, server: PBX, account: "" }),
    );
  }

  /** So many in the mean, evenly over the minute, by one of the accounts each. */
  #some(at: number, mean: number, act: (timeUs: number, ends: Ends) => void): void {
    const count = this.#random.poisson(mean);
    for (let i = 0; i < count; i++) {
      const account = Math.floor(this.#random.unit() * ACCOUNTS);
      act(at + Math.floor((58e6 * (i + 0.5)) / count), this.#accounts[account] as Ends);
    }
  }
}
