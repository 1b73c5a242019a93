import { type LookProgram, Op, type PcreProgram } from "./pcre-program.ts";
import { Assertion } from "./pcre-syntax.ts";
import { PcreText, type StepBudget } from "./pcre-text.ts";
import { Threads } from "./pcre-threads.ts";

const LINE_FEED = 0x0a;

const IS_WORD = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  if (/[A-Za-z0-9_]/.test(String.fromCharCode(byte))) IS_WORD[byte] = 1;
}

export function isWordByte(byte: number): boolean {
  return IS_WORD[byte] === 1;
}

/**
 * Runs a program on all its threads at once, in the order of their priority (Pike), so that no input takes
 * longer than instructions times bytes. Tells where the first match starts and ends. Reused.
 */
export class PcreMachine {
  matchStart = 0;
  matchEnd = 0;
  readonly #program: PcreProgram;
  #budget: StepBudget = { left: 0 };
  readonly #looks: readonly PcreLook[];
  #threads: Threads;
  #next: Threads;
  readonly #stack: Int32Array;
  #text = new PcreText();
  #bytes: Uint8Array = this.#text.bytes;
  #start = 0;
  #end = 0;

  constructor(program: PcreProgram) {
    this.#program = program;
    const size = program.ops.length;
    this.#threads = new Threads(size);
    this.#next = new Threads(size);
    this.#stack = new Int32Array(2 * size + 2);
    this.#looks = program.looks.map((look) => new PcreLook(look));
  }

