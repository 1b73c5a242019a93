import { parentPort, workerData } from "node:worker_threads";
import { makeSink } from "./make-sink.ts";
import { OutputSet } from "./output-set.ts";
import type { ThreadOrder, ThreadReport, ThreadSetup } from "./thread-messages.ts";

/** Entry of the delivery thread: clients, TLS, compression and retries run here and never hold up packets. */

const SNAPSHOT_MS = 1_000;
const FIRST_SNAPSHOT_MS = 100;
/** Different stray faults that are told of. */
const STRAY_MAX = 16;

const port = parentPort;
if (port !== null) {
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
    if (order === "wake") {
      outputs.wake();
      return;
    }
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
