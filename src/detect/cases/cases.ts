import { DueQueue } from "../../base/due-queue.ts";
import { RecencyList } from "../../base/recency-list.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { DetectionEvent } from "../../track/facts/event.ts";
import { EventKind } from "../../track/facts/event-kind.ts";
import type { CallCosts } from "../../track/numbers/call-costs.ts";
import type { Alert } from "../alerts/alert.ts";
import type { OpenIncident } from "../incidents/open-incident.ts";
import type { MatchContext } from "../match-context.ts";
import type { Signature } from "../rules/signature.ts";
import { CaseIndex } from "./case-index.ts";
import type { CaseEnd, CaseRecord, CaseState } from "./case-record.ts";
import { isOfCase, rankOf } from "./case-stage.ts";
import type { KeptCase } from "./kept-case.ts";
import { OpenCase } from "./open-case.ts";

export interface CaseSettings {
  /** Without anything new for this long a case has ended. */
  readonly idleS: number;
  /** Between two records that only say how it has grown; of severity 3 each next one waits 4 times longer, up to a day. */
  readonly updateS: number;
  /** Cases remembered at once; beyond it the one without an alert for longest is closed. */
  readonly openMax: number;
}

export const DEFAULT_CASE_SETTINGS: CaseSettings = {
  idleS: 86_400,
  updateS: 3_600,
  openMax: 4_096,
};

export interface CaseCounters {
  readonly open: number;
  readonly opened: number;
  readonly closed: number;
  /** Cases that were found to be part of another one. */
  readonly merged: number;
  /** Closed early because there were too many. */
  readonly evictions: number;
}

const US_PER_S = 1e6;
/** Severity 1 is told at once; what is less grave waits so long, in case that more of it comes. */
const WAIT_US: Readonly<Record<number, number>> = { 1: 0, 2: 10e6 };
const LONGEST_WAIT_US = 300e6;
const DAY_S = 86_400;
const GROWTH = 4;
const HARMLESS_SEVERITY = 3;

/**
 * One attacker or one campaign is one case: the first alert opens it, whatever belongs to it joins it, and few records
 * tell how it goes on. All in packet time. A match costs nothing, an alert some lookups: what incidents count is read
 * when a record is written.
 */
export class Cases {
  /** Null where nobody takes records: then none are made. */
  onRecord: ((record: CaseRecord) => void) | null = null;
  /** Null where prices are nobody's business. */
  costs: CallCosts | null = null;
  /** They go on in the next run: the end of this one closes none. */
  isKept = false;
  readonly #settings: CaseSettings;
  readonly #index = new CaseIndex();
  readonly #due = new DueQueue<OpenCase>();
  readonly #recent = new RecencyList<OpenCase>();
  readonly #open = new Set<OpenCase>();
  #opened = 0;
  #closed = 0;
  #merged = 0;
  #evictions = 0;

  constructor(settings: CaseSettings) {
    this.#settings = settings;
  }

  get counters(): CaseCounters {
    return {
      open: this.#open.size,
      opened: this.#opened,
      closed: this.#closed,
      merged: this.#merged,
      evictions: this.#evictions,
    };
  }

  /** The case of an alert that is about to be written; null for what belongs to none. */
  join(
    signature: Signature,
    context: MatchContext,
    alert: Alert,
    incident: OpenIncident,
  ): OpenCase | null {
    if (!isOfCase(alert.signature)) return null;
    const [first, ...others] = this.#index.find(signature, context, alert);
    const open = first ?? this.#begin(alert, context.timeUs);
    for (const other of others) this.#merge(open, other, context.timeUs);
    open.join(alert, incident, context.event?.isReturned === true);
    this.#index.add(open, signature, context, alert);
    // The call that gave its caller away was answered before anybody looked for it.
    const { event } = context;
    if (event?.kind === EventKind.CALL_HIGH_COST) this.#addCall(open, event, alert.srcIp);
    this.#recent.touch(open);
    this.#plan(open, context.timeUs);
    return open;
  }

  /** Some account is followed since somebody got in. */
  get isFollowing(): boolean {
    return this.#index.followed > 0;
  }

  /** A call was answered: is it one of an account that was broken into? */
  answered(event: DetectionEvent, names: HostNames): void {
    const { srcHost, subject, timeUs } = event;
    const open = this.#index.follower(subject);
    if (open === undefined) return;
    const ip = names.text(srcHost);
    if (!open.notes.has(ip) && !isOutside(numberOf(event))) return;
    this.#addCall(open, event, ip);
    open.raise("use", timeUs);
    this.#recent.touch(open);
    this.#plan(open, timeUs);
    this.tell(open, timeUs);
  }

  /** A call has ended; `seconds` since it was answered. */
  ended({ subject, timeUs, value: seconds }: DetectionEvent): void {
    const open = this.#index.ofCall(subject.callId);
    const what = { durationUs: seconds * US_PER_S, costs: this.costs };
    if (open?.calls.end(subject.callId, timeUs, what) !== true) return;
    open.lastUs = Math.max(open.lastUs, timeUs);
  }

  /** Writes what an alert has made due at once; call it when the alert itself is written. */
  tell(open: OpenCase, nowUs: number): void {
    if (open.recordUs > nowUs) return;
    this.#write(open, stateOf(open), nowUs);
    this.#plan(open, nowUs);
  }

