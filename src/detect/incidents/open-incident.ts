import { createHash } from "node:crypto";
import type { DueItem } from "../../base/due-queue.ts";
import type { RecencyLinks } from "../../base/recency-list.ts";
import type { TopBudget } from "../../base/top-list.ts";
import type { HostKey } from "../../decode/host.ts";
import type { Alert } from "../alerts/alert.ts";
import type { AlertSource } from "../alerts/alert-source.ts";
import type { Signature } from "../rules/signature.ts";
import { AttackLevel } from "./attack-level.ts";
import { BusiestMinute } from "./busiest-minute.ts";
import type { IncidentEnd, IncidentRecord, IncidentState } from "./incident.ts";
import { type DistinctBudget, DistinctValues, IncidentSamples } from "./incident-samples.ts";
import { IncidentRanking } from "./incident-tops.ts";

const US_PER_S = 1e6;
const ID_DIGITS = 32;

/** What of the opening alert its records repeat; the alert itself may hold a whole message. */
type Opening = Omit<
  IncidentRecord,
  | "alertId"
  | "caseId"
  | "state"
  | "reason"
  | "sequence"
  | "startUs"
  | "endUs"
  | "count"
  | "newCount"
  | "folded"
  | "distinct"
  | "peak"
  | "source"
  | "callIds"
  | "accounts"
  | "destIps"
  | "top"
>;

/** The case that an incident belongs to. */
export interface CaseHolder {
  readonly caseId: string;
  /** It matched again at the rate of an attack. */
  touch(timeUs: number): void;
  /** It is about to be forgotten. */
  absorb(incident: OpenIncident): void;
}

/** Where an incident begins. */
export interface IncidentStart {
  readonly signature: Signature;
  readonly key: number;
  readonly alert: Alert;
  /** The alert's source; -1 for none. */
  readonly srcHost: HostKey;
  /** Whose account its first alert is about; 0 without one. */
  readonly accountKey: number;
  /** Of what the rule has counted, so much has proven where it came from. */
  readonly proven: number;
  /** It is about INVITEs, whose ACK is their proof. */
  readonly isOfInvites: boolean;
  /** Where the rule began to count. */
  readonly startUs: number;
  readonly idleS: number;
  readonly updateS: number;
  readonly ordinal: number;
  readonly distinctBudget: DistinctBudget;
  readonly topBudget: TopBudget;
}

/** One attack of one rule on one key, from its first alert on. */
export class OpenIncident implements DueItem, RecencyLinks<OpenIncident> {
  dueUs = Number.POSITIVE_INFINITY;
  dueIndex = -1;
  older: OpenIncident | null = null;
  younger: OpenIncident | null = null;
  /** In the order of opening. */
  readonly ordinal: number;
  /** Id of the signature in the rules that are loaded now. */
  signatureId: number;
  readonly key: number;
  /** False: it has ended, and is kept while the rule is quiet, in case that it goes on. */
  isOpen = true;
  /** Until then the rule raises no alert for this key, whatever happens. */
  quietUntilUs: number;
  idleUs: number;
  waitUs: number;
  updateUs: number;
  count: number;
  /** Of it what has proven where it came from. */
  proven: number;
  folded = 0;
  /** The last match at the rate of an attack. */
  lastUs: number;
  /** When the last record was written. */
  recordedUs: number;
  readonly isOfInvites: boolean;
  /** Null while it belongs to no case. */
  holder: CaseHolder | null = null;
  #provenRecorded = 0;
  /** Source of the opening alert; -1 for none. */
  readonly srcHost: HostKey;
  readonly accountKey: number;
  readonly samples = new IncidentSamples();
  readonly distinct: DistinctValues | null;
  readonly ranking: IncidentRanking;
  readonly #opening: Opening;
  readonly #uniqueOn: string;
  readonly #level: AttackLevel;
  readonly #minutes: BusiestMinute;
  readonly startUs: number;
  #sequence = 0;
  /** Count that the receiver knows of: from the opening alert, then from the records. */
  #known: number;
  #recorded = 0;

  constructor({ signature, key, alert, startUs, ...start }: IncidentStart) {
    const { counter } = signature;
    this.srcHost = start.srcHost;
    this.accountKey = start.accountKey;
    this.ordinal = start.ordinal;
    this.signatureId = signature.id;
    this.key = key;
    this.quietUntilUs = alert.timeUs + quietUsOf(signature);
    this.idleUs = Math.max(start.idleS, counter?.seconds ?? 0) * US_PER_S;
    this.waitUs = start.updateS * US_PER_S;
    this.updateUs = alert.timeUs + this.waitUs;
    this.count = alert.voip.counter?.count ?? 1;
    this.proven = start.proven;
    this.isOfInvites = start.isOfInvites;
    this.recordedUs = startUs;
    this.#known = this.count;
    this.#opening = openingOf(alert);
    this.#uniqueOn = counter?.uniqueOn?.name ?? "";
    this.distinct = this.#uniqueOn === "" ? null : new DistinctValues(start.distinctBudget);
    this.ranking = new IncidentRanking(start.topBudget);
    this.#level = new AttackLevel(needOf(signature), counter?.seconds ?? 0, alert.timeUs);
    this.startUs = startUs;
    this.lastUs = alert.timeUs;
    this.#minutes = new BusiestMinute(startUs);
    // Of a longer window nobody knows when in it the matches came.
    const isWithinMinute = alert.timeUs - startUs < US_PER_S * 60;
    this.#minutes.add(alert.timeUs, isWithinMinute ? this.count : 1);
  }

