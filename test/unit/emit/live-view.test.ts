import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AlertTally } from "../../../src/emit/alert-tally.ts";
import { LiveView } from "../../../src/emit/live-view.ts";
import { alertOf } from "./records.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** What a terminal shows after escape sequences for "up" and "clear down". */
function screenOf(written: readonly string[]): string[] {
  const screen: string[] = [""];
  for (const part of written.join("").split(/(\x1b\[\d+A|\x1b\[0J|\x1b\[\?7[lh]|\r|\n)/)) {
    const up = /^\x1b\[(\d+)A$/.exec(part);
    if (up !== null) screen.splice(screen.length - 1 - Number(up[1]), Number(up[1]));
    else if (part === "\n") screen.push("");
    else if (!part.startsWith("\x1b") && part !== "\r") screen[screen.length - 1] += part;
  }
  return screen;
}

function start(total: number) {
  const written: string[] = [];
  const tally = new AlertTally();
  const terminal = { columns: 100, rows: 10, write: (text: string) => written.push(text) };
  const progress = { packets: 0, done: 0, total, lagMs: -1 };
  const view = new LiveView({ terminal, tally, progress: () => progress, isColored: false });
  view.start();
  return { written, tally, progress, view };
}

describe("live view", () => {
  it("shows nothing for a run that is over within a second", () => {
    const { written, view } = start(100);
    vi.advanceTimersByTime(900);
    view.stop();
    expect(written).toEqual([]);
  });

  it("redraws alerts, repeats and progress in place, and leaves a clean screen", () => {
    const { written, tally, progress, view } = start(2_000_000);
    for (let i = 0; i < 7; i++) tally.add(alertOf(), "");
    Object.assign(progress, { packets: 1_234, done: 500_000 });
    vi.advanceTimersByTime(1_000);
    tally.add(alertOf(), "");
    vi.advanceTimersByTime(2_000);
    const screen = screenOf(written);
    expect(screen).toHaveLength(4);
    expect(screen[1]).toContain("203.0.113.9 → 10.0.0.2");
    expect(screen[1]).toMatch(/ 8 {2}SIPSENTRY extension enumeration$/);
    expect(screen[2]).toMatch(
      /^█+░+ 25 % {2}500\.0 kB of 2\.0 MB, 1,234 packets, 8 alerts, 9\.0 s left$/,
    );
    view.stop();
    expect(screenOf(written)).toEqual([""]);
  });

  it("stays within the screen, whatever the number of attackers", () => {
    const { written, tally, progress, view } = start(0);
    progress.lagMs = 12.4;
    for (let i = 0; i < 100; i++) tally.add(alertOf({ srcIp: `198.51.100.${i}` }), "");
    vi.advanceTimersByTime(3_000);
    expect(screenOf(written).length).toBeLessThanOrEqual(10);
    expect(screenOf(written).at(-2)).toMatch(
      /100 alerts, running for 3\.0 s, 12 ms behind the wire/,
    );
    view.stop();
  });
});
