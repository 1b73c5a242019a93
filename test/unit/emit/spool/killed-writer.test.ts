import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { emptyFolder, idsOf, openSpool, readAll } from "./spool-fixture.ts";

const CHILD = fileURLToPath(new URL("appending-child.ts", import.meta.url));
const KILLS = 20;

interface Run {
  /** Last sequence of the runs before. */
  readonly before: number;
  /** Last sequence that it said was on disk. */
  readonly reported: number;
}

/** Starts a writer, and kills it a random while after it has reported some random number of times. */
async function killedRun(dir: string, run: number): Promise<Run> {
  const child = spawn(process.execPath, ["--import", "tsx", CHILD, dir, String(run)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const reports: number[] = [];
  const killAfter = 1 + Math.floor(Math.random() * 60);
  createInterface({ input: child.stdout }).on("line", (line) => {
    reports.push(Number(line));
    if (reports.length !== killAfter) return;
    const end = process.hrtime.bigint() + BigInt(Math.floor(Math.random() * 3e6));
    while (process.hrtime.bigint() < end);
    child.kill("SIGKILL");
  });
  const [, signal] = await once(child, "close");
  expect(signal).toBe("SIGKILL");
  expect(reports.every((report) => Number.isSafeInteger(report))).toBe(true);
  return { before: reports[0] as number, reported: reports.at(-1) as number };
}

describe("a writer that is killed", () => {
  it(`has lost nothing that it said was written, ${KILLS} times, and no number is missing`, async () => {
    const dir = emptyFolder();
    const runs: Run[] = [];
    for (let run = 0; run < KILLS; run++) runs.push(await killedRun(dir, run));
    const { writer } = openSpool(dir);
    const { records, corrupt } = readAll(dir, writer.lastSequence);
    expect(corrupt).toBe(0);
    expect(records.map(({ sequence }) => sequence)).toEqual(records.map((_, i) => i + 1));
    for (const [run, { before, reported }] of runs.entries()) {
      const end = runs[run + 1]?.before ?? writer.lastSequence;
      expect(end).toBeGreaterThanOrEqual(reported);
      const expected = Array.from({ length: end - before }, (_, i) => `${run}.${i + 1}`);
      expect(idsOf(records.slice(before, end))).toEqual(expected);
    }
    const reported = runs.reduce((sum, run) => sum + run.reported - run.before, 0);
    console.log(`${KILLS} kills: ${reported} records reported as written, ${records.length} found`);
  });
});
