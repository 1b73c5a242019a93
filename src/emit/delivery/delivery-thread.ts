import { parentPort, workerData } from "node:worker_threads";
import { makeSink } from "./make-sink.ts";
import { OutputSet } from "./output-set.ts";
import type { ThreadOrder, ThreadReport, ThreadSetup } from "./thread-messages.ts";

/** Entry of the delivery thread: clients, TLS, compression and retries run here and never hold up packets. */

const SNAPSHOT_MS = 1_000;

const port = parentPort;
if (port !== null) {
  const report = (message: ThreadReport) => port.postMessage(message);
  const outputs = new OutputSet({ ...(workerData as ThreadSetup), makeSink, report });
  // A client's promise that nobody awaits is no reason to end: what counts is what was acknowledged.
  process.on("unhandledRejection", (reason) => {
    const line = `delivery: ${reason instanceof Error ? reason.message : String(reason)}`;
    report({ kind: "line", level: "info", line });
  });
  const ticker = setInterval(() => {
    outputs.keep();
    report({ kind: "snapshot", snapshot: outputs.snapshot() });
  }, SNAPSHOT_MS);
  port.on("message", (order: ThreadOrder) => {
    if (order === "wake") {
      outputs.wake();
      return;
    }
    clearInterval(ticker);
    outputs.close().then(() => report({ kind: "closed", snapshot: outputs.snapshot() }));
  });
  outputs.start();
}
