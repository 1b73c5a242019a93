const SEQUENCE = 0;
const SINCE_US = 1;
const IS_ARMED = 2;
const OUTPUTS = 3;
/** Cells of one output. */
const ACKNOWLEDGED = 0;
const REFUSED = 1;
const MISSING = 2;
const HOLES = 3;
const CELLS = 4;
const US_PER_MS = 1_000;

/** How far an output is; all of it holds also when the thread dies. */
export interface Progress {
  /** All records up to this sequence need no sending any more. */
  readonly acknowledged: number;
  /** Records in this run that the receiver will never take, now in the dead-letter file. */
  readonly refused: number;
  /** Sequences passed in this run that had no record any more. */
  readonly missing: number;
  /** Sequences ahead that are known to have no record any more. */
  readonly holes: number;
}

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
      new SharedArrayBuffer((OUTPUTS + CELLS * outputs) * BigInt64Array.BYTES_PER_ELEMENT),
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

  /** Packet thread: the spool has all up to `sequence`. */
  announce(sequence: number, nowMs: number): void {
    Atomics.compareExchange(this.#cells, SINCE_US, 0n, BigInt(Math.round(nowMs * US_PER_MS)));
    Atomics.store(this.#cells, SEQUENCE, BigInt(sequence));
  }

  /** Packet thread, after it has announced: true when the delivery thread must be woken. */
  disarm(): boolean {
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
    return this.#get(output, ACKNOWLEDGED);
  }

  progress(output: number): Progress {
    return {
      acknowledged: this.#get(output, ACKNOWLEDGED),
      refused: this.#get(output, REFUSED),
      missing: this.#get(output, MISSING),
      holes: this.#get(output, HOLES),
    };
  }

  setProgress(output: number, { acknowledged, refused, missing, holes }: Progress): void {
    this.#set(output, REFUSED, refused);
    this.#set(output, MISSING, missing);
    this.#set(output, HOLES, holes);
    this.#set(output, ACKNOWLEDGED, acknowledged);
  }

  #get(output: number, cell: number): number {
    return Number(Atomics.load(this.#cells, OUTPUTS + CELLS * output + cell));
  }

  #set(output: number, cell: number, value: number): void {
    Atomics.store(this.#cells, OUTPUTS + CELLS * output + cell, BigInt(value));
  }
}

/** A clock that all threads share, in milliseconds. */
export function sharedNowMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}
