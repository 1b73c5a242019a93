import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CursorFile } from "../spool/cursor-file.ts";
import { SpoolKeeper } from "../spool/spool-keeper.ts";
import { SpoolReader } from "../spool/spool-reader.ts";
import { DeadLetterFile } from "./dead-letter-file.ts";
import { Deliverer } from "./deliverer.ts";
import type { DelivererEvent, DelivererTimes } from "./deliverer-options.ts";
import type { DeliverySink } from "./delivery-sink.ts";
import type { NetworkOutputSpec } from "./output-spec.ts";
import { ReadableTimes } from "./readable-times.ts";
import { SpoolSignal, sharedNowMs } from "./spool-signal.ts";
import { spoolBegin, startingPlace } from "./starting-place.ts";
import type { ThreadReport, ThreadSetup, ThreadSnapshot } from "./thread-messages.ts";

export interface OutputSetOptions extends ThreadSetup {
  readonly makeSink: (spec: NetworkOutputSpec) => DeliverySink;
  readonly report: (report: ThreadReport) => void;
  readonly times?: Partial<DelivererTimes>;
}

/** A batch that is on its way when the program ends is given this long: else it is sent again. */
const CLOSE_GRACE_MS = 250;

/** All network outputs over one spool: what the delivery thread does, without the thread. */
export class OutputSet {
  readonly #options: OutputSetOptions;
  readonly #signal: SpoolSignal;
  readonly #readableTimes = new ReadableTimes();
  readonly #keeper: SpoolKeeper;
  readonly #readers: readonly SpoolReader[];
  readonly #deliverers: readonly Deliverer[];
  /** Last sequence that is known to be on disk. */
  #readable = 0;
  #spoolBytes = 0;
  #isKeepingBroken = false;

  constructor(options: OutputSetOptions) {
    const { outputs, signal, spoolDir, spoolMaxBytes } = options;
    this.#options = options;
    this.#signal = new SpoolSignal(signal);
    this.#keeper = new SpoolKeeper(spoolDir, spoolMaxBytes);
    this.#readers = outputs.map(() => new SpoolReader(spoolDir));
    const before = spoolBegin(spoolDir);
    dropStrayCursors(spoolDir, outputs, before);
    const deadLetters = new DeadLetterFile(spoolDir);
    this.#deliverers = outputs.map((spec, index) => {
      return new Deliverer({
        name: spec.name,
        sink: options.makeSink(spec),
        source: this.#readers[index] as SpoolReader,
        cursor: new CursorFile(spoolDir, spec.id),
        acknowledged: startingPlace(spoolDir, spec.id, before, this.#signal.sequence),
        deadLetters,
        readableTimes: this.#readableTimes,
        times: { sendMs: spec.sendMs, ...options.times },
        now: sharedNowMs,
        onEvent: (event) => this.#onEvent(index, event),
      });
    });
  }

  start(): void {
    for (const [index, deliverer] of this.#deliverers.entries()) {
      this.#signal.setAcknowledged(index, deliverer.acknowledged);
    }
    this.wake();
    for (const deliverer of this.#deliverers) deliverer.start();
    this.keep();
  }

  /** Looks how far the spool is. */
  wake(): void {
    const { sequence, sinceMs } = this.#signal.take();
    if (sequence <= this.#readable) return;
    this.#readable = sequence;
    this.#readableTimes.mark(sequence, sinceMs || sharedNowMs());
    for (const deliverer of this.#deliverers) deliverer.offer(sequence);
  }

  /** Keeps the spool small; to be called now and then. Never throws. */
  keep(): void {
    const acknowledged = this.#acknowledged();
    this.#readableTimes.forget(acknowledged);
    try {
      this.#spoolBytes = this.#keeper.keep(acknowledged);
      this.#isKeepingBroken = false;
    } catch (error) {
      if (this.#isKeepingBroken) return;
      this.#isKeepingBroken = true;
      const { message } = error as Error;
      this.#tell("warn", `spool ${this.#options.spoolDir}: cannot make room: ${message}`);
    }
  }

  snapshot(): ThreadSnapshot {
    return {
      outputs: this.#deliverers.map((deliverer) => deliverer.snapshot()),
      spoolBytes: this.#spoolBytes,
      corrupt: this.#readers.reduce((most, { corrupt }) => Math.max(most, corrupt), 0),
      dropped: this.#keeper.dropped,
    };
  }

  /** Takes at most a second. Never rejects. */
  async close(): Promise<void> {
    await Promise.all(this.#deliverers.map((deliverer) => deliverer.close(CLOSE_GRACE_MS)));
    this.keep();
    for (const reader of this.#readers) reader.close();
  }

  #onEvent(index: number, event: DelivererEvent): void {
    if (event.kind === "acknowledged") {
      this.#signal.setAcknowledged(index, event.sequence);
    } else {
      this.#tell(event.kind === "recovered" ? "info" : "warn", event.line);
    }
  }

  #acknowledged(): number {
    return this.#deliverers.reduce(
      (least, { acknowledged }) => Math.min(least, acknowledged),
      Number.POSITIVE_INFINITY,
    );
  }

  #tell(level: "warn" | "info", line: string): void {
    this.#options.report({ kind: "line", level, line });
  }
}

/**
 * An output that is no longer configured holds nothing back. Its cursor stays, for when it comes back, until
 * the spool has forgotten what it points at; then it says no more than a missing one.
 */
function dropStrayCursors(
  dir: string,
  outputs: readonly NetworkOutputSpec[],
  before: number,
): void {
  const known = new Set(outputs.map(({ id }) => `${id}.cursor`));
  for (const name of readdirSync(dir)) {
    if (!name.endsWith(".cursor") || known.has(name)) continue;
    const { sequence } = new CursorFile(dir, name.slice(0, -".cursor".length));
    if (sequence <= before) rmSync(join(dir, name), { force: true });
  }
}
