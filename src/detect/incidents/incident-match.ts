import type { Counters } from "../counters/counters.ts";
import type { MatchContext } from "../match-context.ts";
import type { Signature } from "../rules/signature.ts";

/** What matched, and what has counted it. */
export interface Matched {
  readonly signature: Signature;
  readonly context: MatchContext;
  readonly counters: Counters;
}

/** What becomes of a match that no suppress line keeps back. */
export type MatchVerdict =
  /** It raises an alert: write it, and call `opened`. */
  | "write"
  /** Its alert belongs to an open incident and is not written. */
  | "fold"
  /** The rule's threshold keeps it back. */
  | "keep";
