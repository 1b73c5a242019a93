import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { SinkError } from "../../../../src/emit/file-sink.ts";
import { lockSpool } from "../../../../src/emit/spool/spool-lock.ts";
import { emptyFolder } from "./spool-fixture.ts";

/** Another process that does nothing, and its start time as the lock has it. */
async function stranger() {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000); console.log(1)"]);
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  await once(child.stdout, "data");
  const pid = child.pid as number;
  const stat = existsSync("/proc/self/stat") ? readFileSync(`/proc/${pid}/stat`, "latin1") : "";
  return { child, pid, start: Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]) || 0 };
}

const locks = (dir: string) => readdirSync(dir).filter((name) => name.startsWith("lock"));

describe("lockSpool", () => {
  it("holds the folder until it is given back", () => {
    const dir = emptyFolder();
    const unlock = lockSpool(dir);
    expect(locks(dir)).toHaveLength(1);
    expect(() => lockSpool(dir)).toThrow(SinkError);
    unlock();
    expect(locks(dir)).toEqual([]);
    lockSpool(dir)();
  });

  it("knows the folder by another name", () => {
    const dir = emptyFolder();
    const real = join(dir, "real");
    const alias = join(dir, "alias");
    mkdirSync(real);
    symlinkSync(real, alias);
    const unlock = lockSpool(real);
    expect(() => lockSpool(alias)).toThrow("in use");
    unlock();
  });

  it("refuses a folder that a living process holds, in one line with number and cure", async () => {
    const dir = emptyFolder();
    const { pid, start } = await stranger();
    writeFileSync(join(dir, `lock.${pid}.${start}`), "");
    let message = "";
    try {
      lockSpool(dir);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toBe(
      `spool folder ${dir} is in use by process ${pid}; stop it, or give each sensor its own with --set spool.dir=FOLDER`,
    );
    expect(locks(dir)).toEqual([`lock.${pid}.${start}`]);
  });

  it("takes over from a process that was killed, and deletes its file", async () => {
    const dir = emptyFolder();
    const { child, pid, start } = await stranger();
    writeFileSync(join(dir, `lock.${pid}.${start}`), "");
    child.kill("SIGKILL");
    await once(child, "exit");
    lockSpool(dir);
    expect(locks(dir)).toHaveLength(1);
    expect(locks(dir)[0]).not.toContain(String(pid));
  });

  it.runIf(existsSync("/proc/self/stat"))(
    "takes over when the number now belongs to another process",
    async () => {
      const dir = emptyFolder();
      const { pid, start } = await stranger();
      writeFileSync(join(dir, `lock.${pid}.${start - 1}`), "");
      lockSpool(dir);
      expect(locks(dir)).toHaveLength(1);
    },
  );

  it("takes over from its own number of an earlier life, as in a container", () => {
    const dir = emptyFolder();
    writeFileSync(join(dir, `lock.${process.pid}.1`), "");
    lockSpool(dir);
    expect(locks(dir)).toHaveLength(1);
  });

  it("leaves other files alone", () => {
    const dir = emptyFolder();
    writeFileSync(join(dir, "lock.txt"), "");
    lockSpool(dir)();
    expect(locks(dir)).toEqual(["lock.txt"]);
  });
});
