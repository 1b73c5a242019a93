import { DueQueue } from "../../base/due-queue.ts";
import { RecencyList } from "../../base/recency-list.ts";
import type { SourceStandings } from "../../track/hosts/source-standings.ts";
import type { Alert } from "../alerts/alert.ts";
import type { RateSettings } from "../alerts/alert-rate.ts";
import { provenBy, sourceOfIncident } from "../alerts/alert-source.ts";
import type { Counters } from "../counters/counters.ts";
import { NO_VALUE } from "../counters/track-key.ts";
import type { MatchContext } from "../match-context.ts";
import type { Signature } from "../rules/signature.ts";
import type { IncidentEnd, IncidentRecord, IncidentState } from "./incident.ts";
import { isHarmless, keyOf } from "./incident-key.ts";
import type { Matched, MatchVerdict } from "./incident-match.ts";
import { TOP_ENTRIES_MAX } from "./incident-tops.ts";
import { OpenIncident } from "./open-incident.ts";

export interface IncidentSettings extends RateSettings {
  /** An alert of an open incident is not written; it counts there. */
  readonly fold: boolean;
  /** Without an attack's matches for this long an incident has ended; at least the rule's own window. */
  readonly idleS: number;
  /** First update after this time; each next one waits four times longer, up to `updateMaxS`. */
  readonly updateS: number;
  readonly updateMaxS: number;
  /** Incidents remembered at once; beyond it the one without a match for longest is closed. */
  readonly openMax: number;
}

/** Every alert is written, as Suricata does; the configuration's own default folds. */
export const DEFAULT_INCIDENT_SETTINGS: IncidentSettings = {
  fold: false,
  idleS: 300,
  updateS: 60,
  updateMaxS: 3_600,
  openMax: 16_384,
  rulePerMinute: 0,
  severityPerMinute: 0,
};

export interface IncidentCounters {
  readonly open: number;
  readonly opened: number;
  readonly closed: number;
  readonly updates: number;
  /** Alerts not written because their incident was open. */
  readonly folded: number;
  /** Closed or forgotten early because there were too many. */
  readonly evictions: number;
}

const US_PER_S = 1e6;
const GROWTH = 4;

/**
 * Joins what belongs to one attack: the first alert of a rule and key opens an incident, every further match
 * counts into it, also those that the rule's threshold keeps back, and few records tell how it goes on
 * and when it ended. All in packet time. Bounded; costs one lookup a match while there are incidents.
 */
export class Incidents {
  onRecord: (record: IncidentRecord) => void = () => {};
  /** What is proven of sources; null where nobody looks. */
  standings: SourceStandings | null = null;
  readonly #settings: IncidentSettings;
  /** By signature id, then by tracked key. */
  #bySignature: (Map<number, OpenIncident> | undefined)[] = [];
  readonly #due = new DueQueue<OpenIncident>();
  readonly #recent = new RecencyList<OpenIncident>();
  readonly #distinctBudget = { used: 0 };
  readonly #topBudget = { used: 0, max: TOP_ENTRIES_MAX };
  #size = 0;
  #open = 0;
  #opened = 0;
  #closed = 0;
  #updates = 0;
  #folded = 0;
  #evictions = 0;

  constructor(settings: IncidentSettings) {
    this.#settings = settings;
  }

  get counters(): IncidentCounters {
    return {
      open: this.#open,
      opened: this.#opened,
      closed: this.#closed,
      updates: this.#updates,
      folded: this.#folded,
      evictions: this.#evictions,
    };
  }

