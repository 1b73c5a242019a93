import { afterEach, describe, expect, it, vi } from "vitest";
import {
  appendAll,
  emptyFolder,
  newRecord,
  newRecords,
  openSpool,
  readAll,
} from "./spool-fixture.ts";

/** The code that fsync calls fail with; "" while they work. */
const sync = vi.hoisted(() => ({ fault: "", calls: 0 }));

vi.mock("node:fs", async (importOriginal) => {
  const fdatasync = (_fd: number, done: (error: Error | null) => void) => {
    sync.calls++;
    done(sync.fault === "" ? null : Object.assign(new Error(sync.fault), { code: sync.fault }));
  };
  return { ...(await importOriginal<object>()), fdatasync };
});

afterEach(() => {
  sync.fault = "";
  sync.calls = 0;
  vi.useRealTimers();
});

describe("SpoolWriter on a disk whose fsync fails", () => {
  it("says so once, and once when it works again; records are written meanwhile", () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const dir = emptyFolder();
    const { writer, problems } = openSpool(dir, { syncMs: 1_000 });
    appendAll(writer, [newRecord(1)]);
    vi.advanceTimersByTime(1_000);
    expect([sync.calls, problems]).toEqual([1, []]);
    sync.fault = "EIO";
    for (let n = 2; n < 6; n++) {
      appendAll(writer, [newRecord(n)]);
      vi.advanceTimersByTime(1_000);
    }
    const line = `spool ${dir}: fsync fails (the device reports an input/output error); a power failure now would cost alerts`;
    expect(problems).toEqual([line]);
    sync.fault = "";
    vi.advanceTimersByTime(1_000);
    expect(problems).toEqual([line, `spool ${dir}: fsync works again`]);
    expect(readAll(dir).records).toHaveLength(5);
  });

  it("is asked for nothing while nothing is written", () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const { writer } = openSpool(emptyFolder(), { syncMs: 10 });
    appendAll(writer, newRecords(3));
    vi.advanceTimersByTime(10_000);
    expect(sync.calls).toBe(1);
  });
});
