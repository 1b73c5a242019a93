import type { Writable } from "node:stream";
import type { Alert } from "../detect/alerts/alert.ts";
import { alertLine } from "../emit/alert-table.ts";

/** Bytes that may wait for a slow reader of standard output. */
const WAITING_MAX = 1 << 20;

/** Prints alerts, one line each. A reader that has stopped reading costs lines, and no memory without end. */
export class AlertPrinter {
  readonly #stream: Writable;
  readonly #onLoss: (line: string) => void;
  #lost = 0;

  /** `onLoss` is told when lines begin to be left out, and how many were when they come again. */
  constructor(stream: Writable, onLoss: (line: string) => void) {
    this.#stream = stream;
    this.#onLoss = onLoss;
  }

  print(alert: Alert): void {
    if (this.#stream.writableLength > WAITING_MAX) {
      if (this.#lost++ === 0) this.#onLoss("standard output is not read: alerts are not printed");
      return;
    }
    if (this.#lost > 0) {
      this.#onLoss(`standard output is read again: ${this.#lost} alerts were not printed`);
      this.#lost = 0;
    }
    this.#stream.write(`${alertLine(alert)}\n`);
  }
}
