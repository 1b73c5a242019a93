import { LatencyHistogram } from "../metrics/latency-histogram.ts";
import { BackOff } from "./back-off.ts";
import {
  DEFAULT_TIMES,
  type DelivererEvent,
  type DelivererOptions,
  type DelivererSnapshot,
  type DelivererState,
  type DelivererTimes,
} from "./deliverer-options.ts";
import type { DeliveryRecord } from "./delivery-record.ts";
import { DeliveryError } from "./delivery-sink.ts";
import { SpoolPlace } from "./spool-place.ts";
import type { Progress } from "./spool-signal.ts";
import { Pause, settledWithin, TimeLimitError, within } from "./time-limit.ts";

/** A round trip to a receiver should carry a full batch of ordinary alerts, of 2 KB each. */
const BATCH_CHARACTERS = 4 << 20;
const CLOSE_SINK_MS = 1_000;
const LAST_CLOSE_SINK_MS = 500;
/** After so many lone records refused for good, none taken between them, the receiver itself is in doubt. */
const REFUSED_IN_A_ROW = 3;

/**
 * The loop of one output: read a batch from the spool, send it, keep the place. One batch is on its way at
 * a time, so records stay in order; a batch that failed is read again, so none is left out.
 */
export class Deliverer {
  readonly name: string;
  readonly place: SpoolPlace;
  readonly #options: DelivererOptions;
  readonly #times: DelivererTimes;
  readonly #now: () => number;
  readonly #backOff: BackOff;
  readonly #latency = new LatencyHistogram();
  readonly #idle = new Pause();
  readonly #wait = new Pause();
  #batchLimit: number;
  #isConnected = false;
  #isClosing = false;
  #isClosed = false;
  #state: DelivererState = "connecting";
  /** Attempts that failed since the last batch was taken. */
  #failures = 0;
  #refusedInARow = 0;
  #isReported = false;
  #lastProblem = "";
  readonly #counts = { acknowledged: 0, batches: 0, retries: 0, deadLetters: 0 };
  #running: Promise<void> = Promise.resolve();

