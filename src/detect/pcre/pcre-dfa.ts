import { isWordByte } from "./pcre-machine.ts";
import { INSTRUCTIONS_MAX, Op, type PcreProgram } from "./pcre-program.ts";
import { Assertion } from "./pcre-syntax.ts";
import type { PcreText, StepBudget } from "./pcre-text.ts";

const LINE_FEED = 0x0a;

/** What comes before a place, as far as assertions ask. */
const Before = { START: 0, LINE_FEED: 1, WORD: 2, OTHER: 3 } as const;

/** Where a state leads on a symbol: nothing known yet, a match, never a match, else `STATE` plus where its moves are. */
const UNKNOWN = 0;
const MATCH = 1;
const DEAD = 2;
const STATE = 3;

/** Numbers that one automaton, and all together, keep of states that they have met. */
const CELLS_MAX = 65_536;
const POOL_CELLS_MAX = 4_194_304;
/** What a new state costs, for each of its instructions. */
const NEW_STATE_STEPS = 4;
/** Bytes through known states that cost as much as one visited instruction. */
const BYTES_PER_STEP_LOG2 = 4;

/** Bounds the memory of all automata: who has filled its states longest ago forgets them. */
class DfaPool {
  #cells = 0;
  readonly #cellsOf = new Map<PcreDfa, number>();

  charge(dfa: PcreDfa, cells: number): void {
    this.#cells += cells;
    this.#cellsOf.set(dfa, (this.#cellsOf.get(dfa) ?? 0) + cells);
    for (const other of this.#cellsOf.keys()) {
      if (this.#cells <= POOL_CELLS_MAX) break;
      if (other !== dfa) other.forget();
    }
  }

  release(dfa: PcreDfa): void {
    this.#cells -= this.#cellsOf.get(dfa) ?? 0;
    this.#cellsOf.delete(dfa);
  }
}

const pool = new DfaPool();

/** What making a move needs: all automata share it, as one is asked after the other. */
const scratch = {
  /** By instruction: the round in which it was visited last. */
  rounds: new Int32Array(INSTRUCTIONS_MAX),
  round: 0,
  stack: new Int32Array(2 * INSTRUCTIONS_MAX + 2),
  found: new Int32Array(INSTRUCTIONS_MAX),
};

/**
 * Says whether a program matches somewhere: a deterministic automaton whose states are made when they are met,
 * so that a known way costs a table read a byte. It has no lookarounds. Two symbols stand beside the classes
 * of bytes: a line feed that ends the text, and the end.
 */
export class PcreDfa {
  readonly #program: PcreProgram;
  readonly #stride: number;
  readonly #lineFeedClass: number;
  readonly #isWordClass: Uint8Array;
  /** Assertions look back, so states differ by what came before. */
  readonly #asksBefore: boolean;
  #moves = new Int32Array(0);
  #states: State[] = [];
  #rows = new Map<string, number>();
  /** The state before the first byte, or that every text matches; `UNKNOWN` until it is asked for. */
  #firstState: number = UNKNOWN;
  #cells = 0;
  #foundLength = 0;

  constructor(program: PcreProgram) {
    const { classOf, classes, ops, x } = program;
    this.#program = program;
    this.#stride = classes + 2;
    this.#lineFeedClass = classOf[LINE_FEED] as number;
    this.#isWordClass = new Uint8Array(classes + 2);
    for (let byte = 0; byte < 256; byte++)
      if (isWordByte(byte)) this.#isWordClass[classOf[byte] as number] = 1;
    this.#asksBefore = x.some(
      (assertion, pc) => ops[pc] === Op.ASSERT && LOOKS_BACK.has(assertion),
    );
  }

  /** False also when the budget is used up: its `left` is negative then. */
  test({ bytes, start, end }: PcreText, budget: StepBudget): boolean {
    const { classOf } = this.#program;
    const stride = this.#stride;
    budget.left -= 1 + ((end - start) >> BYTES_PER_STEP_LOG2);
    let state = this.#firstState;
    if (state === UNKNOWN) state = this.#first(budget);
    let moves = this.#moves;
    for (let at = start; at < end; at++) {
      if (state < STATE) return state === MATCH;
      const byte = bytes[at] as number;
      let symbol = classOf[byte] as number;
      if (byte === LINE_FEED && at + 1 === end) symbol = stride - 2;
      const move = moves[state - STATE + symbol] as number;
      if (move === UNKNOWN) {
        state = this.#move(state - STATE, symbol, budget);
        moves = this.#moves;
        if (budget.left < 0) return false;
      } else state = move;
    }
    if (state < STATE) return state === MATCH;
    const move = moves[state - STATE + stride - 1] as number;
    return (move === UNKNOWN ? this.#move(state - STATE, stride - 1, budget) : move) === MATCH;
  }

  /** Gives all memory back; states are made anew. */
  forget(): void {
    pool.release(this);
    this.#moves = new Int32Array(0);
    this.#states = [];
    this.#rows = new Map();
    this.#firstState = UNKNOWN;
    this.#cells = 0;
  }

  #first(budget: StepBudget): number {
    this.#begin();
    const isMatch = this.#follow(this.#program.start, null, budget);
    this.#firstState = isMatch ? MATCH : this.#stateOf(Before.START);
    return this.#firstState;
  }

