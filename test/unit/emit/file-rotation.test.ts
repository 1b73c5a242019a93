import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type FileSinkOptions, openFileSink } from "../../../src/emit/file-sink.ts";

const LINE = "x".repeat(999);

let folder = "";
let path = "";
let problems: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sipsentry-rotation-"));
  path = join(folder, "eve.json");
  problems = [];
  vi.useFakeTimers({ now: new Date("2026-11-21T10:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

function sinkOf(rotation: { maxBytes?: number; maxMs?: number; keep?: number }) {
  const options: FileSinkOptions = {
    whenFull: "drop",
    onProblem: (problem) => problems.push(problem),
    rotation: { maxBytes: 0, maxMs: 0, keep: 7, ...rotation },
  };
  return openFileSink(path, { ...options, append: true });
}

function lines(name = path): number {
  return readFileSync(name, "utf8").split("\n").length - 1;
}

describe("rotation", () => {
  it("by size moves the file away, begins a new one and loses no line", async () => {
    const sink = sinkOf({ maxBytes: 10_000 });
    for (let i = 0; i < 25; i++) {
      sink.offer(LINE);
      await sink.flush();
    }
    await sink.close();
    expect(readdirSync(folder).sort()).toEqual([
      "eve.json",
      "eve.json.20261121T100000",
      "eve.json.20261121T100000-2",
    ]);
    expect(lines()).toBe(5);
    expect(lines(`${path}.20261121T100000`)).toBe(10);
    expect(lines(`${path}.20261121T100000-2`)).toBe(10);
    expect(sink.health).toEqual({ written: 25, dropped: 0, problem: "" });
  });

  it("counts what was in the file before", async () => {
    writeFileSync(path, `${LINE}\n`.repeat(9));
    const sink = sinkOf({ maxBytes: 10_000 });
    sink.offer(LINE);
    await sink.close();
    expect(lines(`${path}.20261121T100000`)).toBe(10);
    expect(lines()).toBe(0);
  });

  it("by age moves a file that something was written to, and no empty one", async () => {
    const sink = sinkOf({ maxMs: 60_000 });
    sink.offer(LINE);
    await sink.flush();
    vi.setSystemTime(new Date("2026-11-21T10:01:00Z"));
    sink.offer(LINE);
    await sink.flush();
    expect(lines(`${path}.20261121T100100`)).toBe(2);
    vi.setSystemTime(new Date("2026-11-21T10:05:00Z"));
    sink.offer(LINE);
    await sink.close();
    expect(readdirSync(folder)).toHaveLength(3);
  });

  it("keeps the youngest, and touches nobody else's files", async () => {
    for (const name of ["eve.json.1", "eve.json.20200101", "other.json.20200101T000000"]) {
      writeFileSync(join(folder, name), "");
    }
    const sink = sinkOf({ maxBytes: 1, keep: 11 });
    for (let i = 0; i < 13; i++) {
      sink.offer(String(i));
      await sink.flush();
    }
    await sink.close();
    const rotated = readdirSync(folder).filter((name) => name.startsWith("eve.json.20261121T"));
    expect(rotated).toHaveLength(11);
    expect(existsSync(`${path}.20261121T100000-2`)).toBe(false);
    expect(readFileSync(`${path}.20261121T100000-13`, "utf8")).toBe("12\n");
    expect(readdirSync(folder)).toEqual(
      expect.arrayContaining(["eve.json.1", "eve.json.20200101", "other.json.20200101T000000"]),
    );
  });

  it("never happens by default, nor to what is no plain file", async () => {
    const sink = openFileSink(path, { whenFull: "drop", append: true });
    for (let i = 0; i < 100; i++) sink.offer(LINE);
    await sink.close();
    expect(readdirSync(folder)).toEqual(["eve.json"]);
    path = "/dev/null";
    const nowhere = sinkOf({ maxBytes: 1 });
    nowhere.offer(LINE);
    await nowhere.close();
    expect(problems).toEqual([]);
  });

  it("of a link moves away what it points to", async () => {
    const link = join(folder, "link.json");
    writeFileSync(path, "");
    symlinkSync(path, link);
    path = link;
    const sink = sinkOf({ maxBytes: 1 });
    for (const line of ["one", "two"]) {
      sink.offer(line);
      await sink.flush();
    }
    await sink.close();
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readdirSync(folder).sort()).toEqual([
      "eve.json",
      "eve.json.20261121T100000",
      "eve.json.20261121T100000-2",
      "link.json",
    ]);
  });

  it("that fails is one problem; the file goes on growing and nothing is lost", async () => {
    const sink = sinkOf({ maxBytes: 1 });
    rmSync(path);
    for (let i = 0; i < 3; i++) {
      sink.offer(LINE);
      await sink.flush();
    }
    expect(problems).toEqual([expect.stringMatching(/^cannot rotate .*it goes on growing$/)]);
    expect(sink.health).toEqual({ written: 3, dropped: 0, problem: "" });
    await sink.close();
  });
});

describe("reopening", () => {
  it("writes to a new file after logrotate has moved the old one, and loses nothing between", async () => {
    const sink = sinkOf({});
    sink.offer("one");
    renameSync(path, `${path}.1`);
    sink.offer("two");
    sink.reopen();
    sink.offer("three");
    await sink.close();
    expect(readFileSync(`${path}.1`, "utf8")).toBe("one\ntwo\n");
    expect(readFileSync(path, "utf8")).toBe("three\n");
  });
});

const isRoot = process.getuid?.() === 0;

describe.skipIf(!isRoot && process.env.CI !== "true")("a disk that is full", () => {
  const SIZE = 64 * 1024;
  let disk = "";

  beforeEach(() => {
    disk = join(folder, "disk");
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE}`, "tmpfs", disk]);
  });
  afterEach(() => {
    execFileSync("umount", ["-l", disk]);
  });

  it("is told once, leaves only whole lines, and is written again when there is room", async () => {
    path = join(disk, "eve.json");
    const said: string[] = [];
    const sink = openFileSink(path, {
      whenFull: "drop",
      append: true,
      onProblem: (problem) => problems.push(problem),
      onRecovery: (line) => said.push(line),
    });
    for (let i = 0; i < 100; i++) {
      sink.offer(LINE);
      await sink.flush();
      vi.advanceTimersByTime(20);
    }
    expect(problems).toEqual([expect.stringMatching(/no space left/)]);
    expect(readFileSync(path, "utf8")).toBe(`${LINE}\n`.repeat(sink.health.written));
    expect(sink.health.written).toBe(Math.floor(SIZE / 1_000));
    expect(sink.health.dropped).toBe(0);
    const kept = 100 - sink.health.written;

    renameSync(path, join(disk, "old"));
    rmSync(join(disk, "old"));
    sink.reopen();
    expect(sink.offer(LINE)).toBe(true);
    await sink.flush();
    expect(said).toEqual([expect.stringMatching(/is written again; no record was lost$/)]);
    expect(readFileSync(path, "utf8")).toBe(`${LINE}\n`.repeat(kept + 1));
    await sink.close();
    expect(sink.health.problem).toBe("");
  });

  it("is tried again by itself each second", async () => {
    path = join(disk, "eve.json");
    const other = join(disk, "other");
    writeFileSync(other, Buffer.alloc(SIZE - 4096));
    const sink = openFileSink(path, { whenFull: "drop", append: true });
    for (let i = 0; i < 5; i++) {
      sink.offer(LINE);
      await sink.flush();
    }
    expect(sink.health).toMatchObject({ written: 4, dropped: 0 });
    rmSync(other);
    expect(sink.offer(LINE)).toBe(true);
    vi.advanceTimersByTime(500);
    expect(sink.health.written).toBe(4);
    vi.advanceTimersByTime(1_000);
    expect(sink.health).toEqual({ written: 6, dropped: 0, problem: "" });
    await sink.close();
    expect(lines()).toBe(6);
  });
});
