import type { MatchContext } from "../match-context.ts";
import { flowKey } from "./track-key.ts";

export type IntTest = "isset" | "notset" | "<" | ">" | "<=" | ">=" | "==" | "!=";
export type IntChange = "+" | "-" | "=";

/** A compiled `flowint`: a number that belongs to a flow, compared with or changed by another. */
export interface IntOption {
  readonly name: string;
  readonly test: IntTest | null;
  readonly change: IntChange | null;
  readonly number: number;
  /** Name of the number that stands for `number`; "" for none. */
  readonly other: string;
}

const UINT32 = 2 ** 32;

/** The numbers of all flows, unsigned and of 32 bits as Suricata's. They die with their flow. */
export class FlowInts {
  readonly #flows = new Map<number, Map<string, number>>();

  /** A comparison with or of a number that is not set does not hold. */
  test(option: IntOption, context: MatchContext): boolean {
    const value = this.#value(option.name, context);
    if (option.test === "isset") return value !== undefined;
    if (option.test === "notset") return context.flowSlot >= 0 && value === undefined;
    const other = this.#other(option, context);
    if (value === undefined || other === undefined) return false;
    switch (option.test) {
      case "<":
        return value < other;
      case ">":
        return value > other;
      case "<=":
        return value <= other;
      case ">=":
        return value >= other;
      case "!=":
        return value !== other;
      default:
        return value === other;
    }
  }

  /** What is not set counts as 0; a change by what is not set is none. */
  apply(option: IntOption, context: MatchContext): void {
    const { flowSlot, flows } = context;
    const { change } = option;
    const other = this.#other(option, context);
    if (flowSlot < 0 || other === undefined) return;
    const value = this.#value(option.name, context) ?? 0;
    const next = change === "=" ? other : change === "+" ? value + other : value - other;
    const key = flowKey(flowSlot, flows.generation(flowSlot));
    let numbers = this.#flows.get(key);
    if (numbers === undefined) {
      numbers = new Map();
      this.#flows.set(key, numbers);
    }
    numbers.set(option.name, (next + UINT32) % UINT32);
  }

  endFlow(slot: number, generation: number): void {
    if (this.#flows.size > 0) this.#flows.delete(flowKey(slot, generation));
  }

  /** After a reload: forgets the numbers that no rule names any more. */
  keepNamed(options: readonly IntOption[]): void {
    const names = new Set(options.map(({ name }) => name));
    for (const [flow, numbers] of this.#flows) {
      for (const name of numbers.keys()) if (!names.has(name)) numbers.delete(name);
      if (numbers.size === 0) this.#flows.delete(flow);
    }
  }

  #value(name: string, { flowSlot, flows }: MatchContext): number | undefined {
    if (flowSlot < 0) return undefined;
    return this.#flows.get(flowKey(flowSlot, flows.generation(flowSlot)))?.get(name);
  }

  #other({ number, other }: IntOption, context: MatchContext): number | undefined {
    return other === "" ? number : this.#value(other, context);
  }
}
