import type { ByteSet } from "../payload/byte-set.ts";
import { isAtStart, mayBeEmpty, type PcreNode, type Repeat, reversed } from "./pcre-syntax.ts";

/** What an instruction does. Numbers are compared in the inner loop. */
export const Op = {
  /** Takes a byte of set `x`, goes on at `y`. */
  SET: 0,
  /** Goes on at `x`, and if that fails at `y`. */
  SPLIT: 1,
  /** Goes on at `y` when assertion `x` holds. */
  ASSERT: 2,
  /** The same when lookaround `x` holds, or does not hold. */
  LOOK: 3,
  LOOK_NOT: 4,
  MATCH: 5,
} as const;

/** An expression as instructions for an automaton: Thompson's construction, priorities in `SPLIT`. */
export interface PcreProgram {
  /** The first instruction. */
  readonly start: number;
  readonly ops: Uint8Array;
  readonly x: Int32Array;
  readonly y: Int32Array;
  /** Bytes that no set of this expression tells apart have the same number. */
  readonly classOf: Uint8Array;
  readonly classes: number;
  /** By set and class: 1 when the set has it. */
  readonly sets: readonly Uint8Array[];
  readonly looks: readonly LookProgram[];
  readonly isAtStart: boolean;
}

/** What stands in a lookaround, to be read on from a place, and to be read back from it. */
export interface LookProgram {
  readonly isBehind: boolean;
  readonly forward: PcreProgram;
  readonly backward: PcreProgram;
}

/** Instructions of one expression; memory, and the most that one byte can cost. */
export const INSTRUCTIONS_MAX = 16_384;

/** Null when the expression needs more than `INSTRUCTIONS_MAX`. */
export function compilePcre(node: PcreNode): PcreProgram | null {
  return new Compiler({ left: INSTRUCTIONS_MAX }).compile(node);
}

/** Where it goes on: `empty` while the round of the innermost loop has taken no byte, then `taken`. */
interface Goal {
  readonly empty: number;
  readonly taken: number;
}

/**
 * Builds from the end, each part knowing where it goes on. As in PCRE, a round of a loop that took no byte leaves the
 * loop; so what stands in a loop whose rounds may be empty is built twice, for before and after its first byte.
 */
class Compiler {
  readonly #ops: number[] = [];
  readonly #x: number[] = [];
  readonly #y: number[] = [];
  readonly #sets: ByteSet[] = [];
  readonly #numbers = new Map<ByteSet, number>();
  readonly #looks: LookProgram[] = [];
  /** Parts that may still be built, shared with lookarounds: repetitions in each other grow beyond all bounds. */
  readonly #room: { left: number };

  constructor(room: { left: number }) {
    this.#room = room;
  }

