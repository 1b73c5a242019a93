import { RuleError } from "../rules/load-message.ts";
import { splitToken, type Token } from "../rules/rule-lexer.ts";

/** How `byte_test`, `byte_jump` and the like read a number. */
export interface ByteFormat {
  readonly length: number;
  /** Base of a number in digits; 0 when the bytes are the number. */
  readonly base: 0 | 8 | 10 | 16;
  readonly isLittle: boolean;
  readonly mask: bigint | null;
}

const DIGITS_MAX = 23; // Suricata's limit for octal; more digits never fit 64 bits

/** The number at bytes[at, at + length), which lies inside the buffer; null when it has no digits. */
export function readNumber(bytes: Uint8Array, at: number, format: ByteFormat): bigint | null {
  let value = 0n;
  if (format.base === 0) {
    for (let i = 0; i < format.length; i++) {
      const index = format.isLittle ? at + format.length - 1 - i : at + i;
      value = (value << 8n) | BigInt(bytes[index] as number);
    }
  } else {
    const digits = digitsAt(bytes, at, format);
    if (digits === "") return null;
    for (const digit of digits)
      value = value * BigInt(format.base) + BigInt(Number.parseInt(digit, 16));
  }
  return format.mask === null ? value : masked(value, format.mask);
}

function digitsAt(bytes: Uint8Array, start: number, format: ByteFormat): string {
  const end = start + format.length;
  let digits = "";
  for (let at = digitsStart(bytes, start, format); at < end; at++) {
    const digit = digitAt(bytes, at, format);
    if (Number.isNaN(digit)) break;
    digits += digit.toString(16);
  }
  return digits;
}

/** Bytes from `start` to the end of the number in digits, blanks and `0x` before it included. */
export function digitsLength(bytes: Uint8Array, start: number, format: ByteFormat): number {
  const end = start + format.length;
  let at = digitsStart(bytes, start, format);
  while (at < end && !Number.isNaN(digitAt(bytes, at, format))) at++;
  return at - start;
}

function digitsStart(bytes: Uint8Array, start: number, { base, length }: ByteFormat): number {
  let at = start;
  while (at < start + length && (bytes[at] as number) <= 0x20) at++;
  const isHex = base === 16 && bytes[at] === 0x30 && ((bytes[at + 1] as number) | 0x20) === 0x78;
  return isHex ? at + 2 : at;
}

function digitAt(bytes: Uint8Array, at: number, { base }: ByteFormat): number {
  return Number.parseInt(String.fromCharCode(bytes[at] as number), base);
}

/** Suricata shifts a masked value right by the mask's trailing zeros. */
function masked(value: bigint, mask: bigint): bigint {
  let shift = 0n;
  while (((mask >> shift) & 1n) === 0n) shift++;
  return (value & mask) >> shift;
}

/** What the options of `byte_test` and `byte_jump` have in common. */
export interface ByteOptions {
  readonly format: ByteFormat;
  readonly isRelative: boolean;
  /** Options that only one of the keywords knows. */
  readonly others: readonly Token[];
}

const BASES: Readonly<Record<string, 8 | 10 | 16>> = { dec: 10, hex: 16, oct: 8 };

/** Takes the options after the fixed arguments apart. */
export function parseByteOptions(length: Token, options: readonly Token[]): ByteOptions {
  let isString = false;
  let base: 8 | 10 | 16 = 10;
  let isLittle = false;
  let isRelative = false;
  let mask: bigint | null = null;
  const others: Token[] = [];
  for (const option of options) {
    const name = option.text.toLowerCase();
    if (name === "relative") isRelative = true;
    else if (name === "string") isString = true;
    else if (name === "little") isLittle = true;
    else if (name === "big") isLittle = false;
    else if (BASES[name] !== undefined) base = BASES[name];
    else if (name.startsWith("bitmask")) mask = parseMask(option);
    else others.push(option);
  }
  const bytes = parseInteger(length);
  if (bytes < 0 || bytes > (isString ? DIGITS_MAX : 8)) {
    throw new RuleError(
      `cannot read ${bytes} bytes: 1 to 8, or up to ${DIGITS_MAX} digits`,
      length.at,
    );
  }
  return {
    format: { length: bytes, base: isString ? base : 0, isLittle, mask },
    isRelative,
    others,
  };
}

function parseMask(option: Token): bigint {
  const text = option.text.slice("bitmask".length).trim();
  if (!/^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text) || BigInt(text) === 0n) {
    throw new RuleError(`"${text}" is not a bit mask`, option.at);
  }
  return BigInt(text);
}

export function commaList(token: Token): Token[] {
  return splitToken(token, ",");
}

/** A decimal or hexadecimal number of 32 bits, with a sign or without; throws RuleError. */
export function parseInteger(token: Token | undefined): number {
  if (token === undefined || !/^[+-]?(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(token.text)) {
    throw new RuleError(`"${token?.text ?? ""}" is not a number`, token?.at ?? 0);
  }
  const negative = token.text.startsWith("-");
  const value = Number(token.text.replace(/^[+-]/, ""));
  return negative ? -value : value;
}
