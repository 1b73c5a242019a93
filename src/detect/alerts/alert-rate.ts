import { createHash } from "node:crypto";
import type { SourceStandings } from "../../track/hosts/source-standings.ts";
import type { Counter } from "../counters/counters.ts";
import { BusiestMinute, MINUTE_S } from "../incidents/busiest-minute.ts";
import type { IncidentRecord, IncidentTop } from "../incidents/incident.ts";
import { IncidentRanking, TOP_ENTRIES_MAX } from "../incidents/incident-tops.ts";
import type { MatchContext } from "../match-context.ts";
import type { Signature } from "../rules/signature.ts";
import { sourceOf } from "./alert-source.ts";

/** Alerts that are written in a minute of packet time; 0 is no limit. */
export interface RateSettings {
  readonly rulePerMinute: number;
  /** Of one severity, over all rules: a flood of warnings takes no room from what is grave. */
  readonly severityPerMinute: number;
}

const US_PER_S = 1e6;
const MINUTE_US = MINUTE_S * US_PER_S;
const ID_DIGITS = 32;
const SOURCES_MAX = 5;

/** Proven sources have a budget of their own: forged ones cannot use it up. */
class Budget {
  #left: number;
  #leftProven: number;

  constructor(max: number) {
    this.#left = max === 0 ? Number.POSITIVE_INFINITY : max;
    this.#leftProven = this.#left;
  }

  has(isProven: () => boolean): boolean {
    return this.#left > 0 || (this.#leftProven > 0 && isProven());
  }

  take(): void {
    if (this.#left > 0) this.#left--;
    else this.#leftProven--;
  }
}

/** A minute of one rule that has alerted. */
interface RuleMinute {
  readonly signature: Signature;
  readonly startUs: number;
  readonly budget: Budget;
  /** What was not written; null while all was. */
  held: Held | null;
}

interface Held {
  /** The first few sources: of a flood where each comes once, none is on top. */
  readonly sources: string[];
  readonly ranking: IncidentRanking;
  readonly minutes: BusiestMinute;
  readonly startUs: number;
  lastUs: number;
  count: number;
}

/**
 * A ceiling on what is written: packets cost their sender nothing, records cost disk, network and people. Beyond it
 * a rule's alerts are counted, and one record a minute says how many there were and from whom most came. In packet
 * time; bounded by the number of rules.
 */
export class AlertRate {
  onRecord: (record: IncidentRecord) => void = () => {};
  /** Alerts that were not written. */
  held = 0;
  readonly #settings: RateSettings;
  /** Rules that have alerted within the last minute, by signature id. */
  readonly #minutes = new Map<number, RuleMinute>();
  readonly #severities = new Map<number, { readonly startUs: number; readonly budget: Budget }>();
  readonly #topBudget = { used: 0, max: TOP_ENTRIES_MAX >> 2 };
  #nextUs = Number.POSITIVE_INFINITY;

  constructor(settings: RateSettings) {
    this.#settings = settings;
  }

  /** Whether this alert is to be written; one that is not was counted. */
  admits(
    signature: Signature,
    context: MatchContext,
    counter: Counter | null,
    standings: SourceStandings | null,
  ): boolean {
    const { timeUs } = context;
    const isProven = () => sourceOf(signature, context, counter, standings)?.isProven === true;
    this.advance(timeUs);
    const minute = this.#minuteOf(signature, timeUs);
    const severity = this.#severityOf(signature.alert.severity, timeUs);
    if (minute.budget.has(isProven) && severity.has(isProven)) {
      minute.budget.take();
      severity.take();
      return true;
    }
    this.held++;
    this.#hold(minute, context);
    return false;
  }

  /** Writes what time has made due. A comparison when nothing is. */
  advance(nowUs: number): void {
    if (nowUs < this.#nextUs) return;
    this.#nextUs = Number.POSITIVE_INFINITY;
    for (const [id, minute] of this.#minutes) {
      const endUs = minute.startUs + MINUTE_US;
      if (nowUs >= endUs) this.#end(id, minute, endUs);
      else this.#nextUs = Math.min(this.#nextUs, endUs);
    }
  }

  /** At the end of the run, or before other rules are loaded. */
  finish(nowUs: number): void {
    for (const [id, minute] of this.#minutes) this.#end(id, minute, nowUs);
    this.#nextUs = Number.POSITIVE_INFINITY;
  }

  #minuteOf(signature: Signature, timeUs: number): RuleMinute {
    let minute = this.#minutes.get(signature.id);
    if (minute === undefined) {
      const budget = new Budget(this.#settings.rulePerMinute);
      minute = { signature, startUs: timeUs, budget, held: null };
      this.#minutes.set(signature.id, minute);
      this.#nextUs = Math.min(this.#nextUs, timeUs + MINUTE_US);
    }
    return minute;
  }

  #severityOf(severity: number, timeUs: number): Budget {
    let known = this.#severities.get(severity);
    if (known === undefined || timeUs >= known.startUs + MINUTE_US) {
      known = { startUs: timeUs, budget: new Budget(this.#settings.severityPerMinute) };
      this.#severities.set(severity, known);
    }
    return known.budget;
  }

  #hold(minute: RuleMinute, context: MatchContext): void {
    const { timeUs } = context;
    minute.held ??= {
      sources: [],
      ranking: new IncidentRanking(this.#topBudget),
      minutes: new BusiestMinute(timeUs),
      startUs: timeUs,
      lastUs: timeUs,
      count: 0,
    };
    const { held } = minute;
    held.count++;
    held.lastUs = Math.max(held.lastUs, timeUs);
    held.minutes.add(timeUs);
    held.ranking.note(context);
    if (held.sources.length === SOURCES_MAX || context.srcHost < 0) return;
    const source = context.names.text(context.srcHost);
    if (!held.sources.includes(source)) held.sources.push(source);
  }

  #end(id: number, minute: RuleMinute, timeUs: number): void {
    this.#minutes.delete(id);
    if (minute.held === null) return;
    this.onRecord(recordOf(minute, minute.held, timeUs));
    minute.held.ranking.release();
  }
}

function recordOf({ signature }: RuleMinute, held: Held, timeUs: number): IncidentRecord {
  const { count, lastUs, minutes, ranking, startUs } = held;
  const { gid, rev, sid } = signature.alert;
  const id = createHash("sha256")
    .update(`held ${gid}:${sid}:${rev}|${startUs}`)
    .digest("hex")
    .slice(0, ID_DIGITS);
  const top = withSources(ranking.lists, held.sources);
  return {
    ...{ timeUs, packetNumber: 0, flowId: 0, vlan: -1, ipVersion: 0, proto: "" },
    ...{ srcIp: "", srcPort: 0, destIp: "", destPort: 0, appProto: "" },
    ...{ alertId: id, incidentId: id, signature: signature.alert },
    ...{ state: "held_back", sequence: 1, startUs, endUs: lastUs },
    ...{ count, newCount: count, folded: 0, peak: minutes.peak, track: "", key: "" },
    ...{ callIds: [], accounts: [], destIps: [], top },
  };
}

function withSources(
  lists: Readonly<Record<string, IncidentTop>>,
  sources: readonly string[],
): Readonly<Record<string, IncidentTop>> {
  const list = lists.sources;
  if (list === undefined || list.values.length > 0) return lists;
  return { ...lists, sources: { ...list, values: sources.map((text) => ({ text, count: 1 })) } };
}
