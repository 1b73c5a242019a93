import { RuleError } from "../rules/load-message.ts";
import type { Token } from "../rules/rule-lexer.ts";
import { PcreDfa } from "./pcre-dfa.ts";
import { PcreMachine } from "./pcre-machine.ts";
import { type ParsedPcre, parsePcre } from "./pcre-parser.ts";
import { compilePcre, INSTRUCTIONS_MAX, type PcreProgram } from "./pcre-program.ts";
import { Assertion, type PcreNode } from "./pcre-syntax.ts";
import { PcreText, type StepBudget } from "./pcre-text.ts";

const FLAGS = "imsxAEGROB";
const HTTP_FLAGS = "UVWZHIDMCPQYS";

/** Instructions from which on a packet of ordinary size, made for it, may use the budget of a rule up. */
const LARGE = 1_500;

const text = new PcreText();

/** A `pcre:` of a rule, run in time linear in the buffer and within a budget, so that no payload can stall it. */
export class PcreMatch {
  readonly kind = "pcre";
  readonly source: string;
  readonly isNegated: boolean;
  /** Flag R: the expression sees the buffer from the cursor on. */
  readonly isRelative: boolean;
  /** Flag B: raw bytes, not allowed in a sticky buffer. */
  readonly isRaw: boolean;
  /** Matches at the start of what it sees or not at all. */
  readonly isAnchored: boolean;
  readonly warnings: readonly { readonly text: string; readonly at: number }[];
  /** Range of the last match of `find`. */
  matchStart = 0;
  matchEnd = 0;
  /** A later match starts where this one ends, so its end must be known. Set by the compiler. */
  needsPosition = false;
  readonly #program: PcreProgram;
  /** Made when a place is asked for first: of thousands of rules, few are. */
  #machine: PcreMachine | null = null;
  /** Null with lookarounds, which it cannot follow. */
  readonly #dfa: PcreDfa | null;

  constructor(token: Token, isNegated: boolean) {
    const slash = lastSlash(token.text);
    if (!token.text.startsWith("/") || slash <= 0) {
      throw new RuleError('pcre is written "/expression/flags"', token.at);
    }
    const flags = token.text.slice(slash + 1);
    checkFlags(flags, token.at + slash + 1);
    this.source = token.text;
    this.isNegated = isNegated;
    this.isRelative = flags.includes("R");
    this.isRaw = flags.includes("B");
    const { node, warnings } = parsed(token.text.slice(1, slash), flags, token.at + 1);
    const program = compilePcre(node);
    if (program === null) {
      throw new RuleError(
        `pcre: too large: more than ${INSTRUCTIONS_MAX} instructions; repeat less, or smaller parts`,
        token.at,
      );
    }
    const size = program.ops.length;
    this.warnings =
      size <= LARGE ? warnings : [...warnings, { text: largeText(size), at: token.at }];
    this.isAnchored = program.isAtStart;
    this.#program = program;
    this.#dfa = program.looks.length > 0 ? null : new PcreDfa(program);
  }

  /**
   * Searches bytes[start, end) from `from` on; fills `matchStart` and `matchEnd` when `needsPosition`. False when
   * the budget is used up, too: `left` is negative then.
   */
  find(bytes: Uint8Array, start: number, end: number, from: number, budget: StepBudget): boolean {
    if (from > end) return false;
    text.bytes = bytes;
    text.start = start;
    text.end = end;
    if (this.#dfa !== null && from === start) {
      const isFound = this.#dfa.test(text, budget);
      if (!isFound || !this.needsPosition) return isFound;
    }
    this.#machine ??= new PcreMachine(this.#program);
    const machine = this.#machine;
    if (!machine.find(text, from, budget)) return false;
    this.matchStart = machine.matchStart;
    this.matchEnd = machine.matchEnd;
    return true;
  }
}

function largeText(size: number): string {
  return `pcre: ${size} instructions: a payload made for it may use its budget up, and the rule is suspended then; repeat less`;
}

function parsed(body: string, flags: string, at: number): ParsedPcre {
  const options = {
    ignoreCase: flags.includes("i"),
    multiline: flags.includes("m"),
    dotAll: flags.includes("s"),
    extended: flags.includes("x"),
    ungreedy: flags.includes("G"),
    dollarEndOnly: flags.includes("E"),
  };
  try {
    const { node: whole, warnings } = parsePcre(body, options);
    const node = flags.includes("A") ? anchored(whole) : whole;
    return { node, warnings: warnings.map((warning) => ({ ...warning, at: at + warning.at })) };
  } catch (error) {
    if (error instanceof RuleError) throw new RuleError(error.message, at + error.at);
    throw error;
  }
}

function anchored(node: PcreNode): PcreNode {
  const start: PcreNode = { kind: "assertion", assertion: Assertion.TEXT_START };
  return { kind: "sequence", nodes: [start, node] };
}

function lastSlash(text: string): number {
  for (let i = text.length - 1; i > 0; i--) {
    if (text[i] !== "/") continue;
    let backslashes = 0;
    while (text[i - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) return i;
  }
  return -1;
}

function checkFlags(flags: string, at: number): void {
  for (const [index, flag] of [...flags].entries()) {
    if (FLAGS.includes(flag)) continue;
    throw new RuleError(
      HTTP_FLAGS.includes(flag)
        ? `pcre flag ${flag} picks an HTTP buffer, which this program does not decode`
        : `unknown pcre flag ${flag}`,
      at + index,
    );
  }
}
