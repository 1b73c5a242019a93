/** Columns of an EVE alert that an expectation is held against. */
export interface SeenAlert {
  readonly alert: {
    readonly severity?: number;
    readonly signature_id: number;
    readonly signature: string;
    readonly category?: string;
    readonly metadata?: unknown;
  };
  readonly voip?: { readonly event?: string; readonly spoofed?: boolean };
}

function severityOf({ alert }: SeenAlert): number {
  return alert.severity ?? 9;
}

function textOf({ alert, voip }: SeenAlert): string {
  const name = voip?.spoofed === true ? "in a forged name" : "in its own name";
  return JSON.stringify([alert.signature, alert.category, alert.metadata, voip?.event, name]);
}

/**
 * `quiet`: no alert of severity 1-3. `max 3`: none of severity 1-2. `alert REGEXP <=N`: one of
 * severity N or graver whose signature, category, metadata or event matches, whatever the case. Behind these stands
 * whether the source is said to be forged.
 */
export function isRight(expect: string, alerts: readonly SeenAlert[]): boolean {
  if (expect === "quiet") return !alerts.some((alert) => severityOf(alert) <= 3);
  if (expect === "max 3") return !alerts.some((alert) => severityOf(alert) <= 2);
  const match = /^alert (.+) <=(\d)$/.exec(expect);
  if (match === null) throw new Error(`not an expectation: ${expect}`);
  const [, pattern = "", severity] = match;
  const wanted = new RegExp(pattern, "i");
  return alerts.some(
    (alert) => severityOf(alert) <= Number(severity) && wanted.test(textOf(alert)),
  );
}

/** What a failing case had instead. */
export function seen(alerts: readonly SeenAlert[]): string {
  const rows = alerts
    .filter((alert) => severityOf(alert) <= 3)
    .map(
      (alert) => `sev ${severityOf(alert)} ${alert.alert.signature_id} ${alert.alert.signature}`,
    );
  return [...new Set(rows)].join("; ") || "nothing";
}