  /** Writes what time has made due, in the order in which it became due. A comparison when nothing has. */
  advance(nowUs: number): void {
    while (nowUs >= this.#due.nextUs) {
      const open = this.#due.first() as OpenCase;
      const { dueUs } = open;
      const endUs = this.#endOf(open);
      if (dueUs >= endUs) this.#close(open, dueUs, "idle");
      else if (dueUs >= open.recordUs) this.#fallDue(open, dueUs);
      else this.#due.reschedule(open, Math.min(endUs, open.recordUs));
    }
  }

  /** At the end of the run: closes what is open. Call it when incidents are closed. */
  finish(nowUs: number): void {
    if (this.isKept) return;
    const all = [...this.#open].sort((a, b) => a.ordinal - b.ordinal);
    for (const open of all) this.#close(open, Math.max(nowUs, open.lastUs), "end_of_run");
  }

  /** All that are open, for the next run. */
  kept(): KeptCase[] {
    const all = [...this.#open].sort((a, b) => a.ordinal - b.ordinal);
    return all.map((open) => open.kept());
  }

  /** Cases of an earlier run go on, before anything else happens; those beyond the limit are left, the oldest first. */
  restore(all: readonly KeptCase[]): void {
    const recent = [...all].sort((a, b) => a.lastUs - b.lastUs).slice(-this.#settings.openMax);
    for (const kept of recent) {
      const open = OpenCase.restored(kept, this.#opened++);
      this.#open.add(open);
      this.#recent.add(open);
      this.#index.restore(open);
      if (open.isTold) open.recordUs = kept.lastUs + this.#waitUs(open);
      this.#plan(open, kept.lastUs);
    }
  }

  #addCall(open: OpenCase, event: DetectionEvent, ip: string): void {
    const { subject, timeUs } = event;
    const { account, callId } = subject;
    if (open.calls.has(callId)) return;
    const number = numberOf(event);
    const place = this.costs?.placeOf(number) ?? "";
    open.calls.add({ timeUs, callId, account, ip, number, place, durationUs: 0, cost: null });
    this.#index.followCall(open, callId);
  }

  #begin(alert: Alert, nowUs: number): OpenCase {
    if (this.#open.size >= this.#settings.openMax) this.#evict(nowUs);
    const open = new OpenCase(alert, this.#opened++);
    this.#open.add(open);
    this.#recent.add(open);
    return open;
  }

  #fallDue(open: OpenCase, nowUs: number): void {
    if (!open.isTold || isRaised(open) || open.size > open.toldSize) {
      this.#write(open, stateOf(open), nowUs);
    }
    open.updates++;
    open.recordUs = nowUs + this.#waitUs(open);
    this.#due.reschedule(open, Math.min(this.#endOf(open), open.recordUs));
  }

  /** When the next record is due, now that something is new. */
  #plan(open: OpenCase, nowUs: number): void {
    if (!open.isTold || isRaised(open)) {
      const waitUs = WAIT_US[open.severity] ?? LONGEST_WAIT_US;
      open.recordUs = Math.min(open.recordUs, nowUs + waitUs);
    } else if (open.recordUs <= nowUs) open.recordUs = nowUs + this.#waitUs(open);
    this.#due.reschedule(open, Math.min(this.#endOf(open), open.recordUs));
  }

  #endOf(open: OpenCase): number {
    return open.lastUs + this.#settings.idleS * US_PER_S;
  }

  /** Until it is told how the case has grown. */
  #waitUs({ severity, updates }: OpenCase): number {
    const { updateS } = this.#settings;
    if (severity < HARMLESS_SEVERITY) return updateS * US_PER_S;
    return Math.max(updateS, Math.min(updateS * GROWTH ** updates, DAY_S)) * US_PER_S;
  }

  #merge(into: OpenCase, other: OpenCase, nowUs: number): void {
    if (other.isTold)
      this.#write(other, "closed", nowUs, { reason: "merged", mergedInto: into.caseId });
    this.#index.move(other, into);
    into.merge(other);
    this.#remove(other);
    this.#merged++;
  }

  #evict(nowUs: number): void {
    const open = this.#recent.oldest;
    if (open === null) return;
    this.#evictions++;
    this.#close(open, nowUs, "evicted");
  }

  #close(open: OpenCase, nowUs: number, reason: CaseEnd): void {
    if (!open.isTold) this.#write(open, "opened", nowUs);
    this.#write(open, "closed", nowUs, { reason });
    this.#closed++;
    this.#remove(open);
  }

  #remove(open: OpenCase): void {
    this.#index.delete(open);
    this.#due.delete(open);
    this.#recent.delete(open);
    this.#open.delete(open);
  }

  #write(
    open: OpenCase,
    state: CaseState,
    timeUs: number,
    end?: { reason: CaseEnd; mergedInto?: string },
  ): void {
    open.told();
    if (this.onRecord !== null) this.onRecord(open.record(state, timeUs, end));
    open.recordUs = timeUs + this.#waitUs(open);
  }
}

function stateOf(open: OpenCase): CaseState {
  if (!open.isTold) return "opened";
  return isRaised(open) ? "raised" : "update";
}

/** It is graver than the last record said, or somebody has got in since, or further. */
function isRaised({ severity, stage, toldSeverity, toldStage }: OpenCase): boolean {
  if (severity < toldSeverity) return true;
  return toldStage !== null && rankOf(stage) > Math.max(rankOf(toldStage), rankOf("guess"));
}

function numberOf({ subject }: DetectionEvent): string {
  return subject.uriUser || subject.toUser;
}

/** A number of the world outside: extensions are shorter. */
function isOutside(number: string): boolean {
  return /^\+?\d{8,}$/.test(number);
}
