import { BoundedMap } from "../base/bounded-map.ts";
import type { Alert, AlertSignature } from "../detect/alerts/alert.ts";
import type { IncidentRecord } from "../detect/incidents/incident.ts";
import type { Contradiction } from "../track/facts/event.ts";
import { type TableUse, tableUse } from "../track/facts/statistics.ts";

/** Alerts of one rule from one attacker: a row of the table that people read. */
export interface AlertGroup {
  readonly sid: number;
  readonly gid: number;
  readonly message: string;
  readonly severity: number;
  /** The alert's source address; "" when it is unknown. */
  readonly attacker: string;
  /** The first victims, in order of appearance. */
  readonly victims: readonly string[];
  /** More victims than are listed. */
  readonly hasMoreVictims: boolean;
  readonly count: number;
  /** Matches of the rule, with those that were not worth an alert of their own; at least `count`. */
  readonly matches: number;
  readonly firstUs: number;
  readonly lastUs: number;
  /** Of the first alert: the account, the number or name that was asked for, and what was seen; "" where unknown. */
  readonly account: string;
  readonly number: string;
  readonly evidence: string;
  /** The attacker's address is somebody else's in one of the alerts. */
  readonly isForged: boolean;
  /** Capture file of the first alert; "" in live capture, or when time passing raised them all. */
  readonly capture: string;
}

export interface RuleCount {
  readonly gid: number;
  readonly sid: number;
  readonly message: string;
  readonly severity: number;
  readonly count: number;
}

export interface RuleTally extends RuleCount {
  /** As of a group. */
  readonly matches: number;
}

export interface AttackerCount {
  readonly address: string;
  readonly count: number;
  /** Highest severity: the lowest number. */
  readonly severity: number;
  readonly sids: readonly number[];
}

interface Group extends AlertGroup {
  victims: string[];
  hasMoreVictims: boolean;
  count: number;
  matches: number;
  firstUs: number;
  lastUs: number;
  capture: string;
  isForged: boolean;
}

const VICTIMS_MAX = 32;
const EVIDENCE_MAX = 256;

/** Counts alerts by rule and attacker, bounded: of very many attackers the oldest are forgotten. */
export class AlertTally {
  total = 0;
  readonly #groups: BoundedMap<string, Group>;
  readonly #severities = new Map<number, number>();
  readonly #rules = new Map<string, { -readonly [K in keyof RuleTally]: RuleTally[K] }>();

  constructor(groupsMax = 10_000) {
    this.#groups = new BoundedMap(groupsMax);
  }

  /** How full it is, and groups forgotten because there were too many: attackers then count too little. */
  get use(): TableUse {
    return tableUse("alert_groups", this.#groups);
  }

  /** `capture` is the file of the packet that decided it; "" without one. */
  add(alert: Alert, capture: string): void {
    const { gid, sid, msg, severity } = alert.signature;
    // An alert may wait for what follows: people ask when it was done.
    const doneUs = alert.deedUs ?? alert.timeUs;
    this.total++;
    this.#severities.set(severity, (this.#severities.get(severity) ?? 0) + 1);
    const rule = this.#rules.get(`${gid}:${sid}`);
    if (rule !== undefined) rule.count++;
    else {
      const first = { gid, sid, message: msg, severity, count: 1, matches: 0 };
      this.#rules.set(`${gid}:${sid}`, first);
    }
    const key = groupKey(alert);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = {
        sid,
        gid,
        message: msg,
        severity,
        attacker: alert.srcIp,
        victims: [],
        hasMoreVictims: false,
        count: 0,
        matches: 0,
        firstUs: doneUs,
        lastUs: doneUs,
        capture: "",
        account: alert.voip.account ?? "",
        number: alert.voip.toUser ?? "",
        evidence: evidenceText(alert),
        isForged: false,
      };
      this.#groups.set(key, group);
    } else {
      this.#groups.touch(key);
    }
    group.count++;
    if (alert.voip.isSpoofed === true) group.isForged = true;
    if (group.capture === "") group.capture = capture;
    group.firstUs = Math.min(group.firstUs, doneUs);
    group.lastUs = Math.max(group.lastUs, doneUs);
    if (alert.destIp === "" || group.victims.includes(alert.destIp)) return;
    if (group.victims.length < VICTIMS_MAX) group.victims.push(alert.destIp);
    else group.hasMoreVictims = true;
  }

  /** How an attack goes on: its matches count in the row of the alert that opened it. */
  incident(record: IncidentRecord): void {
    const { gid, sid } = record.signature;
    const rule = this.#rules.get(`${gid}:${sid}`);
    if (rule !== undefined) rule.matches += record.newCount;
    const key = groupKey(record);
    const group = this.#groups.get(key);
    if (group === undefined) return;
    group.matches += record.newCount;
    group.lastUs = Math.max(group.lastUs, record.endUs);
    this.#groups.touch(key);
  }

  /** Highest severity seen (the lowest number); Infinity without alerts. */
  get worst(): number {
    return Math.min(...this.#severities.keys());
  }

  bySeverity(): [severity: number, count: number][] {
    return [...this.#severities].sort(([a], [b]) => a - b);
  }

  /** Last changed last. */
  recent(count: number): AlertGroup[] {
    return [...this.#groups.values()].slice(-count).map(withMatches);
  }

  /** By severity, then by time of the first alert. */
  groups(): AlertGroup[] {
    return [...this.#groups.values()]
      .map(withMatches)
      .sort(
        (a, b) =>
          a.severity - b.severity ||
          a.firstUs - b.firstUs ||
          a.sid - b.sid ||
          compare(a.attacker, b.attacker),
      );
  }

  byRule(): RuleTally[] {
    return [...this.#rules.values()]
      .map(withMatches)
      .sort((a, b) => a.severity - b.severity || b.count - a.count || a.sid - b.sid);
  }

  byAttacker(): AttackerCount[] {
    const attackers = new Map<
      string,
      { address: string; count: number; severity: number; sids: number[] }
    >();
    for (const { attacker, sid, severity, count } of this.#groups.values()) {
      if (attacker === "") continue;
      const known = attackers.get(attacker);
      if (known === undefined) {
        attackers.set(attacker, { address: attacker, count, severity, sids: [sid] });
        continue;
      }
      known.count += count;
      known.severity = Math.min(known.severity, severity);
      known.sids.push(sid);
    }
    const list = [...attackers.values()];
    for (const { sids } of list) sids.sort((a, b) => a - b);
    return list.sort(
      (a, b) => a.severity - b.severity || b.count - a.count || compare(a.address, b.address),
    );
  }
}

/** What of the evidence decided, in a few words: the last that contradicts something by a number, else the first. */
function evidenceText({ evidence }: Alert): string {
  const isTelling = ({ expected, seen }: Contradiction) => expected !== "" && /\d/.test(seen);
  const item = evidence.findLast(isTelling) ?? evidence[0];
  if (item === undefined) return "";
  return `${item.seen} (${item.what})`.slice(0, EVIDENCE_MAX);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function groupKey({
  signature,
  srcIp,
}: {
  readonly signature: AlertSignature;
  readonly srcIp: string;
}): string {
  return `${signature.gid}:${signature.sid} ${srcIp}`;
}

/** Until an incident's first record comes, its alerts are all that is known of its matches. */
function withMatches<T extends { readonly count: number; readonly matches: number }>(row: T): T {
  return { ...row, matches: Math.max(row.count, row.matches) };
}
