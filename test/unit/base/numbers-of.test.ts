import { setFlagsFromString } from "node:v8";
import { describe, expect, test } from "vitest";
import { numbersOf } from "../../../src/base/numbers-of.ts";
import { HeaderId } from "../../../src/decode/sip/headers.ts";
import { BufferId } from "../../../src/detect/payload/buffers.ts";
import { EventKind } from "../../../src/track/facts/event-kind.ts";

setFlagsFromString("--allow-natives-syntax");
const isFast = new Function("object", "return %HasFastProperties(object)") as (
  o: object,
) => boolean;

describe("numbersOf", () => {
  test("counts names up from the first number", () => {
    expect(numbersOf(["VIA", "FROM"], 1)).toEqual({ VIA: 1, FROM: 2 });
  });

  test("of many names is no hash table", () => {
    const names = Array.from({ length: 100 }, (_, i) => `N${i}`);
    expect(isFast(numbersOf(names, 0))).toBe(true);
  });

  test.each(Object.entries({ HeaderId, BufferId, EventKind }))("nor is %s", (_, constants) => {
    expect(isFast(constants)).toBe(true);
  });
});
