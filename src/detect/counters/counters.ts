import { BaselineCounter } from "../baselines/baseline-counter.ts";
import { Baselines } from "../baselines/baselines.ts";
import type { MatchContext } from "../match-context.ts";
import type { Signature } from "../rules/signature.ts";
import type { RuleCloseness } from "./closeness.ts";
import { CounterBudget, type CounterLimits } from "./counter-budget.ts";
import { RatioCounter } from "./ratio.ts";
import { WindowCounter } from "./threshold.ts";
import { flowKey, NO_VALUE, type TrackValue } from "./track-key.ts";

const NONE: readonly Signature[] = [];

export type Counter = WindowCounter | RatioCounter | BaselineCounter;

/** Says whether the `isset` and `isnotset` of a rule hold. */
interface StateTests {
  holds(signature: Signature, context: MatchContext): boolean;
}

/** The counters of all signatures that have one: threshold, detection_filter, ratio and baseline. */
export class Counters {
  /** Told of all that counters are; null but while a site is tuned. */
  closeness: RuleCloseness | null = null;
  readonly budget: CounterBudget;
  readonly baselines: Baselines;
  /** Of the last match that was asked about: what it was counted by, and the value of `unique_on`. */
  key: TrackValue = NO_VALUE;
  value: TrackValue = NO_VALUE;
  readonly #state: StateTests;
  /** By signature id. */
  #counters: readonly (Counter | null)[] = [];
  #byReset = new Map<number, Signature[]>();
  #byFlow: readonly Counter[] = [];

  /** `state` is asked about the bits of a `baseline` that is about to alert. */
  constructor(signatures: readonly Signature[], limits: CounterLimits, state: StateTests) {
    this.#state = state;
    this.budget = new CounterBudget(limits);
    this.baselines = new Baselines(limits.baselineKeysMax);
    this.#use(
      signatures,
      signatures.map(() => null),
    );
  }

  /**
   * Other rules are loaded: `oldIds` gives for each signature the id that it had before, -1 for a new one.
   * What has been counted for the others is forgotten.
   */
  reload(signatures: readonly Signature[], oldIds: Int32Array): void {
    const kept = signatures.map(({ id }) => this.#counters[oldIds[id] ?? -1] ?? null);
    const isKept = new Set(kept);
    for (const counter of this.#counters) if (!isKept.has(counter)) counter?.drop();
    this.#use(signatures, kept);
  }

  /** The signature's counter; null when it has none. */
  of(signature: Signature): Counter | null {
    return this.#counters[signature.id] ?? null;
  }

  /** Counts a match. False when it is kept back, or when it has no such key or value to count by. */
  allows(signature: Signature, context: MatchContext): boolean {
    this.key = NO_VALUE;
    this.value = NO_VALUE;
    if (this.closeness?.match(signature, context) === false) return false;
    const counter = this.#counters[signature.id];
    const spec = signature.counter;
    if (counter === null || counter === undefined || spec === null) return true;
    const key = context.keyBy(spec.track);
    if (key === NO_VALUE) return false;
    const value = spec.uniqueOn === null ? NO_VALUE : spec.uniqueOn.value(context);
    this.key = key;
    this.value = value;
    if (counter instanceof WindowCounter) {
      return counter.match(key, value, context.timeUs, context.event?.isReturned === true);
    }
    if (counter instanceof BaselineCounter) {
      if (!counter.match(key, context)) return false;
      if (this.#state.holds(signature, context)) return true;
      counter.unsay();
      return false;
    }
    return context.event !== null && counter.match(key, value, context.event);
  }

  /** Of a `baseline`: the key of the last match is beyond its limit. */
  isOver({ id }: Signature): boolean {
    const counter = this.#counters[id];
    return counter instanceof BaselineCounter && counter.isOver;
  }

  /** Signatures whose counters an event of this kind resets. */
  resetBy(kind: number): readonly Signature[] {
    return this.#byReset.get(kind) ?? NONE;
  }

  /** Forgets the counters of the keys that the event has. */
  forget(signatures: readonly Signature[], context: MatchContext): void {
    for (const signature of signatures) {
      const { counter } = signature;
      const key = counter === null ? NO_VALUE : context.keyBy(counter.track);
      if (key === NO_VALUE) continue;
      this.#counters[signature.id]?.forget(key);
      this.closeness?.forget(signature, key);
    }
  }

  endFlow(slot: number, generation: number): void {
    for (const counter of this.#byFlow) counter.forget(flowKey(slot, generation));
  }

  #use(signatures: readonly Signature[], kept: readonly (Counter | null)[]): void {
    this.#counters = signatures.map((signature) => {
      const { id, counter } = signature;
      return counter === null ? null : (kept[id] ?? this.#make(counter, signature));
    });
    this.#byReset = new Map();
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

  #make(spec: NonNullable<Signature["counter"]>, { alert: { gid, sid } }: Signature): Counter {
    if (spec.type === "baseline") return new BaselineCounter(spec, this.baselines, `${gid}:${sid}`);
    return spec.type === "ratio"
      ? new RatioCounter(spec, this.budget)
      : new WindowCounter(spec, this.budget);
  }
}
