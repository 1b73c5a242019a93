import { mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for captures of some gigabytes: gone with `remove`, and when the process is told to end. */
export class TemporaryFolder {
  readonly path: string;
  readonly #onExit: () => void;

  constructor(prefix: string) {
    this.path = mkdtempSync(join(tmpdir(), prefix));
    this.#onExit = () => rmSync(this.path, { recursive: true, force: true });
    process.on("exit", this.#onExit);
    endOnSignals();
  }

  remove(): void {
    process.off("exit", this.#onExit);
    this.#onExit();
  }
}

let isWaiting = false;

function endOnSignals(): void {
  if (isWaiting) return;
  isWaiting = true;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
}