  /**
   * Searches the text from `from` on for the first match. False also when the budget is used up: its `left` is
   * negative then.
   */
  find(text: PcreText, from: number, budget: StepBudget): boolean {
    const { start, end } = text;
    this.#use(text, budget);
    const { isAtStart } = this.#program;
    let isFound = false;
    this.#threads.clear();
    for (let at = from; ; at++) {
      if (!isFound && (!isAtStart || at === start))
        this.#add(this.#threads, this.#program.start, at, at);
      if (this.#threads.length === 0 && (isFound || isAtStart)) return isFound;
      if (this.#step(at)) isFound = true;
      if (this.#budget.left < 0) return false;
      if (at === end) return isFound;
    }
  }

  /** True when a match starts at the place; read back from it (`by` = -1), ends there. */
  holdsAt(text: PcreText, place: number, by: 1 | -1, budget: StepBudget): boolean {
    const { bytes, start, end } = text;
    this.#use(text, budget);
    this.#threads.clear();
    this.#add(this.#threads, this.#program.start, place, place);
    for (let at = place; ; at += by) {
      if (this.#reaches()) return true;
      if (this.#threads.length === 0 || budget.left < 0) return false;
      if (at === (by < 0 ? start : end)) return false;
      this.#advance(bytes[by < 0 ? at - 1 : at] as number, at + by);
    }
  }

  /** Fills in for each place, from `start` on, whether a match ends there; read back, starts. */
  markAll(text: PcreText, by: 1 | -1, marks: Uint8Array, budget: StepBudget): void {
    const { bytes, start, end } = text;
    this.#use(text, budget);
    this.#threads.clear();
    const last = by < 0 ? start : end;
    for (let at = by < 0 ? end : start; budget.left >= 0; at += by) {
      this.#add(this.#threads, this.#program.start, at, at);
      marks[at - start] = this.#reaches() ? Mark.HOLDS : Mark.FAILS;
      if (at === last) return;
      this.#advance(bytes[by < 0 ? at - 1 : at] as number, at + by);
    }
  }

  #use(text: PcreText, budget: StepBudget): void {
    this.#text = text;
    this.#bytes = text.bytes;
    this.#start = text.start;
    this.#end = text.end;
    this.#budget = budget;
    for (const look of this.#looks) look.begin();
  }

  #reaches(): boolean {
    const { ops } = this.#program;
    const { pcs, length } = this.#threads;
    for (let i = 0; i < length; i++) if (ops[pcs[i] as number] === Op.MATCH) return true;
    return false;
  }

  /** All threads over one byte; those at the end of the program are done. */
  #advance(byte: number, at: number): void {
    const { ops, x, y, sets, classOf } = this.#program;
    const { pcs, length } = this.#threads;
    const next = this.#next;
    next.clear();
    const byteClass = classOf[byte] as number;
    this.#budget.left -= length;
    for (let i = 0; i < length; i++) {
      const pc = pcs[i] as number;
      if (ops[pc] === Op.SET && (sets[x[pc] as number] as Uint8Array)[byteClass] === 1)
        this.#add(next, y[pc] as number, at, at);
    }
    this.#swap();
  }

  /** As `advance`, by priority: a match cuts off the threads behind it. True when one was found. */
  #step(at: number): boolean {
    const { ops, x, y, sets, classOf } = this.#program;
    const { pcs, starts, length } = this.#threads;
    const next = this.#next;
    next.clear();
    const byteClass = at < this.#end ? (classOf[this.#bytes[at] as number] as number) : -1;
    let isFound = false;
    this.#budget.left -= length;
    for (let i = 0; i < length; i++) {
      const pc = pcs[i] as number;
      if (ops[pc] === Op.MATCH) {
        this.matchStart = starts[i] as number;
        this.matchEnd = at;
        isFound = true;
        break;
      }
      if (byteClass >= 0 && (sets[x[pc] as number] as Uint8Array)[byteClass] === 1)
        this.#add(next, y[pc] as number, at + 1, starts[i] as number);
    }
    this.#swap();
    return isFound;
  }

  #swap(): void {
    const next = this.#next;
    this.#next = this.#threads;
    this.#threads = next;
  }

  /** Adds a thread, followed to where it takes a byte or matches; each instruction once. */
  #add(threads: Threads, first: number, at: number, startedAt: number): void {
    const { ops, x, y } = this.#program;
    const stack = this.#stack;
    let depth = 0;
    stack[depth++] = first;
    let steps = 0;
    while (depth > 0) {
      const pc = stack[--depth] as number;
      if (threads.visit(pc)) continue;
      steps++;
      switch (ops[pc]) {
        case Op.SPLIT:
          stack[depth++] = y[pc] as number;
          stack[depth++] = x[pc] as number;
          break;
        case Op.ASSERT:
          if (this.#holds(x[pc] as number, at)) stack[depth++] = y[pc] as number;
          break;
        case Op.LOOK:
        case Op.LOOK_NOT: {
          const look = this.#looks[x[pc] as number] as PcreLook;
          const holds = look.holdsAt(this.#text, at, this.#budget);
          if (holds === (ops[pc] === Op.LOOK)) stack[depth++] = y[pc] as number;
          break;
        }
        default:
          threads.add(pc, startedAt);
      }
    }
    this.#budget.left -= steps;
  }

  #holds(assertion: number, at: number): boolean {
    const bytes = this.#bytes;
    const isStart = at === this.#start;
    const isEnd = at === this.#end;
    switch (assertion) {
      case Assertion.TEXT_START:
        return isStart;
      case Assertion.LINE_START:
        return isStart || (bytes[at - 1] === LINE_FEED && !isEnd);
      case Assertion.TEXT_END:
        return isEnd;
      case Assertion.FINAL_LINE_END:
        return isEnd || (bytes[at] === LINE_FEED && at + 1 === this.#end);
      case Assertion.LINE_END:
        return isEnd || bytes[at] === LINE_FEED;
      case Assertion.NO_LINE_FEED:
        return isEnd || bytes[at] !== LINE_FEED;
      default: {
        const isWordBefore = !isStart && isWordByte(bytes[at - 1] as number);
        const isWordAfter = !isEnd && isWordByte(bytes[at] as number);
        return (isWordBefore !== isWordAfter) === (assertion === Assertion.WORD_BOUNDARY);
      }
    }
  }
}

const Mark = { UNKNOWN: 0, HOLDS: 1, FAILS: 2 } as const;

/** Steps, for each byte of the text, that single places may take before all places are marked in one pass. */
const SINGLE_STEPS_PER_BYTE = 4;

/**
 * One lookaround: whether it holds at a place of the text at hand. Mostly few places ask, and the answer is near;
 * when that gets long, one pass over the text answers for all places, so that time stays linear.
 */
class PcreLook {
  readonly #isBehind: boolean;
  readonly #forward: PcreMachine;
  readonly #backward: PcreMachine;
  #marks = new Uint8Array(0);
  #isNew = true;
  #stepsLeft = 0;

  constructor({ isBehind, forward, backward }: LookProgram) {
    this.#isBehind = isBehind;
    this.#forward = new PcreMachine(forward);
    this.#backward = new PcreMachine(backward);
  }

  /** Another text. */
  begin(): void {
    this.#isNew = true;
  }

  holdsAt(text: PcreText, at: number, budget: StepBudget): boolean {
    if (this.#isNew) this.#clear(text.end - text.start + 1);
    const place = at - text.start;
    if (this.#marks[place] === Mark.UNKNOWN) this.#mark(text, at, budget);
    return this.#marks[place] === Mark.HOLDS;
  }

  #mark(text: PcreText, at: number, budget: StepBudget): void {
    if (this.#stepsLeft < 0) {
      if (this.#isBehind) this.#forward.markAll(text, 1, this.#marks, budget);
      else this.#backward.markAll(text, -1, this.#marks, budget);
      return;
    }
    const before = budget.left;
    const holds = this.#isBehind
      ? this.#backward.holdsAt(text, at, -1, budget)
      : this.#forward.holdsAt(text, at, 1, budget);
    this.#stepsLeft -= before - budget.left;
    this.#marks[at - text.start] = holds ? Mark.HOLDS : Mark.FAILS;
  }

  #clear(places: number): void {
    this.#isNew = false;
    this.#stepsLeft = SINGLE_STEPS_PER_BYTE * places;
    if (this.#marks.length < places) this.#marks = new Uint8Array(places);
    else this.#marks.fill(Mark.UNKNOWN, 0, places);
  }
}
