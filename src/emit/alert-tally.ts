import { BoundedMap } from "../base/bounded-map.ts";
import type { Alert } from "../detect/alert.ts";

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
  readonly firstUs: number;
  readonly lastUs: number;
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
  lastUs: number;
  capture: string;
}

const VICTIMS_MAX = 32;

/** Counts alerts by rule and attacker, bounded: of very many attackers the oldest are forgotten. */
export class AlertTally {
  total = 0;
  readonly #groups: BoundedMap<string, Group>;
  readonly #severities = new Map<number, number>();
  readonly #rules = new Map<string, { -readonly [K in keyof RuleCount]: RuleCount[K] }>();

  constructor(groupsMax = 10_000) {
    this.#groups = new BoundedMap(groupsMax);
  }

  /** Groups forgotten because there were too many; attackers then count too little. */
  get evictions(): number {
    return this.#groups.evictions;
  }

  /** `capture` is the file that the packet at hand is from. */
  add(alert: Alert, capture: string): void {
    const { gid, sid, msg, severity } = alert.signature;
    this.total++;
    this.#severities.set(severity, (this.#severities.get(severity) ?? 0) + 1);
    const rule = this.#rules.get(`${gid}:${sid}`);
    if (rule !== undefined) rule.count++;
    else this.#rules.set(`${gid}:${sid}`, { gid, sid, message: msg, severity, count: 1 });
    const key = `${gid}:${sid} ${alert.srcIp}`;
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
        firstUs: alert.timeUs,
        lastUs: alert.timeUs,
        capture: "",
      };
      this.#groups.set(key, group);
    } else {
      this.#groups.touch(key);
    }
    group.count++;
    // What time passing raises is not about the packet at hand.
    if (group.capture === "" && alert.packetNumber > 0) group.capture = capture;
    group.lastUs = Math.max(group.lastUs, alert.timeUs);
    if (alert.destIp === "" || group.victims.includes(alert.destIp)) return;
    if (group.victims.length < VICTIMS_MAX) group.victims.push(alert.destIp);
    else group.hasMoreVictims = true;
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
    return [...this.#groups.values()].slice(-count);
  }

  /** By severity, then by time of the first alert. */
  groups(): AlertGroup[] {
    return [...this.#groups.values()].sort(
      (a, b) =>
        a.severity - b.severity ||
        a.firstUs - b.firstUs ||
        a.sid - b.sid ||
        compare(a.attacker, b.attacker),
    );
  }

  byRule(): RuleCount[] {
    return [...this.#rules.values()].sort(
      (a, b) => a.severity - b.severity || b.count - a.count || a.sid - b.sid,
    );
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

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
