import { notesOf } from "../../src/commands/rule-files.ts";
import type { Signature } from "../../src/detect/rules/signature.ts";
import { uuidV5 } from "../../src/emit/stix/stix-id.ts";

/** A rule of Sigma (its specification 2.0), as far as ours use it. */
export interface SigmaRule {
  readonly title: string;
  readonly id: string;
  readonly status: "test";
  readonly description: string;
  readonly references: readonly string[];
  readonly author: string;
  readonly date: string;
  readonly tags: readonly string[];
  readonly logsource: { readonly product: string; readonly service: string };
  readonly detection: {
    readonly selection: Readonly<Record<string, unknown>>;
    readonly condition: string;
  };
  readonly fields: readonly string[];
  readonly falsepositives: readonly string[];
  readonly level: "critical" | "high" | "medium" | "low" | "informational";
}

/** Of our own; the identifier of a rule never changes, whatever the rule comes to say. */
const NAMESPACE = "3d0a6f0e-7f4f-5a0f-8d2e-4f6a8b1c9d03";
const DATE = "2026-11-29";
const LEVELS: Readonly<Record<number, SigmaRule["level"]>> = { 1: "high", 2: "medium", 3: "low" };
const FIELDS = [
  "timestamp",
  "src_ip",
  "dest_ip",
  "alert.signature",
  "voip.account",
  "voip.case_id",
];
const TITLE_MAX = 120;

/** One rule for each kind of attack that shipped rules find, over the alerts of all of them; and two for cases. */
export function sigmaRules(signatures: readonly Signature[]): Map<string, SigmaRule> {
  const byAttack = new Map<string, Signature[]>();
  for (const signature of signatures) {
    const [attack = "none"] = signature.alert.metadata.attack ?? [];
    if (attack === "none" || signature.alert.severity > 3) continue;
    const list = byAttack.get(attack) ?? [];
    list.push(signature);
    byAttack.set(attack, list);
  }
  const rules = new Map<string, SigmaRule>();
  for (const [attack, list] of [...byAttack].sort(([a], [b]) => (a < b ? -1 : 1)))
    rules.set(`sipsentry_${attack}.yml`, ofAttack(attack, list));
  rules.set("sipsentry_case_break_in.yml", CASE_IN);
  return rules;
}

function ofAttack(attack: string, signatures: readonly Signature[]): SigmaRule {
  const bySid = [...signatures].sort((a, b) => a.alert.sid - b.alert.sid);
  const gravest = Math.min(...bySid.map(({ alert }) => alert.severity));
  const guides = bySid.flatMap((signature) => notesOf(signature).guide ?? []);
  const metadata = (name: string) =>
    bySid.flatMap(({ alert }) => alert.metadata[name] ?? []).map((id) => id.toLowerCase());
  const tags = [
    ...metadata("mitre_technique_id").map((id) => `attack.${id}`),
    ...metadata("mitre_tactic_id").flatMap((id) => TACTICS[id] ?? []),
  ];
  const sids = bySid.map(({ alert }) => alert.sid);
  return {
    title: `Telephony: ${attack.replaceAll("_", " ")} seen by sipsentry`.slice(0, TITLE_MAX),
    id: uuidV5(NAMESPACE, attack),
    status: "test",
    description: guides[0]?.means ?? bySid[0]?.alert.msg ?? "",
    references: sids.map((sid) => `docs/alerts/${sid}.md`),
    ...{ author: "sipsentry", date: DATE, tags: [...new Set(tags)].sort() },
    logsource: { product: "sipsentry", service: "eve" },
    detection: {
      selection: { event_type: "alert", "alert.signature_id": sids },
      condition: "selection",
    },
    fields: FIELDS,
    falsepositives: [...new Set(guides.flatMap(({ harmless }) => harmless))],
    level: LEVELS[gravest] ?? "informational",
  };
}

const CASE_IN: SigmaRule = {
  title: "Telephony: somebody got into an account, as a case of sipsentry tells",
  id: uuidV5(NAMESPACE, "case in"),
  status: "test",
  description:
    "One attacker or one campaign has got into an account, or uses it. One record when it gets so far, not one an alert.",
  references: ["docs/EVE.md"],
  ...{ author: "sipsentry", date: DATE, tags: ["attack.initial-access", "attack.t1078"] },
  logsource: { product: "sipsentry", service: "eve" },
  detection: {
    selection: {
      event_type: "case",
      "case.state": ["opened", "raised"],
      "case.stage": ["in", "use"],
    },
    condition: "selection",
  },
  fields: ["timestamp", "case.id", "case.title", "case.story", "case.advice"],
  falsepositives: ["a user who found the right password after many tries of their own"],
  level: "critical",
};

/** Sigma writes tactics by name. */
const TACTICS: Readonly<Record<string, string>> = {
  ta0001: "attack.initial-access",
  ta0005: "attack.defense-evasion",
  ta0006: "attack.credential-access",
  ta0007: "attack.discovery",
  ta0008: "attack.lateral-movement",
  ta0009: "attack.collection",
  ta0011: "attack.command-and-control",
  ta0040: "attack.impact",
  ta0043: "attack.reconnaissance",
};
