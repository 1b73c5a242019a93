import { getPriority, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { makeSink } from "./make-sink.ts";
import { OutputSet } from "./output-set.ts";
import type { ThreadOrder, ThreadReport, ThreadSetup } from "./thread-messages.ts";

/** Entry of the delivery thread: clients, TLS, compression and retries run here and never hold up packets. */

const SNAPSHOT_MS = 1_000;
const FIRST_SNAPSHOT_MS = 100;
/** Different stray faults that are told of. */
const STRAY_MAX = 16;

/** Steps of niceness below the packet thread. */
const NICER = 5;

const port = parentPort;
if (port !== null) {
  letPacketsGoFirst();
  const report = (message: ThreadReport) => {
    port.postMessage(message);
    // What was said about an output must be in its state too.
    if (message.kind === "line") reportSnapshot();
  };
  const reportSnapshot = () => report({ kind: "snapshot", snapshot: outputs.snapshot() });
  const outputs = new OutputSet({ ...(workerData as ThreadSetup), makeSink, report });
  const tick = () => {
    outputs.keep();
    reportSnapshot();
  };
  const first = setTimeout(tick, FIRST_SNAPSHOT_MS);
  const ticker = setInterval(tick, SNAPSHOT_MS);
  tellStrayFaults(report);
  port.on("message", (order: ThreadOrder) => {
    if (order === "wake") outputs.wake();
    if (order === "keep") outputs.keep();
    if (order !== "close") return;
    clearTimeout(first);
    clearInterval(ticker);
    outputs.close().then(() => report({ kind: "closed", snapshot: outputs.snapshot() }));
  });
  outputs.start();
}

/** A client's promise that nobody awaits is no reason to end: what counts is what was acknowledged. */
function tellStrayFaults(report: (message: ThreadReport) => void): void {
  const told = new Set<string>();
  process.on("unhandledRejection", (reason) => {
    const line = `delivery: ${reason instanceof Error ? reason.message : String(reason)}`;
    if (told.has(line) || told.size === STRAY_MAX) return;
    told.add(line);
    report({ kind: "line", level: "info", line });
  });
}

/** Where the processor is short, alerts wait in the spool. Only Linux has a niceness for each thread. */
function letPacketsGoFirst(): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(0, Math.min(getPriority(0) + NICER, 19));
  } catch {
    // A sandbox may forbid it; it only costs speed.
  }
}
