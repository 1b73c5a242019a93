import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { HostKey } from "../../decode/host.ts";
import type { Rank } from "./standing.ts";

/** A relation that has not shown for a day says nothing any more. */
const FORGET_US = 86_400_000_000;

interface Relation {
  rank: Rank;
  lastUs: number;
}

/**
 * Pairs of hosts that have proven to deal with each other: an accepted registration, an answered call,
 * a request inside a dialog that its other end took. A host that is a known peer of the victim is weighed
 * as such; a stranger cannot become one by sending.
 */
export class Peers {
  readonly #relations: KeyMap<Relation>;

  constructor(capacity: number) {
    this.#relations = new KeyMap(capacity);
  }

  /** Two hosts, in either order, have shown a relation of that rank. A rank never sinks. */
  prove(one: HostKey, other: HostKey, rank: Rank, nowUs: number): void {
    const key = keyOf(one, other);
    const known = this.#relations.get(key);
    if (known === undefined) {
      this.#relations.set(key, { rank, lastUs: nowUs });
      return;
    }
    if (rank > known.rank || nowUs - known.lastUs > FORGET_US) known.rank = rank;
    known.lastUs = nowUs;
    this.#relations.touch(key);
  }

  /** What is proven between two hosts; 0 for strangers and for what was long ago. */
  rank(one: HostKey, other: HostKey, nowUs: number): Rank {
    const known = this.#relations.get(keyOf(one, other));
    return known === undefined || nowUs - known.lastUs > FORGET_US ? 0 : known.rank;
  }
}

function keyOf(one: HostKey, other: HostKey): number {
  return one < other ? combine53(one, other) : combine53(other, one);
}
