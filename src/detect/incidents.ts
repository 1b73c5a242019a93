import { createHash } from "node:crypto";
import { AgedMap } from "../base/aged-map.ts";
import type { Alert, AlertSignature } from "./alert.ts";
import type { IncidentEnd, IncidentRecord, IncidentState } from "./incident.ts";
import type { MatchContext } from "./match-context.ts";
import type { Signature } from "./signature.ts";
import type { TrackValue } from "./track-key.ts";

export interface IncidentSettings {
  /** An alert of an open incident is not written; it counts there. */
  readonly fold: boolean;
  /** Without a match for this long an incident has ended; at least the rule's own window. */
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
};

export interface IncidentCounters {
  readonly open: number;
  readonly opened: number;
  readonly closed: number;
  readonly updates: number;
  /** Alerts not written because their incident was open. */
  readonly folded: number;
  readonly evictions: number;
}

const US_PER_S = 1e6;
const UPDATE_GROWTH = 4;
const PEAK_S = 60;
const SAMPLES_MAX = 5;
const ID_DIGITS = 32;
/** Time is looked at this often: an attack's end need not be known to the packet. */
const SWEEP_US = US_PER_S;

/** One attack of one rule on one key, from its first alert on. */
class Incident {
  readonly alert: Alert;
  readonly idleUs: number;
  /** Until then the rule raises no alert for this key, so a closed incident may resume. */
  quietUntilUs: number;
  isOpen = true;
  sequence = 0;
  readonly startUs: number;
  lastUs: number;
  count: number;
  reported: number;
  folded = 0;
  waitUs: number;
  updateUs: number;
  minuteUs: number;
  minuteCount: number;
  peakUs: number;
  peakCount: number;
  readonly callIds: string[] = [];
  readonly accounts: string[] = [];
  readonly destIps: string[] = [];

  constructor(alert: Alert, signature: Signature, settings: IncidentSettings, startUs: number) {
    const { counter } = signature;
    this.alert = alert;
    this.idleUs = Math.max(settings.idleS, counter?.seconds ?? 0) * US_PER_S;
    this.quietUntilUs = alert.timeUs + quietSecondsOf(signature) * US_PER_S;
    this.startUs = startUs;
    this.lastUs = alert.timeUs;
    this.count = alert.voip.counter?.count ?? 1;
    this.reported = this.count;
    this.waitUs = settings.updateS * US_PER_S;
    this.updateUs = alert.timeUs + this.waitUs;
    this.minuteUs = alert.timeUs;
    this.minuteCount = this.count;
    this.peakUs = startUs;
    this.peakCount = this.count;
  }

  add(timeUs: number): void {
    this.count++;
    this.lastUs = Math.max(this.lastUs, timeUs);
    if (timeUs >= this.minuteUs + PEAK_S * US_PER_S) {
      this.minuteUs = timeUs;
      this.minuteCount = 0;
    }
    this.minuteCount++;
    if (this.minuteCount <= this.peakCount) return;
    this.peakCount = this.minuteCount;
    this.peakUs = this.minuteUs;
  }

  sample({ subject, names, dstHost }: MatchContext): void {
    remember(this.callIds, subject.callId);
    remember(this.accounts, subject.account);
    if (this.destIps.length < SAMPLES_MAX) remember(this.destIps, names.text(dstHost));
  }
}

function remember(samples: string[], text: string): void {
  if (text !== "" && samples.length < SAMPLES_MAX && !samples.includes(text)) samples.push(text);
}

function quietSecondsOf({ counter }: Signature): number {
  if (counter === null) return 0;
  return counter.type === "ratio" ? counter.seconds : counter.quietSeconds;
}

/**
 * Joins what belongs to one attack: the first alert of a rule and key opens an incident, every further match
 * counts into it, also those that the rule's threshold keeps back, and few records tell how it goes on
 * and when it ended. All in packet time.
 */
export class Incidents {
  onRecord: (record: IncidentRecord) => void = () => {};
  readonly #settings: IncidentSettings;
  readonly #incidents = new AgedMap<string, Incident>();
  #nextSweepUs = Number.NEGATIVE_INFINITY;
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

