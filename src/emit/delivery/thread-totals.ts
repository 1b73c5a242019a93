import { NO_LATENCY } from "../metrics/latency-histogram.ts";
import type { SpoolUse } from "../metrics/metrics-source.ts";
import type { DelivererSnapshot } from "./deliverer-options.ts";
import type { ThreadSnapshot } from "./thread-messages.ts";

const NOT_STARTED: DelivererSnapshot = {
  state: "connecting",
  acknowledged: 0,
  batches: 0,
  retries: 0,
  deadLetters: 0,
  missing: 0,
  lag: 0,
  oldestMs: 0,
  lastProblem: "",
  acknowledgement: NO_LATENCY,
};

/** What the delivery thread has counted, over all threads of this run: a new one begins at 0. */
export class ThreadTotals {
  /** Counters of threads that have ended. */
  #before: ThreadSnapshot;
  #latest: ThreadSnapshot;
  readonly #none: ThreadSnapshot;

  constructor(outputs: number) {
    this.#none = {
      outputs: Array.from({ length: outputs }, () => NOT_STARTED),
      spoolBytes: 0,
      corrupt: 0,
      dropped: new Map(),
      isCounted: false,
    };
    this.#before = this.#none;
    this.#latest = this.#none;
  }

  update(snapshot: ThreadSnapshot): void {
    this.#latest = snapshot;
  }

  /** The thread has ended. */
  restart(): void {
    const latest = this.#latest;
    this.#before = {
      outputs: this.#before.outputs.map((before, i) => sumOf(before, latest.outputs[i])),
      spoolBytes: latest.spoolBytes,
      corrupt: this.#before.corrupt + latest.corrupt,
      dropped: addedUp(this.#before.dropped, latest.dropped),
      isCounted: false,
    };
    this.#latest = { ...this.#none, spoolBytes: latest.spoolBytes };
  }

  /** Records dropped at the size limit of the spool, by severity. */
  get dropped(): ReadonlyMap<number, number> {
    return addedUp(this.#before.dropped, this.#latest.dropped);
  }

  /** All that waits is known to be there. */
  get isCounted(): boolean {
    return this.#latest.isCounted;
  }

  output(index: number) {
    const latest = this.#latest.outputs[index] ?? NOT_STARTED;
    const { acknowledgement, lastProblem, retries, state } = sumOf(
      this.#before.outputs[index] ?? NOT_STARTED,
      latest,
    );
    const isStuck = state === "failing" || (state === "closed" && latest.lag > 0);
    const problem = isStuck ? lastProblem : "";
    return { state, problem, acknowledgement, retries };
  }

  /** `dropped` by the writing end of the spool. */
  spool(dropped: ReadonlyMap<number, number>): Omit<SpoolUse, "records" | "problem"> {
    const { outputs, spoolBytes } = this.#latest;
    return {
      bytes: spoolBytes,
      oldestS: outputs.reduce((most, { oldestMs }) => Math.max(most, oldestMs), 0) / 1_000,
      corrupt: this.#before.corrupt + this.#latest.corrupt,
      dropped: addedUp(this.dropped, dropped),
    };
  }
}

/** State is the latest thread's, and quantiles are where it has any. */
function sumOf(before: DelivererSnapshot, latest: DelivererSnapshot = NOT_STARTED) {
  return {
    ...latest,
    acknowledged: before.acknowledged + latest.acknowledged,
    batches: before.batches + latest.batches,
    retries: before.retries + latest.retries,
    deadLetters: before.deadLetters + latest.deadLetters,
    acknowledgement: {
      ...(latest.acknowledgement.count > 0 ? latest : before).acknowledgement,
      count: before.acknowledgement.count + latest.acknowledgement.count,
      sumMs: before.acknowledgement.sumMs + latest.acknowledgement.sumMs,
    },
  };
}

function addedUp(
  a: ReadonlyMap<number, number>,
  b: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> {
  const sum = new Map(a);
  for (const [severity, count] of b) sum.set(severity, (sum.get(severity) ?? 0) + count);
  return sum;
}
