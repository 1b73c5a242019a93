/** Shorter ones are extensions, whose form each PBX chooses. */
const DIGITS_MIN = 7;
const DIGITS_MAX = 24;

/**
 * Digits of a telephone number as written in a SIP user part or a PASSporT, without visual separators, "+", the prefixes
 * 00 and 011, a national 0 and parameters; "" of what is no number of the telephone network (E.164, RFC 8224 8.3).
 */
export function digitsOf(written: string): string {
  const bare = written
    .slice(0, 64)
    .replace(/^(sips?|tel):/i, "")
    .replace(/[;@].*$/, "")
    .replace(/%2b/gi, "+")
    .replace(/[-.() ]/g, "");
  if (!/^\+?\d+$/.test(bare)) return "";
  const digits = bare.replace(/^\+/, "").replace(/^011/, "").replace(/^0+/, "");
  return digits.length >= DIGITS_MIN && digits.length <= DIGITS_MAX ? digits : "";
}

/**
 * The same number, with or without country and area code: the shorter one ends the longer one. Null when one of the two is
 * no number, so that nothing can be said.
 */
export function isSameNumber(one: string, other: string): boolean | null {
  const [a, b] = [digitsOf(one), digitsOf(other)];
  if (a === "" || b === "") return null;
  return a.length < b.length ? b.endsWith(a) : a.endsWith(b);
}
