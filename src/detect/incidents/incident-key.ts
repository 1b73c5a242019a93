import type { Counters } from "../counters/counters.ts";
import type { MatchContext } from "../match-context.ts";
import type { Signature } from "../rules/signature.ts";

/** What the rule counts by, else the offender: one attacker is one incident. */
export function keyOf({ counter }: Signature, context: MatchContext, counters: Counters): number {
  if (counter !== null) return counters.key;
  return context.srcHost >= 0 ? context.srcHost : context.dstHost;
}

/** A ratio also counts what it is measured against, a baseline what is usual, and that is no attack. */
export function isHarmless(
  signature: Signature,
  { event }: MatchContext,
  counters: Counters,
): boolean {
  const { counter } = signature;
  if (counter?.type === "baseline") return !counters.isOver(signature);
  return counter?.type === "ratio" && (event === null || !counter.numerator.counts(event));
}
