import type { MatchContext } from "../match-context.ts";
import type { RuleSet, Signature } from "../rules/signature.ts";
import { CounterBudget } from "./counter-budget.ts";
import { RatioCounter } from "./ratio.ts";
import { type Threshold, WindowCounter } from "./threshold.ts";
import { NO_VALUE } from "./track-key.ts";

/** How close one rule came to firing, on the key that came closest. */
export interface Closeness {
  readonly signature: Signature;
  /** Matches of all keys: all conditions held but the counter. */
  readonly matches: number;
  /** What `highest` is: a count of matches or values of a key in the rule's window, or a fact's own `event_value`. A baseline learns. */
  readonly of: "count" | "ratio" | "value" | "match" | "baseline";
  /** The highest one of any key, and the one from which on the rule fires. */
  readonly highest: number;
  readonly needed: number;
  /** `highest` in parts of `needed`: from 1 on it fires. Of a ratio, the smaller of its two parts. */
  readonly part: number;
  /** Of a ratio: highest numerator while the quotient was above its bound; what `min` is to be set by. */
  readonly numerator: number;
  /** Text of the key, packet time. */
  readonly key: string;
  readonly timeUs: number;
}

/** A count that no traffic reaches: so the copy of a counter never fires, and its windows are those of a rule that does not. */
const NEVER = 0xffffffff;
/** Distinct values that copies of `unique_on` remember, over all rules. */
const VALUES_MAX = 4_194_304;
const KEYS_MAX = 1_048_576;

/**
 * Watches what rules count, apart from what they do: a copy of each counter that goes on where the rule would fire,
 * fall silent or begin anew. So the highest count is the true one, whatever the rule's own threshold is.
 */
export class RuleCloseness {
  readonly #budget = new CounterBudget({ keysMax: KEYS_MAX, valuesMax: VALUES_MAX });
  /** By signature id. */
  readonly #watched: (WatchedRule | undefined)[] = [];
  readonly #values: (WatchedValue | undefined)[] = [];

  /** Signatures that watch the value of another one's fact, by their id. */
  readonly #shadows: ReadonlyMap<number, Signature>;

  constructor(shadows: ReadonlyMap<number, Signature> = new Map()) {
    this.#shadows = shadows;
  }