  /** A signature matched, and `counters` have just counted it; `isAlert` says that they let it through. */
  match(
    signature: Signature,
    context: MatchContext,
    counters: Counters,
    isAlert: boolean,
  ): MatchVerdict {
    const news: MatchVerdict = isAlert ? "write" : "keep";
    if (this.#size === 0) return news;
    if (context.timeUs >= this.#due.nextUs) this.advance(context.timeUs);
    const byKey = this.#bySignature[signature.id];
    if (byKey === undefined) return news;
    const incident = byKey.get(keyOf(signature, context, counters));
    if (incident === undefined) return news;
    if (!isAlert && isHarmless(signature, context, counters)) return "keep";
    if (isAlert && !incident.isOpen) return "write";
    this.#count(incident, signature, context, counters, isAlert);
    if (!isAlert) return "keep";
    if (!this.#settings.fold) return "write";
    incident.folded++;
    this.#folded++;
    return "fold";
  }

  /** The incident of an alert that `match` let through and that is about to be written. */
  opened({ signature, context, counters }: Matched, alert: Alert): OpenIncident {
    const key = keyOf(signature, context, counters);
    const known = this.#bySignature[signature.id]?.get(key);
    // Without folding, `match` has counted a further alert already.
    if (known?.isOpen === true) return known;
    if (known !== undefined) this.#forget(known);
    else if (this.#size >= this.#settings.openMax) this.#evict(context.timeUs);
    const counter = counters.of(signature);
    const incident = new OpenIncident({
      signature,
      key,
      alert,
      srcHost: context.srcHost,
      accountKey: context.subject.accountKey,
      ...provenBy(counter, context),
      startUs: Math.min(alert.deedUs ?? alert.timeUs, counter?.startUs ?? alert.timeUs),
      idleS: this.#settings.idleS,
      updateS: this.#settings.updateS,
      ordinal: this.#opened++,
      distinctBudget: this.#distinctBudget,
      topBudget: this.#topBudget,
    });
    incident.samples.look(context);
    incident.ranking.open(context, signature.counter?.track.name ?? "", incident.count);
    if (incident.distinct !== null && counter !== null) {
      for (const value of counter.seen(key)) incident.distinct.add(value);
    }
    this.#remember(incident);
    this.#open++;
    return incident;
  }

  /** Writes what time has made due, in the order in which it became due. A comparison when nothing has. */
  advance(nowUs: number): void {
    while (nowUs >= this.#due.nextUs) {
      const incident = this.#due.first() as OpenIncident;
      const nextUs = incident.nextUs;
      // Matches since it was put in the queue may have put its end off.
      if (nextUs > incident.dueUs) this.#due.reschedule(incident, nextUs);
      else this.#fallDue(incident, nextUs);
    }
  }

  /** At the end of the run: closes what is open. */
  finish(nowUs: number): void {
    this.#closeAll(this.#all(), nowUs, "end_of_run");
  }

  /**
   * Other rules are loaded: `oldIds` gives for each new signature the id that it had before, -1 for a new one.
   * Incidents of signatures that are gone are closed.
   */
  reload(oldIds: Int32Array, nowUs: number): void {
    const before = this.#bySignature;
    const after: typeof before = new Array(oldIds.length);
    for (const [id, oldId] of oldIds.entries()) {
      const byKey = oldId < 0 ? undefined : before[oldId];
      if (byKey === undefined) continue;
      after[id] = byKey;
      before[oldId] = undefined;
      for (const incident of byKey.values()) incident.signatureId = id;
    }
    const removed = this.#all();
    this.#closeAll(removed, nowUs, "rule_removed");
    this.#bySignature = after;
  }

  #count(
    incident: OpenIncident,
    signature: Signature,
    context: MatchContext,
    counters: Counters,
    isAlert: boolean,
  ): void {
    const { event, timeUs } = context;
    if (event?.isReturned === true) incident.proven++;
    if (counters.value !== NO_VALUE) incident.distinct?.add(counters.value);
    incident.ranking.note(context);
    if (isAlert) {
      incident.addAlert(signature, timeUs);
      incident.samples.look(context);
    } else {
      const isAttack = incident.add(timeUs);
      incident.samples.glance(context);
      if (!incident.isOpen && isAttack) this.#resume(incident, timeUs);
    }
    if (incident.isOpen) this.#recent.touch(incident);
  }

  #fallDue(incident: OpenIncident, timeUs: number): void {
    if (!incident.isOpen) this.#forget(incident);
    else if (timeUs >= incident.endUs) this.#end(incident, timeUs);
    else this.#update(incident);
  }

  #update(incident: OpenIncident): void {
    const timeUs = incident.updateUs;
    if (incident.hasGrown) this.#write(incident, "update", timeUs);
    incident.waitUs = this.#grown(incident.waitUs);
    incident.updateUs = timeUs + incident.waitUs;
    this.#due.reschedule(incident, incident.nextUs);
  }

  #end(incident: OpenIncident, timeUs: number): void {
    this.#close(incident, timeUs, "idle");
    if (incident.quietUntilUs > timeUs) this.#due.reschedule(incident, incident.quietUntilUs);
    else this.#forget(incident);
  }

  /** An attack that pauses again and again needs few records too: each pause has to be longer. */
  #resume(incident: OpenIncident, timeUs: number): void {
    incident.isOpen = true;
    this.#open++;
    this.#write(incident, "resumed", timeUs);
    incident.idleUs = Math.max(incident.idleUs, this.#grown(incident.idleUs));
    incident.updateUs = timeUs + incident.waitUs;
    this.#due.reschedule(incident, incident.nextUs);
  }

  #grown(waitUs: number): number {
    return Math.min(GROWTH * waitUs, this.#settings.updateMaxS * US_PER_S);
  }

  #evict(nowUs: number): void {
    const incident = this.#recent.oldest;
    if (incident === null) return;
    if (incident.isOpen) this.#close(incident, nowUs, "evicted");
    this.#forget(incident);
    this.#evictions++;
  }

  #closeAll(incidents: readonly OpenIncident[], nowUs: number, reason: IncidentEnd): void {
    for (const incident of incidents.toSorted((a, b) => a.ordinal - b.ordinal)) {
      // At the end of a run what waits is settled, and may be dated a little ahead.
      if (incident.isOpen) this.#close(incident, Math.max(nowUs, incident.lastUs), reason);
      this.#forget(incident);
    }
  }

  #close(incident: OpenIncident, timeUs: number, reason: IncidentEnd): void {
    incident.isOpen = false;
    this.#open--;
    this.#closed++;
    this.#write(incident, "closed", timeUs, reason);
  }

  #write(incident: OpenIncident, state: IncidentState, timeUs: number, reason?: IncidentEnd): void {
    if (state !== "closed") this.#updates++;
    const source = sourceOfIncident(this.standings, incident, timeUs);
    this.onRecord(incident.record(state, timeUs, source, reason));
  }

  #all(): OpenIncident[] {
    return this.#bySignature.flatMap((byKey) => (byKey === undefined ? [] : [...byKey.values()]));
  }

  #remember(incident: OpenIncident): void {
    const { signatureId, key } = incident;
    const byKey = this.#bySignature[signatureId] ?? new Map<number, OpenIncident>();
    this.#bySignature[signatureId] = byKey;
    byKey.set(key, incident);
    this.#size++;
    this.#recent.add(incident);
    this.#due.reschedule(incident, incident.nextUs);
  }

  #forget(incident: OpenIncident): void {
    const byKey = this.#bySignature[incident.signatureId];
    if (byKey?.get(incident.key) === incident) byKey.delete(incident.key);
    this.#size--;
    this.#recent.delete(incident);
    this.#due.delete(incident);
    incident.holder?.absorb(incident);
    incident.distinct?.release();
    incident.ranking.release();
  }
}
