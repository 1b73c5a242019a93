/** Deterministic chance: the same seed and names give the same numbers on any machine and day. */
export class Random {
  readonly #key: number;
  #state: number;

  constructor(key: number) {
    this.#key = key >>> 0;
    this.#state = this.#key;
  }

  /**
   * A stream of its own that depends only on this seed and the name, not on what was drawn before:
   * taking a scene out of a world leaves all others as they were.
   */
  fork(name: string): Random {
    return new Random(hashText(name, this.#key));
  }

  /** splitmix32: every state has a different output, so no seed is a bad one. */
  uint32(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    return mixed(this.#state);
  }

  /** 0 to 1, 1 left out. */
  real(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.real();
  }

  /** A whole number, both ends included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.real() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.real() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.whole(0, list.length - 1)] as T;
  }

  /** `count` different entries, in random order. */
  sample<T>(list: readonly T[], count: number): T[] {
    const rest = [...list];
    const taken: T[] = [];
    while (taken.length < count && rest.length > 0) {
      taken.push(...rest.splice(this.whole(0, rest.length - 1), 1));
    }
    return taken;
  }

  /** So many hex digits, as tags, branches and nonces have them. */
  hex(digits: number): string {
    let text = "";
    while (text.length < digits) text += this.uint32().toString(16).padStart(8, "0");
    return text.slice(0, digits);
  }
}

/** FNV-1a, then mixed with the key. */
export function hashText(text: string, key = 0): number {
  let hash = 0x811c9dc5 ^ key;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mixed(hash >>> 0);
}

/** Final step of MurmurHash3. */
function mixed(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
