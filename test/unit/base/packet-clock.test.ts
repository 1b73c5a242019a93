import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PacketClock } from "../../../src/base/packet-clock.ts";

const START_US = 1_700_000_000_000_000;
const S = 1_000_000;

/** Pipeline times, in seconds since the start, of packets captured at these seconds, as the pipeline asks for them. */
function play(seconds: readonly number[]): { times: number[]; clock: PacketClock } {
  const clock = new PacketClock();
  const times: number[] = [];
  let held = Number.NaN;
  const note = (): void => {
    times.push((clock.nowUs - START_US) / S);
  };
  for (const second of [...seconds, Number.NEGATIVE_INFINITY]) {
    const captureUs = START_US + second * S;
    if (!Number.isNaN(held)) {
      if (clock.confirms(captureUs, held)) clock.believe(held);
      else clock.doubt(held);
      note();
      held = Number.NaN;
    }
    if (second === Number.NEGATIVE_INFINITY) break;
    const packet = { timeUs: captureUs, place: 0 };
    if (clock.isFarAhead(packet)) held = captureUs;
    else {
      clock.take(packet);
      note();
    }
  }
  return { times, clock };
}

describe("PacketClock", () => {
  it("goes with the packets, and never back for one that is late", () => {
    expect(play([0, 1, 3, 2, 4]).times).toEqual([0, 1, 3, 3, 4]);
  });

  it("one packet from the future or from the past costs nothing and is counted", () => {
    const { times, clock } = play([0, 1, 400_000, 2, 3, -400_000, 4]);
    expect(times).toEqual([0, 1, 1, 2, 3, 3, 4]);
    expect(clock.steps).toBe(2);
  });

  it("a gap in the capture is time that passed, once the next packet says so too", () => {
    const { times, clock } = play([0, 1, 4000, 4000.5, 4001]);
    expect(times).toEqual([0, 1, 4000, 4000.5, 4001]);
    expect(clock.steps).toBe(0);
  });

  it("a capture with a packet each five minutes keeps its time", () => {
    expect(play([0, 300, 600, 900, 900.1]).times).toEqual([0, 300, 600, 900, 900.1]);
    expect(play([0, 0.1, 300, 300.1, 600, 600.1]).times).toEqual([0, 0.1, 300, 300.1, 600, 600.1]);
  });

  it("a clock that is set back an hour goes on from where it was", () => {
    const { times, clock } = play([0, 10, -3600, -3599, -3590]);
    expect(times).toEqual([0, 10, 10, 10, 19]);
    expect(clock.steps).toBe(1);
    expect(clock.lastStepUs).toBe(-3609 * S);
    expect(clock.captureUs(clock.nowUs)).toBe(START_US - 3590 * S);
  });

  it("packets without times let no time pass, and none of them is at 0, which is never", () => {
    const clock = new PacketClock();
    const times = [0, 0, 0].map((timeUs) => {
      clock.take({ timeUs, place: 0 });
      return clock.nowUs;
    });
    expect(times[0]).toBeGreaterThan(0);
    expect(new Set(times).size).toBe(1);
    expect(clock.captureUs(clock.nowUs)).toBe(0);
  });

  it("never runs backwards, whatever the times", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e6, max: 1e6 })), (seconds) => {
        const { times } = play(seconds);
        for (let i = 1; i < times.length; i++) {
          expect(times[i]).toBeGreaterThanOrEqual(times[i - 1] as number);
        }
      }),
    );
  });

  it("one wrong packet anywhere leaves the times of all others as they are", () => {
    const steady = Array.from({ length: 40 }, (_, i) => i * 0.5);
    const expected = play(steady).times;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 39 }),
        fc.integer({ min: -1e8, max: 1e8 }),
        (at, wrong) => {
          fc.pre(wrong < -10 || wrong > 100);
          const { times } = play([...steady.slice(0, at), wrong, ...steady.slice(at)]);
          expect(times.toSpliced(at, 1)).toEqual(expected);
        },
      ),
    );
  });
});
