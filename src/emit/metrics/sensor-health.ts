import type { LiveState } from "../../capture/live-capture.ts";

/** What the sensor says of itself, for /healthz and /readyz. */
export interface SensorHealth {
  readonly captures: readonly { readonly name: string; readonly state: LiveState }[];
  readonly rulesLoaded: number;
  /** A stop was asked for; what waits is being handed over. */
  readonly isStopping: boolean;
  readonly outputs: readonly OutputHealth[];
  /** What the sensor does not see or had to forget of late, a line each (`Sight`). */
  readonly sight: readonly string[];
}

/**
 * `degraded`: the receiver takes nothing, but no record is lost: they wait in the spool; or alerts go out
 * without evidence. `failed`: records are lost, or can only be kept in memory.
 */
export interface OutputHealth {
  readonly name: string;
  readonly state: "ok" | "degraded" | "failed";
  /** One line; "" while it is ok. */
  readonly problem: string;
}

export interface Verdict {
  readonly isGood: boolean;
  /** What is not as it should be; empty when it is good. */
  readonly reasons: readonly string[];
  /** The body: JSON. */
  readonly body: object;
}

/** Alive: this loop turns, or there would be no answer, and some capture goes on. Else a restart may cure it. */
export function liveness({ captures }: SensorHealth): Verdict {
  const isGood = captures.some(({ state }) => state !== "ended");
  const reasons = isGood ? [] : ["every capture has ended"];
  return { isGood, reasons, body: { status: isGood ? "ok" : "failed", reasons, captures } };
}

/** What a sensor that goes on has less of, a line each. */
export function degradations({ outputs, sight }: SensorHealth): string[] {
  const behind = outputs.filter(({ state }) => state === "degraded");
  return [...behind.map(({ name }) => `output ${name} is behind`), ...sight];
}

/**
 * Ready: captures on every interface, with rules, and keeps what it finds. A degraded output leaves it ready, because its records
 * are safe in the spool and nothing here would bring its receiver back; a failed one does not. Full tables, packets that were
 * dropped and SIP that cannot be read degrade it: it goes on with less than there is.
 */
export function readiness(health: SensorHealth): Verdict {
  const { captures, rulesLoaded, isStopping, outputs, sight } = health;
  const reasons = [
    ...captures
      .filter(({ state }) => state !== "open")
      .map(({ name, state }) => `capture on ${name}: ${state}`),
    ...(rulesLoaded > 0 ? [] : ["no rules loaded"]),
    ...(isStopping ? ["stopping"] : []),
    ...outputs.filter(({ state }) => state === "failed").map(({ name }) => `output ${name} failed`),
  ];
  const isGood = reasons.length === 0;
  const isDegraded = degradations(health).length > 0;
  const status = isGood ? (isDegraded ? "degraded" : "ready") : "not ready";
  return {
    isGood,
    reasons,
    body: { status, reasons, captures, rules_loaded: rulesLoaded, outputs, sight },
  };
}
