import type { AlertSignature } from "../alerts/alert.ts";

/** How far an attacker has come, in the order in which attacks grow. */
export const CASE_STAGES = ["scan", "walk", "guess", "in", "use", "damage"] as const;
export type CaseStage = (typeof CASE_STAGES)[number];

/** What kind of deed an alert tells of: a campaign takes in what its sources did before of the kinds that belong to it. */
export type CaseKind =
  | "scan"
  | "walk"
  | "probe"
  | "guess"
  | "account"
  | "flood"
  | "call"
  | "media"
  | "input";

interface Deed {
  readonly stage: CaseStage;
  readonly kind: CaseKind;
}

/** By the rule's metadata `attack`. */
const DEEDS: Readonly<Record<string, Deed>> = {
  sip_scan: { stage: "scan", kind: "scan" },
  rtpbleed: { stage: "damage", kind: "media" },
  sip_enumeration: { stage: "walk", kind: "walk" },
  toll_fraud_probe: { stage: "walk", kind: "probe" },
  ghost_calls: { stage: "scan", kind: "probe" },
  auth_bruteforce: { stage: "guess", kind: "guess" },
  password_spray: { stage: "guess", kind: "guess" },
  digest_lure: { stage: "guess", kind: "guess" },
  bruteforce_success: { stage: "in", kind: "account" },
  registration_hijack: { stage: "in", kind: "account" },
  account_takeover: { stage: "in", kind: "account" },
  toll_fraud: { stage: "use", kind: "account" },
  toll_fraud_spend: { stage: "use", kind: "account" },
  forwarding_fraud: { stage: "use", kind: "account" },
  call_back_lure: { stage: "use", kind: "account" },
  costly_calls: { stage: "use", kind: "account" },
  register_flood: { stage: "damage", kind: "flood" },
  invite_flood: { stage: "damage", kind: "flood" },
  options_flood: { stage: "damage", kind: "flood" },
  message_flood: { stage: "damage", kind: "flood" },
  sip_reflection: { stage: "damage", kind: "flood" },
  phone_message: { stage: "damage", kind: "input" },
  message_flood_accepted: { stage: "damage", kind: "flood" },
  arp_spoof: { stage: "scan", kind: "call" },
  rtp_flood: { stage: "damage", kind: "media" },
  rtp_injection: { stage: "damage", kind: "media" },
  rtcp_bye_spoof: { stage: "damage", kind: "media" },
  rtp_after_bye: { stage: "damage", kind: "media" },
  rtcp_report: { stage: "damage", kind: "media" },
  dtmf_injection: { stage: "damage", kind: "media" },
  bye_spoof: { stage: "damage", kind: "call" },
  cancel_attack: { stage: "damage", kind: "call" },
  reinvite_hijack: { stage: "damage", kind: "call" },
  refer_hijack: { stage: "damage", kind: "call" },
  dialog_injection: { stage: "damage", kind: "call" },
  answer_spoof: { stage: "damage", kind: "call" },
  identity_forged: { stage: "use", kind: "account" },
  identity_weak: { stage: "scan", kind: "input" },
  covert_channel: { stage: "damage", kind: "input" },
  media_exploit: { stage: "damage", kind: "media" },
  malformed_sip: { stage: "scan", kind: "input" },
  sip_injection: { stage: "scan", kind: "input" },
};

/** A rule that says nothing of its attack. */
const UNKNOWN: Deed = { stage: "scan", kind: "scan" };
const UNKNOWN_SEVERITY_MAX = 2;

/** Kinds of deeds that a campaign of that kind takes in. */
const TAKEN_IN: Readonly<Partial<Record<CaseKind, readonly CaseKind[]>>> = {
  walk: ["scan", "walk"],
  probe: ["scan", "probe"],
  guess: ["scan", "guess"],
  flood: ["scan", "walk", "flood"],
};

/** Of alerts that are as grave and as far, these say more of what was done. */
const TELLING: readonly CaseKind[] = ["account", "call", "media"];

/** What floods a stream is both. */
const FLOOD_OF_MEDIA: readonly string[] = ["rtp_flood", "rtp_injection"];

const SEVERITY_MAX = 3;
/** What a site does not want is no attack on it. */
const NO_ATTACKS: ReadonlySet<string> = new Set(["none", "policy_violation", "policy_note"]);

/** Name of the attack in the rule's metadata; "" without one. */
export function attackOf({ metadata }: AlertSignature): string {
  return metadata.attack?.[0] ?? "";
}

/** Information, what a rule says to be no attack, and oddities that name none, belong to no case. */
export function isOfCase(signature: AlertSignature): boolean {
  const attack = attackOf(signature);
  if (NO_ATTACKS.has(attack)) return false;
  const isNamed = attack !== "" || signature.metadata.case_stage !== undefined;
  return signature.severity <= (isNamed ? SEVERITY_MAX : UNKNOWN_SEVERITY_MAX);
}

/** Metadata `case_stage` of a rule goes before what its attack's name says. */
export function deedOf(signature: AlertSignature): Deed {
  const attack = attackOf(signature);
  const deed = Object.hasOwn(DEEDS, attack) ? (DEEDS[attack] as Deed) : UNKNOWN;
  const told = CASE_STAGES.find((stage) => stage === signature.metadata.case_stage?.[0]);
  if (told !== undefined) return { ...deed, stage: told };
  // One weak sign is no proof that somebody has got in.
  const isWeak = signature.severity >= SEVERITY_MAX && deed.kind === "account";
  return isWeak ? { ...deed, stage: "guess" } : deed;
}

/** How far an attack of that name has come where it is proven; undefined for one without a name. */
export function stageOfAttack(attack: string): CaseStage | undefined {
  return Object.hasOwn(DEEDS, attack) ? DEEDS[attack]?.stage : undefined;
}

/** How far a stage is, from 0: scan, walk, guess, in, use, damage. */
export function rankOf(stage: CaseStage): number {
  return CASE_STAGES.indexOf(stage);
}

/** A campaign of the first kind takes in the cases of the second against the same victim. */
export function takesIn(campaign: CaseKind, kind: CaseKind): boolean {
  return TAKEN_IN[campaign]?.includes(kind) ?? campaign === kind;
}

/** What a case is named after: the gravest alert, of those alike what came furthest, then the kind of deed. */
export function isGraver(one: AlertSignature, other: AlertSignature): boolean {
  // A flood that looks like media is injected media as well, which is graver; that it floods says more.
  const names = [attackOf(one), attackOf(other)];
  if (names[0] !== names[1] && names.every((name) => FLOOD_OF_MEDIA.includes(name)))
    return names[0] === FLOOD_OF_MEDIA[0];
  const [a, b] = [deedOf(one), deedOf(other)];
  if (one.severity !== other.severity) return one.severity < other.severity;
  if (a.stage !== b.stage) return rankOf(a.stage) > rankOf(b.stage);
  return tellingOf(a.kind) < tellingOf(b.kind);
}

function tellingOf(kind: CaseKind): number {
  const place = TELLING.indexOf(kind);
  return place < 0 ? TELLING.length : place;
}
