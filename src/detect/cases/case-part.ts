import type { Alert } from "../alerts/alert.ts";
import type { CaseHolder, OpenIncident } from "../incidents/open-incident.ts";
import { type CaseCrowd, crowdOf } from "./case-crowd.ts";
import type { CaseStep } from "./case-record.ts";
import { attackOf, type CaseKind, type CaseStage, deedOf } from "./case-stage.ts";
import { CaseTally } from "./case-tally.ts";
import { alertOf, type KeptPart, keptAlert } from "./kept-case.ts";
import type { OpenCase } from "./open-case.ts";

/** Who did what to whom, put together. */
export interface PartTallies {
  readonly sources: CaseTally;
  readonly victims: CaseTally;
  readonly accounts: CaseTally;
  readonly numbers: CaseTally;
}

/**
 * What one rule has told of a case: its incidents while they are remembered, and the sums of those that are gone.
 * Matches are counted by incidents alone, so that a case costs nothing for each.
 */
export class CasePart implements CaseHolder {
  /** The case that it is part of: another one once cases were found to be one. */
  owner: OpenCase;
  readonly first: Alert;
  readonly stage: CaseStage;
  readonly kind: CaseKind;
  alerts = 0;
  startUs: number;
  #lastUs: number;
  /** When what its alerts tell of was done last. */
  #deedUs: number;
  #value: number | null = null;
  #genuine = 0;
  #matches = 0;
  readonly #incidents = new Set<OpenIncident>();
  readonly #gone = emptyTallies();
  #crowd: CaseCrowd;

  constructor(owner: OpenCase, first: Alert) {
    this.owner = owner;
    this.first = first;
    this.#crowd = crowdOf(first);
    const { stage, kind } = deedOf(first.signature);
    this.stage = stage;
    this.kind = kind;
    this.startUs = first.deedUs ?? first.timeUs;
    this.#lastUs = first.timeUs;
    this.#deedUs = this.startUs;
  }

  get caseId(): string {
    return this.owner.caseId;
  }

