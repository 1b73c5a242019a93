import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Account } from "../cases/digest.ts";
import { PBX, phone } from "../cases/lab.ts";
import { Scene } from "../cases/scene.ts";
import { PCAPS } from "../support/bundled-captures.ts";
import { dial } from "../support/dialled-call.ts";
import { pcapFile } from "../support/pcap-writer.ts";
import { sipsentry } from "./cli.ts";

const BENIGN = join(PCAPS, "benign");
const GUESSES = join(PCAPS, "bruteforce");

describe("sipsentry tune", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "sipsentry-tune-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it("tells of healthy traffic how close each rule came, and none fired", async () => {
    const { exitCode, stdout } = await sipsentry(["tune", BENIGN, "--json"]);
    expect(exitCode).toBe(0);
    const rows = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const guesses = rows.find(({ sid }) => sid === 9_102_001);
    expect(guesses).toMatchObject({ of: "count", highest: 2, needed: 8, part: 0.25, fired: 0 });
    const fired = rows.filter(({ fired }) => fired > 0);
    expect(fired).toEqual([]);
    const parts = rows.map(({ part }) => part);
    expect(parts).toEqual(parts.toSorted((a, b) => b - a));
  });

  it("writes a threshold.config that a replay takes, in which what fired is a comment", async () => {
    const file = join(folder, "threshold.config");
    const held = await sipsentry(["tune", GUESSES, "--write", file]);
    expect(held.exitCode).toBe(0);
    const text = readFileSync(file, "utf8");
    expect(text).toMatch(/^#threshold gen_id 1, sig_id 9102001, .*count \d{2,}/m);
    expect(text).not.toMatch(/^threshold gen_id 1, sig_id 9102001/m);

    await sipsentry(["tune", GUESSES, "--write", file, "--accept"]);
    expect(readFileSync(file, "utf8")).toMatch(/^threshold gen_id 1, sig_id 9102001/m);
    const again = await sipsentry(["tune", GUESSES, "--set", `rules.threshold=${file}`, "--json"]);
    expect(again.stderr).not.toMatch(/error|warning/i);
    const row = again.stdout.split("\n").find((line) => line.includes('"sid":9102001'));
    expect(JSON.parse(row ?? "{}")).toMatchObject({ fired: 0, part: 0.5 });
  });

  it("reads the EVE of a sensor instead, which knows only what fired", async () => {
    const eve = join(folder, "eve.json");
    await sipsentry(["replay", GUESSES, "--eve", eve, "--quiet"]);
    const { exitCode, stdout } = await sipsentry(["tune", "--eve", eve]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/9102001 .*FIRED/);
    expect(stdout).not.toContain("9103001");
  });

  it("says in one line what is wrong with what it is given", async () => {
    const nothing = await sipsentry(["tune"]);
    expect(nothing.exitCode).toBe(2);
    expect(nothing.stderr).toContain("give captures of healthy traffic");
    const other = join(folder, "other.json");
    writeFileSync(other, '{"a":1}\nno json\n');
    const strange = await sipsentry(["tune", "--eve", other]);
    expect(strange.exitCode).toBe(1);
    expect(strange.stderr.trim().split("\n")).toHaveLength(1);
    const margin = await sipsentry(["tune", BENIGN, "--margin", "0.5"]);
    expect(margin.exitCode).toBe(2);
  });
});

describe("baseline.file", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "sipsentry-baseline-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it("is written at the end of a run and read by the next one", async () => {
    const file = join(folder, "state");
    const args = ["replay", BENIGN, "--set", `baseline.file=${file}`];
    expect((await sipsentry(args)).exitCode).toBe(0);
    const next = await sipsentry(args);
    expect(next.exitCode).toBe(0);
    expect(next.stderr).toMatch(/baselines of \d+ keys/);
  });

  it("remembers which countries an account calls", async () => {
    const codes = ["44", "33", "34", "39", "351", "30", "48", "420", "36"];
    /** The account calls them all, one in so many seconds, from so many seconds on. */
    const calls = (name: string, startS: number, pauseS: number) => {
      const scene = new Scene(name);
      scene.wait(startS);
      new Account(scene, phone(1), PBX, "201").login();
      for (const code of codes) {
        dial(scene, phone(1), "201", `00${code}2079460100`, { server: PBX });
        scene.wait(pauseS);
      }
      const path = join(folder, name);
      writeFileSync(path, pcapFile(scene.packets()));
      return path;
    };
    const week = calls("week.pcap", 0, 86_400);
    const hour = calls("hour.pcap", 10 * 86_400, 100);
    const run = async (capture: string, file: string) => {
      const set = ["numbers.country=DE", `baseline.file=${join(folder, file)}`];
      const sets = set.flatMap((one) => ["--set", one]);
      const { exitCode, stderr, stdout } = await sipsentry([
        "replay",
        capture,
        "--eve",
        "-",
        ...sets,
      ]);
      expect(exitCode).toBe(0);
      return { stderr, isNews: stdout.includes('"signature_id":9106033') };
    };
    expect((await run(hour, "fresh")).isNews).toBe(true);
    expect((await run(week, "kept")).isNews).toBe(false);
    const next = await run(hour, "kept");
    expect(next.stderr).toContain("countries of 1 accounts");
    expect(next.isNews).toBe(false);
  });

  it("that is damaged costs a warning, and one that is something else is not overwritten", async () => {
    const file = join(folder, "state");
    const bytes = readFileSync(file);
    bytes[40] = (bytes[40] as number) ^ 1;
    writeFileSync(file, bytes);
    const damaged = await sipsentry(["replay", BENIGN, "--set", `baseline.file=${file}`]);
    expect(damaged.exitCode).toBe(0);
    expect(damaged.stderr).toContain(
      "it is damaged; baselines and the countries of accounts begin to learn anew",
    );

    const foreign = join(folder, "passwd");
    writeFileSync(foreign, "root:x:0:0\n");
    const refused = await sipsentry(["replay", BENIGN, "--set", `baseline.file=${foreign}`]);
    expect(refused.exitCode).toBe(78);
    expect(readFileSync(foreign, "utf8")).toBe("root:x:0:0\n");
  });
});
