import { describe, expect, it } from "vitest";
import { AccountTotals } from "../../../../src/track/accounts/account-totals.ts";

const ACCOUNT = 77;
const CLIENT = 0x0a000001;

function triesOf(clients: readonly number[]): number {
  const totals = new AccountTotals(16);
  for (const client of clients) totals.add(ACCOUNT, client, 1e6);
  return totals.tries(ACCOUNT, 1e6);
}

describe("AccountTotals", () => {
  it("takes three clients for many, whichever addresses somebody chose for them", () => {
    for (let step = 1; step <= 500; step++) {
      expect(triesOf([CLIENT, CLIENT + step, CLIENT + 2 * step])).toBe(3);
    }
  });

  it("takes one client and a second one for somebody with two devices", () => {
    expect(triesOf([CLIENT, CLIENT + 1, CLIENT, CLIENT + 1])).toBe(0);
  });
});
