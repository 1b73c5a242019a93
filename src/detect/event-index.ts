import { EVENT_ROWS } from "../track/event-kind.ts";
import { BufferId } from "./buffers.ts";
import type { Signature } from "./signature.ts";

const NONE = new Int32Array(0);

/** Signatures by the kind of event that they match, in evaluation order. */
export class EventIndex {
  readonly #byKind: readonly Int32Array[];

  constructor(signatures: readonly Signature[]) {
    const passes = signatures.filter(isHeaderOnlyPass);
    const byKind: number[][] = EVENT_ROWS.map(() => []);
    for (const signature of signatures) {
      for (const kind of kindsOf(signature)) byKind[kind]?.push(signature.id);
    }
    this.#byKind = byKind.map((ids) =>
      ids.length === 0 ? NONE : Int32Array.from(new Set([...passes.map(({ id }) => id), ...ids])),
    );
  }

  rulesOn(kind: number): Int32Array {
    return this.#byKind[kind] ?? NONE;
  }
}

/** Numbers of the facts that a rule is looked at for. */
export function kindsOf(signature: Signature): readonly number[] {
  const { counter } = signature;
  if (counter?.type === "ratio") {
    return [...new Set([...counter.numerator.kinds, ...counter.denominator.kinds])];
  }
  if (counter?.type === "baseline" && counter.sides.length > 0) {
    return [...new Set(counter.sides.flatMap(({ kinds }) => kinds))];
  }
  return signature.eventKinds;
}

/**
 * `pass ip 192.0.2.7 any -> any any` is meant for the host, so it holds for facts about it as well,
 * with the offender as source. A pass rule that looks into packets is not asked about facts.
 */
function isHeaderOnlyPass(signature: Signature): boolean {
  return (
    signature.action === "pass" &&
    signature.scope === "packet" &&
    (signature.carrier === "any" || signature.carrier === "sip") &&
    signature.flow === null &&
    signature.dsize === null &&
    signature.bitTests.length === 0 &&
    signature.sections.every(
      ({ buffer, matches }) => buffer === BufferId.PAYLOAD && matches.length === 0,
    )
  );
}
