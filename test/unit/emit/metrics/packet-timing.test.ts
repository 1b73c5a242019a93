import { afterEach, describe, expect, it, vi } from "vitest";
import { Frame } from "../../../../src/capture/frame.ts";
import { PacketTiming } from "../../../../src/emit/metrics/packet-timing.ts";
import { alertOf } from "../records.ts";

afterEach(() => vi.restoreAllMocks());

const FRAME = Object.assign(new Frame(), { timeUs: 5, wireLength: 100 });

/** Plays packets `gapMs` apart; each looks at a clock that moves by a microsecond. Gives which ones were timed. */
function play(timing: PacketTiming, packets: number, gapMs: number): number[] {
  let nowMs = 1_000;
  vi.spyOn(performance, "now").mockImplementation(() => {
    nowMs += 0.001;
    return nowMs;
  });
  const timed: number[] = [];
  let left = 1;
  for (let i = 0; i < packets; i++) {
    nowMs += gapMs;
    if (--left > 0) continue;
    left = timing.begin(FRAME);
    timed.push(i);
    timing.done();
  }
  return timed;
}

describe("PacketTiming", () => {
  it("times every packet of quiet traffic", () => {
    const timing = new PacketTiming({ isLive: true });
    expect(play(timing, 100, 5)).toHaveLength(100);
    const { decode, packet } = timing.latencies();
    expect([decode.count, packet.count]).toEqual([100, 100]);
    expect(decode.all.p50).toBeCloseTo(0.001, 4);
  });

  it("times no more than 2,000 packets a second of heavy traffic, at odd steps", () => {
    const timing = new PacketTiming({ isLive: true });
    const timed = play(timing, 1_000_000, 0.001);
    expect(timed.length).toBeGreaterThan(900);
    expect(timed.length).toBeLessThan(2_100);
    const steps = timed.map((at, i) => at - (timed[i - 1] ?? at)).slice(1);
    expect(steps.every((step) => step % 2 === 1)).toBe(true);
    expect(Math.max(...steps)).toBeLessThanOrEqual(1_023);
  });

  it("times more again when traffic calms down", () => {
    const timing = new PacketTiming({ isLive: true });
    play(timing, 100_000, 0.001);
    const before = timing.latencies().packet.count;
    play(timing, 10_000, 5);
    expect(timing.latencies().packet.count - before).toBeGreaterThan(5_000);
  });

  it("in a replay, notes when each of the first 65,536 packets began, for its alerts", () => {
    const timing = new PacketTiming({ isLive: false });
    const timed = play(timing, 200_000, 0.000_1);
    expect(timed.slice(0, 65_000)).toEqual(Array.from({ length: 65_000 }, (_, i) => i));
    expect(timed.length).toBeLessThan(65_536 + 200);
    expect(timing.latencies().packet.count).toBeLessThan(1_000);
  });

  it("gives an alert in a replay the time since its packet began, and none without a start", () => {
    const timing = new PacketTiming({ isLive: false });
    const clock = vi.spyOn(performance, "now").mockReturnValue(50);
    timing.alert(alertOf());
    timing.begin(FRAME);
    clock.mockReturnValue(52);
    timing.alert(alertOf({ packetNumber: 9 }));
    timing.alert(alertOf({ packetNumber: 0 }));
    timing.done();
    timing.alert(alertOf({ packetNumber: 9 }));
    const { alert } = timing.latencies();
    expect(alert.count).toBe(1);
    expect(alert.all.max).toBeCloseTo(2, 1);
  });

  it("gives an alert live the time since the kernel took its packet, timed or not", () => {
    const timing = new PacketTiming({ isLive: true });
    vi.spyOn(Date, "now").mockReturnValue(1_700_000_000_005);
    timing.alert(alertOf({ packetNumber: 3, timeUs: 1_700_000_000_000_000 }));
    const { alert } = timing.latencies();
    expect(alert.count).toBe(1);
    expect(alert.all.max).toBeGreaterThanOrEqual(4.9);
    expect(alert.all.max).toBeLessThanOrEqual(6.1);
  });

  it("tells live how far behind the kernel's time packets have their turn, and nothing in a replay", () => {
    vi.spyOn(Date, "now").mockReturnValue(1_700_000_000_040);
    const frame = Object.assign(new Frame(), FRAME, { timeUs: 1_700_000_000_000_000 });
    const live = new PacketTiming({ isLive: true });
    expect(live.lagMs).toBe(-1);
    live.begin(frame);
    live.done();
    expect(live.lagMs).toBeGreaterThanOrEqual(39.9);
    expect(live.lagMs).toBeLessThanOrEqual(41.1);
    expect(live.latencies().lag.count).toBe(1);
    const replay = new PacketTiming({ isLive: false });
    replay.begin(frame);
    replay.done();
    expect(replay.lagMs).toBe(-1);
    expect(replay.latencies().lag.count).toBe(0);
  });
});
