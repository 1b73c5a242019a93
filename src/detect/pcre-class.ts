import { ByteSet, ESCAPE_SETS, POSIX_SETS } from "./byte-set.ts";
import { RuleError } from "./load-message.ts";

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
  let i = at + 1;
  const isNegated = text[i] === "^";
  if (isNegated) i++;
  for (let isFirst = true; ; isFirst = false) {
    if (text[i] === undefined) throw new RuleError("pcre: missing terminating ]", at);
    if (text[i] === "]" && !isFirst) break;
    const posix = /^\[:(\^?)([a-z]+):\]/.exec(text.slice(i, i + 14));
    if (posix !== null) {
      const named = POSIX_SETS.get(posix[2] as string);
      if (named === undefined) throw new RuleError(`pcre: unknown class ${posix[0]}`, i);
      set.addAll(posix[1] === "^" ? named.inverted() : named);
      i += posix[0].length;
      continue;
    }
    i = addItem(text, i, set);
  }
  if (fold) set.fold();
  return { set: isNegated ? set.inverted() : set, next: i + 1 };
}

function addItem(text: string, at: number, set: ByteSet): number {
  const low = itemByte(text, at, set);
  if (low.byte < 0) return low.next;
  if (text[low.next] !== "-" || text[low.next + 1] === "]" || text[low.next + 1] === undefined) {
    set.addRange(low.byte, low.byte);
    return low.next;
  }
  const high = itemByte(text, low.next + 1, set);
  if (high.byte < 0) {
    // As in Perl, a set cannot end a range, so the hyphen is literal.
    set.addRange(low.byte, low.byte);
    set.addRange(0x2d, 0x2d);
    return high.next;
  }
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
  const escaped = escapedByte(text, at + 1);
  if (escaped === null) throw new RuleError(`pcre: \\${char} is not supported in a class`, at);
  return escaped;
}
