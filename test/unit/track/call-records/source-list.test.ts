import { describe, expect, it } from "vitest";
import { SourceList } from "../../../../src/track/call-records/source-list.ts";
import { CALLEE, CALLER } from "../../../../src/track/calls/calls.ts";

function entriesOf(list: SourceList): number[][] {
  return Array.from({ length: list.size }, (_, i) => [list.slot(i), list.side(i)]);
}

/** Few are looked through, of many the places are kept. */
describe.each([3, 500])("%i sources", (count) => {
  it("are there once each, in the order in which they came", () => {
    const list = new SourceList();
    for (let round = 0; round < 2; round++)
      for (let slot = 0; slot < count; slot++) list.add(7 * slot, CALLER);
    expect(entriesOf(list)).toEqual(Array.from({ length: count }, (_, i) => [7 * i, CALLER]));
  });

  it("have another side only where that is said", () => {
    const list = new SourceList();
    for (let slot = 0; slot < count; slot++) list.add(slot, CALLER);
    list.set(count - 1, CALLEE);
    list.add(0, CALLEE);
    expect(list.side(count - 1)).toBe(CALLEE);
    expect(list.side(0)).toBe(CALLER);
    expect(list.size).toBe(count);
  });

  it("are gone after clear()", () => {
    const list = new SourceList();
    for (let slot = 0; slot < count; slot++) list.add(slot, CALLER);
    list.clear();
    list.set(count, CALLEE);
    expect(entriesOf(list)).toEqual([[count, CALLEE]]);
  });
});
