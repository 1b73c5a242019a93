import * as z from "zod";
import type { Alert } from "../alerts/alert.ts";
import { CASE_STAGES } from "./case-stage.ts";

/** What is kept of cases from one run to the next: as plain data, checked when it is read again. */

const Text = z.string().max(4_096);
const Time = z.number();
const Count = z.int().min(0);
const Texts = z.array(Text).max(4_096);
const Counted = z.strictObject({ text: Text, count: z.number().min(0) });
const Tally = z.strictObject({ distinct: Count, values: z.array(Counted).max(64) });
const Tallies = z.strictObject({
  sources: Tally,
  victims: Tally,
  accounts: Tally,
  numbers: Tally,
});

const Signature = z.strictObject({
  action: z.enum(["allowed", "blocked"]),
  gid: Count,
  sid: Count,
  rev: Count,
  msg: Text,
  category: Text,
  severity: z.int().min(1).max(255),
  metadata: z.record(z.string().max(64), Texts),
  references: Texts,
  target: z.enum(["src_ip", "dest_ip"]).optional(),
});

/** Of an alert what a case's record and its index need; the rest may be a whole message. */
const KeptAlert = z.strictObject({
  timeUs: Time,
  alertId: Text,
  vlan: z.int(),
  srcIp: Text,
  destIp: Text,
  destPort: Count,
  proto: Text,
  ipVersion: Count,
  signature: Signature,
  event: Text,
  /** Different values that its rule had counted; 0 without a counter of them. */
  uniqueCount: Count,
});
export type KeptAlert = z.output<typeof KeptAlert>;

const KeptPart = z.strictObject({
  first: KeptAlert,
  alerts: Count,
  startUs: Time,
  lastUs: Time,
  deedUs: Time.optional(),
  value: z.number().nullable(),
  genuine: Count,
  matches: Count,
  leastSources: Count.default(0),
  isOfAll: z.boolean().default(false),
  tallies: Tallies,
});
export type KeptPart = z.output<typeof KeptPart>;

const Call = z.strictObject({
  timeUs: Time,
  callId: Text,
  account: Text,
  ip: Text,
  number: Text,
  place: Text.default(""),
  durationUs: z.number().min(0),
  cost: z.number().nullable(),
});

const KeptCalls = z.strictObject({
  answered: Count,
  ended: Count,
  durationUs: z.number().min(0),
  lastUs: Time,
  atOnce: Count.default(0),
  cost: z
    .strictObject({ amount: z.number(), currency: z.string().max(3), unpriced: Count })
    .nullable(),
  list: z.array(Call).max(100),
  live: z
    .array(z.strictObject({ callId: Text, at: z.int().min(-1).max(99), number: Text }))
    .max(4_096),
  sources: Tally,
  accounts: Tally,
});
export type KeptCalls = z.output<typeof KeptCalls>;

/** By what a case is found: texts, since keys are hashed with a seed of the run. */
export const CASE_NAMES = [
  "sources",
  "calls",
  "guessed",
  "accounts",
  "followed",
  "campaigns",
  "victims",
  "blocks",
  "sprays",
] as const;
export type CaseName = (typeof CASE_NAMES)[number];

const Note = z.strictObject({
  ip: Text,
  isProven: z.boolean(),
  shared: Text,
  agent: Text,
});

const KeptCase = z.strictObject({
  caseId: z.string().regex(/^[0-9a-f]{32}$/),
  stage: z.enum(CASE_STAGES),
  severity: z.int().min(1).max(255),
  lastUs: Time,
  isTold: z.boolean(),
  toldStage: z.enum(CASE_STAGES).nullable(),
  toldSeverity: z.int().nullable(),
  toldSize: Count,
  updates: Count,
  sequence: Count,
  alerts: Count,
  gravest: KeptAlert,
  parts: z.array(KeptPart).max(64),
  named: z.partialRecord(z.enum(CASE_NAMES), z.array(Text).max(64)),
  notes: z.array(Note).max(64),
  forged: Texts,
  relays: Texts,
  macs: Texts,
  callIds: Texts,
  alertIds: Texts,
  merged: Texts,
  calls: KeptCalls.nullable(),
});
export type KeptCase = z.output<typeof KeptCase>;

export const KeptCases = z.strictObject({
  kind: z.literal("sipsentry cases"),
  version: z.literal(1),
  /** Packet time at which it was written. */
  savedUs: Time,
  cases: z.array(KeptCase).max(1_048_576),
});
export type KeptCases = z.output<typeof KeptCases>;

export function keptAlert(alert: Alert): KeptAlert {
  const { alertId, destIp, destPort, ipVersion, proto, signature, srcIp, timeUs, vlan, voip } =
    alert;
  const { counter } = voip;
  return {
    ...{ timeUs, alertId, vlan, srcIp, destIp, destPort, proto, ipVersion },
    signature: structuredClone(signature) as KeptAlert["signature"],
    event: voip.event ?? "",
    uniqueCount: counter?.uniqueOn === undefined ? 0 : counter.count,
  };
}

/** The alert as far as it is known. */
export function alertOf(kept: KeptAlert): Alert {
  const { event, signature, uniqueCount, ...header } = kept;
  const counter = { type: "", track: "", key: "", count: uniqueCount, seconds: 0 };
  return {
    ...header,
    packetNumber: 0,
    flowId: 0,
    srcPort: 0,
    signature: signature as Alert["signature"],
    direction: "",
    appProto: "",
    evidence: [],
    voip: { event, ...(uniqueCount > 0 && { counter: { ...counter, uniqueOn: "kept" } }) },
  };
}
