import { RuleError } from "../rules/load-message.ts";
import type { Token } from "../rules/rule-lexer.ts";
import type { BufferMatch } from "./buffer-inspector.ts";
import type { SizeCondition } from "./size-condition.ts";

/** Digits that are decoded at most, and when the rule says no number; Suricata's limit. */
const DIGITS_MAX = 65_535;
const DIGIT_BITS = 6;
const PAD = 0x3d;
/** Suricata's form: the three parts are optional, their order is not. */
const FORM =
  /^(?:bytes\s+(\d{1,10})\s*(?:,\s*|$))?(?:offset\s+(\d{1,10})\s*(?:,\s*|$))?(relative)?$/;

/** Value of each digit (RFC 4648 4); -1 of any other byte. */
const DIGITS = new Int8Array(256).fill(-1);
for (const [value, digit] of [
  ..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
].entries()) {
  DIGITS[digit.charCodeAt(0)] = value;
}

/**
 * `base64_decode:[bytes n][, offset n][, relative]`: what stands there as base64 (RFC 4648) must be something, and
 * the matches behind `base64_data` hold on it. Does not move the cursor. Suricata takes the first place that the match
 * before it finds; here each is tried, or a decoy in front of it would hide what is meant.
 */
export class Base64Decode {
  readonly kind = "base64_decode";
  readonly isRelative: boolean;
  /** Digits that are read at most. */
  readonly digitsMax: number;
  /** Bytes between the start of the buffer (`relative`: the end of the last match) and the first digit. */
  readonly offset: number;
  /** Of the keyword in the rule, for messages. */
  readonly at: number;
  /** What follows `base64_data`, linked; known once the whole rule is. */
  data: readonly BufferMatch[] = [];
  dataSize: SizeCondition | null = null;

  constructor({ at, text }: Token) {
    const parts = FORM.exec(text.trim());
    if (parts === null || /,\s*$/.test(text)) {
      throw new RuleError(
        `base64_decode is bytes N, offset N, relative, each of which may be left out, in this order; not "${text}"`,
        at,
      );
    }
    const [, bytes = "0", offset = "0", relative] = parts;
    if (Number(bytes) > DIGITS_MAX || Number(offset) > DIGITS_MAX) {
      throw new RuleError(`bytes and offset of base64_decode are 0 to ${DIGITS_MAX}`, at);
    }
    this.at = at;
    this.isRelative = relative !== undefined;
    this.digitsMax = Number(bytes) || DIGITS_MAX;
    this.offset = Number(offset);
  }
}

/** Bytes that so many digits stand for at most. */
export function decodedBytesMax(digits: number): number {
  return Math.ceil((digits * DIGIT_BITS) / 8);
}

/**
 * Decodes bytes[start, end) into `out`, which has room for `decodedBytesMax`, and returns how many bytes came out.
 * The first byte that is no digit ends it, and what is left of a group counts by its whole bytes, as padding is
 * often cut off; a single digit is its six bits.
 */
export function decodeBase64(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
): number {
  let length = 0;
  let group = 0;
  let digits = 0;
  let padding = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    const digit = DIGITS[byte] as number;
    if (digit < 0) {
      if (byte !== PAD) break;
      padding++;
    }
    group = (group << DIGIT_BITS) | Math.max(digit, 0);
    if (++digits < 4) continue;
    length = writeGroup(out, length, group, padding < 4 ? 3 - padding : 0);
    group = 0;
    digits = 0;
    padding = 0;
  }
  if (digits === 0) return length;
  return writeGroup(out, length, group << (DIGIT_BITS * (4 - digits)), Math.max(1, digits - 1));
}

/** Writes the first `count` of the three bytes of a group. */
function writeGroup(out: Uint8Array, at: number, group: number, count: number): number {
  for (let i = 0; i < count; i++) out[at + i] = (group >>> (16 - 8 * i)) & 0xff;
  return at + count;
}
