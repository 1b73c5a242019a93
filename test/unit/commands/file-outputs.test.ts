import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type FileOutput, openFileOutputs } from "../../../src/commands/file-outputs.ts";
import { defaultConfig } from "../../../src/config/config.ts";
import { emptyFolder } from "../emit/spool/spool-fixture.ts";

/** A process that does nothing and has said of a file that it writes to it. */
async function writer(path: string) {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000); console.log(1)"]);
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  await once(child.stdout, "data");
  const pid = child.pid as number;
  const stat = existsSync("/proc/self/stat") ? readFileSync(`/proc/${pid}/stat`, "latin1") : "";
  const start = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]) || 0;
  writeFileSync(join(dirname(path), `.${basename(path)}.writer.${pid}.${start}`), "");
  return { child, pid };
}

function open(eve: string, isReplay: boolean, warnings: string[] = []): FileOutput[] {
  return openFileOutputs({
    eve,
    files: [],
    types: new Set(["alert"]),
    config: defaultConfig(),
    isReplay,
    onProblem: () => {},
    onLine: (_level, line) => warnings.push(line),
  });
}

async function close(outputs: readonly FileOutput[]): Promise<void> {
  for (const { release, sink } of outputs) {
    await sink.close();
    release();
  }
}

const marks = (dir: string) => readdirSync(dir).filter((name) => name.includes(".writer."));

describe("a file that another sensor writes to", () => {
  it("is told of at the start, with its number and the cure, also by another name", async () => {
    const dir = emptyFolder();
    const path = join(dir, "eve.json");
    writeFileSync(path, "");
    symlinkSync(path, join(dir, "link.json"));
    const { pid } = await writer(path);
    const warnings: string[] = [];
    await close(open(join(dir, "link.json"), false, warnings));
    expect(warnings).toEqual([
      `--eve: ${dir}/link.json is written by process ${pid}, another sensor, too: their records are mixed, and each may cut or move away the other's; give each its own`,
    ]);
  });

  it("is not made anew by a replay", async () => {
    const path = join(emptyFolder(), "eve.json");
    writeFileSync(path, "what it has found\n");
    const { pid } = await writer(path);
    expect(() => open(path, true)).toThrow(
      `--eve: cannot write ${path}: process ${pid}, a sensor, writes to it, and what it has found would be lost; give another path`,
    );
    expect(readFileSync(path, "utf8")).toBe("what it has found\n");
  });

  it("is nobody's once that one has gone, with or without a word", async () => {
    const dir = emptyFolder();
    const path = join(dir, "eve.json");
    writeFileSync(path, "");
    const { child } = await writer(path);
    child.kill("SIGKILL");
    await once(child, "exit");
    const warnings: string[] = [];
    const outputs = open(path, false, warnings);
    expect(warnings).toEqual([]);
    expect(marks(dir)).toHaveLength(1);
    await close(outputs);
    expect(marks(dir)).toEqual([]);
  });

  it("is another one than its neighbour, and a replay says nothing of its own", async () => {
    const dir = emptyFolder();
    await writer(join(dir, "eve.json"));
    writeFileSync(join(dir, "eve.json"), "");
    await close(open(join(dir, "eve"), true));
    expect(marks(dir)).toHaveLength(1);
  });
});
