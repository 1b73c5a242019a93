import type { RuleSet } from "./detect/signature.ts";
import type { Asked } from "./track/side-trackers.ts";

/** Facts that some rule wants to know: what costs is done for these only. */
export function askedBy({ signatures }: RuleSet): Asked {
  const kinds = new Set(signatures.flatMap(({ eventKinds }) => eventKinds));
  return (kind) => kinds.has(kind);
}
