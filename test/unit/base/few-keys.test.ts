import { describe, expect, it } from "vitest";
import { FewKeys } from "../../../src/base/few-keys.ts";

describe("FewKeys", () => {
  it("counts different keys of each row, and stops where it is told to", () => {
    const keys = new FewKeys(2, 3);
    for (const key of [7, 7, 0, 7]) keys.add(1, key);
    expect([keys.count(0), keys.count(1)]).toEqual([0, 2]);
    for (const key of [2 ** 53 - 1, 4, 5]) keys.add(1, key);
    expect(keys.count(1)).toBe(3);
  });

  it("tells keys apart that a hash would lay together", () => {
    const keys = new FewKeys(1, 255);
    for (let key = 0; key < 255 * 32; key += 32) keys.add(0, key);
    expect(keys.count(0)).toBe(255);
  });

  it("forgets a row", () => {
    const keys = new FewKeys(1, 2);
    keys.add(0, 1);
    keys.clear(0);
    expect(keys.count(0)).toBe(0);
    keys.add(0, 1);
    expect(keys.count(0)).toBe(1);
  });
});
