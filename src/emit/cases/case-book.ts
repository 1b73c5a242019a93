import type { CaseRecord } from "../../detect/cases/case-record.ts";

/** Cases that are kept for the end of a run; beyond it the least grave one goes, of those alike the oldest. */
const KEPT_MAX = 256;

/** What the latest record of each case said. */
export class CaseBook {
  readonly #records = new Map<string, CaseRecord>();
  /** Cases that there was no room for. */
  dropped = 0;

  add(record: CaseRecord): void {
    if (record.reason === "merged") {
      this.#records.delete(record.caseId);
      return;
    }
    this.#records.set(record.caseId, record);
    if (this.#records.size <= KEPT_MAX) return;
    let least: CaseRecord | null = null;
    for (const one of this.#records.values()) {
      if (least === null || one.severity > least.severity) least = one;
    }
    if (least === null) return;
    this.#records.delete(least.caseId);
    this.dropped++;
  }

  /** The gravest first, then in the order of time. */
  list(): CaseRecord[] {
    return [...this.#records.values()].sort(
      (a, b) => a.severity - b.severity || a.startUs - b.startUs,
    );
  }
}
