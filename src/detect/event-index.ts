import { SIP_METHOD_NAMES, SipMethod } from "../decode/sip/methods.ts";
import type { DetectionEvent } from "../track/facts/event.ts";
import { EVENT_ROWS, EventKind } from "../track/facts/event-kind.ts";
import type { RatioSide } from "./counters/ratio-side.ts";
import { BufferId } from "./payload/buffers.ts";
import { holdsOnMethod, isOnMethodAlone } from "./payload/method-section.ts";
import type { Signature } from "./rules/signature.ts";

const NONE = new Int32Array(0);
const METHODS = SIP_METHOD_NAMES.length;

/**
 * Signatures by the kind of event that they match and by the method of its request, in evaluation order. What asks for
 * another method, or counts only others, is not looked at: most facts are about methods that few rules are about. What is
 * left holds on the method, where it is a known one (`isDecidedByMethod`).
 */
export class EventIndex {
  readonly #byKind: readonly Int32Array[];
  /** `kind * METHODS + method`; of OTHER, which says nothing, the same as by kind. */
  readonly #byMethod: readonly Int32Array[];

  constructor(signatures: readonly Signature[]) {
    const passes = signatures.filter(isHeaderOnlyPass);
    const byKind: number[][] = EVENT_ROWS.map(() => []);
    for (const signature of signatures) {
      for (const kind of kindsOf(signature)) byKind[kind]?.push(signature.id);
    }
    this.#byKind = byKind.map((ids) =>
      ids.length === 0 ? NONE : Int32Array.from(new Set([...passes.map(({ id }) => id), ...ids])),
    );
    const byId = new Map(signatures.map((rule) => [rule.id, new MethodFilter(rule)]));
    this.#byMethod = this.#byKind.flatMap((ids, kind) =>
      SIP_METHOD_NAMES.map((_, method) => {
        const left = ids.filter((id) => byId.get(id)?.admits(kind, method) !== false);
        return left.length === ids.length ? ids : left;
      }),
    );
  }

  rulesOn(event: DetectionEvent): Int32Array {
    const { kind } = event;
    const ids = this.#byKind[kind] ?? NONE;
    return ids.length === 0 ? ids : (this.#byMethod[kind * METHODS + event.method] ?? ids);
  }
}

/** Which methods a rule may be about. */
class MethodFilter {
  /** By method: what the rule asks of `sip.method` holds. */
  readonly #isMatching: readonly boolean[];
  /** By method: a request of that method counts on one of the rule's sides. */
  readonly #isCounted: readonly boolean[];

  constructor(signature: Signature) {
    const sections = signature.sections.filter(isOnMethodAlone);
    const sides = sidesOf(signature);
    this.#isMatching = SIP_METHOD_NAMES.map((name) =>
      sections.every((at) => holdsOnMethod(at, name)),
    );
    this.#isCounted = SIP_METHOD_NAMES.map(
      (name) =>
        sides.length === 0 ||
        signature.changesState ||
        sides.some((side) => side.countsRequest(name)),
    );
  }

  admits(kind: number, method: number): boolean {
    if (method === SipMethod.OTHER) return true;
    if (this.#isMatching[method] === false) return false;
    return kind !== EventKind.SIP_REQUEST || this.#isCounted[method] === true;
  }
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
