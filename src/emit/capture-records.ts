import type { AlertTally } from "./alert-tally.ts";
import type { CaptureResult } from "./capture-list.ts";

/** Version of the lines that `replay --each --json` prints: a `capture` for each, then `total`. */
const SCHEMA = "captures/1.0";

export interface CaptureJudgement {
  /** Something says what is expected of this capture. */
  readonly isExpected: boolean;
  readonly differences: readonly string[];
  readonly problems: readonly string[];
}

/** One capture as JSON. */
export function captureRecord(
  { path, packets, alerts, notes }: CaptureResult,
  tally: AlertTally,
  { isExpected, differences, problems }: CaptureJudgement,
) {
  return {
    schema: SCHEMA,
    type: "capture",
    path,
    packets,
    alerts: { attacks: alerts, information: notes, by_rule: tally.byRule() },
    ...(isExpected && { as_expected: differences.length === 0, differences }),
    problems,
  };
}

/** All captures together. */
export function totalsRecord(results: readonly CaptureResult[], version: string) {
  const sum = (value: (result: CaptureResult) => number) =>
    results.reduce((total, result) => total + value(result), 0);
  return {
    schema: SCHEMA,
    type: "total",
    sipsentry: version,
    captures: results.length,
    alerting: sum(({ alerts }) => (alerts > 0 ? 1 : 0)),
    packets: sum(({ packets }) => packets),
    alerts: { attacks: sum(({ alerts }) => alerts), information: sum(({ notes }) => notes) },
  };
}
