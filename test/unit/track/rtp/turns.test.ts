import { describe, expect, it } from "vitest";
import { Turns } from "../../../../src/track/rtp/turns.ts";

const MS = 1000;

/** Plays "o" (own) and "r" (rival), so many milliseconds apart; the times at which it reported. */
function play(turns: Turns, pattern: string, stepMs = 20, fromMs = 0): number[] {
  const reports: number[] = [];
  for (const [i, who] of [...pattern].entries()) {
    const nowUs = 1_000_000 * MS + (fromMs + i * stepMs) * MS;
    if (who === "o") turns.own(nowUs);
    else if (who === "r" && turns.rival(nowUs)) reports.push(fromMs + i * stepMs);
  }
  return reports;
}

describe("two senders in turns (RFC 3550 8.1, 8.2)", () => {
  it("are proven after eight turns over a second", () => {
    const [first = 0] = play(new Turns(), "or".repeat(200));
    expect(first).toBeGreaterThanOrEqual(1000);
    expect(first).toBeLessThan(1100);
  });

  it("are told again when the turns have doubled, not for each packet", () => {
    const reports = play(new Turns(), "or".repeat(2000));
    expect(reports.length).toBeGreaterThan(3);
    expect(reports.length).toBeLessThan(8);
  });

  it("are proven by a sparse rival, too: one packet in a second", () => {
    expect(play(new Turns(), `${"o".repeat(49)}r`.repeat(12))).not.toEqual([]);
  });

  it.each([
    ["an overlap of 400 ms", "or".repeat(10), 20],
    ["seven turns over seconds", "or".repeat(4), 500],
    ["a rival alone", "o".repeat(50) + "r".repeat(500), 20],
    ["turns minutes apart", "or".repeat(20), 61_000],
  ])("are not proven by %s", (_, pattern, stepMs) => {
    expect(play(new Turns(), pattern, stepMs)).toEqual([]);
  });

  it("are not proven by two overlaps far from each other", () => {
    const turns = new Turns();
    expect(play(turns, "or".repeat(10))).toEqual([]);
    expect(play(turns, "or".repeat(10), 20, 6000)).toEqual([]);
  });

  it("are forgotten when the own sender fell silent", () => {
    const turns = new Turns();
    play(turns, "or".repeat(24));
    turns.withdraw();
    expect(play(turns, "or".repeat(24), 20, 1000)).toEqual([]);
  });

  it("last when their overlaps are longer than any handover's, which is told at once", () => {
    const turns = new Turns(true);
    expect(play(turns, "or".repeat(50))).not.toEqual([]);
    expect(turns.isLasting).toBe(false);
    expect(play(turns, "or".repeat(50), 20, 2000)).not.toEqual([]);
    expect(turns.isLasting).toBe(true);
  });

  it.each([
    ["bursts of 0.9 s each 12 s", 22, 12_000, true],
    ["overlaps of 0.4 s each 20 s", 10, 20_000, false],
    ["bursts of 0.9 s each four minutes", 22, 240_000, false],
  ])("add up when they are remembered slowly: %s", (_, pairs, everyMs, isLasting) => {
    const turns = new Turns(true);
    for (let i = 0; i < 12; i++) play(turns, "or".repeat(pairs), 20, i * everyMs);
    expect(turns.isLasting).toBe(isLasting);
  });

  it("count nothing for packets that the own sender brings a moment later", () => {
    const turns = new Turns();
    for (let i = 0; i < 500; i++) {
      expect(turns.rival(1_000_000_000 + i * 20_000)).toBe(false);
      turns.takeBack();
      turns.own(1_000_000_300 + i * 20_000);
    }
    expect(turns.rivalPackets).toBe(0);
  });
});
