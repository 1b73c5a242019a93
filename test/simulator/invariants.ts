import type { Alert } from "../../src/detect/alerts/alert.ts";
import { ATTACKS } from "./attacks/all.ts";
import { type SensorRun, sense } from "./run.ts";
import { buildWorld, type World, type WorldPlan } from "./world.ts";

/** What must hold in every world. */
export type Invariant = "silence" | "detection" | "bystanders" | "determinism" | "capacity";

export interface Violation {
  readonly invariant: Invariant;
  /** One line for people. */
  readonly what: string;
}

/** Severity 3 is "worth a look": allowed on a healthy network. */
const URGENT = 2;

/** Builds the world, plays it and judges what the sensor said. */
export function violationsOf(plan: WorldPlan): Violation[] {
  const world = buildWorld(plan);
  const run = sense(world.frames);
  const violations = judge(plan, world, run);
  if (sense(buildWorld(plan).frames).lines.join("\n") !== run.lines.join("\n")) {
    violations.push({ invariant: "determinism", what: "two runs of one seed differ" });
  }
  return violations;
}

export function judge(plan: WorldPlan, world: World, run: SensorRun): Violation[] {
  const violations: Violation[] = run.overfull.map((what) => ({ invariant: "capacity", what }));
  const attack = ATTACKS.find(({ name }) => name === plan.attack);
  if (attack === undefined) {
    violations.push(...run.alerts.filter(isUrgent).map(falseAlarm("silence")));
    return violations;
  }
  const { kind, severityMax } = attack;
  const isFound = run.alerts.some(
    (alert) =>
      alert.signature.severity <= severityMax && isOfKind(alert, kind) && concerns(alert, world),
  );
  if (!isFound) {
    const others = [...new Set(run.alerts.map(textOf))].join("; ");
    const what = `no alert of ${kind.source}, severity ${severityMax} or above; seen: ${others}`;
    violations.push({ invariant: "detection", what });
  }
  const wrong = run.alerts.filter((alert) => isUrgent(alert) && !concerns(alert, world));
  const fresh = wrong.length === 0 ? [] : wrong.filter(isNotOf(honestAlerts(plan)));
  violations.push(...fresh.map(falseAlarm("bystanders")));
  return violations;
}

/** What the same world raises without the attack: a fault of its own, and not one of the attack's. */
function honestAlerts(plan: WorldPlan): readonly Alert[] {
  return sense(buildWorld({ ...plan, attack: null, evasions: [] }).frames).alerts;
}

function isNotOf(known: readonly Alert[]): (alert: Alert) => boolean {
  const texts = new Set(known.map(textOf));
  return (alert) => !texts.has(textOf(alert));
}

function isUrgent(alert: Alert): boolean {
  return alert.signature.severity <= URGENT;
}

function isOfKind({ signature }: Alert, kind: RegExp): boolean {
  return (
    kind.test(signature.msg) || (signature.metadata.attack ?? []).some((name) => kind.test(name))
  );
}

/** It names attacker or victim, or says that an address was forged. */
function concerns(alert: Alert, { attackers, victims }: World): boolean {
  const ends = [alert.srcIp, alert.destIp];
  return (
    ends.some((ip) => attackers.has(ip) || victims.has(ip)) ||
    /forged|spoofed/i.test(JSON.stringify([alert.voip, alert.evidence]))
  );
}

function falseAlarm(invariant: Invariant) {
  return (alert: Alert): Violation => ({ invariant, what: textOf(alert) });
}

function textOf({ signature, srcIp, destIp }: Alert): string {
  return `${signature.sid} severity ${signature.severity} ${srcIp} > ${destIp}: ${signature.msg}`;
}