  /** One more alert of the rule; its matches come with its incident. */
  add(alert: Alert, incident: OpenIncident): void {
    this.alerts++;
    if (alert.timeUs > this.#lastUs) this.#lastUs = alert.timeUs;
    if (alert.voip.isSpoofed !== true) this.#genuine++;
    if (alert.voip.value !== undefined && Number.isFinite(alert.voip.value)) {
      this.#value = alert.voip.value;
    }
    this.#incidents.add(incident);
    incident.holder = this;
    const deedUs = alert.deedUs ?? alert.timeUs;
    this.startUs = Math.min(this.startUs, deedUs, incident.startUs);
    this.#deedUs = Math.max(this.#deedUs, deedUs);
  }

  touch(timeUs: number): void {
    if (timeUs > this.owner.lastUs) this.owner.lastUs = timeUs;
  }

  /** The incident is about to be forgotten: its sums stay. */
  absorb(incident: OpenIncident): void {
    if (!this.#incidents.delete(incident)) return;
    this.#matches += incident.count;
    this.#lastUs = Math.max(this.#lastUs, incident.lastUs);
    addIncident(this.#gone, incident);
  }

  /** Takes over what another case had of the same rule. */
  merge(other: CasePart): void {
    this.alerts += other.alerts;
    this.startUs = Math.min(this.startUs, other.startUs);
    this.#lastUs = Math.max(this.#lastUs, other.#lastUs);
    this.#deedUs = Math.max(this.#deedUs, other.#deedUs);
    this.#genuine += other.#genuine;
    this.#matches += other.#matches;
    this.#value ??= other.#value;
    for (const incident of other.#incidents) {
      this.#incidents.add(incident);
      incident.holder = this;
    }
    addTallies(this.#gone, other.#gone);
  }

  /** What it is now, incidents and all. */
  kept(): KeptPart {
    const { sources, victims, accounts, numbers } = this.tallies;
    return {
      first: keptAlert(this.first),
      alerts: this.alerts,
      startUs: this.startUs,
      lastUs: this.lastUs,
      deedUs: this.#deedUs,
      value: this.#value,
      genuine: this.#genuine,
      matches: this.matches,
      ...this.#crowd,
      tallies: {
        sources: sources.kept(),
        victims: victims.kept(),
        accounts: accounts.kept(),
        numbers: numbers.kept(),
      },
    };
  }

  static restored(owner: OpenCase, kept: KeptPart): CasePart {
    const part = new CasePart(owner, alertOf(kept.first));
    part.alerts = kept.alerts;
    part.startUs = kept.startUs;
    part.#lastUs = kept.lastUs;
    part.#deedUs = kept.deedUs ?? kept.lastUs;
    part.#value = kept.value;
    part.#genuine = kept.genuine;
    part.#matches = kept.matches;
    part.#crowd = { leastSources: kept.leastSources, isOfAll: kept.isOfAll };
    for (const name of ["sources", "victims", "accounts", "numbers"] as const)
      part.#gone[name].restore(kept.tallies[name]);
    return part;
  }

  get matches(): number {
    let sum = this.#matches;
    for (const { count } of this.#incidents) sum += count;
    return sum;
  }

  /** When its rule matched last at the rate of an attack. */
  get lastUs(): number {
    let last = this.#lastUs;
    for (const incident of this.#incidents) last = Math.max(last, incident.lastUs);
    return last;
  }

  get tallies(): PartTallies {
    const tallies = emptyTallies();
    addTallies(tallies, this.#gone);
    for (const incident of this.#incidents) addIncident(tallies, incident);
    return tallies;
  }

  /** With the tallies that `tallies` has just made. */
  step({ sources, victims, accounts, numbers }: PartTallies): CaseStep {
    const { signature, voip, alertId } = this.first;
    const { forged, relays } = this.owner;
    const from = sources.list(relays);
    // What another alert of the case has proven of an address holds for this deed, too.
    const isInNames = from.values.length > 0 && from.values.length === from.distinct;
    const isForged = isInNames && from.values.every(({ text }) => forged.has(text));
    // Each match has an alert: so it is known of each when it was done.
    const endUs = this.alerts >= this.matches ? this.#deedUs : this.lastUs;
    return {
      startUs: this.startUs,
      endUs,
      stage: this.stage,
      severity: signature.severity,
      sid: signature.sid,
      msg: signature.msg,
      attack: attackOf(signature),
      event: voip.event ?? "",
      value: this.#value,
      alerts: this.alerts,
      matches: this.matches,
      distinct: this.first.voip.counter?.uniqueOn === undefined ? 0 : this.first.voip.counter.count,
      isForged: this.#genuine === 0 || isForged,
      ...this.#crowd,
      sources: from,
      victims: victims.list(),
      accounts: accounts.list(),
      numbers: numbers.list(),
      alertId,
    };
  }
}

export function emptyTallies(): PartTallies {
  return {
    sources: new CaseTally(),
    victims: new CaseTally(),
    accounts: new CaseTally(),
    numbers: new CaseTally(),
  };
}

export function addTallies(to: PartTallies, from: PartTallies): void {
  to.sources.addAll(from.sources);
  to.victims.addAll(from.victims);
  to.accounts.addAll(from.accounts);
  to.numbers.addAll(from.numbers);
}

/** Who sends what a rule counts by stream or call need not be who its alerts are about. */
const BY_OTHERS: ReadonlySet<string> = new Set(["by_stream", "by_call", "by_both", "by_rule"]);

function addIncident(to: PartTallies, incident: OpenIncident): void {
  const { sources, destinations, accounts, numbers } = incident.ranking.lists;
  if (BY_OTHERS.has(incident.track)) to.sources.add(incident.srcIp, incident.count);
  else to.sources.addTop(sources);
  to.victims.addTop(destinations);
  to.accounts.addTop(accounts);
  to.numbers.addTop(numbers);
}
