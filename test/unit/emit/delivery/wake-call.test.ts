import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { SpoolSignal } from "../../../../src/emit/delivery/spool-signal.ts";
import { WakeCall } from "../../../../src/emit/delivery/wake-call.ts";

function callOf(): { call: WakeCall; signal: SpoolSignal; woken: () => number } {
  const signal = SpoolSignal.create(1);
  let count = 0;
  const call = new WakeCall(signal, () => count++);
  // The other side has looked, and sleeps.
  signal.take();
  return { call, signal, woken: () => count };
}

describe("WakeCall", () => {
  it("wakes once for all that one turn of the event loop announces, and again once that was read", async () => {
    const { call, signal, woken } = callOf();
    for (let sequence = 1; sequence <= 3; sequence++) call.announce(sequence);
    await turn();
    expect(woken()).toBe(1);
    call.announce(4);
    await turn();
    expect(woken()).toBe(1);
    expect(signal.take().sequence).toBe(4);
    call.announce(5);
    await turn();
    expect(woken()).toBe(2);
  });

  it("does not wait for the end of a long turn", () => {
    const { call, signal, woken } = callOf();
    let sequence = 0;
    while (woken() === 0) call.announce(++sequence);
    expect(signal.take().sequence).toBe(sequence);
  });

  it("wakes at once when it is told to", () => {
    const { call, woken } = callOf();
    call.announce(1);
    call.now();
    expect(woken()).toBe(1);
  });
});
