import type { AlertTally } from "../emit/alert-tally.ts";

/** The rules that have alerted at `--fail-on` or above it, a line each; none without it. */
export function graveAlerts(tally: AlertTally, failOn: number | undefined): string[] {
  if (failOn === undefined || tally.worst > failOn) return [];
  const rules = tally.byRule().filter(({ severity }) => severity <= failOn);
  return [
    `alerts of severity ${failOn} or higher (--fail-on):`,
    ...rules.map(
      ({ sid, severity, message, count }) => `${severity}  [${sid}] ${message} (${count})`,
    ),
  ];
}
