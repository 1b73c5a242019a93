import { randomBytes } from "node:crypto";

// Seeds differ from run to run so that nobody can prepare colliding keys. Results never depend on
// them: keys are only compared for equality.
const seeds = randomBytes(8);
const SEED_LOW = seeds.readInt32LE(0);
const SEED_HIGH = seeds.readInt32LE(4);
/** For table positions: chains cannot be prepared, and no result depends on it. */
export const RUN_SEED = SEED_LOW;

/** Constants of HalfSipHash (J.-P. Aumasson, D. J. Bernstein: https://github.com/veorq/SipHash). */
const INIT_2 = 0x6c796765;
const INIT_3 = 0x74656462;
const LONG_OUTPUT = 0xee;
const SECOND_HALF = 0xdd;

const words = Buffer.from(new ArrayBuffer(24));
const keyWords = new Int32Array(words.buffer);

/**
 * HalfSipHash-1-3 of bytes[start, end) under a key of two words, cut to 0..2^53-1. The rounds stand written
 * out, and the state in local variables: anywhere else each of its words would be allocated.
 */
export function halfSipHash53(
  bytes: Uint8Array,
  start: number,
  end: number,
  keyLow: number,
  keyHigh: number,
): number {
  let v0 = keyLow | 0;
  let v1 = keyHigh ^ LONG_OUTPUT;
  let v2 = keyLow ^ INIT_2;
  let v3 = keyHigh ^ INIT_3;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  let last = (end - start) << 24;
  for (let shift = 0; at < end; at++, shift += 8) last |= (bytes[at] as number) << shift;
  v3 ^= last;
  v0 = (v0 + v1) | 0;
  v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
  v0 = (v0 << 16) | (v0 >>> 16);
  v2 = (v2 + v3) | 0;
  v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
  v0 = (v0 + v3) | 0;
  v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
  v2 = (v2 + v1) | 0;
  v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
  v2 = (v2 << 16) | (v2 >>> 16);
  v0 ^= last;
  v2 ^= LONG_OUTPUT;
  for (let rounds = 0; rounds < 3; rounds++) {
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
  }
  const low = v1 ^ v3;
  v1 ^= SECOND_HALF;
  for (let rounds = 0; rounds < 3; rounds++) {
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
  }
  return ((v1 ^ v3) & 0x1fffff) * 0x100000000 + (low >>> 0);
}

/**
 * Keyed hash of bytes[start, end) in the range 0..2^53-1: nobody who does not know the run's key can prepare
 * two inputs that collide. `from` chains several fields into one key. As identity among a million
 * live keys, a chance collision has odds below 1e-4.
 */
export function hash53(bytes: Uint8Array, start: number, end: number, from = 0): number {
  return halfSipHash53(bytes, start, end, SEED_LOW ^ from, SEED_HIGH ^ (from / 0x100000000));
}

/** Combines two keys of up to 53 bits into one, as hard to collide as `hash53`. */
export function combine53(a: number, b: number): number {
  keyWords[0] = a;
  keyWords[1] = a / 0x100000000;
  keyWords[2] = b;
  keyWords[3] = b / 0x100000000;
  return halfSipHash53(words, 0, 16, SEED_LOW, SEED_HIGH);
}

/** The same of three keys. */
export function combineThree53(a: number, b: number, c: number): number {
  keyWords[4] = c;
  keyWords[5] = c / 0x100000000;
  keyWords[0] = a;
  keyWords[1] = a / 0x100000000;
  keyWords[2] = b;
  keyWords[3] = b / 0x100000000;
  return halfSipHash53(words, 0, 24, SEED_LOW, SEED_HIGH);
}

/** `hash53` of a text whose characters are bytes (latin1). Allocates: not for the packet path. */
export function hashText53(text: string): number {
  const bytes = Buffer.from(text, "latin1");
  return hash53(bytes, 0, bytes.length);
}