  constructor(options: DelivererOptions) {
    this.name = options.name;
    this.#options = options;
    this.#times = { ...DEFAULT_TIMES, ...options.times };
    this.#now = options.now ?? (() => performance.now());
    this.#backOff = new BackOff(this.#times.backOffFirstMs, this.#times.backOffLongestMs);
    this.place = new SpoolPlace(options, this.#times.cursorMs);
    this.#batchLimit = options.sink.batchRecords;
    options.sink.onLine = (line) => this.#emit({ kind: "note", line });
  }

  /** Last sequence that needs no sending any more. */
  get acknowledged(): number {
    return this.place.sequence;
  }

  get progress(): Progress {
    const { holes, missing, sequence } = this.place;
    return { acknowledged: sequence, refused: this.#counts.deadLetters, missing, holes };
  }

  /** Begins to connect and to send. Call it once. */
  start(): void {
    this.#running = this.#run();
  }

  /** The spool has all records up to this one. */
  offer(sequence: number): void {
    if (this.place.offer(sequence)) this.#idle.end();
  }

  snapshot(): DelivererSnapshot {
    const now = this.#now();
    const { lag, missing } = this.place;
    const since = this.#options.readableTimes.timeOf(this.acknowledged + 1) ?? now;
    return {
      ...this.#counts,
      missing,
      state: this.#state,
      lag,
      oldestMs: lag === 0 ? 0 : Math.max(now - since, 0),
      lastProblem: this.place.problem || this.#lastProblem,
      acknowledgement: this.#latency.snapshot(now),
    };
  }

  /** Gives a batch that is on its way `graceMs` to arrive, then stops and keeps the place. Never rejects. */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    this.#idle.end();
    this.#wait.end();
    await settledWithin(this.#running, graceMs);
    this.#isClosed = true;
    this.#state = "closed";
    this.place.close();
    await settledWithin(this.#options.sink.close(), LAST_CLOSE_SINK_MS);
  }

  async #run(): Promise<void> {
    while (!this.#isClosing) {
      if (!this.#isConnected) await this.#connect();
      else if (!this.place.isAtEnd) await this.#deliver();
      else await this.#idle.wait();
    }
  }

  async #connect(): Promise<void> {
    try {
      await within(this.#options.sink.connect(), this.#times.connectMs);
    } catch (error) {
      await this.#failed(error, true);
      return;
    }
    this.#isConnected = true;
    // With records at hand, their acknowledgement is the better proof.
    if (this.place.isAtEnd) this.#works();
    else if (this.#state === "connecting") this.#state = "working";
  }

  async #deliver(): Promise<void> {
    let batch: readonly DeliveryRecord[] = [];
    try {
      const own = this.#read();
      batch = own.records;
      if (batch.length > 0) {
        await within(this.#options.sink.send(batch), this.#times.sendMs);
        if (this.#isClosed) return;
        this.#taken(batch);
      }
      this.#acknowledge(own.through, own.missing);
    } catch (error) {
      this.place.giveBack();
      if (this.#isClosed) return;
      const isForGood = error instanceof DeliveryError && !error.isTemporary;
      if (isForGood) await this.#refused(batch, error.message);
      else await this.#failed(error, error instanceof TimeLimitError);
    }
  }

  #read() {
    const limits = { records: this.#batchLimit, characters: BATCH_CHARACTERS };
    try {
      return this.place.read(limits);
    } catch (error) {
      throw new Error(`cannot read the spool: ${textOf(error)}`);
    }
  }

  #taken(batch: readonly DeliveryRecord[]): void {
    this.#recordLatency(batch);
    this.#counts.acknowledged += batch.length;
    this.#counts.batches++;
    this.#batchLimit = Math.min(2 * this.#batchLimit, this.#options.sink.batchRecords);
    this.#works();
  }

  #works(): void {
    this.#failures = 0;
    this.#refusedInARow = 0;
    this.#backOff.reset();
    this.#state = "working";
    if (!this.#isReported) return;
    this.#isReported = false;
    this.#emit({ kind: "recovered", line: `${this.name} takes alerts again` });
  }

  /** The receiver will never take this batch: it is halved until the culprit stands alone, and goes aside. */
  async #refused(batch: readonly DeliveryRecord[], problem: string): Promise<void> {
    const [culprit] = batch;
    this.#lastProblem = problem;
    if (batch.length > 1 || culprit === undefined) {
      this.#counts.retries++;
      this.#batchLimit = Math.max(batch.length >>> 1, 1);
      await this.#disconnect();
      return;
    }
    try {
      this.#options.deadLetters.add(this.name, culprit, problem);
    } catch (error) {
      await this.#failed(new Error(`cannot write the dead-letter file: ${textOf(error)}`), true);
      return;
    }
    this.#counts.deadLetters++;
    this.#refusedInARow++;
    this.#acknowledge(culprit.sequence, culprit.sequence - this.acknowledged - 1);
    const isInDoubt = this.#refusedInARow >= REFUSED_IN_A_ROW;
    if (!this.#isReported) {
      const line = `${this.name} refused alert ${culprit.alertId}, now in the dead-letter file: ${problem}`;
      this.#emit({ kind: "refused", line });
    }
    // One that refuses everything is slowed down, or an evening's alerts would go aside in seconds.
    if (isInDoubt) await this.#failed(new Error(problem), true);
    else await this.#disconnect();
  }

  /** `isCertain`: worth a message at once. Receivers drop idle connections, which a second attempt cures. */
  async #failed(error: unknown, isCertain: boolean): Promise<void> {
    if (this.#isClosing) {
      this.#isConnected = false;
      return;
    }
    this.#failures++;
    this.#counts.retries++;
    this.#lastProblem = textOf(error);
    if (isCertain || this.#failures > 1) {
      this.#state = "failing";
      if (!this.#isReported) {
        const line = `${this.name} takes no alerts: ${this.#lastProblem}; they wait in the spool`;
        this.#emit({ kind: "failing", line });
      }
      this.#isReported = true;
    }
    await this.#disconnect();
    if (!this.#isClosing) await this.#wait.wait(this.#backOff.next());
  }

  async #disconnect(): Promise<void> {
    this.#isConnected = false;
    await settledWithin(this.#options.sink.close(), CLOSE_SINK_MS);
  }

  #acknowledge(through: number, missing: number): void {
    this.place.moveTo(through, missing);
    this.#emit({ kind: "progress" });
  }

  #recordLatency(batch: readonly DeliveryRecord[]): void {
    const { readableTimes } = this.#options;
    const now = this.#now();
    let since = now;
    let count = 0;
    for (const { sequence } of batch) {
      const time = readableTimes.timeOf(sequence) ?? now;
      if (time !== since && count > 0) {
        this.#latency.record(now - since, count, now);
        count = 0;
      }
      since = time;
      count++;
    }
    if (count > 0) this.#latency.record(now - since, count, now);
  }

  #emit(event: DelivererEvent): void {
    this.#options.onEvent?.(event);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
