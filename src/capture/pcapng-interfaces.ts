import { TIME_US_MAX } from "./packet-reader.ts";

/** Interfaces of a section that are kept; real captures have a handful. */
const INTERFACES_MAX = 4096;

const OPTION_END = 0;
const OPTION_TIME_RESOLUTION = 9;
const OPTION_TIME_OFFSET = 14;
const OPTION_HEADER_BYTES = 4;
const OPTIONS_START = 16;
const BLOCK_TRAILER_BYTES = 4;

const MICROSECOND_DIGITS = 6;
/** `high * (2^32 mod divisor)` stays exact up to here. */
const DIVISOR_DIGITS_MAX = 6;
const TWO_32 = 2 ** 32;

interface Interface {
  readonly linkType: number;
  readonly snapLength: number;
  /** `if_tsresol`: negative power of ten, or of two with the top bit set. */
  readonly resolution: number;
  readonly offsetUs: number;
  /** The common resolutions: microseconds per unit, or units per microsecond; else 0. */
  readonly multiplier: number;
  readonly divisor: number;
}

/** Interface description blocks of one pcapng section. */
export class PcapngInterfaces {
  readonly #list: Interface[] = [];
  /** Negative power of ten of the unit of all times; null: as each interface says. */
  readonly #givenDigits: number | null;

  /** `unitUs`: microseconds of the unit that times are really counted in; 0 as each interface says. */
  constructor(unitUs = 0) {
    this.#givenDigits = unitUs > 0 ? MICROSECOND_DIGITS - Math.round(Math.log10(unitUs)) : null;
  }

  clear(): void {
    this.#list.length = 0;
  }

  has(id: number): boolean {
    return id < this.#list.length;
  }

  linkType(id: number): number {
    return this.#list[id]?.linkType ?? -1;
  }

  /** Zero is unlimited. */
  snapLength(id: number): number {
    return this.#list[id]?.snapLength ?? 0;
  }

  /** Block at [at, end), at least 20 bytes. */
  add(view: DataView, at: number, end: number, littleEndian: boolean): void {
    if (this.#list.length === INTERFACES_MAX) return;
    let resolution = MICROSECOND_DIGITS;
    let offsetSeconds = 0n;
    let option = at + OPTIONS_START;
    const optionsEnd = end - BLOCK_TRAILER_BYTES;
    while (option + OPTION_HEADER_BYTES <= optionsEnd) {
      const code = view.getUint16(option, littleEndian);
      const length = view.getUint16(option + 2, littleEndian);
      const value = option + OPTION_HEADER_BYTES;
      if (code === OPTION_END || value + length > optionsEnd) break;
      if (code === OPTION_TIME_RESOLUTION && length === 1) resolution = view.getUint8(value);
      if (code === OPTION_TIME_OFFSET && length === 8) {
        offsetSeconds = view.getBigInt64(value, littleEndian);
      }
      option = value + length + ((4 - (length % 4)) % 4);
    }
    resolution = this.#givenDigits ?? resolution;
    const digits = resolution - MICROSECOND_DIGITS;
    this.#list.push({
      linkType: view.getUint16(at + 8, littleEndian),
      snapLength: view.getUint32(at + 12, littleEndian),
      resolution,
      offsetUs: Number(offsetSeconds) * 1_000_000,
      multiplier: digits <= 0 ? 10 ** -digits : 0,
      divisor: digits > 0 && digits <= DIVISOR_DIGITS_MAX ? 10 ** digits : 0,
    });
  }

  /** Whole microseconds since 1970, rounded down, of a timestamp of two halves. */
  timeUs(id: number, high: number, low: number): number {
    const one = this.#list[id];
    if (one === undefined) return 0;
    const timeUs = unitsToUs(one, high, low) + one.offsetUs;
    return Math.min(Math.max(timeUs, 0), TIME_US_MAX);
  }
}

function unitsToUs(one: Interface, high: number, low: number): number {
  if (one.multiplier > 0) return (high * TWO_32 + low) * one.multiplier;
  if (one.divisor > 0) {
    // 64 bits do not fit a number: divide the halves, with the remainder of the upper one.
    const remainder = TWO_32 % one.divisor;
    const quotient = (TWO_32 - remainder) / one.divisor;
    return high * quotient + Math.floor((high * remainder + low) / one.divisor);
  }
  const units = (BigInt(high) << 32n) | BigInt(low);
  const exponent = BigInt(one.resolution & 0x7f);
  const us = units * 1_000_000n;
  return Number(one.resolution & 0x80 ? us >> exponent : us / 10n ** exponent);
}
