import type { AlertSignature } from "../alerts/alert.ts";
import type { Signature } from "./signature.ts";

/** What one signature has done since the start of the run. */
export interface RuleUse {
  readonly signature: AlertSignature;
  /** Alerts handed out. */
  readonly alerts: number;
  /** Alerts that only count in the incident they belong to. */
  readonly folded: number;
  /** Matches that a threshold or a suppress line kept back. */
  readonly suppressed: number;
  /** Evaluations past the header. */
  readonly evaluations: number;
}

const NUMBERS = 4;
const ALERTS = 0;
const FOLDED = 1;
const SUPPRESSED = 2;
const EVALUATIONS = 3;
/** Rules of former rule sets that are still counted; the oldest is forgotten. */
const RETIRED_MAX = 4_096;

/** Counts by signature. They go by gid and sid, so a rule that a reload changes counts on. */
export class RuleCounts {
  #signatures: readonly Signature[] = [];
  #counts = new Float64Array(0);
  readonly #retired = new Map<string, RuleUse>();

  constructor(signatures: readonly Signature[]) {
    this.reload(signatures);
  }

  alert(signatureId: number): void {
    this.#add(signatureId, ALERTS);
  }

  fold(signatureId: number): void {
    this.#add(signatureId, FOLDED);
  }

  suppress(signatureId: number): void {
    this.#add(signatureId, SUPPRESSED);
  }

  evaluate(signatureId: number): void {
    this.#add(signatureId, EVALUATIONS);
  }

  /** Other rules are loaded. */
  reload(signatures: readonly Signature[]): void {
    for (const { id, alert } of this.#signatures) this.#retire(this.#useOf(id, alert));
    this.#signatures = signatures;
    this.#counts = new Float64Array(NUMBERS * signatures.length);
    for (const { id, alert } of signatures) this.#takeBack(id, alert);
    for (const name of this.#retired.keys()) {
      if (this.#retired.size <= RETIRED_MAX) break;
      this.#retired.delete(name);
    }
  }

  /** All loaded rules in evaluation order, then those of former rule sets that have done something. */
  uses(): RuleUse[] {
    const loaded = this.#signatures.map(({ id, alert }) => this.#useOf(id, alert));
    return [...loaded, ...this.#retired.values()];
  }

  #add(signatureId: number, number: number): void {
    const at = NUMBERS * signatureId + number;
    this.#counts[at] = (this.#counts[at] as number) + 1;
  }

  #useOf(id: number, signature: AlertSignature): RuleUse {
    const number = (which: number) => this.#counts[NUMBERS * id + which] as number;
    return {
      signature,
      alerts: number(ALERTS),
      folded: number(FOLDED),
      suppressed: number(SUPPRESSED),
      evaluations: number(EVALUATIONS),
    };
  }

  #retire(use: RuleUse): void {
    const { alerts, folded, suppressed, evaluations, signature } = use;
    if (alerts + folded + suppressed + evaluations > 0) this.#retired.set(nameOf(signature), use);
  }

  #takeBack(id: number, signature: AlertSignature): void {
    const use = this.#retired.get(nameOf(signature));
    if (use === undefined) return;
    this.#retired.delete(nameOf(signature));
    this.#counts.set([use.alerts, use.folded, use.suppressed, use.evaluations], NUMBERS * id);
  }
}

function nameOf({ gid, sid }: AlertSignature): string {
  return `${gid}:${sid}`;
}
