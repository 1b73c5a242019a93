import type { DeliveryRecord } from "../delivery/delivery-record.ts";
import { addressText, type Ban, type SharedOffender } from "./ban-entry.ts";
import { EveRecord, rfc3339 } from "./eve-record.ts";
import { NeverBanned } from "./never-banned.ts";

/** Which records ban whom, and for how long. */
export interface BanRules {
  /** Alerts up to this severity ban; 1 is the highest. */
  readonly severityMax: number;
  /** Least `confidence` that a rule has to have in its metadata; without one it is low. */
  readonly confidence: BanConfidence;
  /** Values of the metadata `attack` that ban. */
  readonly attacks: readonly string[];
  /** Only an address that was proven to be the sender's; false also one that may be forged. */
  readonly proof: boolean;
  readonly ttlS: number;
  /** Addresses and networks (CIDR) that are never listed. */
  readonly never: readonly string[];
}

type BanConfidence = "low" | "medium" | "high";

/** What an alert asks for. */
export type BanVerdict =
  | { readonly kind: "ban"; readonly entry: Ban }
  /** Others depend on the address. */
  | { readonly kind: "shared"; readonly entry: SharedOffender }
  /** It may be forged, or is never to be listed. */
  | { readonly kind: "spared"; readonly entry: Ban; readonly reason: string };

const CONFIDENCES: readonly string[] = ["low", "medium", "high"];
const SIGNATURE_MAX = 256;

/**
 * Decides what is an offence, and whose. Over UDP anyone can send in another's name, so an address is only banned
 * when what was counted has proven its return path (EVE `voip.source`), for an attack by a rule of high
 * confidence. An address that others depend on is never banned. The metadata `ban yes` or `ban no` of a rule has
 * the last word on what is an offence, not on proof.
 */
export class BanPolicy {
  readonly #rules: BanRules;
  readonly #never: NeverBanned;
  readonly #confidence: number;
  readonly #attacks: ReadonlySet<string>;

  /** Throws an Error of one line when `never` holds what is no network. */
  constructor(rules: BanRules) {
    this.#rules = rules;
    this.#never = new NeverBanned(rules.never);
    this.#confidence = CONFIDENCES.indexOf(rules.confidence);
    this.#attacks = new Set(rules.attacks);
  }

  /** What this record asks for, from now on; null when it is no offence. */
  judge(record: DeliveryRecord, nowMs: number): BanVerdict | null {
    if (record.severity > this.#rules.severityMax) return null;
    const eve = EveRecord.parse(record.line);
    if (eve === null || !this.#isOffence(eve)) return null;
    const shared = eve.text("voip", "source", "shared");
    // An incident is closed when its offender has been quiet for a while: nothing to prolong a ban for, but who else
    // is there may have come out since.
    if (eve.text("incident", "state") === "closed" && shared === "") return null;
    const entry = this.#entryOf(eve, record, nowMs);
    if (entry === null) return null;
    if (this.isNever(entry.ip))
      return { kind: "spared", entry, reason: "it is never listed (ban.never)" };
    if (shared !== "") return { kind: "shared", entry: { ...entry, ...suspectOf(eve), shared } };
    const isForged = eve.value("voip", "spoofed") === true;
    const isProven = eve.text("voip", "source", "return_path") === "proven" && !isForged;
    if (this.#rules.proof && !isProven) {
      const reason = isForged
        ? "the source is forged"
        : "nothing proves that the source is not forged";
      return { kind: "spared", entry, reason };
    }
    return { kind: "ban", entry };
  }

  /** Whether an address is never listed; also for a feed that was written under another configuration. */
  isNever(ip: string): boolean {
    return this.#never.has(ip);
  }

  /** Null without an address that can be listed, or a time. */
  #entryOf(eve: EveRecord, record: DeliveryRecord, nowMs: number): Ban | null {
    const ip = addressText(eve.text("src_ip"));
    const seen = rfc3339(eve.text("incident", "end") || eve.text("timestamp"));
    if (ip === "" || seen === "") return null;
    return {
      ip,
      first_seen: rfc3339(eve.text("incident", "start")) || seen,
      last_seen: seen,
      records: 1,
      sid: eve.number("alert", "signature_id") ?? 0,
      signature: eve.text("alert", "signature").slice(0, SIGNATURE_MAX),
      severity: record.severity,
      attack: this.#attackOf(eve),
      alert_id: record.alertId,
      // Not from packet time on, which in a replay is long ago.
      expires: new Date(nowMs + this.#rules.ttlS * 1_000).toISOString(),
    };
  }

  #isOffence(eve: EveRecord): boolean {
    const [verdict] = eve.texts("alert", "metadata", "ban");
    if (verdict !== undefined) return verdict === "yes";
    const [confidence = "low"] = eve.texts("alert", "metadata", "confidence");
    if (CONFIDENCES.indexOf(confidence.toLowerCase()) < this.#confidence) return false;
    return eve.texts("alert", "metadata", "attack").some((attack) => this.#attacks.has(attack));
  }

  #attackOf(eve: EveRecord): string {
    const attacks = eve.texts("alert", "metadata", "attack");
    return attacks.find((attack) => this.#attacks.has(attack)) ?? attacks[0] ?? "";
  }
}

/** Who it may have been behind a shared address. */
function suspectOf(eve: EveRecord): Pick<SharedOffender, "port" | "account"> {
  const [account = ""] = eve.texts("incident", "accounts");
  return {
    port: eve.number("src_port") ?? 0,
    account: (eve.text("voip", "account") || account).slice(0, SIGNATURE_MAX),
  };
}
