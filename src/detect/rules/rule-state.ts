import { type BitPlace, BitStore } from "../counters/bits.ts";
import { FlowInts } from "../counters/flow-ints.ts";
import type { MatchContext } from "../match-context.ts";
import type { Signature } from "./signature.ts";

/** What matches leave behind for other rules: bits of flows, hosts and keys, and numbers of flows. */
export class RuleState {
  readonly #bits = new BitStore();
  readonly #ints = new FlowInts();
  /** Of the bit tests of a signature, by its id; filled when it is first asked for. */
  #places: (readonly (readonly BitPlace[])[] | undefined)[] = [];

  get evictions(): number {
    return this.#bits.evictions;
  }

  /** True when all tests of the signature hold. */
  holds(signature: Signature, context: MatchContext): boolean {
    const { bitTests, intTests } = signature;
    if (bitTests.length > 0) {
      const places = this.#places[signature.id] ?? this.#placesOf(signature);
      for (let i = 0; i < bitTests.length; i++) {
        const test = bitTests[i] as (typeof bitTests)[number];
        if (!this.#bits.test(test, places[i] as readonly BitPlace[], context)) return false;
      }
    }
    for (let i = 0; i < intTests.length; i++) {
      if (!this.#ints.test(intTests[i] as (typeof intTests)[number], context)) return false;
    }
    return true;
  }

  #placesOf({ bitTests, id }: Signature): readonly (readonly BitPlace[])[] {
    const places = bitTests.map((test) => this.#bits.placesOf(test));
    this.#places[id] = places;
    return places;
  }

  /** What the signature changes on each match. */
  change(signature: Signature, context: MatchContext): void {
    const { bitActions, changesState, intActions, listChanges } = signature;
    if (!changesState) return;
    for (const change of listChanges) change.apply();
    for (const action of bitActions) if (!action.onAlert) this.#bits.apply(action, context);
    for (const action of intActions) this.#ints.apply(action, context);
  }

  /** What it changes only when it alerts. */
  changeOnAlert({ bitActions }: Signature, context: MatchContext): void {
    for (const action of bitActions) if (action.onAlert) this.#bits.apply(action, context);
  }

  /** Names of a flow's flowbits, sorted (EVE `metadata.flowbits`). */
  flowBits(slot: number, generation: number): string[] {
    return this.#bits.flowBits(slot, generation);
  }

  endFlow(slot: number, generation: number): void {
    this.#bits.endFlow(slot, generation);
    this.#ints.endFlow(slot, generation);
  }

  /** After a reload: forgets what no rule names any more. */
  keepNamed(signatures: readonly Signature[]): void {
    this.#places = [];
    this.#bits.keepNamed(
      signatures.flatMap(({ bitTests, bitActions }) => [...bitTests, ...bitActions]),
    );
    this.#ints.keepNamed(
      signatures.flatMap(({ intTests, intActions }) => [...intTests, ...intActions]),
    );
  }
}
