import type { MetricsSource } from "./metrics-source.ts";

/** More rules than this share one series: each is a row in every scrape and in the server's memory. */
const RULE_SERIES_MAX = 1_000;
const OTHER = "other";

export interface RuleSample {
  /** `sid` label: the id, with the gid before it where that is not 1, or `other`. */
  readonly label: string;
  readonly severity: number;
  /** "" for `other`. */
  readonly message: string;
  readonly count: number;
}

interface Row {
  label: string;
  severity: number;
  message: string;
  count: number;
}

/**
 * Which rules have a series of their own: the loaded ones at zero while they fit, then those that alert,
 * in the order in which they first did. A rule that got its series keeps it, also over a reload; what
 * finds no place counts under `other`, by severity.
 */
export class RuleSeries {
  readonly #max: number;
  readonly #own = new Map<string, Row>();

  constructor(max = RULE_SERIES_MAX) {
    this.#max = max;
  }

  of(source: Pick<MetricsSource, "rules" | "alerts">): readonly RuleSample[] {
    const loaded = source.rules();
    if (loaded.length <= this.#max) for (const rule of loaded) this.#place(rule);
    const others = new Map<number, Row>();
    for (const rule of source.alerts()) {
      const own = this.#place(rule);
      if (own !== undefined) own.count = rule.count;
      else countOther(others, rule.severity, rule.count);
    }
    return [...this.#own.values(), ...others.values()];
  }

  #place(rule: { gid: number; sid: number; severity: number; message: string }): Row | undefined {
    const { gid, sid, severity, message } = rule;
    const label = gid === 1 ? String(sid) : `${gid}:${sid}`;
    const known = this.#own.get(label);
    if (known !== undefined) {
      known.message = message;
      return known;
    }
    if (this.#own.size >= this.#max) return undefined;
    const row = { label, severity, message, count: 0 };
    this.#own.set(label, row);
    return row;
  }
}

function countOther(others: Map<number, Row>, severity: number, count: number): void {
  const known = others.get(severity);
  if (known === undefined) others.set(severity, { label: OTHER, severity, message: "", count });
  else known.count += count;
}
