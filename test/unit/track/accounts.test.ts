import { describe, expect, it } from "vitest";
import { AccountTable } from "../../../src/track/accounts.ts";
import { DEFAULT_TRACK_SETTINGS } from "../../../src/track/settings.ts";
import { Transaction } from "../../../src/track/transaction.ts";

const SECOND_US = 1_000_000;
const SETTLE_US = DEFAULT_TRACK_SETTINGS.authSettleMs * 1000;
const STREAK_US = DEFAULT_TRACK_SETTINGS.authStreakMs * 1000;

class Accounts {
  readonly failed: string[] = [];
  readonly accepted: number[] = [];
  readonly table = new AccountTable(DEFAULT_TRACK_SETTINGS, {
    failed: (transaction, failures) =>
      this.failed.push(`${transaction.digestResponse} ${failures}`),
    accepted: (_, failures) => this.accepted.push(failures),
  });

  reject(atUs: number, digest: string, account = "201@pbx", client = 1): void {
    this.settle(atUs);
    this.table.reject(attempt(digest, account, client), atUs);
  }

  accept(atUs: number, account = "201@pbx", client = 1): void {
    this.settle(atUs);
    this.table.accept(attempt("right", account, client), atUs);
  }

  settle(atUs: number): void {
    while (this.table.isDue(atUs)) this.table.settleNext(atUs);
  }
}

function attempt(digest: string, account: string, client: number): Transaction {
  const transaction = new Transaction();
  transaction.client = client;
  transaction.account = account;
  transaction.digestResponse = digest;
  transaction.nonce = "n";
  return transaction;
}

describe("AccountTable", () => {
  it("takes one rejection followed by success as a refresh: no failure", () => {
    const accounts = new Accounts();
    for (let i = 0; i < 20; i++) {
      accounts.reject(i * 60 * SECOND_US, `old${i}`);
      accounts.accept(i * 60 * SECOND_US + 10_000);
    }
    accounts.settle(1e12);
    expect(accounts.failed).toEqual([]);
    expect(accounts.accepted).toEqual(Array(20).fill(1));
  });

  it("reports a single rejection once the settle time has passed without success", () => {
    const accounts = new Accounts();
    accounts.reject(1, "a");
    accounts.settle(SETTLE_US);
    expect(accounts.failed).toEqual([]);
    accounts.settle(1 + SETTLE_US);
    expect(accounts.failed).toEqual(["a 1"]);
  });

  it("reports held and second rejection at the second one, then each", () => {
    const accounts = new Accounts();
    accounts.reject(1, "a");
    accounts.reject(2, "b");
    accounts.reject(3, "c");
    expect(accounts.failed).toEqual(["a 1", "b 2", "c 3"]);
    accounts.settle(1e12);
    expect(accounts.failed).toHaveLength(3);
  });

  it("counts the same digest once, however often it is sent", () => {
    const accounts = new Accounts();
    for (let i = 0; i < 50; i++) accounts.reject(i, "same");
    accounts.settle(1e12);
    expect(accounts.failed).toEqual(["same 1"]);
  });

  it("counts a digest that comes again between others once", () => {
    const accounts = new Accounts();
    for (const [i, digest] of ["a", "b", "a", "b", "a", "c"].entries()) accounts.reject(i, digest);
    expect(accounts.failed).toEqual(["a 1", "b 2", "c 3"]);
  });

  it("says at success how many were rejected before it, and begins anew", () => {
    const accounts = new Accounts();
    for (let i = 0; i < 9; i++) accounts.reject(i, `d${i}`);
    accounts.accept(10);
    accounts.accept(11);
    expect(accounts.accepted).toEqual([9, 0]);
  });

  it("forgets rejections older than a streak", () => {
    const accounts = new Accounts();
    accounts.reject(0, "a");
    accounts.reject(SECOND_US, "b");
    accounts.reject(STREAK_US + 2 * SECOND_US, "c");
    accounts.accept(STREAK_US + 3 * SECOND_US);
    expect(accounts.accepted).toEqual([1]);
  });

  it("keeps clients and accounts apart: nobody's success clears another", () => {
    const accounts = new Accounts();
    for (let i = 0; i < 5; i++) accounts.reject(i, `d${i}`, "201@pbx", 1);
    accounts.accept(6, "201@pbx", 2);
    accounts.accept(7, "202@pbx", 1);
    accounts.accept(8, "201@pbx", 1);
    expect(accounts.accepted).toEqual([0, 0, 5]);
  });

  it("remembers a bounded number of digests of one guesser", () => {
    const accounts = new Accounts();
    for (let i = 0; i < 5000; i++) accounts.reject(i, `d${i}`);
    accounts.accept(5001);
    expect(accounts.accepted[0]).toBeLessThanOrEqual(256);
    expect(accounts.failed).toHaveLength(5000);
  });
});
