import { Worker } from "node:worker_threads";
import type { ThreadSetup } from "./thread-messages.ts";

/** An output that runs wild ends its own thread, which is started again, and not the program. */
const HEAP_MIB = 512;

/** The entry has the extension of this file: .js in a build, .ts under tsx and vitest. */
const EXTENSION = import.meta.url.endsWith(".ts") ? "ts" : "js";
const ENTRY = new URL(`./delivery-thread.${EXTENSION}`, import.meta.url);

/** Starts the delivery thread. */
export function startThread(setup: ThreadSetup, entry: URL = ENTRY): Worker {
  const options = {
    name: "delivery",
    workerData: setup,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
  };
  if (!entry.pathname.endsWith(".ts")) return new Worker(entry, options);
  // Node.js 20 does not hand tsx on to the entry of a worker.
  const tsx = JSON.stringify(import.meta.resolve("tsx/esm/api"));
  const target = JSON.stringify(entry.href);
  const source = `import(${tsx}).then(({ register }) => { register(); return import(${target}); });`;
  return new Worker(source, { ...options, eval: true });
}
