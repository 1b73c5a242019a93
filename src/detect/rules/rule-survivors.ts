import { shapeOf } from "../baselines/baseline.ts";
import type { Signature } from "./signature.ts";

/**
 * For each signature of a new rule set the id that it has in the old one, -1 when it is new or changed. It is
 * the same one when gid, sid, rev and text are, and what it counts: threshold.config may change that.
 */
export function survivors(old: readonly Signature[], next: readonly Signature[]): Int32Array {
  const oldIds = new Map(old.map((signature) => [identityOf(signature), signature.id]));
  return Int32Array.from(next, (signature) => oldIds.get(identityOf(signature)) ?? -1);
}

function identityOf({ alert, text, counter }: Signature): string {
  const { gid, sid, rev } = alert;
  return `${gid}:${sid}:${rev} ${text} ${countingOf(counter)}`;
}

function countingOf(counter: Signature["counter"]): string {
  if (counter === null) return "";
  const { type, track, seconds, uniqueOn, resetOn } = counter;
  const numbers = numbersOf(counter);
  return JSON.stringify([type, track.name, seconds, uniqueOn?.name, resetOn, ...numbers]);
}

function numbersOf(counter: NonNullable<Signature["counter"]>): readonly (string | number)[] {
  switch (counter.type) {
    case "ratio":
      return [counter.numerator.text, counter.denominator.text, counter.above, counter.min];
    case "baseline": {
      const { deviation, direction, factor, min, quietSeconds, warmupHours } = counter;
      return [shapeOf(counter), direction, deviation, factor, min, quietSeconds, warmupHours];
    }
    default:
      return [counter.count, counter.multiplier, counter.quietSeconds];
  }
}