  /** All conditions of a rule hold but its counter. False of a shadow, which is no rule and never alerts. */
  match(signature: Signature, context: MatchContext): boolean {
    const shadowed = this.#shadows.get(signature.id);
    if (shadowed !== undefined) {
      this.#values[shadowed.id] ??= new WatchedValue(shadowed);
      this.#values[shadowed.id]?.match(context);
      return false;
    }
    const known = this.#watched[signature.id];
    const rule = known ?? new WatchedRule(signature, this.#budget);
    if (known === undefined) this.#watched[signature.id] = rule;
    rule.match(context);
    return true;
  }

  /** Success clears. */
  forget(signature: Signature, key: number): void {
    this.#watched[signature.id]?.forget(key);
  }

  /** What was watched; rules that never matched are not among them. */
  results(): Closeness[] {
    const ids = new Set([...this.#watched.keys(), ...this.#values.keys()]);
    return [...ids].flatMap((id) => {
      const [rule, value] = [this.#watched[id], this.#values[id]];
      // Where the count is one, what the fact itself has counted is what decides.
      if (value !== undefined) return [value.result(rule?.result() ?? null)];
      return rule === undefined ? [] : [rule.result()];
    });
  }
}

/** The rules with a shadow for each that asks `event_value` for a least number: the same without that condition. */
export function withShadows(ruleSet: RuleSet): {
  ruleSet: RuleSet;
  shadows: ReadonlyMap<number, Signature>;
} {
  const { signatures } = ruleSet;
  const shadows = new Map<number, Signature>();
  const added = signatures.filter(hasLeastValue).map((signature, i) => {
    const id = signatures.length + i;
    shadows.set(id, signature);
    const none = { counter: null, bitActions: [], suppressions: [], eventValue: null } as const;
    return { ...signature, ...none, id, noalert: false };
  });
  return { ruleSet: { ...ruleSet, signatures: [...signatures, ...added] }, shadows };
}

/** `event_value:>=4` and the like, in a rule that does not count matches by itself. */
function hasLeastValue(signature: Signature): boolean {
  const { eventValue } = signature;
  if (eventValue === null || eventValue.isNegated || isCounted(signature)) return false;
  const isOfRatio = signature.counter?.type === "ratio" || signature.counter?.type === "baseline";
  return !isOfRatio && eventValue.high === Number.POSITIVE_INFINITY && eventValue.low > 1;
}

/** The highest value of a fact that is all that a rule asks for but high enough. */
class WatchedValue {
  readonly #signature: Signature;
  #highest = 0;
  #key = "";
  #timeUs = 0;

  constructor(signature: Signature) {
    this.#signature = signature;
  }

  match(context: MatchContext): void {
    const value = context.event?.value ?? 0;
    if (value <= this.#highest) return;
    this.#highest = value;
    this.#timeUs = context.timeUs;
    const { counter } = this.#signature;
    this.#key = counter?.track.text(context) ?? context.names.text(context.srcHost);
  }

  result(counted: Closeness | null): Closeness {
    const needed = this.#signature.eventValue?.low ?? 1;
    return {
      signature: this.#signature,
      of: "value",
      matches: counted?.matches ?? 0,
      highest: this.#highest,
      needed,
      part: this.#highest / needed,
      numerator: 0,
      key: this.#key,
      timeUs: this.#timeUs,
    };
  }
}

class WatchedRule {
  readonly #signature: Signature;
  readonly #window: WindowCounter | null;
  readonly #ratio: RatioCounter | null;
  #matches = 0;
  #highest = 0;
  #part = 0;
  #numerator = 0;
  #key = "";
  #timeUs = 0;

  constructor(signature: Signature, budget: CounterBudget) {
    this.#signature = signature;
    const { counter } = signature;
    const isRatio = counter?.type === "ratio";
    this.#ratio = isRatio ? new RatioCounter({ ...counter, min: NEVER }, budget) : null;
    const window = isCounted(signature) ? (counter as Threshold) : null;
    const never = { type: "both", count: NEVER, quietSeconds: 0 } as const;
    this.#window = window === null ? null : new WindowCounter({ ...window, ...never }, budget);
  }

  match(context: MatchContext): void {
    const { counter } = this.#signature;
    this.#matches++;
    if (counter === null || counter.type === "baseline") return;
    const key = context.keyBy(counter.track);
    if (key === NO_VALUE) return;
    const value = counter.uniqueOn === null ? NO_VALUE : counter.uniqueOn.value(context);
    if (this.#ratio !== null && counter.type === "ratio") {
      if (context.event === null) return;
      this.#ratio.match(key, value, context.event);
      this.#noteRatio(this.#ratio.now(key), counter, context);
    } else if (this.#window !== null) {
      this.#window.match(key, value, context.timeUs);
      this.#note(this.#window.now(key), context);
    }
  }

  forget(key: number): void {
    this.#window?.forget(key);
    this.#ratio?.forget(key);
  }

  result(): Closeness {
    const needed = neededBy(this.#signature);
    const isBaseline = this.#signature.counter?.type === "baseline";
    const isCounting = this.#window !== null || this.#ratio !== null || isBaseline;
    const highest = isCounting ? this.#highest : Math.min(1, this.#matches);
    const part = this.#ratio !== null ? this.#part : highest / needed;
    const counted = isBaseline ? "baseline" : isCounting ? "count" : "match";
    return {
      signature: this.#signature,
      of: this.#ratio !== null ? "ratio" : counted,
      matches: this.#matches,
      highest,
      needed,
      part,
      numerator: this.#numerator,
      key: this.#key,
      timeUs: this.#timeUs,
    };
  }

  #note(count: number, context: MatchContext): void {
    if (count <= this.#highest) return;
    this.#highest = count;
    this.#name(context);
  }

  /** A ratio fires when both its quotient and its numerator are large enough: the smaller part decides. */
  #noteRatio(
    now: { numerator: number; ratio: number },
    { above, min }: { above: number; min: number },
    context: MatchContext,
  ): void {
    if (now.ratio > above) this.#numerator = Math.max(this.#numerator, now.numerator);
    const byRatio = above === 0 ? 1 : now.ratio / above;
    const part = Math.min(now.numerator / min, now.ratio > above ? Math.max(1, byRatio) : byRatio);
    if (part <= this.#part) return;
    this.#part = part;
    this.#highest = now.numerator;
    this.#name(context);
  }

  #name(context: MatchContext): void {
    this.#key = this.#signature.counter?.track.text(context) ?? "";
    this.#timeUs = context.timeUs;
  }
}

/** It fires on a number of matches; of the others one is enough. */
export function isCounted({ counter }: Signature): boolean {
  if (counter === null || counter.type === "ratio" || counter.type === "baseline") return false;
  return counter.type !== "limit";
}

function neededBy(signature: Signature): number {
  const { counter } = signature;
  if (counter === null || counter.type === "baseline" || counter.type === "limit") return 1;
  if (counter.type === "ratio") return counter.min;
  return counter.type === "detection_filter" ? counter.count + 1 : counter.count;
}
