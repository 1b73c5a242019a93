import { setTimeout as sleep } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import type { DeliveryUse } from "../metrics/metrics-source.ts";
import type { CursorPlace } from "../spool/cursor-file.ts";
import { folderError } from "../spool/spool-faults.ts";
import type { Range } from "../spool/spool-folder.ts";
import type { SpoolOptions } from "../spool/spool-options.ts";
import { SpoolWriter } from "../spool/spool-writer.ts";
import { BackOff } from "./back-off.ts";
import type { NewDeliveryRecord } from "./delivery-record.ts";
import { MinuteCount } from "./loss-report.ts";
import { accountOf, type OutputAccount } from "./output-account.ts";
import type { NetworkOutputSpec } from "./output-spec.ts";
import { type Places, rangesOf, takePlaces } from "./places.ts";
import { SpoolSignal, sharedNowMs } from "./spool-signal.ts";
import { startThread } from "./start-thread.ts";
import type { ThreadOrder, ThreadReport, ThreadSetup } from "./thread-messages.ts";
import { ThreadTotals } from "./thread-totals.ts";
import { settledWithin } from "./time-limit.ts";
import { WakeCall } from "./wake-call.ts";

export interface DeliveryOptions {
  readonly spool: Omit<SpoolOptions, "onProblem">;
  /** At least one. */
  readonly outputs: readonly NetworkOutputSpec[];
  /** A new output begins at the oldest record that another one waits for; else at the end. */
  readonly fromStart?: boolean;
  /** Messages of the outputs and of the spool, one line each. */
  readonly onLine: (level: "warn" | "info", line: string) => void;
  /** How the thread is started: for tests, which want to kill it. */
  readonly startThread?: (setup: ThreadSetup) => Worker;
}

/** What an output has not acknowledged. */
export interface OutputLeft {
  readonly name: string;
  readonly left: number;
}

/** An output finishes within a second; the thread needs a little more, and is ended when it takes longer. */
const CLOSE_MS = 2_500;
const DRAIN_POLL_MS = 5;
const RESTART_FIRST_MS = 100;
const RESTART_LONGEST_MS = 5_000;
/** A thread that lived this long was started well. */
const LIVED_MS = 10_000;
/** What has been acknowledged is gone from the disk this long after it, when nothing else is. */
const RELEASE_MS = 60_000;

