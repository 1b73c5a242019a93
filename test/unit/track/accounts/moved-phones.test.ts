import { describe, expect, it } from "vitest";
import { MovedPhones } from "../../../../src/track/accounts/moved-phones.ts";
import type { Transaction } from "../../../../src/track/transactions/transaction.ts";

const SECOND_US = 1_000_000;
const START_US = 1_800_000_000_000_000;

function tried(cseq: number, callKey = 7): Transaction {
  return { accountKey: 1, callKey, cseq } as unknown as Transaction;
}

/** Whence each try came before, of one after the other so many seconds apart. */
function moves(count: number, pauseS: number, cseqOf = (n: number) => n): number[] {
  const phones = new MovedPhones();
  return Array.from({ length: count }, (_, n) =>
    phones.movedFrom(tried(cseqOf(n)), 100 + n, START_US + n * pauseS * SECOND_US),
  );
}

describe("MovedPhones", () => {
  it("knows a telephone that goes on with its Call-ID from another address", () => {
    expect(moves(4, 60)).toEqual([0, 100, 101, 102]);
  });

  it("believes no pace that is not a telephone's, and no CSeq that does not rise", () => {
    expect(moves(3, 10)).toEqual([0, 0, 0]);
    expect(moves(3, 60, () => 1)).toEqual([0, 0, 0]);
  });

  it("believes sixteen moves a day", () => {
    expect(moves(20, 60).filter((before) => before !== 0)).toHaveLength(16);
  });
});
