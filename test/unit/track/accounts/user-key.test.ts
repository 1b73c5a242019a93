import { describe, expect, it } from "vitest";
import { userKeyOf } from "../../../../src/track/accounts/user-key.ts";

function keyOf(text: string): number {
  const bytes = Buffer.from(`<sip:${text}@pbx>`, "latin1");
  return userKeyOf(bytes, 5, 5 + text.length);
}

describe("the key of a user", () => {
  it.each([
    ["alice", "Alice"],
    ["alice", "ALICE"],
    ["alice", "%61lice"],
    ["alice", "%41l%69c%65"],
    ["201", "%32%30%31"],
    ["a%b", "A%b"],
    ["a%2", "a%2"],
    ["a%zz", "A%ZZ"],
    ["%61".repeat(128), "a".repeat(128)],
  ])("is the same for %s and %s", (one, other) => {
    expect(keyOf(one)).toBe(keyOf(other));
  });

  it.each([
    ["alice", "alicf"],
    ["alice", "alice%20"],
    ["%2561", "%61"],
    ["a%2", "a%20"],
    ["201", "%33%30%31"],
  ])("differs for %s and %s", (one, other) => {
    expect(keyOf(one)).not.toBe(keyOf(other));
  });

  it("is 0 for none, and takes any length", () => {
    expect(userKeyOf(Buffer.alloc(0), 0, 0)).toBe(0);
    expect(keyOf("%41".repeat(20_000))).toBeGreaterThan(0);
  });
});
