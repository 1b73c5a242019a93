import type { CallSide } from "../calls/calls.ts";

/** So many are looked through one by one; of more, which only a flood brings, their places are kept. */
const LOOKED_THROUGH_MAX = 16;

/** Slots of RTP sources, each once and in the order in which they came, with the side that sends. Used again. */
export class SourceList {
  size = 0;
  readonly #slots: number[] = [];
  readonly #sides: CallSide[] = [];
  #places: Map<number, number> | null = null;

  clear(): void {
    this.size = 0;
    this.#places = null;
  }

  slot(at: number): number {
    return this.#slots[at] as number;
  }

  side(at: number): CallSide {
    return this.#sides[at] as CallSide;
  }

  /** Of a slot that is there already the side is the new one. */
  set(slot: number, side: CallSide): void {
    const at = this.#placeOf(slot);
    if (at < 0) this.#push(slot, side);
    else this.#sides[at] = side;
  }

  /** Nothing happens to a slot that is there already. */
  add(slot: number, side: CallSide): void {
    if (this.#placeOf(slot) < 0) this.#push(slot, side);
  }

  #placeOf(slot: number): number {
    if (this.#places !== null) return this.#places.get(slot) ?? -1;
    for (let i = 0; i < this.size; i++) if (this.#slots[i] === slot) return i;
    return -1;
  }

  #push(slot: number, side: CallSide): void {
    const at = this.size++;
    this.#slots[at] = slot;
    this.#sides[at] = side;
    if (this.#places !== null) this.#places.set(slot, at);
    else if (this.size > LOOKED_THROUGH_MAX) {
      this.#places = new Map();
      for (let i = 0; i < this.size; i++) this.#places.set(this.#slots[i] as number, i);
    }
  }
}