  /** Counts a match and says whether it comes at the rate of an attack. */
  add(timeUs: number): boolean {
    this.count++;
    this.#minutes.add(timeUs);
    if (!this.#level.add(timeUs)) return false;
    if (timeUs > this.lastUs) this.lastUs = timeUs;
    this.holder?.touch(timeUs);
    return true;
  }

  /** Counts an alert of the rule: an attack by definition. */
  addAlert(signature: Signature, timeUs: number): void {
    this.add(timeUs);
    if (timeUs > this.lastUs) this.lastUs = timeUs;
    this.quietUntilUs = timeUs + quietUsOf(signature);
  }

  /** Matches since the last record, and those of them that have proven where they came from. */
  get countSince(): number {
    return this.count - this.#recorded;
  }

  get provenSince(): number {
    return this.proven - this.#provenRecorded;
  }

  /** Source of the opening alert, as text. */
  get srcIp(): string {
    return this.#opening.srcIp;
  }

  /** What the rule counts by; "" without a counter. */
  get track(): string {
    return this.#opening.track;
  }

  /** When it ends unless something happens. */
  get endUs(): number {
    return this.lastUs + this.idleUs;
  }

  /** When it has to be looked at next. */
  get nextUs(): number {
    return this.isOpen ? Math.min(this.endUs, this.updateUs) : this.quietUntilUs;
  }

  get hasGrown(): boolean {
    return this.count > this.#known;
  }

  record(
    state: IncidentState,
    timeUs: number,
    source: AlertSource | null,
    reason?: IncidentEnd,
  ): IncidentRecord {
    this.#sequence++;
    const newCount = this.count - this.#recorded;
    this.#known = this.count;
    this.#recorded = this.count;
    this.#provenRecorded = this.proven;
    this.recordedUs = timeUs;
    const { callIds, accounts, destIps } = this.samples;
    return {
      ...this.#opening,
      timeUs,
      alertId: recordId(this.#opening.incidentId, this.#sequence),
      ...(this.holder !== null && { caseId: this.holder.caseId }),
      state,
      ...(reason !== undefined && { reason }),
      sequence: this.#sequence,
      startUs: this.startUs,
      endUs: this.lastUs,
      count: this.count,
      newCount,
      folded: this.folded,
      ...(this.distinct !== null && {
        distinct: {
          field: this.#uniqueOn,
          count: this.distinct.count,
          isCut: this.distinct.isCut,
        },
      }),
      ...(source !== null && { source }),
      peak: this.#minutes.peak,
      callIds: [...callIds],
      accounts: [...accounts],
      destIps: [...destIps],
      top: this.ranking.lists,
    };
  }
}

/** Matches within the rule's window that raise an alert. A limit counts alerts, not what leads to one. */
function needOf({ counter }: Signature): number {
  if (counter === null || counter.type === "limit" || counter.type === "backoff") return 1;
  // Beyond its limit, each event of a baseline is more than usual.
  if (counter.type === "baseline") return 1;
  return counter.type === "ratio" ? counter.min : counter.count;
}

/** How long the rule says nothing about a key after an alert. Backoff never starts anew. */
function quietUsOf({ counter }: Signature): number {
  if (counter === null) return 0;
  if (counter.type === "ratio") return counter.seconds * US_PER_S;
  return counter.type === "backoff" ? Number.POSITIVE_INFINITY : counter.quietSeconds * US_PER_S;
}

function openingOf(alert: Alert): Opening {
  return {
    timeUs: alert.timeUs,
    packetNumber: 0,
    flowId: 0,
    vlan: alert.vlan,
    srcIp: alert.srcIp,
    srcPort: alert.srcPort,
    destIp: alert.destIp,
    destPort: alert.destPort,
    proto: alert.proto,
    ipVersion: alert.ipVersion,
    incidentId: alert.alertId,
    signature: alert.signature,
    appProto: alert.appProto,
    track: alert.voip.counter?.track ?? "",
    key: alert.voip.counter?.key ?? "",
  };
}

function recordId(incidentId: string, sequence: number): string {
  return createHash("sha256").update(`${incidentId}|${sequence}`).digest("hex").slice(0, ID_DIGITS);
}
