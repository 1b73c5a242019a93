import { setTimeout as sleep } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import type { DeliveryUse } from "../metrics/metrics-source.ts";
import { type SpoolOptions, SpoolWriter } from "../spool/spool-writer.ts";
import { BackOff } from "./back-off.ts";
import type { NewDeliveryRecord } from "./delivery-record.ts";
import type { NetworkOutputSpec } from "./output-spec.ts";
import { SpoolSignal, sharedNowMs } from "./spool-signal.ts";
import { startThread } from "./start-thread.ts";
import { spoolBegin, startingPlace } from "./starting-place.ts";
import type { ThreadOrder, ThreadReport, ThreadSetup } from "./thread-messages.ts";
import { ThreadTotals } from "./thread-totals.ts";
import { settledWithin } from "./time-limit.ts";

export interface DeliveryOptions {
  readonly spool: Omit<SpoolOptions, "onProblem">;
  /** At least one. */
  readonly outputs: readonly NetworkOutputSpec[];
  /** Messages of the outputs and of the spool, one line each. */
  readonly onLine: (level: "warn" | "info", line: string) => void;
  /** How the thread is started: for tests, which want to kill it. */
  readonly startThread?: (setup: ThreadSetup) => Worker;
}

/** What an output has not acknowledged. */
export interface OutputLeft {
  readonly name: string;
  readonly left: number;
  /** Why, one line; "" when it only needed more time. */
  readonly problem: string;
}

/** An output finishes within a second; the thread needs a little more, and is ended when it takes longer. */
const CLOSE_MS = 1_500;
const DRAIN_POLL_MS = 5;
const RESTART_FIRST_MS = 100;
const RESTART_LONGEST_MS = 5_000;
/** A thread that lived this long was started well. */
const LIVED_MS = 10_000;

/**
 * The packet thread's end of delivery: what is offered goes to the spool on disk, from where the delivery
 * thread takes it to the network outputs. Either of them may end at any moment and nothing is lost.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #writer: SpoolWriter;
  readonly #signal: SpoolSignal;
  readonly #totals: ThreadTotals;
  readonly #backOff = new BackOff(RESTART_FIRST_MS, RESTART_LONGEST_MS);
  #thread: Worker | null = null;
  #restartTimer: NodeJS.Timeout | null = null;
  #restarts = 0;
  #closing: Promise<number> | null = null;
  #onClosed: () => void = () => {};

  /** Takes the spool folder and starts the thread. Throws SinkError when the folder cannot be used. */
  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#writer = SpoolWriter.open({
      ...options.spool,
      onProblem: (line) => options.onLine("warn", line),
    });
    this.#signal = SpoolSignal.create(options.outputs.length);
    this.#totals = new ThreadTotals(options.outputs.length);
    this.#writer.onWritten = (sequence) => {
      if (this.#signal.announce(sequence, sharedNowMs())) this.#order("wake");
    };
    this.#signal.announce(this.#writer.lastSequence, sharedNowMs());
    this.#setPlaces();
    this.#start();
  }

  /** Times that the delivery thread died and was started again. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Takes a record; it is on disk when this turn of the event loop is over. Never throws. */
  offer(record: NewDeliveryRecord): void {
    this.#writer.append(record);
  }

  /** Outputs that have not acknowledged everything that was offered. */
  left(): OutputLeft[] {
    return this.snapshot()
      .outputs.filter(({ lag }) => lag > 0)
      .map(({ lag, name, problem }) => ({ name, left: lag, problem }));
  }

  /** For metrics: `lag` is as of now, what only the thread knows is up to a second old. */
  snapshot(): DeliveryUse {
    const { dropped, problem, waiting } = this.#writer.counters;
    const outputs = this.#options.outputs.map(({ name }, index) => {
      const onDisk = this.#writer.lastSequence - this.#signal.acknowledged(index);
      return { name, ...this.#totals.output(index), lag: waiting + Math.max(onDisk, 0) };
    });
    const records = outputs.reduce((most, { lag }) => Math.max(most, lag), 0);
    return { outputs, spool: { ...this.#totals.spool(dropped), records, problem } };
  }

  /**
   * Resolves as soon as every output has acknowledged all that was offered, or after `ms` (which may be
   * Infinity), with what is left.
   */
  async drain(ms: number): Promise<OutputLeft[]> {
    const endMs = sharedNowMs() + ms;
    this.#writer.flush();
    for (;;) {
      const left = this.left();
      if (left.length === 0 || sharedNowMs() >= endMs) return left;
      await sleep(Math.min(DRAIN_POLL_MS, endMs - sharedNowMs()));
    }
  }

  /**
   * Stops within two seconds, whatever the receivers do; what is left stays in the spool. Resolves with the
   * records that it did not take, which are lost. Never rejects.
   */
  close(): Promise<number> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<number> {
    if (this.#restartTimer !== null) clearTimeout(this.#restartTimer);
    this.#writer.flush();
    if (this.#thread !== null) {
      const closed = new Promise<void>((resolve) => {
        this.#onClosed = resolve;
      });
      this.#order("close");
      await settledWithin(closed, CLOSE_MS);
      await this.#thread?.terminate();
    }
    return this.#writer.close();
  }

  /** Until the thread runs, what it has acknowledged before must not count as waiting. */
  #setPlaces(): void {
    const { dir } = this.#options.spool;
    const begin = spoolBegin(dir);
    for (const [index, { id }] of this.#options.outputs.entries()) {
      const place = startingPlace(dir, id, begin, this.#writer.lastSequence);
      this.#signal.setAcknowledged(index, place);
    }
  }

  #start(): void {
    const { outputs, spool } = this.#options;
    this.#restartTimer = null;
    const startMs = sharedNowMs();
    const thread = (this.#options.startThread ?? startThread)({
      spoolDir: spool.dir,
      spoolMaxBytes: spool.maxBytes,
      outputs,
      signal: this.#signal.buffer,
    });
    let reason = "it ended";
    this.#thread = thread;
    thread.on("message", (report: ThreadReport) => this.#onReport(report));
    thread.on("error", (error) => {
      reason = error.message;
    });
    thread.on("exit", () => this.#onExit(reason, sharedNowMs() - startMs));
  }

  #onExit(reason: string, livedMs: number): void {
    this.#thread = null;
    this.#onClosed();
    if (this.#closing !== null) return;
    this.#totals.restart();
    this.#restarts++;
    // Once for a thread that cannot start at all.
    if (livedMs > LIVED_MS) this.#backOff.reset();
    if (livedMs > LIVED_MS || this.#restarts === 1) {
      const line = `the delivery thread died and is started again: ${reason}`;
      this.#options.onLine("warn", line);
    }
    this.#restartTimer = setTimeout(() => this.#start(), this.#backOff.next());
  }

  #onReport(report: ThreadReport): void {
    if (report.kind === "line") {
      this.#options.onLine(report.level, report.line);
      return;
    }
    this.#totals.update(report.snapshot);
    if (report.kind === "closed") this.#onClosed();
  }

  #order(order: ThreadOrder): void {
    this.#thread?.postMessage(order);
  }
}
