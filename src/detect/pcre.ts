import { type Matcher, RE2JS } from "re2js";
import { RuleError } from "./load-message.ts";
import { translatePcre } from "./pcre-translate.ts";
import type { Token } from "./rule-lexer.ts";

const FLAGS = "imsxAEGROB";
const HTTP_FLAGS = "UVWZHIDMCPQYS";

const KNOWN_TEXT_MAX = 128;
const KNOWN_MAX = 1024;

/** A `pcre:` of a rule, run in time linear in the buffer (RE2), so that no payload can stall it. */
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
  /** Range of the last match of `find`. */
  matchStart = 0;
  matchEnd = 0;
  /** A later match starts where this one ends, so its end must be known. Set by the compiler. */
  needsPosition = false;
  readonly #regex: RE2JS;
  /** Answers for short texts: User-Agents and methods come again and again. */
  readonly #known = new Map<string, boolean>();
  #matcher: Matcher | null = null;

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
    this.isAnchored =
      !token.text.includes("|") &&
      (flags.includes("A") || (token.text.startsWith("/^") && !flags.includes("m")));
    const body = translated(token.text.slice(1, slash), flags, token.at + 1);
    try {
      this.#regex = RE2JS.compile(flags.includes("A") ? `\\A(?:${body})` : body);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new RuleError(`pcre: ${reason}`, token.at);
    }
  }

  /** Searches from `from` on; fills `matchStart` and `matchEnd` when `needsPosition`. */
  find(text: string, from: number): boolean {
    if (!this.needsPosition) return this.#test(text);
    if (from > text.length) return false;
    const matcher =
      this.#matcher === null ? this.#regex.matcher(text) : this.#matcher.resetMatcherInput(text);
    this.#matcher = matcher;
    if (!matcher.find(from)) return false;
    this.matchStart = matcher.start();
    this.matchEnd = matcher.end();
    return true;
  }

  #test(text: string): boolean {
    if (text.length > KNOWN_TEXT_MAX) return this.#regex.test(text);
    let answer = this.#known.get(text);
    if (answer === undefined) {
      answer = this.#regex.test(text);
      if (this.#known.size >= KNOWN_MAX) this.#known.clear();
      this.#known.set(text, answer);
    }
    return answer;
  }
}

function translated(body: string, flags: string, at: number): string {
  try {
    return translatePcre(body, {
      ignoreCase: flags.includes("i"),
      multiline: flags.includes("m"),
      dotAll: flags.includes("s"),
      extended: flags.includes("x"),
      ungreedy: flags.includes("G"),
      dollarEndOnly: flags.includes("E"),
    });
  } catch (error) {
    if (error instanceof RuleError) throw new RuleError(error.message, at + error.at);
    throw error;
  }
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
