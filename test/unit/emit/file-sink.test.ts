import { spawnSync } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FileSink, openFileSink, SinkError } from "../../../src/emit/file-sink.ts";
import { missingForTmpfs, mountTmpfs } from "./spool/tmpfs.ts";

let folder = "";
/** The sink as one file, for processes of their own: a loader that compiles it there has a thread that may outlive `process.exit`. */
let module = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sipsentry-sink-"));
  const outfile = join(folder, "file-sink.mjs");
  const source = fileURLToPath(new URL("../../../src/emit/file-sink.ts", import.meta.url));
  buildSync({ entryPoints: [source], outfile, bundle: true, format: "esm", platform: "node" });
  module = pathToFileURL(outfile).href;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function errorOf(path: string): SinkError {
  try {
    openFileSink(path, { whenFull: "wait", append: false });
  } catch (error) {
    if (error instanceof SinkError) return error;
    throw error;
  }
  throw new Error("opened");
}

describe("a file", () => {
  it("gets all lines in order, whatever their size", async () => {
    const path = join(folder, "order.json");
    const sink = openFileSink(path, { whenFull: "wait", append: false });
    const lines = Array.from({ length: 3000 }, (_, i) => `${i} ${"x".repeat(i % 97)}é`);
    for (const line of lines) expect(sink.offer(line)).toBe(true);
    await sink.close();
    expect(readFileSync(path, "utf8")).toBe(`${lines.join("\n")}\n`);
    expect(sink.health).toEqual({ written: 3000, dropped: 0, problem: "" });
  });

  it("is made anew by a replay and continued by live capture", async () => {
    const path = join(folder, "append.json");
    for (const append of [false, true, true]) {
      const sink = openFileSink(path, { whenFull: "wait", append });
      sink.offer("{}");
      await sink.close();
    }
    expect(readFileSync(path, "utf8")).toBe("{}\n{}\n{}\n");
    await openFileSink(path, { whenFull: "wait", append: false }).close();
    expect(readFileSync(path, "utf8")).toBe("");
  });

  it("has a line soon after it was offered, without flush", async () => {
    const path = join(folder, "soon.json");
    const sink = openFileSink(path, { whenFull: "wait", append: false });
    sink.offer("one");
    expect(readFileSync(path, "utf8")).toBe("");
    await expect.poll(() => readFileSync(path, "utf8")).toBe("one\n");
    await sink.close();
  });

  it("takes nothing after close, and counts it", async () => {
    const sink = openFileSink(join(folder, "closed.json"), { whenFull: "wait", append: false });
    await sink.close();
    expect(sink.offer("late")).toBe(false);
    expect(sink.health.dropped).toBe(1);
  });
});

describe("a fault is one line with the cure", () => {
  it("when the path cannot be opened", () => {
    expect(errorOf(join(folder, "no", "such", "eve.json")).message).toMatch(
      /no such folder; make it first/,
    );
    expect(errorOf(folder).message).toMatch(/it is a folder; give a file name/);
    writeFileSync(join(folder, "plain"), "");
    expect(errorOf(join(folder, "plain", "eve.json")).message).toMatch(/not a folder/);
  });

  it("when the place takes no files from this user (sysfs takes none from root either)", () => {
    expect(errorOf("/sys/eve.json").message).toMatch(/permission denied; give a path|read-only/);
  });

  it("when the path is a capture, which stays as it is", () => {
    const path = join(folder, "call.pcap");
    const magic = Buffer.from("d4c3b2a102000400", "hex");
    writeFileSync(path, magic);
    expect(errorOf(path).message).toMatch(/call\.pcap: it is a capture/);
    expect(readFileSync(path)).toEqual(magic);
  });

  it("when the disk is full: said once, what follows is counted as lost", async () => {
    const problems: string[] = [];
    const sink = new FileSink(openSync("/dev/full", "w"), "eve.json", {
      whenFull: "wait",
      onProblem: (problem) => problems.push(problem),
    });
    sink.offer("one");
    await sink.flush();
    expect(sink.offer("two")).toBe(false);
    await sink.close();
    expect(problems).toEqual([
      "cannot write eve.json: no space left on the device; make room and run again (0 records written)",
    ]);
    expect(sink.health).toEqual({ written: 0, dropped: 2, problem: problems[0] });
  });
});