/**
 * The packet thread's end of delivery: what is offered goes to the spool on disk, from where the delivery
 * thread takes it to the network outputs. Either of them may end at any moment and nothing is lost.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #writer: SpoolWriter;
  readonly #signal: SpoolSignal;
  readonly #wakeCall: WakeCall;
  readonly #totals: ThreadTotals;
  readonly #backOff = new BackOff(RESTART_FIRST_MS, RESTART_LONGEST_MS);
  #thread: Worker | null = null;
  #restartTimer: NodeJS.Timeout | null = null;
  #restarts = 0;
  #closing: Promise<void> | null = null;
  readonly #places: Places;
  /** Last sequence of the runs before. */
  readonly #last: number;
  readonly #releaseTimer: NodeJS.Timeout;
  readonly #memoryLosses = new MinuteCount();
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
    this.#wakeCall = new WakeCall(this.#signal, () => this.#order("wake"));
    this.#writer.onWritten = (sequence) => this.#wakeCall.announce(sequence);
    this.#last = this.#writer.lastSequence;
    this.#signal.announce(this.#last, sharedNowMs());
    this.#places = this.#takePlaces();
    for (const [index, { holes, sequence }] of this.#places.outputs.entries()) {
      const progress = { acknowledged: sequence, refused: 0, missing: 0, holes };
      this.#signal.setProgress(index, progress);
    }
    this.#writer.onFull = () => this.#order("keep");
    this.#releaseTimer = setInterval(() => this.#release(), RELEASE_MS).unref();
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

  /** Outputs that have not settled everything that was offered. */
  left(): OutputLeft[] {
    const { lastSequence } = this.#writer;
    const { waiting } = this.#writer.counters;
    return this.#options.outputs.flatMap(({ name }, index) => {
      const isDone = waiting === 0 && this.#signal.acknowledged(index) >= lastSequence;
      return isDone ? [] : [{ name, left: this.account(index).waiting }];
    });
  }

  /** What became of all that was offered to an output, by its index; final after `close`. */
  account(index: number): OutputAccount {
    const { dropped, raised, waiting } = this.#writer.counters;
    return accountOf({
      place: this.#places.outputs[index] as CursorPlace,
      lastBefore: this.#last,
      last: this.#writer.lastSequence,
      progress: this.#signal.progress(index),
      writer: { raised, waiting, dropped: sumOf(dropped) },
      dropped: sumOf(this.#totals.dropped),
    });
  }

  /** False while some of what waits may be gone already. */
  get isCounted(): boolean {
    return this.#totals.isCounted;
  }

  /** For metrics: what became of records is as of now, what only the thread knows is up to a second old. */
  snapshot(): DeliveryUse {
    const { dropped, problem } = this.#writer.counters;
    const outputs = this.#options.outputs.map(({ name }, index) => {
      const account = this.account(index);
      const { state, ...use } = this.#totals.output(index);
      return { name, ...use, isUp: state === "working", account };
    });
    const records = outputs.reduce((most, { account }) => Math.max(most, account.waiting), 0);
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

  /** Stops within three seconds, whatever the receivers do; what is left stays in the spool. Never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#restartTimer !== null) clearTimeout(this.#restartTimer);
    clearInterval(this.#releaseTimer);
    this.#writer.flush();
    this.#wakeCall.now();
    if (this.#thread !== null) {
      const closed = new Promise<void>((resolve) => {
        this.#onClosed = resolve;
      });
      this.#order("close");
      await settledWithin(closed, CLOSE_MS);
      await this.#thread?.terminate();
    }
    this.#writer.close(() => this.#needs());
  }

  /** What somebody still waits for. */
  #needs(): Range[] {
    const { absent, outputs } = this.#places;
    return [
      ...outputs.flatMap(({ gap }, index) =>
        rangesOf({ sequence: this.#signal.acknowledged(index), gap }),
      ),
      ...absent.flatMap(({ place }) => rangesOf(place)),
    ];
  }

  /** Acknowledged records do not stay where the next output would find them. */
  #release(): void {
    const { lastSequence } = this.#writer;
    const { outputs } = this.#options;
    if (outputs.every((_, index) => this.#signal.acknowledged(index) >= lastSequence)) {
      this.#writer.seal();
    }
  }

  /** Throws SinkError. */
  #takePlaces(): Places {
    const { fromStart = false, outputs, spool } = this.#options;
    try {
      const state = { dir: spool.dir, last: this.#last, spare: this.#writer.spare };
      return takePlaces(state, outputs, fromStart);
    } catch (error) {
      this.#writer.close();
      throw folderError(spool.dir, error);
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
      places: this.#places.outputs.map((place, index) => {
        const { acknowledged, holes } = this.#signal.progress(index);
        return { ...place, sequence: acknowledged, holes };
      }),
      absent: this.#places.absent,
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
    this.#tellMemoryLosses();
    if (report.kind === "closed") this.#onClosed();
  }

  #tellMemoryLosses(): void {
    const { dropped, problem } = this.#writer.counters;
    const count = sumOf(dropped);
    if (!this.#memoryLosses.isNews(count, sharedNowMs())) return;
    const reason = problem === "" ? "they were longer than 1 MiB, or memory was full" : problem;
    this.#options.onLine(
      "warn",
      `${count} records are lost so far, not taken by the spool: ${reason}`,
    );
  }

  #order(order: ThreadOrder): void {
    this.#thread?.postMessage(order);
  }
}

function sumOf(counts: ReadonlyMap<number, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
