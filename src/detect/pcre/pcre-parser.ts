import { ESCAPE_SETS, singleByte } from "../payload/byte-set.ts";
import { RuleError } from "../rules/load-message.ts";
import { escapedByte, parseClass } from "./pcre-class.ts";
import { ANY, asserted, FIXED_ESCAPES, NOT_LINE_FEED, sequence } from "./pcre-escapes.ts";
import { type PcreOptions, withFlags } from "./pcre-options.ts";
import { limits, noItem, QUANTIFIER } from "./pcre-quantifier.ts";
import { Assertion, longestMatch, NOTHING, type PcreNode } from "./pcre-syntax.ts";

export interface ParsedPcre {
  readonly node: PcreNode;
  /** What another release of PCRE2 reads differently; `at` is an offset in the text. */
  readonly warnings: readonly { readonly text: string; readonly at: number }[];
}

/** PCRE2's own limit (PARENS_NEST_LIMIT). */
const NESTING_MAX = 250;
/** As PCRE2 from 10.43 on; 10.42 wants a fixed length for each alternative. */
const LOOKBEHIND_BYTES_MAX = 255;

/**
 * Parses a PCRE (bytes, no UTF, line feed as line end) as PCRE2 10.42 reads it. Throws `RuleError`, with
 * offsets in `text`, for what is wrong and for what linear time cannot give.
 */
export function parsePcre(text: string, options: PcreOptions): ParsedPcre {
  return new Parser(text, options).parse();
}

class Parser {
  readonly #text: string;
  readonly #warnings: { text: string; at: number }[] = [];
  #options: PcreOptions;
  #at = 0;
  #depth = 0;
  readonly #names = new Set<string>();
  /** Between \Q and \E. */
  #isQuoted = false;

  constructor(text: string, options: PcreOptions) {
    this.#text = text;
    this.#options = options;
  }

