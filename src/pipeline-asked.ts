import { kindsOf } from "./detect/event-index.ts";
import type { RuleSet } from "./detect/signature.ts";
import type { Asked } from "./track/side-trackers.ts";

/** Facts that some rule matches or counts: what costs is done for these only. */
export function askedBy({ signatures }: RuleSet): Asked {
  const kinds = new Set(signatures.flatMap((signature) => kindsOf(signature)));
  return (kind) => kinds.has(kind);
}
