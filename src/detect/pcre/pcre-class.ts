import { ByteSet, ESCAPE_SETS, POSIX_SETS } from "../payload/byte-set.ts";
import { RuleError } from "../rules/load-message.ts";

const ALPHA = POSIX_SETS.get("alpha") ?? new ByteSet();
const CONTROL: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12, e: 27, a: 7 };

/** Byte of the escape at text[at] (after the backslash) and the position after it; null for sets. */
export function escapedByte(text: string, at: number): { byte: number; next: number } | null {
  const char = text[at];
  if (char === undefined) throw new RuleError("pcre ends with a backslash", at);
  if (CONTROL[char] !== undefined) return { byte: CONTROL[char], next: at + 1 };
  if (char === "x") {
    const match = /^(?:\{([0-9a-fA-F]{1,8})\}|([0-9a-fA-F]{0,2}))/.exec(text.slice(at + 1));
    const byte = Number.parseInt(match?.[1] ?? (match?.[2] || "0"), 16);
    if (byte > 255) throw new RuleError("pcre works on bytes: \\x{...} above ff", at);
    return { byte, next: at + 1 + (match?.[0].length ?? 0) };
  }
  if (char === "c" && text[at + 1] !== undefined) {
    return { byte: (text[at + 1] as string).toUpperCase().charCodeAt(0) ^ 0x40, next: at + 2 };
  }
  const octal = /^(?:0[0-7]{0,2}|[0-7]{3})/.exec(text.slice(at, at + 3));
  if (octal !== null) {
    return { byte: Number.parseInt(octal[0], 8) & 0xff, next: at + octal[0].length };
  }
  if (/[a-zA-Z0-9]/.test(char)) return null;
  return { byte: char.charCodeAt(0), next: at + 1 };
}

/** Parses the bracket expression whose `[` is at text[at]; returns its bytes and the next position. */
export function parseClass(
  text: string,
  at: number,
  fold: boolean,
): { set: ByteSet; next: number } {
  const set = new ByteSet();
  if (isPosixSyntax(text, at + 1))
    throw new RuleError("pcre: a POSIX class is written inside another class: [[:alpha:]]", at);
  let i = at + 1;
  const isNegated = text[i] === "^";
  if (isNegated) i++;
  for (let isFirst = true; ; isFirst = false) {
    if (text[i] === undefined) throw new RuleError("pcre: missing terminating ]", at);
    if (text[i] === "]" && !isFirst) break;
    const isNamed = text[i] === "[" && isPosixSyntax(text, i + 1);
    i = isNamed ? addNamed(text, i, set, fold) : addItem(text, i, set);
  }
  if (fold) set.fold();
  return { set: isNegated ? set.inverted() : set, next: i + 1 };
}

/** Adds `[:name:]` or `[:^name:]`; gives the position after it. */
function addNamed(text: string, at: number, set: ByteSet, fold: boolean): number {
  const [all = "", not, name = ""] = /^\[:(\^?)([a-z]+):\]/.exec(text.slice(at, at + 14)) ?? [];
  const named = POSIX_SETS.get(name);
  if (named === undefined) throw unknownClass(text, at);
  // Without case, upper and lower are alpha, also in their negation.
  const found = fold && /^(?:upper|lower)$/.test(name) ? ALPHA : named;
  set.addAll(not === "^" ? found.inverted() : found);
  refuseRange(text, at + all.length);
  return at + all.length;
}

/** PCRE2's own test for `[:name:]`, `[.x.]` and `[=x=]`; `at` is behind the opening bracket. */
function isPosixSyntax(text: string, at: number): boolean {
  const mark = text[at];
  if (mark !== ":" && mark !== "." && mark !== "=") return false;
  for (let i = at + 1; i + 1 < text.length; i++) {
    const [char, next] = [text[i], text[i + 1]];
    if (char === "\\" && (next === "]" || next === "\\")) i++;
    else if (char === "]" || (char === "[" && next === mark)) return false;
    else if (char === mark && next === "]") return true;
  }
  return false;
}

function unknownClass(text: string, at: number): RuleError {
  const shown = text.slice(at, text.indexOf("]", at) + 1);
  return new RuleError(`pcre: unknown class ${shown}`, at);
}

/** A set has no order, so it begins no range. */
function refuseRange(text: string, at: number): void {
  if (text[at] === "-" && text[at + 1] !== "]")
    throw new RuleError("pcre: invalid range in character class", at);
}

function addItem(text: string, at: number, set: ByteSet): number {
  const low = itemByte(text, at, set);
  if (low.byte < 0) {
    refuseRange(text, low.next);
    return low.next;
  }
  if (text[low.next] !== "-" || text[low.next + 1] === "]" || text[low.next + 1] === undefined) {
    set.addRange(low.byte, low.byte);
    return low.next;
  }
  if (text[low.next + 1] === "[" && isPosixSyntax(text, low.next + 2))
    throw new RuleError("pcre: invalid range in character class", at);
  const high = itemByte(text, low.next + 1, set);
  if (high.byte < 0) throw new RuleError("pcre: invalid range in character class", at);
  if (high.byte < low.byte) throw new RuleError("pcre: range out of order in character class", at);
  set.addRange(low.byte, high.byte);
  return high.next;
}

/** The byte of one class item; -1 when it was a set, which is then added. */
function itemByte(text: string, at: number, set: ByteSet): { byte: number; next: number } {
  if (text[at] !== "\\") return { byte: text.charCodeAt(at), next: at + 1 };
  const char = text[at + 1] ?? "";
  const named = ESCAPE_SETS.get(char);
  if (named !== undefined && char !== "N") {
    set.addAll(named);
    return { byte: -1, next: at + 2 };
  }
  if (char === "b") return { byte: 8, next: at + 2 };
  // There are no back references in a class.
  const octal = /^[0-7]{1,3}/.exec(text.slice(at + 1, at + 4))?.[0] ?? "";
  if (octal !== "") return { byte: Number.parseInt(octal, 8) & 0xff, next: at + 1 + octal.length };
  if (char === "8" || char === "9") return { byte: char.charCodeAt(0), next: at + 2 };
  const escaped = escapedByte(text, at + 1);
  if (escaped === null) throw new RuleError(`pcre: \\${char} is not supported in a class`, at);
  return escaped;
}