  parse(): ParsedPcre {
    const node = this.#choice();
    if (this.#at < this.#text.length)
      throw new RuleError("pcre: unmatched closing parenthesis", this.#at);
    return { node, warnings: this.#warnings };
  }

  /** Up to the closing parenthesis or the end. Flags set inside end with the group. */
  #choice(): PcreNode {
    const options = this.#options;
    const choices: PcreNode[][] = [[]];
    for (;;) {
      this.#skipIgnored();
      const char = this.#text[this.#at];
      if (char === undefined || (char === ")" && !this.#isQuoted)) break;
      if (char === "|" && !this.#isQuoted) {
        choices.push([]);
        this.#at++;
        continue;
      }
      const node = this.#repeated();
      if (node !== null) choices.at(-1)?.push(node);
    }
    this.#options = options;
    const nodes = choices.map(sequence);
    return nodes.length === 1 ? (nodes[0] as PcreNode) : { kind: "choice", nodes };
  }

  #repeated(): PcreNode | null {
    const node = this.#isQuoted ? this.#literalChar() : this.#atom();
    this.#skipIgnored();
    if (this.#isQuoted) return node;
    this.#warnOfQuantifier();
    const match = QUANTIFIER.exec(this.#text.slice(this.#at, this.#at + 32));
    if (match === null) return node;
    const at = this.#at;
    if (node === null || node.kind === "assertion") throw noItem(at);
    if (node.kind === "look") {
      throw new RuleError("pcre: a quantifier on lookaround is not supported", at);
    }
    this.#at += match[0].length;
    this.#skipIgnored();
    const suffix = this.#isQuoted ? "" : this.#text[this.#at];
    if (suffix === "+") {
      throw new RuleError(
        "pcre: possessive quantifiers are not supported (linear-time engine)",
        at,
      );
    }
    if (suffix === "?") this.#at++;
    if (node.kind === "sequence" && node.nodes.length === 0) return NOTHING;
    return {
      kind: "repeat",
      node,
      ...limits(match[0], at),
      isLazy: (suffix === "?") !== this.#options.ungreedy,
    };
  }

  /** Where releases of PCRE2 differ, the rule should not be written so. */
  #warnOfQuantifier(): void {
    const match =
      /^\{(?:\s*,\s*\d+|\s+\d+(?:\s*,\s*\d*)?|\d+\s+(?:,\s*\d*)?|\d+,\s+\d*|\d+,\d+\s+)\s*\}/.exec(
        this.#text.slice(this.#at, this.#at + 64),
      );
    if (match === null) return;
    this.#warnings.push({
      text: `pcre: ${match[0]} is taken as text, as by PCRE2 up to 10.42; from 10.43 on it is a quantifier. Write {0,n}, or \\{`,
      at: this.#at,
    });
  }

  #atom(): PcreNode | null {
    const char = this.#text[this.#at] as string;
    switch (char) {
      case "(":
        return this.#group();
      case "[": {
        const { set, next } = parseClass(this.#text, this.#at, this.#options.ignoreCase);
        this.#at = next;
        return { kind: "set", set };
      }
      case "\\":
        return this.#escape();
      case ".":
        this.#at++;
        return { kind: "set", set: this.#options.dotAll ? ANY : NOT_LINE_FEED };
      case "^":
        this.#at++;
        return asserted(this.#options.multiline ? Assertion.LINE_START : Assertion.TEXT_START);
      case "$":
        this.#at++;
        return asserted(this.#dollar());
      case "*":
      case "+":
      case "?":
        throw noItem(this.#at);
      case "{":
        // A quantifier, as the caller looks for one behind each item.
        if (/^\{\d+(?:,\d*)?\}/.test(this.#text.slice(this.#at, this.#at + 32)))
          throw noItem(this.#at);
        return this.#literalChar();
      default:
        return this.#literalChar();
    }
  }

  #dollar(): Assertion {
    if (this.#options.multiline) return Assertion.LINE_END;
    return this.#options.dollarEndOnly ? Assertion.TEXT_END : Assertion.FINAL_LINE_END;
  }

  #literalChar(): PcreNode {
    return this.#literal(this.#text.charCodeAt(this.#at++));
  }

  #literal(byte: number): PcreNode {
    return { kind: "set", set: singleByte(byte, this.#options.ignoreCase) };
  }

  #escape(): PcreNode {
    const start = this.#at;
    const char = this.#text[start + 1] ?? "";
    const set = ESCAPE_SETS.get(char);
    if (set !== undefined) {
      this.#at += 2;
      const rest = this.#text.slice(this.#at, this.#at + 32);
      if (char === "N" && rest.startsWith("{") && !QUANTIFIER.test(rest))
        throw new RuleError("pcre: \\N{name} is not supported", start);
      return { kind: "set", set };
    }
    const fixed = FIXED_ESCAPES.get(char);
    if (fixed !== undefined) {
      this.#at += 2;
      return fixed;
    }
    if (/[1-9]/.test(char) || char === "g" || char === "k") {
      const octal = /^[0-3][0-7]{2}/.test(this.#text.slice(start + 1, start + 4));
      if (!octal)
        throw new RuleError("pcre: backreferences are not supported (linear-time engine)", start);
    }
    const escaped = escapedByte(this.#text, start + 1);
    if (escaped === null) throw new RuleError(`pcre: \\${char} is not supported`, start);
    this.#at = escaped.next;
    return this.#literal(escaped.byte);
  }

  #group(): PcreNode | null {
    const start = this.#at;
    const look = /^\(\?(<?)([=!])/.exec(this.#text.slice(start, start + 4));
    if (look !== null) return this.#look(look[0], look[1] === "<", look[2] === "!");
    const opening =
      /^\((?:\?(?:P?<(?<angle>[A-Za-z_]\w*)>|'(?<quote>[A-Za-z_]\w*)'|[:|]|([imsxU]*)(?:-([imsx]*))?([:)]))|(?![?*]))/.exec(
        this.#text.slice(start, start + 64),
      );
    if (opening === null || /xx/.test(opening[3] ?? ""))
      throw new RuleError(refusal(this.#text.slice(start, start + 4)), start);
    this.#name(opening.groups?.angle ?? opening.groups?.quote ?? "", start);
    this.#at += opening[0].length;
    const outer = this.#options;
    if (opening[5] !== undefined) {
      this.#options = withFlags(outer, opening[3] ?? "", opening[4] ?? "");
      if (opening[5] === ")") return null;
    }
    const node = this.#inside(start);
    this.#options = outer;
    // As a group it may be repeated, as an assertion it may not.
    const isBare = node.kind === "assertion" || node.kind === "look";
    return isBare ? { kind: "sequence", nodes: [node] } : node;
  }

  #name(name: string, at: number): void {
    if (name === "") return;
    if (this.#names.has(name)) throw new RuleError(`pcre: two groups have the name "${name}"`, at);
    this.#names.add(name);
  }

  #look(opening: string, isBehind: boolean, isNegated: boolean): PcreNode {
    const start = this.#at;
    this.#at += opening.length;
    const node = this.#inside(start);
    if (isBehind && longestMatch(node) > LOOKBEHIND_BYTES_MAX) {
      throw new RuleError(
        `pcre: a lookbehind of more than ${LOOKBEHIND_BYTES_MAX} bytes, or of any length, is not supported`,
        start,
      );
    }
    return { kind: "look", node, isBehind, isNegated };
  }

  /** The inside of a group, and its closing parenthesis. `start` is where it was opened. */
  #inside(start: number): PcreNode {
    if (++this.#depth > NESTING_MAX)
      throw new RuleError("pcre: parentheses are too deeply nested", start);
    const node = this.#choice();
    if (this.#text[this.#at] !== ")" || this.#isQuoted)
      throw new RuleError("pcre: missing closing parenthesis", start);
    this.#at++;
    this.#depth--;
    return node;
  }

  /** Skips what stands for nothing: comments, \Q and \E, blanks of an extended expression. */
  #skipIgnored(): void {
    for (;;) {
      const text = this.#text;
      const at = this.#at;
      if (text.startsWith("\\E", at)) this.#isQuoted = false;
      else if (this.#isQuoted) return;
      else if (text.startsWith("\\Q", at)) this.#isQuoted = true;
      else {
        const length = this.#ignoredLength();
        if (length === 0) return;
        this.#at += length;
        continue;
      }
      this.#at += 2;
    }
  }

  #ignoredLength(): number {
    const rest = this.#text.slice(this.#at);
    if (rest.startsWith("(?#")) {
      const end = rest.indexOf(")");
      if (end < 0) throw new RuleError("pcre: missing ) after (?# comment", this.#at);
      return end + 1;
    }
    if (!this.#options.extended) return 0;
    return /^(?:[ \t\n\v\f\r]|#[^\n]*(?:\n|$))*/.exec(rest)?.[0].length ?? 0;
  }
}

function refusal(opening: string): string {
  if (opening.startsWith("(?>"))
    return "pcre: atomic groups are not supported (linear-time engine)";
  return `pcre: the group "${opening}" is not supported (linear-time engine)`;
}
