/**
 * Loaded by `node --import` into the build that is measured: writes what the process has cost to the
 * file in SIPSENTRY_BENCH_PROBE when it ends. With SIPSENTRY_BENCH_ASK it also says what the process
 * holds while it waits for more input: as soon as that file exists and the processor is idle.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

const IDLE_MS = 250;
const IDLE_CPU_US = 5_000;

const { SIPSENTRY_BENCH_PROBE: out, SIPSENTRY_BENCH_ASK: ask } = process.env;

/** Bytes, from /proc/self/status: `ru_maxrss` begins with what the parent had. */
function statusBytes(field) {
  const status = readFileSync("/proc/self/status", "utf8");
  return 1024 * Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
}

/** Of the thread that takes the packets, by the kernel's count: collector and compiler threads are not in it. */
function packetThreadS() {
  return (
    Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ")[0]) / 1e9
  );
}

function cpuUs() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

if (isMainThread && out !== undefined) {
  let held;
  process.on("exit", () => {
    const cpuS = cpuUs() / 1e6;
    const threadS = packetThreadS();
    writeFileSync(out, JSON.stringify({ cpuS, threadS, peakBytes: statusBytes("VmHWM"), held }));
  });
  if (ask !== undefined) {
    let before = cpuUs();
    const timer = setInterval(() => {
      const now = cpuUs();
      const isIdle = now - before < IDLE_CPU_US;
      before = now;
      if (!isIdle || !existsSync(ask)) return;
      clearInterval(timer);
      held = { peakBytes: statusBytes("VmHWM") };
      for (let i = 0; i < 3; i++) globalThis.gc();
      // Pages that the collector gave back are gone from the resident size a little later.
      setTimeout(() => {
        globalThis.gc();
        const { heapUsed, external } = process.memoryUsage();
        held = { ...held, residentBytes: statusBytes("VmRSS"), liveBytes: heapUsed + external };
        writeFileSync(`${ask}.done`, "");
      }, IDLE_MS);
    }, IDLE_MS);
    timer.unref();
  }
}
