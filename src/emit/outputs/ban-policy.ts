import type { DeliveryRecord } from "../delivery/delivery-record.ts";
import { addressText, type Ban } from "./ban-entry.ts";
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
  readonly ttlS: number;
  /** Addresses and networks (CIDR) that are never listed. */
  readonly never: readonly string[];
}

export type BanConfidence = "low" | "medium" | "high";

const CONFIDENCES: readonly string[] = ["low", "medium", "high"];
const SIGNATURE_MAX = 256;

/**
 * Decides what is an offence. Over UDP anyone can send in another's name, so an address is only banned for
 * what its owner does with the answers (enumeration, guessing passwords), by rules of high confidence. What
 * works without answers (floods) or in a party's name (BYE, RTP) bans nobody, unless configured. The metadata
 * `ban yes` or `ban no` of a rule has the last word but for severity.
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

  /** The ban that this record asks for, from now on; null when it asks for none. */
  banOf(record: DeliveryRecord, nowMs: number): Ban | null {
    if (record.severity > this.#rules.severityMax) return null;
    const eve = EveRecord.parse(record.line);
    // An incident is closed when its offender has been quiet for a while: nothing to prolong a ban for.
    if (eve === null || eve.text("incident", "state") === "closed") return null;
    if (!this.#isOffence(eve)) return null;
    const ip = addressText(eve.text("src_ip"));
    if (this.isNever(ip)) return null;
    const seen = rfc3339(eve.text("incident", "end") || eve.text("timestamp"));
    if (seen === "") return null;
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

  /** Whether an address is never listed; also for a feed that was written under another configuration. */
  isNever(ip: string): boolean {
    return this.#never.has(ip);
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
