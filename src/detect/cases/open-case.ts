import { createHash } from "node:crypto";
import type { DueItem } from "../../base/due-queue.ts";
import type { RecencyLinks } from "../../base/recency-list.ts";
import type { Alert } from "../alerts/alert.ts";
import type { OpenIncident } from "../incidents/open-incident.ts";
import { FollowedCalls } from "./case-calls.ts";
import { CasePart } from "./case-part.ts";
import type { CaseCalls, CaseEnd, CaseRecord, CaseState } from "./case-record.ts";
import { type CaseKind, type CaseStage, deedOf, isGraver, rankOf } from "./case-stage.ts";
import { caseRecord } from "./case-summary.ts";
import { alertOf, CASE_NAMES, type CaseName, type KeptCase, keptAlert } from "./kept-case.ts";

/** Rules that one case tells apart; further ones only raise its stage and severity. */
const PARTS_MAX = 64;
/** Addresses, alerts and calls that one case remembers by name. */
const NAMED_MAX = 64;
const ID_DIGITS = 32;
const MAC = /\bMAC ([0-9a-f]{2}(?::[0-9a-f]{2}){5})\b/;

/** What alerts said of an address, beside what incidents count. */
export interface SourceNote {
  isProven: boolean;
  shared: string;
  agent: string;
}

/** One attacker, or one campaign, from its first alert on. */
export class OpenCase implements DueItem, RecencyLinks<OpenCase> {
  dueUs = Number.POSITIVE_INFINITY;
  dueIndex = -1;
  older: OpenCase | null = null;
  younger: OpenCase | null = null;
  /** In the order of opening. */
  readonly ordinal: number;
  readonly caseId: string;
  stage: CaseStage;
  severity: number;
  /** When something of it happened last. */
  lastUs: number;
  /** The gravest alert, of those alike the first. */
  gravest: Alert;
  /** A record has said that it is there. */
  isTold = false;
  /** Stage and severity that the last record told. */
  toldStage: CaseStage | null = null;
  toldSeverity = Number.POSITIVE_INFINITY;
  /** Alerts and matches that the last record told. */
  toldSize = 0;
  /** When the next record is due unless it ends before. */
  recordUs = Number.POSITIVE_INFINITY;
  /** Looks at whether it has grown. */
  updates = 0;
  readonly parts = new Map<number, CasePart>();
  readonly notes = new Map<string, SourceNote>();
  readonly forged = new Set<string>();
  /** Addresses that passed on what had been sent to them. */
  readonly relays = new Set<string>();
  readonly macs = new Set<string>();
  readonly callIds = new Set<string>();
  readonly alertIds: string[] = [];
  readonly merged: string[] = [];
  #calls: FollowedCalls | null = null;
  /** Keys under which the index finds it: forgotten with it. */
  readonly keys = new Set<number>();
  /** The same as texts, as far as they are kept for the next run. */
  readonly named: Readonly<Record<CaseName, Set<string>>> = {
    sources: new Set(),
    calls: new Set(),
    guessed: new Set(),
    accounts: new Set(),
    followed: new Set(),
    campaigns: new Set(),
    victims: new Set(),
    blocks: new Set(),
    sprays: new Set(),
  };
  readonly victimHosts = new Set<number>();
  readonly accountKeys = new Set<number>();
  readonly kinds = new Set<CaseKind>();
  /** Accounts whose calls are followed. */
  followed = 0;
  alerts = 0;
  #sequence = 0;

  constructor(alert: Alert, ordinal: number, caseId = hashed(`case|${alert.alertId}`)) {
    this.ordinal = ordinal;
    this.caseId = caseId;
    this.gravest = alert;
    this.lastUs = alert.timeUs;
    this.stage = deedOf(alert.signature).stage;
    this.severity = alert.signature.severity;
  }

  /** It is found by this. */
  name(what: CaseName, text: string): void {
    if (text !== "") addTo(this.named[what], text);
  }

  /** `isReturned`: what the alert tells of can only have come from its source's address. */
  join(alert: Alert, incident: OpenIncident, isReturned: boolean): void {
    const { signature, voip } = alert;
    this.alerts++;
    this.lastUs = Math.max(this.lastUs, alert.timeUs);
    const { stage } = deedOf(signature);
    if (rankOf(stage) > rankOf(this.stage)) this.stage = stage;
    this.severity = Math.min(this.severity, signature.severity);
    if (isGraver(signature, this.gravest.signature)) this.gravest = alert;
    if (this.alertIds.length < NAMED_MAX) this.alertIds.push(alert.alertId);
    if (voip.callId !== undefined && voip.callId !== "") addTo(this.callIds, voip.callId);
    this.#noteSource(alert, isReturned);
    this.#partOf(alert)?.add(alert, incident);
  }

  /** Answered calls of an account that was broken into: it is in use. */
  raise(stage: CaseStage, timeUs: number): void {
    this.lastUs = Math.max(this.lastUs, timeUs);
    if (rankOf(stage) > rankOf(this.stage)) this.stage = stage;
    this.severity = 1;
  }

