import { Worker } from "node:worker_threads";
import type { ThreadSetup } from "./thread-messages.ts";

/** An output that runs wild ends its own thread, which is started again, and not the program. */
const HEAP_MIB = 512;

/** Starts the delivery thread: delivery-thread.js of a build, or delivery-thread.ts under tsx. */
export function startThread(setup: ThreadSetup): Worker {
  const options = {
    name: "delivery",
    workerData: setup,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
  };
  if (!import.meta.url.endsWith(".ts")) {
    return new Worker(new URL("./delivery-thread.js", import.meta.url), options);
  }
  // Node.js 20 does not hand tsx on to the entry of a worker.
  const tsx = JSON.stringify(import.meta.resolve("tsx/esm/api"));
  const entry = JSON.stringify(new URL("./delivery-thread.ts", import.meta.url).href);
  const source = `import(${tsx}).then(({ register }) => { register(); return import(${entry}); });`;
  return new Worker(source, { ...options, eval: true });
}
