/** What the sensor says of itself, for /healthz and /readyz. */
export interface SensorHealth {
  /** Packets can come in: the source is open and has not ended. */
  readonly capture: "starting" | "open" | "ended";
  readonly rulesLoaded: number;
  /** A stop was asked for; what waits is being handed over. */
  readonly isStopping: boolean;
  readonly outputs: readonly OutputHealth[];
}

/**
 * `degraded`: the receiver takes nothing, but no record is lost: they wait in the spool. `failed`: records
 * are lost, or can only be kept in memory.
 */
export interface OutputHealth {
  readonly name: string;
  readonly state: "ok" | "degraded" | "failed";
  /** One line; "" while it is ok. */
  readonly problem: string;
}

export interface Verdict {
  readonly isGood: boolean;
  /** The body: JSON. */
  readonly body: object;
}

/** Alive: this loop turns, or there would be no answer, and packets can come in. Else a restart may cure it. */
export function liveness({ capture }: SensorHealth): Verdict {
  const isGood = capture !== "ended";
  return { isGood, body: { status: isGood ? "ok" : "failed", capture } };
}

/**
 * Ready: captures, with rules, and keeps what it finds. A degraded output leaves it ready, because its records
 * are safe in the spool and nothing here would bring its receiver back; a failed one does not.
 */
export function readiness(health: SensorHealth): Verdict {
  const { capture, rulesLoaded, isStopping, outputs } = health;
  const reasons = [
    ...(capture === "open" ? [] : [`capture ${capture}`]),
    ...(rulesLoaded > 0 ? [] : ["no rules loaded"]),
    ...(isStopping ? ["stopping"] : []),
    ...outputs.filter(({ state }) => state === "failed").map(({ name }) => `output ${name} failed`),
  ];
  const isGood = reasons.length === 0;
  const isDegraded = outputs.some(({ state }) => state === "degraded");
  const status = isGood ? (isDegraded ? "degraded" : "ready") : "not ready";
  return { isGood, body: { status, reasons, capture, rules_loaded: rulesLoaded, outputs } };
}
