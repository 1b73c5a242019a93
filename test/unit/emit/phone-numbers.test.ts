import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PhoneNumbers } from "../../../src/emit/phone-numbers.ts";

describe("PhoneNumbers", () => {
  const anywhere = new PhoneNumbers("");

  it.each([
    ["+4930123456", "+4930123456", 49, "DE"],
    ["009604898798", "+9604898798", 960, "MV"],
    ["00 960 4898798".replaceAll(" ", ""), "+9604898798", 960, "MV"],
    ["01188263188131", "+88263188131", 882, "001"],
    ["008818872412", "+8818872412", 881, "001"],
    ["+371282099391", "+371282099391", 371, "LV"],
    ["+1(868)624-0000", "+18686240000", 1, "TT"],
    // RFC 4694, and a context, which a global number has no use for.
    ["+4930123456;npdi;rn=+4930199", "+4930123456", 49, "DE"],
    ["+4930123456;phone-context=+49", "+4930123456", 49, "DE"],
  ])("%s is %s", (dialled, e164, callingCode, country) => {
    expect(anywhere.of(dialled)).toEqual({ e164, callingCode, country });
  });

  it.each([
    "201",
    "030123456",
    "0113496000",
    "alice",
    "+",
    "++49301234",
    "+;npdi",
    "30123456;phone-context=+49",
    "00000000",
    "9".repeat(40),
  ])("%s is none that is known everywhere", (dialled) => {
    expect(anywhere.of(dialled)).toBeNull();
  });

  it("knows national numbers and the prefix of the home country", () => {
    const germany = new PhoneNumbers("de");
    expect(germany.of("030123456")?.e164).toBe("+4930123456");
    expect(germany.of("009604898798")?.country).toBe("MV");
    const america = new PhoneNumbers("US");
    expect(america.of("0119604898798")?.country).toBe("MV");
    expect(new PhoneNumbers("nowhere").of("+4930123456")?.country).toBe("DE");
  });

  it("takes any text without an error, and the same twice for the same", () => {
    const numbers = new PhoneNumbers("DE");
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\+?[0-9().-]{0,40}$/)), (text) => {
        expect(numbers.of(text)).toEqual(numbers.of(text));
      }),
    );
  });
});
