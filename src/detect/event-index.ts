import { SIP_METHOD_NAMES, SipMethod } from "../decode/sip/methods.ts";
import type { DetectionEvent } from "../track/event.ts";
import { EVENT_ROWS, EventKind } from "../track/event-kind.ts";
import { BufferId } from "./buffers.ts";
import type { RatioSide } from "./ratio-side.ts";
import type { Signature } from "./signature.ts";

const NONE = new Int32Array(0);

/** Signatures by the kind of event that they match, in evaluation order. */
export class EventIndex {
  readonly #byKind: readonly Int32Array[];
  /** On requests, which are most of all facts, by method: without rules that count requests of others only. */
  readonly #onRequest: readonly Int32Array[];

  constructor(signatures: readonly Signature[]) {
    const passes = signatures.filter(isHeaderOnlyPass);
    const byKind: number[][] = EVENT_ROWS.map(() => []);
    for (const signature of signatures) {
      for (const kind of kindsOf(signature)) byKind[kind]?.push(signature.id);
    }
    this.#byKind = byKind.map((ids) =>
      ids.length === 0 ? NONE : Int32Array.from(new Set([...passes.map(({ id }) => id), ...ids])),
    );
    const onRequest = this.#byKind[EventKind.SIP_REQUEST] ?? NONE;
    const byId = new Map(signatures.map((signature) => [signature.id, signature]));
    this.#onRequest = SIP_METHOD_NAMES.map((method, number) =>
      number === SipMethod.OTHER
        ? onRequest
        : onRequest.filter((id) => countsRequest(byId.get(id) as Signature, method)),
    );
  }

  rulesOn({ kind, isOwnRequest, sip }: DetectionEvent): Int32Array {
    if (kind === EventKind.SIP_REQUEST && isOwnRequest && sip !== null)
      return this.#onRequest[sip.method] ?? NONE;
    return this.#byKind[kind] ?? NONE;
  }
}

/** False of a rule that does nothing but count by sides, none of which counts a request of that method. */
function countsRequest(signature: Signature, method: string): boolean {
  const sides = sidesOf(signature);
  return (
    sides.length === 0 || signature.changesState || sides.some((side) => side.countsRequest(method))
  );
}

function sidesOf({ counter }: Signature): readonly RatioSide[] {
  if (counter?.type === "ratio") return [counter.numerator, counter.denominator];
  return counter?.type === "baseline" ? counter.sides : [];
}

/** Numbers of the facts that a rule is looked at for. */
export function kindsOf(signature: Signature): readonly number[] {
  const sides = sidesOf(signature);
  if (sides.length > 0) return [...new Set(sides.flatMap(({ kinds }) => kinds))];
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
    signature.intTests.length === 0 &&
    signature.conditions.every(({ isOnPacket }) => isOnPacket !== true) &&
    signature.sections.every(
      ({ buffer, matches }) => buffer === BufferId.PAYLOAD && matches.length === 0,
    )
  );
}
