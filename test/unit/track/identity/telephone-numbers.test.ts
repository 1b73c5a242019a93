import { describe, expect, it } from "vitest";
import { digitsOf, isSameNumber } from "../../../../src/track/identity/telephone-numbers.ts";

describe("a telephone number", () => {
  it.each([
    ["+1 (212) 555-0100", "12125550100"],
    ["0012125550100", "12125550100"],
    ["01112125550100", "12125550100"],
    ["%2B12125550100", "12125550100"],
    ["tel:+1-212-555-0100;phone-context=x", "12125550100"],
    ["sip:+12125550100@carrier.example", "12125550100"],
    ["030 1234567", "301234567"],
    ["201", ""],
    ["anonymous", ""],
    ["", ""],
    ["9".repeat(200), ""],
  ])("%s is %s", (written, digits) => expect(digitsOf(written)).toBe(digits));

  it.each([
    ["+12125550100", "2125550100", true],
    ["030 1234567", "+49301234567", true],
    ["+12125550100", "+12125550101", false],
    ["+12125550100", "201", null],
    ["anonymous", "+12125550100", null],
  ])("%s and %s are the same: %s", (one, other, same) => {
    expect(isSameNumber(one, other)).toBe(same);
    expect(isSameNumber(other, one)).toBe(same);
  });
});
