import { describe, expect, it } from "vitest";
import { SpoolSignal } from "../../../../src/emit/delivery/spool-signal.ts";

describe("SpoolSignal", () => {
  it("asks for one message until the other side has looked", () => {
    const signal = SpoolSignal.create(1);
    const other = new SpoolSignal(signal.buffer);
    signal.announce(1, 10);
    expect(signal.disarm()).toBe(false);
    expect(other.take()).toEqual({ sequence: 1, sinceMs: 10 });
    signal.announce(2, 20);
    expect(signal.disarm()).toBe(true);
    signal.announce(3, 30);
    expect(signal.disarm()).toBe(false);
    expect(other.take()).toEqual({ sequence: 3, sinceMs: 20 });
    expect(other.take()).toEqual({ sequence: 3, sinceMs: 0 });
    signal.announce(4, 40);
    expect(signal.disarm()).toBe(true);
  });

  it("carries sequences beyond 32 bits and the place of each output", () => {
    const signal = SpoolSignal.create(2);
    signal.announce(2 ** 48, 1);
    signal.setProgress(1, { acknowledged: 2 ** 40, refused: 1, missing: 2 ** 41, holes: 3 });
    expect(signal.take().sequence).toBe(2 ** 48);
    expect([signal.acknowledged(0), signal.acknowledged(1)]).toEqual([0, 2 ** 40]);
    expect(signal.progress(0)).toEqual({ acknowledged: 0, refused: 0, missing: 0, holes: 0 });
    expect(signal.progress(1)).toMatchObject({ refused: 1, missing: 2 ** 41, holes: 3 });
  });
});