  /**
   * A signature matched. True: its alert is to be written, and `opened` to be called. `isAlert` says that
   * no threshold keeps it back.
   */
  match(signature: Signature, context: MatchContext, isAlert: boolean): boolean {
    if (this.#incidents.size === 0) return isAlert;
    const key = keyOf(signature, context);
    const incident = key === null ? undefined : this.#incidents.get(key);
    if (key === null || incident === undefined) return isAlert;
    const { counter } = signature;
    if (!isAlert && counter?.type === "ratio") {
      if (context.event === null || !counter.numerator.counts(context.event)) return false;
    }
    const isNew = isAlert && (!incident.isOpen || !this.#settings.fold);
    if (isNew) return true;
    this.#incidents.touch(key);
    incident.add(context.timeUs);
    incident.sample(context);
    if (isAlert) {
      incident.folded++;
      this.#folded++;
      incident.quietUntilUs = context.timeUs + quietSecondsOf(signature) * US_PER_S;
    }
    if (!incident.isOpen) this.#resume(incident, context.timeUs);
    return false;
  }

  /** The alert that `match` let through is written. */
  opened(
    signature: Signature,
    context: MatchContext,
    alert: Alert,
    counter: { readonly windowUs: number } | null,
  ): void {
    const key = keyOf(signature, context);
    if (key === null) return;
    const known = this.#incidents.get(key);
    if (known?.isOpen === true) {
      // Without folding a further alert belongs to the incident that is open.
      known.add(alert.timeUs);
      known.sample(context);
      this.#incidents.touch(key);
      return;
    }
    if (known !== undefined) this.#incidents.delete(key);
    else if (this.#incidents.size >= this.#settings.openMax) this.#evict();
    const startUs = counter === null ? alert.timeUs : Math.min(counter.windowUs, alert.timeUs);
    const incident = new Incident(alert, signature, this.#settings, startUs);
    incident.sample(context);
    this.#incidents.set(key, incident);
    this.#open++;
    this.#opened++;
  }

  /** Writes what time has made due, in the order of the opening alerts' last matches. */
  advance(nowUs: number): void {
    if (nowUs < this.#nextSweepUs) return;
    this.#nextSweepUs = (Math.floor(nowUs / SWEEP_US) + 1) * SWEEP_US;
    for (const [key, incident] of this.#incidents.entries()) {
      const endUs = incident.lastUs + incident.idleUs;
      if (incident.isOpen && nowUs >= endUs) this.#close(incident, endUs, "idle");
      else if (incident.isOpen && nowUs >= incident.updateUs) this.#update(incident);
      if (!incident.isOpen && nowUs >= incident.quietUntilUs) this.#incidents.delete(key);
    }
  }

  /** At the end of the run: closes what is open. */
  finish(nowUs: number): void {
    this.#closeAll(() => true, nowUs, "end_of_run");
  }

  /** After a reload: closes the incidents of signatures that are gone or changed. */
  keepOnly(signatures: ReadonlySet<AlertSignature>, nowUs: number): void {
    this.#closeAll(({ alert }) => !signatures.has(alert.signature), nowUs, "rule_removed");
  }

  #closeAll(isMeant: (incident: Incident) => boolean, nowUs: number, reason: IncidentEnd): void {
    for (const [key, incident] of this.#incidents.entries()) {
      if (!isMeant(incident)) continue;
      if (incident.isOpen) this.#close(incident, Math.max(nowUs, incident.lastUs), reason);
      this.#incidents.delete(key);
    }
  }

  #evict(): void {
    const key = this.#incidents.oldestKey();
    const incident = key === undefined ? undefined : this.#incidents.get(key);
    if (key === undefined || incident === undefined) return;
    if (incident.isOpen) this.#close(incident, incident.lastUs, "evicted");
    this.#incidents.delete(key);
    this.#evictions++;
  }

  #update(incident: Incident): void {
    if (incident.count > incident.reported) this.#write(incident, "update", incident.updateUs);
    incident.waitUs = Math.min(
      incident.waitUs * UPDATE_GROWTH,
      this.#settings.updateMaxS * US_PER_S,
    );
    incident.updateUs += incident.waitUs;
  }

  #resume(incident: Incident, timeUs: number): void {
    incident.isOpen = true;
    this.#open++;
    incident.updateUs = timeUs + incident.waitUs;
    this.#write(incident, "resumed", timeUs);
  }

  #close(incident: Incident, timeUs: number, reason: IncidentEnd): void {
    incident.isOpen = false;
    this.#open--;
    this.#closed++;
    // Of a single blow the alert has said all.
    if (incident.sequence === 0 && incident.count === incident.reported) return;
    this.#write(incident, "closed", timeUs, reason);
  }

  #write(incident: Incident, state: IncidentState, timeUs: number, reason?: IncidentEnd): void {
    const { alert } = incident;
    incident.sequence++;
    incident.reported = incident.count;
    if (state !== "closed") this.#updates++;
    this.onRecord({
      timeUs,
      packetNumber: 0,
      flowId: 0,
      vlan: alert.vlan,
      srcIp: alert.srcIp,
      srcPort: alert.srcPort,
      destIp: alert.destIp,
      destPort: alert.destPort,
      proto: alert.proto,
      ipVersion: alert.ipVersion,
      alertId: recordId(alert.alertId, incident.sequence),
      incidentId: alert.alertId,
      signature: alert.signature,
      appProto: alert.appProto,
      state,
      ...(reason !== undefined && { reason }),
      sequence: incident.sequence,
      startUs: incident.startUs,
      endUs: incident.lastUs,
      count: incident.count,
      folded: incident.folded,
      peak: { count: incident.peakCount, seconds: PEAK_S, startUs: incident.peakUs },
      track: alert.voip.counter?.track ?? "",
      key: alert.voip.counter?.key ?? "",
      callIds: [...incident.callIds],
      accounts: [...incident.accounts],
      destIps: [...incident.destIps],
    });
  }
}

/** The rule and what it counts by, else the offender: one attacker is one incident. */
function keyOf(signature: Signature, context: MatchContext): string | null {
  const { gid, sid } = signature.alert;
  const value: TrackValue =
    signature.counter === null ? context.srcHost : signature.counter.track.value(context);
  return value === null ? null : `${gid}:${sid} ${value}`;
}

function recordId(incidentId: string, sequence: number): string {
  return createHash("sha256").update(`${incidentId}|${sequence}`).digest("hex").slice(0, ID_DIGITS);
}
