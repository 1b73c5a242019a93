import { Worker } from "node:worker_threads";
import { BUILT_FOLDER, IS_BUILT, PACKAGE_ROOT } from "../../base/package-root.ts";
import type { ThreadSetup } from "./thread-messages.ts";

/** An output that runs wild ends its own thread, which is started again, and not the program. */
const HEAP_MIB = 512;

const ENTRY = IS_BUILT
  ? new URL("delivery-thread.js", BUILT_FOLDER)
  : new URL("src/emit/delivery/delivery-thread.ts", PACKAGE_ROOT);

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
