/** A set of byte values, as a character class of the regular expression engine. */
export class ByteSet {
  readonly #has = new Uint8Array(256);

  static of(test: (byte: number) => boolean): ByteSet {
    const set = new ByteSet();
    for (let byte = 0; byte < 256; byte++) if (test(byte)) set.#has[byte] = 1;
    return set;
  }

  addRange(low: number, high: number): void {
    for (let byte = low; byte <= high; byte++) this.#has[byte] = 1;
  }

  addAll(other: ByteSet): void {
    for (let byte = 0; byte < 256; byte++) if (other.has(byte)) this.#has[byte] = 1;
  }

  has(byte: number): boolean {
    return this.#has[byte] === 1;
  }

  /** Adds the other case of each ASCII letter: PCRE without UTF folds nothing else. */
  fold(): void {
    for (let upper = 0x41; upper <= 0x5a; upper++) {
      const lower = upper | 0x20;
      if (this.has(upper) || this.has(lower)) {
        this.#has[upper] = 1;
        this.#has[lower] = 1;
      }
    }
  }

  inverted(): ByteSet {
    return ByteSet.of((byte) => !this.has(byte));
  }
}

const isDigit = (b: number) => b >= 0x30 && b <= 0x39;
const isUpper = (b: number) => b >= 0x41 && b <= 0x5a;
const isLower = (b: number) => b >= 0x61 && b <= 0x7a;
const isAlpha = (b: number) => isUpper(b) || isLower(b);
const isWord = (b: number) => isAlpha(b) || isDigit(b) || b === 0x5f;
const isSpace = (b: number) => b === 0x20 || (b >= 0x09 && b <= 0x0d);
const isHorizontal = (b: number) => b === 0x09 || b === 0x20 || b === 0xa0;
const isVertical = (b: number) => (b >= 0x0a && b <= 0x0d) || b === 0x85;

/** Escapes that stand for a set: bytes, not Unicode, so `\s` is not 0xA0. */
export const ESCAPE_SETS: ReadonlyMap<string, ByteSet> = new Map([
  ["d", ByteSet.of(isDigit)],
  ["D", ByteSet.of((b) => !isDigit(b))],
  ["w", ByteSet.of(isWord)],
  ["W", ByteSet.of((b) => !isWord(b))],
  ["s", ByteSet.of(isSpace)],
  ["S", ByteSet.of((b) => !isSpace(b))],
  ["h", ByteSet.of(isHorizontal)],
  ["H", ByteSet.of((b) => !isHorizontal(b))],
  ["v", ByteSet.of(isVertical)],
  ["V", ByteSet.of((b) => !isVertical(b))],
  ["N", ByteSet.of((b) => b !== 0x0a)],
]);

/** POSIX classes inside a bracket expression, C locale. */
export const POSIX_SETS: ReadonlyMap<string, ByteSet> = new Map([
  ["alpha", ByteSet.of(isAlpha)],
  ["lower", ByteSet.of(isLower)],
  ["upper", ByteSet.of(isUpper)],
  ["alnum", ByteSet.of((b) => isAlpha(b) || isDigit(b))],
  ["digit", ByteSet.of(isDigit)],
  ["xdigit", ByteSet.of((b) => isDigit(b) || (b >= 0x41 && b <= 0x46) || (b >= 0x61 && b <= 0x66))],
  ["space", ByteSet.of(isSpace)],
  ["blank", ByteSet.of((b) => b === 0x20 || b === 0x09)],
  ["cntrl", ByteSet.of((b) => b < 0x20 || b === 0x7f)],
  ["graph", ByteSet.of((b) => b > 0x20 && b < 0x7f)],
  ["print", ByteSet.of((b) => b >= 0x20 && b < 0x7f)],
  ["punct", ByteSet.of((b) => b > 0x20 && b < 0x7f && !isAlpha(b) && !isDigit(b))],
  ["ascii", ByteSet.of((b) => b < 0x80)],
  ["word", ByteSet.of(isWord)],
]);

/** One byte, and the same with its other case; made when an expression has it. */
const SINGLE = new Array<ByteSet | undefined>(256);
const FOLDED = new Array<ByteSet | undefined>(256);

/** The set of one byte; shared, so it must not be changed. */
export function singleByte(byte: number, fold: boolean): ByteSet {
  const sets = fold ? FOLDED : SINGLE;
  const known = sets[byte];
  if (known !== undefined) return known;
  const set = new ByteSet();
  set.addRange(byte, byte);
  if (fold) set.fold();
  sets[byte] = set;
  return set;
}