  compile(node: PcreNode): PcreProgram | null {
    const end = this.#add(Op.MATCH, 0, 0);
    const start = this.#build(node, { empty: end, taken: end });
    if (this.#room.left < 0) return null;
    const { classOf, classes } = classify(this.#sets);
    return {
      start,
      ops: Uint8Array.from(this.#ops),
      x: Int32Array.from(this.#x),
      y: Int32Array.from(this.#y),
      classOf,
      classes,
      sets: this.#sets.map((set) => {
        const has = new Uint8Array(classes);
        for (let byte = 0; byte < 256; byte++) if (set.has(byte)) has[classOf[byte] as number] = 1;
        return has;
      }),
      looks: this.#looks,
      isAtStart: isAtStart(node),
    };
  }

  #add(op: number, x: number, y: number): number {
    this.#x.push(x);
    this.#y.push(y);
    return this.#ops.push(op) - 1;
  }

  #numberOf(set: ByteSet): number {
    let number = this.#numbers.get(set);
    if (number === undefined) {
      number = this.#sets.push(set) - 1;
      this.#numbers.set(set, number);
    }
    return number;
  }

  /** Gives the instruction at which the part begins. */
  #build(node: PcreNode, goal: Goal): number {
    if (--this.#room.left < 0) return 0;
    switch (node.kind) {
      case "set":
        return this.#add(Op.SET, this.#numberOf(node.set), goal.taken);
      case "sequence":
        return this.#sequence(node.nodes, goal).empty;
      case "choice":
        return node.nodes
          .map((part) => this.#build(part, goal))
          .reduceRight((others, first) => this.#add(Op.SPLIT, first, others));
      case "assertion":
        return this.#add(Op.ASSERT, node.assertion, goal.empty);
      case "look": {
        const forward = new Compiler(this.#room).compile(node.node);
        const backward = new Compiler(this.#room).compile(reversed(node.node));
        if (forward === null || backward === null) return 0;
        const index = this.#looks.push({ isBehind: node.isBehind, forward, backward }) - 1;
        return this.#add(node.isNegated ? Op.LOOK_NOT : Op.LOOK, index, goal.empty);
      }
      case "repeat":
        return this.#repeat(node, goal);
    }
  }

  /** The same part in front of both ways on. */
  #both(node: PcreNode, goal: Goal): Goal {
    const empty = this.#build(node, goal);
    if (goal.empty === goal.taken) return { empty, taken: empty };
    return { empty, taken: this.#build(node, { empty: goal.taken, taken: goal.taken }) };
  }

  #sequence(nodes: readonly PcreNode[], goal: Goal): Goal {
    return nodes.reduceRight((rest, node) => this.#both(node, rest), goal);
  }

  #repeat({ node, low, high, isLazy }: Repeat, goal: Goal): number {
    let rest = goal;
    let copies = low;
    if (!Number.isFinite(high)) {
      rest = this.#loop(node, isLazy, goal, low === 0);
      copies = Math.max(0, low - 1);
    } else {
      for (let i = low; i < high && this.#room.left >= 0; i++)
        rest = this.#optional(this.#both(node, rest), goal, isLazy);
    }
    for (let i = 0; i < copies && this.#room.left >= 0; i++) rest = this.#both(node, rest);
    return rest.empty;
  }

  /** One round or more; with `isOptional` none, too. */
  #loop(node: PcreNode, isLazy: boolean, goal: Goal, isOptional: boolean): Goal {
    const again = this.#add(Op.SPLIT, 0, 0);
    // A round that takes bytes comes back; one that takes none leaves.
    const leaves = mayBeEmpty(node);
    const round = (out: number) => this.#build(node, { empty: leaves ? out : again, taken: again });
    const later = round(goal.taken);
    this.#x[again] = isLazy ? goal.taken : later;
    this.#y[again] = isLazy ? later : goal.taken;
    const taken = later;
    const empty = goal.empty === goal.taken ? later : round(goal.empty);
    return isOptional ? this.#optional({ empty, taken }, goal, isLazy) : { empty, taken };
  }

  #optional(part: Goal, goal: Goal, isLazy: boolean): Goal {
    const split = (first: number, out: number) =>
      isLazy ? this.#add(Op.SPLIT, out, first) : this.#add(Op.SPLIT, first, out);
    const empty = split(part.empty, goal.empty);
    if (goal.empty === goal.taken && part.empty === part.taken) return { empty, taken: empty };
    return { empty, taken: split(part.taken, goal.taken) };
  }
}

/** Numbers the bytes so that only those differ that some set, a line end or a word tells apart. */
function classify(sets: readonly ByteSet[]): { classOf: Uint8Array; classes: number } {
  let classOf = Uint8Array.from(FIRST_CLASSES);
  let classes = 3;
  for (const set of sets) {
    // Each class falls into two: what is in the set, and what is not.
    const next = new Uint8Array(256);
    const numbers = new Int16Array(2 * classes).fill(-1);
    let count = 0;
    for (let byte = 0; byte < 256; byte++) {
      const at = 2 * (classOf[byte] as number) + (set.has(byte) ? 1 : 0);
      if (numbers[at] === -1) numbers[at] = count++;
      next[byte] = numbers[at] as number;
    }
    classOf = next;
    classes = count;
  }
  return { classOf, classes };
}

/** Line feed, parts of words, and the others. */
const FIRST_CLASSES = Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0x0a) return 0;
  return /[A-Za-z0-9_]/.test(String.fromCharCode(byte)) ? 1 : 2;
});
