import { describe, expect, it } from "vitest";
import { AccountTurns } from "../../../../src/track/accounts/turns.ts";
import type { Transaction } from "../../../../src/track/transactions/transaction.ts";

const CLIENT = 0x0a000001;
const SECOND_US = 1_000_000;

const of = (accountKey: number) => ({ accountKey, client: CLIENT }) as Transaction;

/** What each of `accounts`, one after the other, each `pauseS`, says at each of its `rounds` tries. */
function telephones(turns: AccountTurns, accounts: number, pauseS: number, rounds: number): number {
  let most = 0;
  for (let round = 1; round <= rounds; round++) {
    for (let account = 1; account <= accounts; account++) {
      const us = ((round - 1) * pauseS + (account * pauseS) / accounts) * SECOND_US;
      most = Math.max(most, turns.failed(of(account), round, us));
    }
  }
  return most;
}

describe("AccountTurns", () => {
  it("takes telephones that go on for nobody who has left, also where there are more than are watched", () => {
    for (const accounts of [3, 100, 200, 1000]) {
      const turns = new AccountTurns();
      expect([accounts, telephones(turns, accounts, 300, 4)]).toEqual([accounts, 0]);
      const newUs = 4 * 300 * SECOND_US + 1;
      expect([accounts, turns.failed(of(9999), 1, newUs)]).toEqual([accounts, 0]);
    }
  });

  it("counts accounts that were left after some tries when the next one begins", () => {
    const turns = new AccountTurns();
    telephones(turns, 3, 30, 4);
    expect(turns.failed(of(9999), 1, 3_600 * SECOND_US)).toBe(3);
    turns.accepted(of(1));
    expect(turns.failed(of(9998), 1, 3_601 * SECOND_US)).toBe(0);
  });
});
