import { FOLD, type Pattern } from "./pattern.ts";

/** Receives what was found; may be told the same number twice. */
export interface HitList {
  add(signatureId: number): void;
}

/**
 * Finds all of many patterns in one pass (Aho, Corasick 1975), ASCII case folded: a superset of what
 * the rules ask for, to be checked by them. A full transition table over byte classes.
 */
export class AhoCorasick {
  readonly #classOf = new Uint8Array(256);
  readonly #classes: number;
  /** Next state of each state and class, states numbered in steps of the class count. */
  readonly #next: Int32Array;
  /** 1 for bytes that begin no pattern: most bytes are passed over without following the table. */
  readonly #staysAtRoot = new Uint8Array(256);
  /** Signatures whose pattern ends in a state; by state number. */
  readonly #hits: (Int32Array | undefined)[];

  constructor(patterns: readonly { readonly pattern: Pattern; readonly signatureId: number }[]) {
    let classes = 1;
    for (const { pattern } of patterns) {
      for (const byte of pattern.bytes) {
        const folded = FOLD[byte] as number;
        if (this.#classOf[folded] === 0 && classes < 256) this.#classOf[folded] = classes++;
      }
    }
    for (let byte = 0x41; byte <= 0x5a; byte++)
      this.#classOf[byte] = this.#classOf[byte | 0x20] as number;
    this.#classes = classes;
    const trie = new Trie(classes);
    for (const { pattern, signatureId } of patterns) {
      trie.add(pattern.bytes, this.#classOf, signatureId);
    }
    const { next, hits } = trie.link();
    this.#next = next;
    this.#hits = hits;
    for (let byte = 0; byte < 256; byte++) {
      this.#staysAtRoot[byte] = next[this.#classOf[byte] as number] === 0 ? 1 : 0;
    }
  }

  scan(bytes: Uint8Array, start: number, end: number, out: HitList): void {
    const next = this.#next;
    const classOf = this.#classOf;
    const hits = this.#hits;
    const classes = this.#classes;
    const stays = this.#staysAtRoot;
    let state = 0;
    for (let at = start; at < end; at++) {
      if (state === 0) {
        while (at < end && stays[bytes[at] as number] === 1) at++;
        if (at === end) return;
      }
      state = next[state + (classOf[bytes[at] as number] as number)] as number;
      // States with hits are stored as negative numbers: one comparison in the common case.
      if (state < 0) {
        state = -state;
        const found = hits[state / classes] as Int32Array;
        for (let i = 0; i < found.length; i++) out.add(found[i] as number);
      }
    }
  }
}

class Trie {
  readonly #classes: number;
  readonly #children: Int32Array[] = [];
  readonly #hits: number[][] = [[]];

  constructor(classes: number) {
    this.#classes = classes;
    this.#children.push(new Int32Array(classes));
  }

  add(bytes: Uint8Array, classOf: Uint8Array, signatureId: number): void {
    let node = 0;
    for (const byte of bytes) {
      const children = this.#children[node] as Int32Array;
      const byteClass = classOf[byte] as number;
      let child = children[byteClass] as number;
      if (child === 0) {
        child = this.#children.length;
        this.#children.push(new Int32Array(this.#classes));
        this.#hits.push([]);
        children[byteClass] = child;
      }
      node = child;
    }
    this.#hits[node]?.push(signatureId);
  }

  /** Follows failure links breadth first and writes them into the table. */
  link(): { next: Int32Array; hits: (Int32Array | undefined)[] } {
    const count = this.#children.length;
    const fail = new Int32Array(count);
    const queue = [...(this.#children[0] as Int32Array)].filter((child) => child !== 0);
    for (let head = 0; head < queue.length; head++) {
      const node = queue[head] as number;
      const onFail = this.#children[fail[node] as number] as Int32Array;
      const children = this.#children[node] as Int32Array;
      this.#hits[node]?.push(...(this.#hits[fail[node] as number] ?? []));
      for (let c = 0; c < this.#classes; c++) {
        const child = children[c] as number;
        if (child === 0) children[c] = onFail[c] as number;
        else {
          fail[child] = onFail[c] as number;
          queue.push(child);
        }
      }
    }
    return this.#table(count);
  }

  #table(count: number): { next: Int32Array; hits: (Int32Array | undefined)[] } {
    const next = new Int32Array(count * this.#classes);
    const hits = this.#hits.map((ids) => (ids.length > 0 ? Int32Array.from(ids) : undefined));
    for (const [node, children] of this.#children.entries()) {
      for (let c = 0; c < this.#classes; c++) {
        const child = children[c] as number;
        const target = child * this.#classes;
        next[node * this.#classes + c] = hits[child] === undefined ? target : -target;
      }
    }
    return { next, hits };
  }
}
