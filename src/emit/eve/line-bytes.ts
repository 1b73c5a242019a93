import { eveSecondsOf, LAST_S } from "./eve-seconds.ts";
import { quoted, quotedClean } from "./eve-text.ts";

/** Four bytes at a time; what a piece's last word writes beyond its end is written over by what follows. */
const WORD_BYTES = 4;
const SPARE_BYTES = 64;
const START_BYTES = 4_096;
const DIGIT = 0x30;
const QUOTE = 0x22;
const DOT = 0x2e;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const HEX = "0123456789abcdef";
/** Numbers of up to fifteen digits are written as JavaScript does. */
const EXACT_MAX = 1e15;

/** Text that many lines repeat, as UTF-8. */
export interface Piece {
  readonly words: Int32Array;
  readonly length: number;
}

/** Makes a piece once, at the start or for a value that comes again. */
export function piece(text: string): Piece {
  const bytes = Buffer.from(text, "utf8");
  const words = new Int32Array(Math.ceil(bytes.length / WORD_BYTES));
  const view = new DataView(words.buffer);
  for (let i = 0; i < bytes.length; i++) view.setUint8(i, bytes[i] as number);
  for (let i = 0; i < words.length; i++) words[i] = view.getInt32(WORD_BYTES * i);
  return { words, length: bytes.length };
}

/** What stands in a JSON string as it is. */
const PLAIN = new Uint8Array(256);
for (let c = 0x20; c <= 0x7e; c++) PLAIN[c] = c === QUOTE || c === 0x5c ? 0 : 1;

const SECONDS_KEPT = 64;

/**
 * One line of JSON as UTF-8, written byte by byte into memory that the next line uses again. Of records that come by
 * thousands a second, joining strings and encoding the whole took twice as long as writing bytes at once.
 */
export class LineBytes {
  #bytes = Buffer.alloc(START_BYTES);
  #view = viewOf(this.#bytes);
  #length = 0;
  /** Dates by their second modulo so many: those of one record lie near each other. */
  readonly #seconds = new Float64Array(SECONDS_KEPT).fill(-1);
  readonly #dates: Piece[] = new Array(SECONDS_KEPT).fill(piece(""));

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  begin(): void {
    this.#length = 0;
  }

  put({ length, words }: Piece): void {
    this.#need(length);
    const view = this.#view;
    let at = this.#length;
    for (let i = 0; i < words.length; i++) {
      view.setInt32(at, words[i] as number);
      at += WORD_BYTES;
    }
    this.#length += length;
  }

  /** A text of any characters, as it is. */
  text(text: string): void {
    const { length } = text;
    this.#need(3 * length);
    const bytes = this.#bytes;
    const start = this.#length;
    for (let i = 0; i < length; i++) {
      const c = text.charCodeAt(i);
      if (c > 0x7f) {
        this.#length = start + bytes.write(text, start, "utf8");
        return;
      }
      bytes[start + i] = c;
    }
    this.#length = start + length;
  }

  /** A text from a packet as a JSON string, the same as `quotedClean`. */
  quotedClean(text: string, max: number): void {
    if (text.length > max || !this.#quotedPlain(text)) this.text(quotedClean(text, max));
  }

  /** A text of ours as a JSON string, the same as `quoted`. */
  quoted(text: string): void {
    if (!this.#quotedPlain(text)) this.text(quoted(text));
  }

  number(value: number): void {
    if (Number.isInteger(value) && value >= 0 && value < EXACT_MAX) this.#digits(value, 1);
    else this.text(String(value));
  }

  /** Eight hexadecimal digits. */
  hex32(value: number): void {
    this.#need(8);
    for (let shift = 28; shift >= 0; shift -= 4) {
      this.#bytes[this.#length++] = HEX.charCodeAt((value >>> shift) & 15);
    }
  }

  /** Makes what was written since `start`, members with a comma before each of them, an object. */
  makeObject(start: number): void {
    this.#need(2);
    if (this.#length === start) this.#length++;
    this.#bytes[start] = OPEN;
    this.#bytes[this.#length++] = CLOSE;
  }

  /** `Math.round(value * scale) / scale`; `scale` is a power of ten. */
  rounded(value: number, scale: number): void {
    this.ratio(Math.round(value * scale), scale);
  }

  /** `count / scale`, of whole numbers; `scale` is a power of ten. */
  ratio(count: number, scale: number): void {
    if (!(count >= 0 && count < EXACT_MAX)) {
      this.text(String(count / scale));
      return;
    }
    const whole = Math.floor(count / scale);
    this.#digits(whole, 1);
    let rest = count - whole * scale;
    if (rest === 0) return;
    let places = scale;
    while (rest % 10 === 0) {
      rest /= 10;
      places /= 10;
    }
    this.#bytes[this.#length++] = DOT;
    this.#digits(rest, Math.round(Math.log10(places)));
  }

  /** The text of `eveTime`, without quotes. */
  time(timeUs: number): void {
    const us = timeUs >= 0 ? Math.floor(Math.min(timeUs, LAST_S * 1_000_000)) : 0;
    const seconds = Math.floor(us / 1_000_000);
    const place = seconds % SECONDS_KEPT;
    if (this.#seconds[place] !== seconds) {
      this.#seconds[place] = seconds;
      this.#dates[place] = piece(`${eveSecondsOf(seconds)}.`);
    }
    this.put(this.#dates[place] as Piece);
    this.#digits(us - seconds * 1_000_000, 6);
    this.put(ZONE);
  }

  /** Copies the line; the target has room. */
  copyTo(target: Uint8Array, at: number): void {
    this.#bytes.copy(target, at, 0, this.#length);
  }

  toString(): string {
    return this.#bytes.toString("utf8", 0, this.#length);
  }

  /** False, and nothing written, where a character cannot stand in a JSON string as it is. */
  #quotedPlain(text: string): boolean {
    const { length } = text;
    this.#need(length + 2);
    const bytes = this.#bytes;
    const start = this.#length + 1;
    for (let i = 0; i < length; i++) {
      const c = text.charCodeAt(i);
      if (PLAIN[c] !== 1) return false;
      bytes[start + i] = c;
    }
    bytes[start - 1] = QUOTE;
    bytes[start + length] = QUOTE;
    this.#length = start + length + 1;
    return true;
  }

  /** A whole number below 10^15 with at least so many digits. */
  #digits(value: number, least: number): void {
    this.#need(16);
    const bytes = this.#bytes;
    let digits = 1;
    for (let power = 10; power <= value; power *= 10) digits++;
    digits = Math.max(digits, least);
    const start = this.#length;
    let rest = value;
    for (let at = start + digits - 1; at >= start; at--) {
      const tens = rest < 0x7fffffff ? ((rest | 0) / 10) | 0 : Math.floor(rest / 10);
      bytes[at] = DIGIT + rest - 10 * tens;
      rest = tens;
    }
    this.#length = start + digits;
  }

  #need(bytes: number): void {
    const least = this.#length + bytes + SPARE_BYTES;
    if (least > this.#bytes.length) this.#grow(2 * least);
  }

  #grow(bytes: number): void {
    const grown = Buffer.alloc(bytes);
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
    this.#view = viewOf(grown);
  }
}

const ZONE = piece("+0000");

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}
