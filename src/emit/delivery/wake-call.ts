import { type SpoolSignal, sharedNowMs } from "./spool-signal.ts";

/** A turn of the event loop may take longer, in a replay; the delivery thread need not wait for its end. */
const LONGEST_MS = 20;

/**
 * Packet thread: wakes the delivery thread once a turn of the event loop, however many batches of records the turn
 * gives, as one message between threads costs more than some alerts.
 */
export class WakeCall {
  readonly #signal: SpoolSignal;
  readonly #wake: () => void;
  #lastMs = sharedNowMs();
  #isScheduled = false;

  constructor(signal: SpoolSignal, wake: () => void) {
    this.#signal = signal;
    this.#wake = wake;
  }

  /** The spool has all up to `sequence` on disk. */
  announce(sequence: number): void {
    const nowMs = sharedNowMs();
    this.#signal.announce(sequence, nowMs);
    if (nowMs - this.#lastMs > LONGEST_MS) {
      this.now();
    } else if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(() => {
        this.#isScheduled = false;
        this.now();
      });
    }
  }

  /** Wakes it if it has read what was announced before. */
  now(): void {
    this.#lastMs = sharedNowMs();
    if (this.#signal.disarm()) this.#wake();
  }
}
