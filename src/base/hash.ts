import { randomBytes } from "node:crypto";

// Seeds differ from run to run so that nobody can prepare colliding keys. Results never depend on
// them: keys are only compared for equality.
const seeds = randomBytes(8);
const SEED_LOW = seeds.readInt32LE(0);
const SEED_HIGH = seeds.readInt32LE(4);
/** For table positions: chains cannot be prepared, and no result depends on it. */
export const RUN_SEED = SEED_LOW;

function rotl(x: number, r: number): number {
  return (x << r) | (x >>> (32 - r));
}

function mix(h: number): number {
  let x = h;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/**
 * Hash of bytes[start, end) in the range 0..2^53-1, two MurmurHash3-style lanes. `from` chains
 * several fields into one key. As identity of a key among a million live ones, a collision has a
 * chance below 1e-4.
 */
export function hash53(bytes: Uint8Array, start: number, end: number, from = 0): number {
  let low = SEED_LOW ^ (from | 0);
  let high = SEED_HIGH ^ ((from / 0x100000000) | 0);
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    low = Math.imul(rotl(low ^ Math.imul(word, 0xcc9e2d51), 15), 5) + 0xe6546b64;
    high = Math.imul(rotl(high ^ Math.imul(word, 0x1b873593), 13), 5) + 0x561ccd1b;
  }
  let tail = end - start;
  for (; at < end; at++) tail = Math.imul(tail ^ (bytes[at] as number), 0x01000193);
  low = mix(low ^ tail);
  high = mix(high ^ Math.imul(tail, 0x9e3779b1) ^ low);
  return (high & 0x1fffff) * 0x100000000 + (low >>> 0);
}

/** Combines two keys of up to 53 bits into one. */
export function combine53(a: number, b: number): number {
  let low = (a | 0) ^ SEED_LOW;
  let high = ((a / 0x100000000) | 0) ^ SEED_HIGH;
  low = Math.imul(rotl(low ^ Math.imul(b | 0, 0xcc9e2d51), 15), 5) + 0xe6546b64;
  high = Math.imul(rotl(high ^ Math.imul((b / 0x100000000) | 0, 0x1b873593), 13), 5) + 0x561ccd1b;
  low = mix(low ^ rotl(high, 7));
  high = mix(high ^ low);
  return (high & 0x1fffff) * 0x100000000 + (low >>> 0);
}
