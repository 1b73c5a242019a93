import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { combine53, halfSipHash53, hash53, hashText53 } from "../../../src/base/hash.ts";
import { referenceHash } from "./half-sip-hash.ts";

function hash(text: string, from = 0): number {
  const bytes = Buffer.from(text, "latin1");
  return hash53(bytes, 0, bytes.length, from);
}

describe("hash53", () => {
  it("depends on the bytes of the range only, wherever they lie", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), fc.nat(9), (bytes, shift) => {
        const around = new Uint8Array(bytes.length + 20).fill(0xaa);
        around.set(bytes, shift);
        expect(hash53(around, shift, shift + bytes.length)).toBe(hash53(bytes, 0, bytes.length));
      }),
    );
  });

  it("is an integer that a double holds exactly", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.maxSafeNat(), (bytes, from) => {
        const value = hash53(bytes, 0, bytes.length, from);
        expect(Number.isSafeInteger(value)).toBe(true);
        expect(value).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it("tells apart texts that differ by a trailing NUL, by a byte, by their order", () => {
    const texts = ["", "\0", "\0\0", "a", "a\0", "ab", "ba", "abcd", "abcd\0", "abce", "bcda"];
    expect(new Set(texts.map((text) => hash(text))).size).toBe(texts.length);
  });

  it("chains: another start gives another value", () => {
    expect(hash("x", 1)).not.toBe(hash("x", 2));
    expect(hash("x", 2 ** 40)).not.toBe(hash("x", 2 ** 41));
  });

  it("has no collision among 300,000 Call-IDs that count up", () => {
    const seen = new Set<number>();
    for (let i = 0; i < 300_000; i++) seen.add(hash(`call-${i}@192.0.2.1`));
    expect(seen.size).toBe(300_000);
  });
});

describe("combine53", () => {
  it("keeps order: a then b is not b then a", () => {
    expect(combine53(1, 2)).not.toBe(combine53(2, 1));
    expect(combine53(2 ** 40, 5)).not.toBe(combine53(5, 2 ** 40));
  });

  it("has no collision among addresses and ports next to each other", () => {
    const seen = new Set<number>();
    for (let host = 0; host < 400; host++) {
      for (let port = 0; port < 500; port++) seen.add(combine53(0xc0000200 + host, 10_000 + port));
    }
    expect(seen.size).toBe(200_000);
  });

  it("is an integer that a double holds exactly", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
        const value = combine53(a, b);
        expect(Number.isSafeInteger(value) && value >= 0).toBe(true);
      }),
    );
  });
});

/** Published with the algorithm: HalfSipHash-2-4, key 00..07, inputs of 0 to 5 bytes 00, 01, 02, ... */
const VECTORS = [
  "218d1f59b9b83cc8",
  "be552412f8387315",
  "064f39ef7c50eb57",
  "ce0f1a45f7060679",
  "d5e78a175be52ea1",
  "cb9d7c3f2f3db580",
];

describe("HalfSipHash", () => {
  it("the reference of these tests gives the published vectors", () => {
    const options = { keyLow: 0x03020100, keyHigh: 0x07060504, compress: 2, finish: 4 };
    for (const [length, expected] of VECTORS.entries()) {
      const { low, high } = referenceHash(
        Uint8Array.from({ length }, (_, i) => i),
        options,
      );
      const out = Buffer.alloc(8);
      out.writeInt32LE(low, 0);
      out.writeInt32LE(high, 4);
      expect(out.toString("hex")).toBe(expected);
    }
  });

  it("the quick one gives 53 bits of what the reference gives with 1 and 3 rounds", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer(),
        fc.integer(),
        (bytes, keyLow, keyHigh) => {
          const { low, high } = referenceHash(bytes, { keyLow, keyHigh, compress: 1, finish: 3 });
          const expected = (high & 0x1fffff) * 2 ** 32 + (low >>> 0);
          expect(halfSipHash53(bytes, 0, bytes.length, keyLow, keyHigh)).toBe(expected);
        },
      ),
    );
  });

  it("a text hashes as its latin1 bytes", () => {
    expect(hashText53("bob@example.com")).toBe(hash("bob@example.com"));
  });
});
