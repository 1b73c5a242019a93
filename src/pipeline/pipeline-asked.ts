import { kindsOf } from "../detect/event-index.ts";
import type { RuleSet } from "../detect/rules/signature.ts";
import type { Asked } from "../track/side-trackers.ts";

/** Facts that some rule matches, counts or forgets by: what costs is done for these only. */
export function askedBy({ signatures }: RuleSet): Asked {
  const kinds = new Set(
    signatures.flatMap((rule) => [...kindsOf(rule), ...(rule.counter?.resetOn ?? [])]),
  );
  return (kind) => kinds.has(kind);
}