describe.skipIf(missingForTmpfs() !== "")("a disk that is full, under live capture", () => {
  const BYTES = 65_536;
  const line = (i: number) => String(i).padEnd(999, "x");

  function onFullDisk() {
    const disk = mountTmpfs(BYTES);
    const path = join(disk, "eve.json");
    writeFileSync(join(disk, "fill"), Buffer.alloc(BYTES / 2));
    const told: string[] = [];
    const tell = (text: string) => told.push(text.replaceAll(disk, "DISK"));
    const sink = openFileSink(path, {
      whenFull: "drop",
      append: true,
      onProblem: tell,
      onRecovery: tell,
    });
    return { disk, path, told, sink };
  }

  it("keeps what comes, and writes it in order once there is room", async () => {
    const { disk, path, told, sink } = onFullDisk();
    for (let i = 0; i < 50; i++) expect(sink.offer(line(i))).toBe(true);
    await expect.poll(() => told.length).toBe(1);
    expect(told[0]).toMatch(/^cannot write DISK\/eve\.json: no space left; make room: .* 16 MiB/);
    expect(sink.health.problem).not.toBe("");
    // No half line for whoever follows the file.
    expect(readFileSync(path, "utf8").endsWith("x\n")).toBe(true);
    rmSync(join(disk, "fill"));
    await expect.poll(() => told.length, { timeout: 5_000 }).toBe(2);
    expect(told[1]).toBe("DISK/eve.json is written again; no record was lost");
    sink.offer(line(50));
    await sink.close();
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    expect(lines).toEqual(Array.from({ length: 51 }, (_, i) => line(i)));
    expect(sink.health).toEqual({ written: 51, dropped: 0, problem: "" });
  });

  it("keeps no more than its limit, and counts what is over it and what the end takes", async () => {
    const { told, sink } = onFullDisk();
    let taken = 0;
    for (let i = 0; i < 40_000; i++) if (sink.offer(line(i))) taken++;
    // A batch on its way, and what waits behind it.
    expect(taken).toBeGreaterThan(16_000);
    expect(taken).toBeLessThan(18_000);
    await sink.close();
    const { written, dropped } = sink.health;
    expect(written + dropped).toBe(40_000);
    expect(told.at(-1)).toMatch(/no space was left up to the end; \d+ records were lost$/);
  });

  it("writes what it kept to the file that log rotation makes", async () => {
    const { disk, path, told, sink } = onFullDisk();
    for (let i = 0; i < 50; i++) sink.offer(line(i));
    await expect.poll(() => told.length).toBe(1);
    const before = readFileSync(path, "utf8");
    renameSync(path, join(disk, "eve.json.1"));
    rmSync(join(disk, "fill"));
    sink.reopen();
    await sink.close();
    const all = readFileSync(join(disk, "eve.json.1"), "utf8") + readFileSync(path, "utf8");
    expect(all.startsWith(before)).toBe(true);
    expect(all.trimEnd().split("\n")).toEqual(Array.from({ length: 50 }, (_, i) => line(i)));
  });
});

/** Holds a pipe open and takes nothing, for as long as the writer runs. */
const IDLE = "";

/** Runs a program that writes `count` lines of 100 bytes to standard output with the given policy. */
function pipe(whenFull: "wait" | "drop", reader: string, count: number) {
  const program = `
    import { openStdoutSink } from ${JSON.stringify(module)};
    const sink = openStdoutSink({ whenFull: "${whenFull}", onProblem: (p, code) => process.stderr.write(code + "\\n") });
    for (let i = 0; i < ${count}; i++) sink.offer(String(i).padEnd(99, "x"));
    await sink.close();
    process.stderr.write(JSON.stringify(sink.health) + "\\n");
  `;
  const writer = '"$0" --input-type=module -e "$1"';
  const command =
    reader === IDLE ? `mkfifo "$2" && exec 3<>"$2" && ${writer} >"$2"` : `${writer} | (${reader})`;
  const args = ["-c", command, process.execPath, program, join(folder, "idle")];
  const run = spawnSync("sh", args, { encoding: "utf8" });
  return { read: run.stdout.trim(), said: run.stderr.trim().split("\n") };
}

describe("a pipe", () => {
  it("with a slow reader holds a replay up and loses nothing", () => {
    const { read, said } = pipe("wait", "sleep 1; wc -l", 10_000);
    expect(read).toBe("10000");
    expect(JSON.parse(said[0] ?? "")).toEqual({ written: 10_000, dropped: 0, problem: "" });
  });

  it("whose reader takes nothing makes live capture lose records, counted", () => {
    const { said } = pipe("drop", IDLE, 300_000);
    expect(said[0]).toBe("EAGAIN");
    const health = JSON.parse(said[1] ?? "");
    expect(health.written + health.dropped).toBe(300_000);
    expect(health.problem).toMatch(/its reader took nothing for 2 s/);
  });

  it("by name whose reader takes nothing holds no live capture up, when opened or opened again", () => {
    const path = join(folder, "fifo");
    spawnSync("mkfifo", [path]);
    const program = `
      import { closeSync, constants, openSync } from "node:fs";
      import { openFileSink } from ${JSON.stringify(module)};
      const reader = openSync(${JSON.stringify(path)}, constants.O_RDWR);
      const onProblem = (problem) => process.stderr.write(problem + "\\n");
      const sink = openFileSink(${JSON.stringify(path)}, { whenFull: "drop", append: true, onProblem });
      for (let i = 0; i < 30_000; i++) sink.offer("x".repeat(999));
      process.stderr.write(sink.health.dropped + "\\n");
      closeSync(reader);
      sink.reopen();
      process.exit(0);
    `;
    const args = ["--input-type=module", "-e", program];
    const run = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 120_000 });
    expect(run.error).toBeUndefined();
    const said = run.stderr.trim().split("\n");
    expect(Number(said[0])).toBeGreaterThan(10_000);
    expect(said.at(-1)).toMatch(/cannot open .*fifo again: it is a pipe that nobody reads/);
  });

  it("whose reader has gone is a fault with its own code", () => {
    const { said } = pipe("wait", "head -1 >/dev/null", 100_000);
    expect(said[0]).toBe("EPIPE");
    expect(JSON.parse(said[1] ?? "").problem).toMatch(/its reader has gone/);
  });
});
