import type { HostNames } from "../../decode/host-names.ts";
import type { DetectionEvent } from "../../track/facts/event.ts";
import { EventKind } from "../../track/facts/event-kind.ts";
import { type CaseSettings, Cases } from "../cases/cases.ts";
import type { IncidentRecord } from "../incidents/incident.ts";
import type { Matched } from "../incidents/incident-match.ts";
import { type IncidentSettings, Incidents } from "../incidents/incidents.ts";
import type { Alert } from "./alert.ts";
import { AlertRate } from "./alert-rate.ts";

/** What alerts are about, beyond the one at hand: incidents, the cases above them, and the ceiling of what is written. */
export class Attacks {
  readonly incidents: Incidents;
  readonly cases: Cases;
  readonly rate: AlertRate;

  constructor(incidents: IncidentSettings, cases: CaseSettings) {
    this.incidents = new Incidents(incidents);
    this.cases = new Cases(cases);
    this.rate = new AlertRate(incidents);
  }

  /** Where incidents go, and what was held back. */
  set onIncident(receive: (record: IncidentRecord) => void) {
    this.incidents.onRecord = receive;
    this.rate.onRecord = receive;
  }

  /** Hands the alert on with its case, and then what the case has to say. */
  raise(matched: Matched, alert: Alert, onAlert: (alert: Alert) => void): void {
    const { signature, context } = matched;
    const incident = this.incidents.opened(matched, alert);
    const open = this.cases.join(signature, context, alert, incident);
    onAlert(open === null ? alert : { ...alert, caseId: open.caseId });
    if (open !== null) this.cases.tell(open, context.timeUs);
  }

  /** What happens after somebody has got in belongs to the case. A comparison while nobody has. */
  follow(event: DetectionEvent, names: HostNames): void {
    if (!this.cases.isFollowing) return;
    if (event.kind === EventKind.CALL_ANSWERED) this.cases.answered(event, names);
    else if (event.kind === EventKind.CALL_ENDED) this.cases.ended(event);
  }

  /** Writes what time has made due. */
  advance(nowUs: number): void {
    this.incidents.advance(nowUs);
    this.rate.advance(nowUs);
    this.cases.advance(nowUs);
  }

  /** Other rules are loaded: cases go on, incidents of rules that are gone end. */
  reload(oldIds: Int32Array, nowUs: number): void {
    this.incidents.advance(nowUs);
    this.rate.finish(nowUs);
    this.incidents.reload(oldIds, nowUs);
  }

  finish(nowUs: number): void {
    this.incidents.finish(nowUs);
    this.rate.finish(nowUs);
    this.cases.finish(nowUs);
  }
}
