const SEQUENCE = 0;
const SINCE_US = 1;
const IS_ARMED = 2;
const OUTPUTS = 3;
const US_PER_MS = 1_000;

/**
 * What the packet thread and the delivery thread tell each other without a message: the last sequence on
 * disk, and how far each output is. A message is only sent to a thread that has read the last one.
 */
export class SpoolSignal {
  /** To be handed to the other thread. */
  readonly buffer: SharedArrayBuffer;
  readonly #cells: BigInt64Array;

  static create(outputs: number): SpoolSignal {
    return new SpoolSignal(
      new SharedArrayBuffer((OUTPUTS + outputs) * BigInt64Array.BYTES_PER_ELEMENT),
    );
  }

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#cells = new BigInt64Array(buffer);
  }

  /** Last sequence on disk. */
  get sequence(): number {
    return Number(Atomics.load(this.#cells, SEQUENCE));
  }

  /** Packet thread: the spool has all up to `sequence`. True when the delivery thread must be woken. */
  announce(sequence: number, nowMs: number): boolean {
    Atomics.compareExchange(this.#cells, SINCE_US, 0n, BigInt(Math.round(nowMs * US_PER_MS)));
    Atomics.store(this.#cells, SEQUENCE, BigInt(sequence));
    return Atomics.exchange(this.#cells, IS_ARMED, 0n) === 1n;
  }

  /**
   * Delivery thread: the last sequence, and since when what is new has been there, 0 when nobody can tell.
   * What is announced from here on wakes the thread.
   */
  take(): { readonly sequence: number; readonly sinceMs: number } {
    Atomics.store(this.#cells, IS_ARMED, 1n);
    const sequence = this.sequence;
    const sinceMs = Number(Atomics.exchange(this.#cells, SINCE_US, 0n)) / US_PER_MS;
    return { sequence, sinceMs };
  }

  acknowledged(output: number): number {
    return Number(Atomics.load(this.#cells, OUTPUTS + output));
  }

  setAcknowledged(output: number, sequence: number): void {
    Atomics.store(this.#cells, OUTPUTS + output, BigInt(sequence));
  }
}

/** A clock that all threads share, in milliseconds. */
export function sharedNowMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}
