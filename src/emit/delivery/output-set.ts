import { CursorFile, type CursorPlace } from "../spool/cursor-file.ts";
import type { Range } from "../spool/spool-folder.ts";
import { SpoolKeeper } from "../spool/spool-keeper.ts";
import { SpoolReader } from "../spool/spool-reader.ts";
import { AbsentOutputs } from "./absent-outputs.ts";
import { DeadLetterFile } from "./dead-letter-file.ts";
import { Deliverer } from "./deliverer.ts";
import type { DelivererEvent, DelivererTimes } from "./deliverer-options.ts";
import type { DeliverySink } from "./delivery-sink.ts";
import { LossReport } from "./loss-report.ts";
import type { NetworkOutputSpec } from "./output-spec.ts";
import { ReadableTimes } from "./readable-times.ts";
import { type Progress, SpoolSignal, sharedNowMs } from "./spool-signal.ts";
import type { ThreadReport, ThreadSetup, ThreadSnapshot } from "./thread-messages.ts";

export interface OutputSetOptions extends ThreadSetup {
  readonly makeSink: (spec: NetworkOutputSpec) => DeliverySink;
  readonly report: (report: ThreadReport) => void;
  readonly times?: Partial<DelivererTimes>;
}

/** A batch that is on its way when the program ends is given this long: else it is sent again. */
const CLOSE_GRACE_MS = 250;
/** Of what an earlier run left, the end looks into so much more, to say exactly what waits. */
const LAST_LOOK_BYTES = 256 * 1024 * 1024;

/** All network outputs over one spool: what the delivery thread does, without the thread. */
export class OutputSet {
  readonly #options: OutputSetOptions;
  readonly #signal: SpoolSignal;
  readonly #readableTimes = new ReadableTimes();
  readonly #keeper: SpoolKeeper;
  readonly #readers: readonly SpoolReader[];
  readonly #deliverers: readonly Deliverer[];
  /** What a thread before this one has counted in the same run. */
  readonly #before: readonly Progress[];
  readonly #absent: AbsentOutputs;
  readonly #losses: LossReport;
  /** Last sequence that is known to be on disk. */
  #readable = 0;
  #spoolBytes = 0;
  #isKeepingBroken = false;

  constructor(options: OutputSetOptions) {
    const { absent, outputs, places, signal, spoolDir, spoolMaxBytes } = options;
    this.#options = options;
    this.#signal = new SpoolSignal(signal);
    this.#keeper = new SpoolKeeper(spoolDir, spoolMaxBytes);
    this.#readers = outputs.map(() => new SpoolReader(spoolDir));
    this.#before = outputs.map((_, index) => this.#signal.progress(index));
    this.#absent = new AbsentOutputs(spoolDir, absent);
    this.#losses = new LossReport(spoolDir, spoolMaxBytes);
    const deadLetters = new DeadLetterFile(spoolDir);
    this.#deliverers = outputs.map((spec, index) => {
      const place = places[index] as CursorPlace;
      return new Deliverer({
        name: spec.name,
        sink: options.makeSink(spec),
        source: this.#readers[index] as SpoolReader,
        cursor: new CursorFile(spoolDir, spec.id, place),
        gap: place.gap,
        deadLetters,
        readableTimes: this.#readableTimes,
        times: { sendMs: spec.sendMs, ...options.times },
        now: sharedNowMs,
        onEvent: (event) => this.#onEvent(index, event),
      });
    });
  }

  start(): void {
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

  /** Keeps the spool small, and counts what it holds; to be called now and then. Never throws. */
  keep(): void {
    this.#readableTimes.forget(this.#acknowledged());
    try {
      this.#spoolBytes = this.#keeper.keep({
        outputs: this.#deliverers.flatMap(({ place }) => place.ranges),
        absent: this.#absent.ranges,
      });
      this.#isKeepingBroken = false;
    } catch (error) {
      const isNew = !this.#isKeepingBroken;
      this.#isKeepingBroken = true;
      const { message } = error as Error;
      if (isNew)
        this.#tell("warn", `spool ${this.#options.spoolDir}: cannot make room: ${message}`);
    }
    this.#count();
    if (this.#keeper.hasGivenUpAbsent) this.#absent.giveUp();
    const lines = [
      ...this.#absent.lines(this.#keeper),
      ...this.#losses.lines(this.#keeper.dropped, this.#lost(), sharedNowMs()),
    ];
    for (const line of lines) this.#tell("warn", line);
  }

  snapshot(): ThreadSnapshot {
    return {
      outputs: this.#deliverers.map((deliverer) => deliverer.snapshot()),
      spoolBytes: this.#spoolBytes,
      corrupt: this.#readers.reduce((most, { corrupt }) => Math.max(most, corrupt), 0),
      dropped: this.#keeper.dropped,
      isCounted: this.#keeper.isCounted,
    };
  }

  /** Takes at most a second. Never rejects. */
  async close(): Promise<void> {
    await Promise.all(this.#deliverers.map((deliverer) => deliverer.close(CLOSE_GRACE_MS)));
    this.keep();
    try {
      this.#keeper.lookInto(LAST_LOOK_BYTES);
    } catch {
      // What waits is then told as at most so much.
    }
    this.#count();
    for (const { place } of this.#deliverers) place.close();
    for (const reader of this.#readers) reader.close();
  }

  #count(): void {
    const { isCounted } = this.#keeper;
    const countIn = (range: Range) => this.#keeper.countIn(range);
    for (const [index, deliverer] of this.#deliverers.entries()) {
      deliverer.place.learnHoles(countIn, !isCounted);
      this.#publish(index);
    }
  }

  #publish(index: number): void {
    const { acknowledged, refused, missing, holes } = (this.#deliverers[index] as Deliverer)
      .progress;
    const before = this.#before[index] as Progress;
    this.#signal.setProgress(index, {
      acknowledged,
      refused: before.refused + refused,
      missing: before.missing + missing,
      holes,
    });
  }

  #onEvent(index: number, event: DelivererEvent): void {
    if (event.kind === "progress") this.#publish(index);
    else this.#tell(isGood(event.kind) ? "info" : "warn", event.line);
  }

  #lost(): number {
    return this.#deliverers.reduce((most, { place }) => Math.max(most, place.lost), 0);
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

function isGood(kind: DelivererEvent["kind"]): boolean {
  return kind === "recovered" || kind === "note";
}
