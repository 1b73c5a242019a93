import { describe, expect, it } from "vitest";
import { CallCosts, moneyText } from "../../../../src/track/numbers/call-costs.ts";
import { NO_DIAL_PLAN, NumberPlan } from "../../../../src/track/numbers/number-plan.ts";
import { PrefixList } from "../../../../src/track/numbers/prefix-list.ts";
import { priceOf, type Rate, RateDeck } from "../../../../src/track/numbers/rate-deck.ts";

const DECK = `prefix,price,currency,connect_fee,first_s,step_s,name
# a comment
+252,0.90,USD,0.10,60,60,Somalia
25261,1.20,USD,,30,6,"Somalia mobile"
1,0.01,usd
`;

function deck(text: string): RateDeck {
  return new RateDeck().add(text, "deck.csv");
}

function rate(text: string, number: string): Rate {
  const found = deck(text).find(number);
  if (found === null) throw new Error(`no rate for ${number}`);
  return found;
}

describe("rate deck", () => {
  it("charges a number by its longest prefix", () => {
    expect(rate(DECK, "252611234567").name).toBe("Somalia mobile");
    expect(rate(DECK, "252701234567").name).toBe("Somalia");
    expect(deck(DECK).find("4930123456")).toBeNull();
    expect(deck(DECK).currency).toBe("USD");
  });

  it("takes a later line of the same prefix", () => {
    expect(rate(`${DECK}252,2,USD`, "252701234567").perMinute).toBe(2);
  });

  it.each([
    [0, 1.0],
    [60, 1.0],
    [60.1, 1.9],
    [119, 1.9],
  ])("charges %d seconds in whole minutes and the connect fee", (seconds, amount) => {
    expect(priceOf(rate(DECK, "252701234567"), seconds)).toBeCloseTo(amount, 9);
  });

  it.each([
    [0, 0.6],
    [31, 0.72],
    [36, 0.72],
    [37, 0.84],
  ])("charges %d seconds by a first and a next increment", (seconds, amount) => {
    expect(priceOf(rate(DECK, "252611234567"), seconds)).toBeCloseTo(amount, 9);
  });

  it.each([
    ["x,1,USD", 'deck.csv:1: "x" is no prefix: 1 to 15 digits.'],
    ["1234567890123456,1,USD", '"1234567890123456" is no prefix'],
    ["49,-1,USD", '"-1" is no price for a minute, such as 0.25.'],
    ["49,1e9,USD", '"1e9" is no price'],
    ["49,1,Dollars", '"Dollars" is no currency'],
    ["49,1", '"" is no currency'],
    ["49,1,USD,x", '"x" is no connect fee'],
    ["49,1,USD,0,0", '"0" is no increment: 1 to 3600 seconds, or nothing.'],
    ["49,1,USD,0,1,3601", '"3601" is no increment'],
    ["49,1,USD\n44,1,EUR", "deck.csv:2: prices are in EUR, those before in USD"],
  ])("refuses %j with its place", (text, message) => {
    expect(() => deck(text)).toThrow(message);
  });
});

describe("costs of calls", () => {
  const plan = new NumberPlan(NO_DIAL_PLAN, () => new PrefixList());

  it("are those of the number that was dialled", () => {
    const costs = new CallCosts(plan, deck(DECK));
    expect(costs.of("00252701234567", 61e6)).toEqual({
      amount: expect.closeTo(1.9, 9),
      currency: "USD",
      prefix: "252",
      name: "Somalia",
    });
  });

  it("are not made up: without a deck, a price or a number there is none", () => {
    expect(new CallCosts(plan, new RateDeck()).of("+252701234567", 61e6)).toBeNull();
    const costs = new CallCosts(plan, deck(DECK));
    expect(costs.of("+4930123456", 61e6)).toBeNull();
    expect(costs.of("alice", 61e6)).toBeNull();
    expect(costs.of("201", 61e6)).toBeNull();
  });

  it("are written with their currency", () => {
    expect(moneyText(52.1, "USD")).toBe("USD 52.10");
    expect(moneyText(0.0123, "EUR")).toBe("EUR 0.0123");
    expect(moneyText(0, "EUR")).toBe("EUR 0.00");
  });
});