  /** The other case is this one: all that it has. */
  merge(other: OpenCase): void {
    for (const [sid, part] of other.parts) {
      const own = this.parts.get(sid);
      if (own !== undefined) own.merge(part);
      else if (this.parts.size < PARTS_MAX) {
        part.owner = this;
        this.parts.set(sid, part);
      }
    }
    for (const [ip, note] of other.notes) {
      if (this.notes.size < NAMED_MAX && !this.notes.has(ip)) this.notes.set(ip, note);
    }
    for (const ip of other.forged) addTo(this.forged, ip);
    for (const mac of other.macs) addTo(this.macs, mac);
    for (const callId of other.callIds) addTo(this.callIds, callId);
    this.alertIds.push(...other.alertIds.slice(0, NAMED_MAX - this.alertIds.length));
    this.merged.push(...[other.caseId, ...other.merged].slice(0, NAMED_MAX - this.merged.length));
    this.alerts += other.alerts;
    this.lastUs = Math.max(this.lastUs, other.lastUs);
    if (other.#calls !== null) this.calls.merge(other.#calls);
    if (rankOf(other.stage) > rankOf(this.stage)) this.stage = other.stage;
    this.severity = Math.min(this.severity, other.severity);
    if (isGraver(other.gravest.signature, this.gravest.signature)) this.gravest = other.gravest;
  }

  /** Made for the few cases that have any. */
  get calls(): FollowedCalls {
    this.#calls ??= new FollowedCalls();
    return this.#calls;
  }

  get callSummary(): CaseCalls | null {
    return this.#calls?.summary ?? null;
  }

  /** What grows with all that is counted. */
  get size(): number {
    let sum = this.alerts + (this.#calls?.answered ?? 0) + (this.#calls?.ended ?? 0);
    for (const part of this.parts.values()) sum += part.matches;
    return sum;
  }

  /** A record says how it is now. */
  told(): void {
    this.isTold = true;
    this.toldStage = this.stage;
    this.toldSeverity = this.severity;
    this.toldSize = this.size;
  }

  record(
    state: CaseState,
    timeUs: number,
    end?: { reason: CaseEnd; mergedInto?: string },
  ): CaseRecord {
    this.#sequence++;
    const alertId = hashed(`${this.caseId}|${this.#sequence}`);
    return caseRecord(this, { alertId, state, timeUs, sequence: this.#sequence, ...end });
  }

  /** For the next run. */
  kept(): KeptCase {
    const { caseId, isTold, lastUs, severity, stage, toldSize, toldStage, updates } = this;
    return {
      ...{ caseId, stage, severity, lastUs, isTold, toldStage, toldSize, updates },
      toldSeverity: Number.isFinite(this.toldSeverity) ? this.toldSeverity : null,
      sequence: this.#sequence,
      alerts: this.alerts,
      gravest: keptAlert(this.gravest),
      parts: [...this.parts.values()].map((part) => part.kept()),
      named: namesOf(this.named),
      notes: [...this.notes].map(([ip, note]) => ({ ip, ...note })),
      forged: [...this.forged],
      relays: [...this.relays],
      macs: [...this.macs],
      callIds: [...this.callIds],
      alertIds: [...this.alertIds],
      merged: [...this.merged],
      calls: this.#calls?.kept() ?? null,
    };
  }

  static restored(kept: KeptCase, ordinal: number): OpenCase {
    const open = new OpenCase(alertOf(kept.gravest), ordinal, kept.caseId);
    open.stage = kept.stage;
    open.severity = kept.severity;
    open.lastUs = kept.lastUs;
    open.isTold = kept.isTold;
    open.toldStage = kept.toldStage;
    open.toldSeverity = kept.toldSeverity ?? Number.POSITIVE_INFINITY;
    open.toldSize = kept.toldSize;
    open.updates = kept.updates;
    open.#sequence = kept.sequence;
    open.alerts = kept.alerts;
    for (const one of kept.parts) {
      const part = CasePart.restored(open, one);
      open.parts.set(one.first.signature.sid, part);
      open.kinds.add(part.kind);
    }
    for (const what of CASE_NAMES) for (const text of kept.named[what] ?? []) open.name(what, text);
    for (const { ip, ...note } of kept.notes) open.notes.set(ip, note);
    for (const ip of kept.forged) addTo(open.forged, ip);
    for (const ip of kept.relays) addTo(open.relays, ip);
    for (const mac of kept.macs) addTo(open.macs, mac);
    for (const callId of kept.callIds) addTo(open.callIds, callId);
    open.alertIds.push(...kept.alertIds.slice(0, NAMED_MAX));
    open.merged.push(...kept.merged.slice(0, NAMED_MAX));
    if (kept.calls !== null) open.#calls = FollowedCalls.restored(kept.calls);
    return open;
  }

  #noteSource({ evidence, signature, srcIp, voip }: Alert, isReturned: boolean): void {
    if (voip.isSpoofed === true) {
      addTo(this.forged, srcIp);
      for (const { seen } of evidence) {
        const [, mac] = MAC.exec(seen) ?? [];
        if (mac !== undefined) addTo(this.macs, mac);
      }
      return;
    }
    if (srcIp === "") return;
    const note = this.notes.get(srcIp) ?? { isProven: false, shared: "", agent: "" };
    // What an account did in one call or binding is no count of many senders, one of whom has proven itself.
    const isOwnDeed = isReturned && deedOf(signature).kind === "account";
    if (voip.source?.isProven === true || isOwnDeed) note.isProven = true;
    if (note.shared === "") note.shared = voip.source?.shared ?? "";
    if (note.agent === "") note.agent = voip.userAgent ?? "";
    if (this.notes.size < NAMED_MAX) this.notes.set(srcIp, note);
  }

  #partOf(alert: Alert): CasePart | undefined {
    const { sid } = alert.signature;
    let part = this.parts.get(sid);
    if (part === undefined && this.parts.size < PARTS_MAX) {
      part = new CasePart(this, alert);
      this.parts.set(sid, part);
    }
    return part;
  }
}

function namesOf(named: OpenCase["named"]): KeptCase["named"] {
  const lists = CASE_NAMES.map((what) => [what, [...named[what]]] as const);
  return Object.fromEntries(lists) as KeptCase["named"];
}

function addTo(texts: Set<string>, text: string): void {
  if (texts.size < NAMED_MAX) texts.add(text);
}

function hashed(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, ID_DIGITS);
}
