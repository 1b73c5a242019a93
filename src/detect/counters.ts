import { CounterBudget, type CounterLimits } from "./counter-budget.ts";
import type { MatchContext } from "./match-context.ts";
import { RatioCounter } from "./ratio.ts";
import type { Signature } from "./signature.ts";
import { WindowCounter } from "./threshold.ts";
import { flowKey } from "./track-key.ts";

const NONE: readonly Signature[] = [];

/** The counters of all signatures that have one: threshold, detection_filter and ratio. */
export class Counters {
  readonly budget: CounterBudget;
  /** By signature id. */
  readonly #counters: readonly (WindowCounter | RatioCounter | null)[];
  readonly #byReset = new Map<number, Signature[]>();
  readonly #byFlow: readonly (WindowCounter | RatioCounter)[];

  constructor(signatures: readonly Signature[], limits: CounterLimits) {
    this.budget = new CounterBudget(limits);
    this.#counters = signatures.map(({ counter }) => {
      if (counter === null) return null;
      return counter.type === "ratio"
        ? new RatioCounter(counter, this.budget)
        : new WindowCounter(counter, this.budget);
    });
    for (const signature of signatures) {
      for (const kind of signature.counter?.resetOn ?? []) {
        const list = this.#byReset.get(kind) ?? [];
        list.push(signature);
        this.#byReset.set(kind, list);
      }
    }
    this.#byFlow = signatures.flatMap(({ id, counter }) =>
      counter?.track.name === "by_flow" ? (this.#counters[id] ?? []) : [],
    );
  }

  /** The signature's counter; null when it has none. */
  of(signature: Signature): WindowCounter | RatioCounter | null {
    return this.#counters[signature.id] ?? null;
  }

  /** Counts a match. False when it is kept back, or when it has no such key or value to count by. */
  allows(signature: Signature, context: MatchContext): boolean {
    const counter = this.#counters[signature.id];
    const spec = signature.counter;
    if (counter === null || counter === undefined || spec === null) return true;
    const key = spec.track.value(context);
    if (key === null) return false;
    const value = spec.uniqueOn === null ? null : spec.uniqueOn.value(context);
    if (counter instanceof WindowCounter) return counter.match(key, value, context.timeUs);
    return context.event !== null && counter.match(key, value, context.event);
  }

  /** Signatures whose counters an event of this kind resets. */
  resetBy(kind: number): readonly Signature[] {
    return this.#byReset.get(kind) ?? NONE;
  }

  /** Forgets the counters of the keys that the event has. */
  forget(signatures: readonly Signature[], context: MatchContext): void {
    for (const signature of signatures) {
      const key = signature.counter?.track.value(context) ?? null;
      if (key !== null) this.#counters[signature.id]?.forget(key);
    }
  }

  endFlow(slot: number, generation: number): void {
    for (const counter of this.#byFlow) counter.forget(flowKey(slot, generation));
  }
}