  #begin(): void {
    this.#foundLength = 0;
    if (++scratch.round < 2 ** 31 - 1) return;
    scratch.rounds.fill(0);
    scratch.round = 1;
  }

  /** Makes the move of a state on a symbol known. */
  #move(row: number, symbol: number, budget: StepBudget): number {
    const { ops, x, y, sets, start, isAtStart } = this.#program;
    const { pcs, before } = this.#states[row / this.#stride] as State;
    const isEnd = symbol === this.#stride - 1;
    this.#begin();
    const place = { before, symbol };
    budget.left -= pcs.length;
    for (const pc of pcs) {
      if (this.#follow(pc, place, budget)) return this.#learn(row, symbol, MATCH);
    }
    if (isEnd) return this.#learn(row, symbol, DEAD);
    const here = scratch.found.slice(0, this.#foundLength);
    const byteClass = symbol === this.#stride - 2 ? this.#lineFeedClass : symbol;
    this.#begin();
    for (const pc of here) {
      if (ops[pc] !== Op.SET || (sets[x[pc] as number] as Uint8Array)[byteClass] !== 1) continue;
      if (this.#follow(y[pc] as number, null, budget)) return this.#learn(row, symbol, MATCH);
    }
    if (!isAtStart && this.#follow(start, null, budget)) return this.#learn(row, symbol, MATCH);
    if (this.#foundLength === 0) return this.#learn(row, symbol, DEAD);
    const after = this.#asksBefore ? this.#beforeOf(byteClass) : Before.OTHER;
    const known = this.#rows.get(this.#key(after));
    if (known !== undefined) return this.#learn(row, symbol, known);
    if (this.#cells > CELLS_MAX) {
      // What has been learned is in the way; this state is the first of the new ones.
      this.forget();
      return this.#stateOf(after);
    }
    budget.left -= NEW_STATE_STEPS * this.#foundLength;
    return this.#learn(row, symbol, this.#stateOf(after));
  }

  #learn(row: number, symbol: number, state: number): number {
    this.#moves[row + symbol] = state;
    return state;
  }

  #beforeOf(byteClass: number): number {
    if (byteClass === this.#lineFeedClass) return Before.LINE_FEED;
    return this.#isWordClass[byteClass] === 1 ? Before.WORD : Before.OTHER;
  }

  /** Adds what is reached from `pc` without a byte; with a place, through assertions too. True on a match. */
  #follow(pc: number, place: Place | null, budget: StepBudget): boolean {
    const { ops, x, y } = this.#program;
    const stack = scratch.stack;
    let depth = 0;
    let steps = 0;
    let isMatch = false;
    stack[depth++] = pc;
    while (depth > 0) {
      const at = stack[--depth] as number;
      if (scratch.rounds[at] === scratch.round) continue;
      scratch.rounds[at] = scratch.round;
      steps++;
      const op = ops[at] as number;
      if (op === Op.SPLIT) {
        stack[depth++] = y[at] as number;
        stack[depth++] = x[at] as number;
      } else if (op === Op.MATCH) isMatch = true;
      else if (op === Op.ASSERT && place !== null) {
        if (this.#holds(x[at] as number, place)) stack[depth++] = y[at] as number;
      } else scratch.found[this.#foundLength++] = at;
    }
    budget.left -= steps;
    return isMatch;
  }

  #holds(assertion: number, { before, symbol }: Place): boolean {
    const isEnd = symbol === this.#stride - 1;
    const isFinal = symbol === this.#stride - 2;
    const isLineFeed = isFinal || symbol === this.#lineFeedClass;
    switch (assertion) {
      case Assertion.TEXT_START:
        return before === Before.START;
      case Assertion.LINE_START:
        return before === Before.START || (before === Before.LINE_FEED && !isEnd);
      case Assertion.TEXT_END:
        return isEnd;
      case Assertion.FINAL_LINE_END:
        return isEnd || isFinal;
      case Assertion.LINE_END:
        return isEnd || isLineFeed;
      case Assertion.NO_LINE_FEED:
        return !isLineFeed;
      default: {
        const isEdge = (before === Before.WORD) !== (this.#isWordClass[symbol] === 1);
        return isEdge === (assertion === Assertion.WORD_BOUNDARY);
      }
    }
  }

  #key(before: number): string {
    const pcs = scratch.found.subarray(0, this.#foundLength).sort();
    return `${before} ${pcs.join(" ")}`;
  }

  /** The state of what was found; a new one has all its moves before it. */
  #stateOf(before: number): number {
    const key = this.#key(before);
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    const row = this.#states.length * this.#stride;
    const pcs = scratch.found.slice(0, this.#foundLength);
    this.#states.push({ pcs, before });
    const needed = row + this.#stride;
    if (this.#moves.length < needed) {
      const moves = new Int32Array(Math.max(4 * this.#stride, 2 * this.#moves.length));
      moves.set(this.#moves);
      this.#moves = moves;
    }
    // A key is a text about twice as long as what it names.
    const cells = this.#stride + 3 * pcs.length;
    this.#cells += cells;
    pool.charge(this, cells);
    this.#rows.set(key, row + STATE);
    return row + STATE;
  }
}

interface State {
  /** Instructions that take a byte or ask an assertion. */
  readonly pcs: Int32Array;
  readonly before: number;
}

interface Place {
  readonly before: number;
  readonly symbol: number;
}

/** `TEXT_START` holds in the first state only, whatever comes before the others. */
const LOOKS_BACK: ReadonlySet<number> = new Set([
  Assertion.LINE_START,
  Assertion.WORD_BOUNDARY,
  Assertion.NO_WORD_BOUNDARY,
]);
