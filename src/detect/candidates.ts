import type { HitList } from "./payload/aho-corasick.ts";

/** Signatures that may match the packet at hand, each once, in evaluation order after `sort`. Reused. */
export class Candidates implements HitList {
  length = 0;
  readonly #ids: Int32Array;
  readonly #rounds: Float64Array;
  #round = 0;

  constructor(signatureCount: number) {
    this.#ids = new Int32Array(signatureCount);
    this.#rounds = new Float64Array(signatureCount);
  }

  clear(): void {
    this.length = 0;
    this.#round++;
  }

  at(index: number): number {
    return this.#ids[index] as number;
  }

  add(signatureId: number): void {
    if (this.#rounds[signatureId] === this.#round) return;
    this.#rounds[signatureId] = this.#round;
    this.#ids[this.length++] = signatureId;
  }

  addAll(signatureIds: Int32Array): void {
    for (let i = 0; i < signatureIds.length; i++) this.add(signatureIds[i] as number);
  }

  sort(): void {
    if (this.length > 64) {
      this.#ids.subarray(0, this.length).sort();
      return;
    }
    const ids = this.#ids;
    for (let i = 1; i < this.length; i++) {
      const id = ids[i] as number;
      let at = i;
      for (; at > 0 && (ids[at - 1] as number) > id; at--) ids[at] = ids[at - 1] as number;
      ids[at] = id;
    }
  }
}
