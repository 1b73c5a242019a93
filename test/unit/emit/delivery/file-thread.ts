import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { DeliveryError } from "../../../../src/emit/delivery/delivery-sink.ts";
import { OutputSet } from "../../../../src/emit/delivery/output-set.ts";
import type { ThreadOrder, ThreadSetup } from "../../../../src/emit/delivery/thread-messages.ts";

/**
 * A delivery thread whose receivers are files next to the spool, so that they outlive it. While the file
 * NAME.down is there, a receiver refuses to connect; while NAME.hung is there, it does not answer.
 */
const setup = workerData as ThreadSetup;
const outputs = new OutputSet({
  ...setup,
  times: { backOffFirstMs: 1, backOffLongestMs: 10 },
  report: (report) => parentPort?.postMessage(report),
  makeSink: ({ name }) => {
    const path = join(setup.spoolDir, name);
    return {
      name,
      batchRecords: 50,
      async connect() {
        if (existsSync(`${path}.down`)) {
          throw new DeliveryError("connection refused", { isTemporary: true });
        }
      },
      async send(batch) {
        if (existsSync(`${path}.hung`)) await new Promise(() => {});
        const lines = batch.map(({ alertId, key }) => `${alertId} ${key}\n`);
        appendFileSync(`${path}.received`, lines.join(""));
      },
      async close() {},
    };
  },
});

parentPort?.on("message", (order: ThreadOrder) => {
  if (order === "wake") outputs.wake();
  if (order === "keep") outputs.keep();
  if (order !== "close") return;
  outputs
    .close()
    .then(() => parentPort?.postMessage({ kind: "closed", snapshot: outputs.snapshot() }));
});
outputs.start();
