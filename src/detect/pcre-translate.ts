import { ESCAPE_SETS, hex } from "./byte-set.ts";
import { RuleError } from "./load-message.ts";
import { escapedByte, parseClass } from "./pcre-class.ts";

/** Options of an expression that the translation depends on. */
export interface PcreOptions {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
  readonly extended: boolean;
  readonly ungreedy: boolean;
  readonly dollarEndOnly: boolean;
}

const REPEAT_MAX = 1000; // RE2's limit for one counted repetition
const EXPANDED_MAX = 10_000;

/**
 * Rewrites a PCRE (bytes, no UTF) as an RE2 expression that needs no flags: every class becomes an
 * explicit set of bytes, so that no Unicode rule of the engine can apply. Throws `RuleError`, with
 * offsets in `text`, for what linear time cannot give.
 *
 * Differences that stay: `$` and `\Z` before a final line feed take that line feed into the match.
 */
export function translatePcre(text: string, options: PcreOptions): string {
  return new Translator(text, options).translate();
}

class Translator {
  readonly #text: string;
  #options: PcreOptions;
  #at = 0;

  constructor(text: string, options: PcreOptions) {
    this.#text = text;
    this.#options = options;
  }

  translate(): string {
    const out = this.#alternatives();
    if (this.#at < this.#text.length)
      throw new RuleError("pcre: unmatched closing parenthesis", this.#at);
    return out;
  }

  /** Up to the closing parenthesis or the end. Flags set inside end with the group. */
  #alternatives(): string {
    const options = this.#options;
    let out = "";
    while (this.#at < this.#text.length && this.#text[this.#at] !== ")") {
      if (this.#text[this.#at] === "|") {
        out += "|";
        this.#at++;
      } else {
        out += this.#repeated();
      }
    }
    this.#options = options;
    return out;
  }

  #repeated(): string {
    const atom = this.#atom();
    if (atom === "") return "";
    this.#skipExtended();
    const match = /^(?:[*+?]|\{\d+(?:,\d*)?\})/.exec(this.#text.slice(this.#at, this.#at + 24));
    if (match === null) return atom;
    const at = this.#at;
    this.#at += match[0].length;
    const suffix = this.#text[this.#at];
    if (suffix === "+") {
      throw new RuleError(
        "pcre: possessive quantifiers are not supported (linear-time engine)",
        at,
      );
    }
    if (suffix === "?") this.#at++;
    const lazy = (suffix === "?") !== this.#options.ungreedy ? "?" : "";
    return expand(atom, match[0], lazy, at);
  }

  #atom(): string {
    if (this.#skipExtended()) return "";
    const char = this.#text[this.#at] as string;
    switch (char) {
      case "(":
        return this.#group();
      case "[": {
        const { set, next } = parseClass(this.#text, this.#at, this.#options.ignoreCase);
        this.#at = next;
        return set.toString();
      }
      case "\\":
        return this.#escape();
      case ".":
        this.#at++;
        return this.#options.dotAll ? "(?s:.)" : "[^\\n]";
      case "^":
        this.#at++;
        return this.#options.multiline ? "(?m:^)" : "\\A";
      case "$":
        this.#at++;
        return this.#dollar();
      case "*":
      case "+":
      case "?":
        throw new RuleError("pcre: quantifier does not follow a repeatable item", this.#at);
      default:
        this.#at++;
        return this.#literal(char.charCodeAt(0));
    }
  }

  #dollar(): string {
    if (this.#options.multiline) return "(?m:$)";
    return this.#options.dollarEndOnly ? "\\z" : "(?:\\n?\\z)";
  }

  #literal(byte: number): string {
    const char = String.fromCharCode(byte);
    if (/[0-9_ ]/.test(char)) return char;
    if (!/[a-zA-Z]/.test(char)) return hex(byte);
    return this.#options.ignoreCase ? `[${char.toLowerCase()}${char.toUpperCase()}]` : char;
  }

  #escape(): string {
    const start = this.#at;
    const char = this.#text[start + 1] ?? "";
    const set = ESCAPE_SETS.get(char);
    if (set !== undefined) {
      this.#at += 2;
      return set.toString();
    }
    const fixed = FIXED_ESCAPES.get(char);
    if (fixed !== undefined) {
      this.#at += 2;
      return fixed;
    }
    if (char === "Q") return this.#quoted();
    if (char === "E") {
      this.#at += 2;
      return "";
    }
    if (/[1-9]/.test(char) || char === "g" || char === "k") {
      const octal = /^[0-3][0-7]{2}/.test(this.#text.slice(start + 1));
      if (!octal)
        throw new RuleError("pcre: backreferences are not supported (linear-time engine)", start);
    }
    const escaped = escapedByte(this.#text, start + 1);
    if (escaped === null) throw new RuleError(`pcre: \\${char} is not supported`, start);
    this.#at = escaped.next;
    return this.#literal(escaped.byte);
  }

  #quoted(): string {
    const stop = this.#text.indexOf("\\E", this.#at + 2);
    const end = stop < 0 ? this.#text.length : stop;
    let out = "";
    for (let i = this.#at + 2; i < end; i++) out += this.#literal(this.#text.charCodeAt(i));
    this.#at = stop < 0 ? end : end + 2;
    return out;
  }

  #group(): string {
    const start = this.#at;
    const opening =
      /^\((?:\?#[^)]*\)|\?(?:P?<[A-Za-z_]\w*>|'[A-Za-z_]\w*'|[:|]|([imsxU]*)(?:-([imsx]*))?([:)]))|(?![?*]))/.exec(
        this.#text.slice(start),
      );
    if (opening === null) throw new RuleError(refusal(this.#text.slice(start, start + 4)), start);
    this.#at += opening[0].length;
    if (opening[0].startsWith("(?#")) return "";
    const outer = this.#options;
    if (opening[3] !== undefined) {
      this.#options = withFlags(outer, opening[1] ?? "", opening[2] ?? "");
      if (opening[3] === ")") return "";
    }
    const body = this.#alternatives();
    this.#options = outer;
    if (this.#text[this.#at] !== ")")
      throw new RuleError("pcre: missing closing parenthesis", start);
    this.#at++;
    return `(?:${body})`;
  }

  /** Skips blanks and comments of an extended expression; true when the text or group ends there. */
  #skipExtended(): boolean {
    if (this.#options.extended) {
      const blanks = /^(?:\s|#[^\n]*(?:\n|$))+/.exec(this.#text.slice(this.#at));
      if (blanks !== null) this.#at += blanks[0].length;
    }
    const char = this.#text[this.#at];
    return char === undefined || char === ")" || char === "|";
  }
}

const FIXED_ESCAPES: ReadonlyMap<string, string> = new Map([
  ["b", "\\b"],
  ["B", "\\B"],
  ["A", "\\A"],
  ["z", "\\z"],
  ["Z", "(?:\\n?\\z)"],
  ["R", "(?:\\r\\n|[\\n\\x0b\\f\\r\\x85])"],
  ["C", "(?s:.)"],
]);

function withFlags(options: PcreOptions, on: string, off: string): PcreOptions {
  const flag = (name: string, now: boolean) =>
    on.includes(name) ? true : off.includes(name) ? false : now;
  return {
    ignoreCase: flag("i", options.ignoreCase),
    multiline: flag("m", options.multiline),
    dotAll: flag("s", options.dotAll),
    extended: flag("x", options.extended),
    ungreedy: flag("U", options.ungreedy),
    dollarEndOnly: options.dollarEndOnly,
  };
}

function refusal(opening: string): string {
  if (/^\(\?<?[=!]/.test(opening)) return "pcre: lookaround is not supported (linear-time engine)";
  if (opening.startsWith("(?>"))
    return "pcre: atomic groups are not supported (linear-time engine)";
  return `pcre: the group "${opening}" is not supported (linear-time engine)`;
}

/** A counted repetition above RE2's limit is written as several. */
function expand(atom: string, quantifier: string, lazy: string, at: number): string {
  const counted = /^\{(\d+)(,(\d*))?\}$/.exec(quantifier);
  if (counted === null) return `${atom}${quantifier}${lazy}`;
  const low = Number(counted[1]);
  const isOpen = counted[2] === ",";
  const high =
    counted[2] === undefined ? low : isOpen ? Number.POSITIVE_INFINITY : Number(counted[3]);
  if (high < low) throw new RuleError("pcre: numbers out of order in {} quantifier", at);
  if (low > EXPANDED_MAX || (!isOpen && high > EXPANDED_MAX)) {
    throw new RuleError(`pcre: a repetition above ${EXPANDED_MAX} is not supported`, at);
  }
  let out = "";
  let rest = low;
  for (; rest > REPEAT_MAX; rest -= REPEAT_MAX) out += `${atom}{${REPEAT_MAX}}${lazy}`;
  if (isOpen) return `${out}${atom}{${rest},}${lazy}`;
  if (high === low) return `${out}${atom}{${rest}}${lazy}`;
  out += rest > 0 ? `${atom}{${rest}}` : "";
  let optional = high - low;
  for (; optional > REPEAT_MAX; optional -= REPEAT_MAX) out += `${atom}{0,${REPEAT_MAX}}${lazy}`;
  return `(?:${out}${atom}{0,${optional}}${lazy})`;
}
