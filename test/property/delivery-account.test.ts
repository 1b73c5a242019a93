import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  accountOf,
  type OutputAccount,
  sumOfLosses,
} from "../../src/emit/delivery/output-account.ts";
import { OutputSet } from "../../src/emit/delivery/output-set.ts";
import type { NetworkOutputSpec } from "../../src/emit/delivery/output-spec.ts";
import { takePlaces } from "../../src/emit/delivery/places.ts";
import { SpoolSignal, sharedNowMs } from "../../src/emit/delivery/spool-signal.ts";
import type { ThreadReport } from "../../src/emit/delivery/thread-messages.ts";
import { SpoolWriter } from "../../src/emit/spool/spool-writer.ts";
import { FakeSink, refusal, reset } from "../unit/emit/delivery/fakes.ts";
import { segmentPaths } from "../unit/emit/spool/spool-fixture.ts";

/**
 * raised + carried = delivered + waiting + lost, for every output and every run, whatever happens to
 * receivers, disk and room; and each figure is what really became of so many records.
 */

const NAMES = ["a", "b"] as const;
type Name = (typeof NAMES)[number];

type Step =
  | { readonly kind: "raise"; readonly count: number; readonly severity: number }
  | { readonly kind: "receiver"; readonly name: Name; readonly state: "up" | "down" | "refuses" }
  | { readonly kind: "wait" }
  | { readonly kind: "keep" };

interface Run {
  readonly steps: readonly Step[];
  /** Damage to the spool after the run: which segment, where in it, as parts of the whole. */
  readonly damage: readonly (readonly [number, number])[];
}

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("raise" as const),
    count: fc.integer({ min: 1, max: 120 }),
    severity: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({
    kind: fc.constant("receiver" as const),
    name: fc.constantFrom(...NAMES),
    state: fc.constantFrom("up" as const, "down" as const, "refuses" as const),
  }),
  fc.constant({ kind: "wait" as const }),
  fc.constant({ kind: "keep" as const }),
);
const part = fc.double({ min: 0, max: 0.999, noNaN: true });
const runs: fc.Arbitrary<readonly Run[]> = fc.array(
  fc.record({
    steps: fc.array(step, { minLength: 1, maxLength: 12 }),
    damage: fc.array(fc.tuple(part, part), { maxLength: 2 }),
  }),
  { minLength: 1, maxLength: 4 },
);

const times = { connectMs: 500, sendMs: 500, backOffFirstMs: 0, backOffLongestMs: 1, cursorMs: 1 };

/** A spool with two outputs, over several runs; counts by itself what arrives. */
class World {
  readonly dir = mkdtempSync(join(tmpdir(), "sipsentry-account-"));
  readonly arrived = { a: new Set<string>(), b: new Set<string>() };
  readonly refused = { a: new Set<string>(), b: new Set<string>() };
  /** Of all runs. */
  readonly lost = { a: 0, b: 0 };
  raised = 0;
  waiting = { a: 0, b: 0 };
  readonly #states = { a: "up", b: "up" } as Record<Name, "up" | "down" | "refuses">;
  readonly #limits: { readonly maxBytes: number; readonly memoryBytes: number };

  constructor(limits: { readonly maxBytes: number; readonly memoryBytes: number }) {
    this.#limits = limits;
  }

  async run(steps: readonly Step[], isLast: boolean): Promise<readonly OutputAccount[]> {
    const { dir } = this;
    const { maxBytes, memoryBytes } = this.#limits;
    const spool = { dir, maxBytes, memoryBytes, segmentBytes: 2_000, syncMs: 60_000 };
    const writer = SpoolWriter.open({ ...spool, onProblem: () => {} });
    const outputs = NAMES.map((id) => ({ id, name: id, sendMs: 500 }) as NetworkOutputSpec);
    const signal = SpoolSignal.create(outputs.length);
    const last = writer.lastSequence;
    signal.announce(last, sharedNowMs());
    const places = takePlaces({ dir, last, spare: writer.spare }, outputs, false);
    for (const [index, { holes, sequence }] of places.outputs.entries()) {
      signal.setProgress(index, { acknowledged: sequence, refused: 0, missing: 0, holes });
    }
    const reports: ThreadReport[] = [];
    const set = new OutputSet({
      ...{ spoolDir: dir, spoolMaxBytes: maxBytes, outputs, signal: signal.buffer },
      ...{ places: places.outputs, absent: places.absent, times },
      makeSink: ({ id }) => this.#sink(id as Name),
      report: (report) => reports.push(report),
    });
    writer.onWritten = (sequence) => {
      signal.announce(sequence, sharedNowMs());
      if (signal.disarm()) set.wake();
    };
    writer.onFull = () => set.keep();
    set.start();
    const isSettled = (name: Name) =>
      signal.acknowledged(NAMES.indexOf(name)) >= writer.lastSequence;
    for (const now of steps) await this.#play(now, writer, set, isSettled);
    if (isLast) {
      this.#states.a = "up";
      this.#states.b = "up";
      while (writer.counters.waiting > 0 || !NAMES.every(isSettled)) {
        writer.flush();
        set.keep();
        await turn();
      }
    }
    await set.close();
    // The delivery thread has ended by then, and makes no room any more.
    writer.onFull = () => {};
    writer.close();
    const { dropped, raised, waiting } = writer.counters;
    const sumOf = (counts: ReadonlyMap<number, number>) =>
      [...counts.values()].reduce((sum, count) => sum + count, 0);
    return places.outputs.map((place, index) =>
      accountOf({
        place,
        ...{ lastBefore: last, last: writer.lastSequence, progress: signal.progress(index) },
        writer: { raised, waiting, dropped: sumOf(dropped) },
        dropped: sumOf(set.snapshot().dropped),
      }),
    );
  }

  damage([segment, place]: readonly [number, number]): void {
    const paths = segmentPaths(this.dir);
    const path = paths[Math.floor(segment * paths.length)];
    if (path === undefined) return;
    const bytes = readFileSync(path);
    if (bytes.length < 10) return;
    const at = 8 + Math.floor(place * (bytes.length - 8));
    // The same place twice must not heal it.
    bytes[at] = 0x5a;
    writeFileSync(path, bytes);
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  async #play(
    now: Step,
    writer: SpoolWriter,
    set: OutputSet,
    isSettled: (name: Name) => boolean,
  ): Promise<void> {
    if (now.kind === "receiver") this.#states[now.name] = now.state;
    if (now.kind === "keep") set.keep();
    if (now.kind === "raise") {
      for (let i = 0; i < now.count; i++) {
        const alertId = `r${this.raised++}`;
        writer.append({ severity: now.severity, alertId, key: "k", line: "x".repeat(300) });
      }
      writer.flush();
    }
    if (now.kind !== "wait") return;
    const patient = NAMES.filter((name) => this.#states[name] === "up");
    for (let i = 0; i < 200 && !patient.every(isSettled); i++) await turn();
  }

  #sink(name: Name): FakeSink {
    const sink = new FakeSink();
    sink.batchRecords = 16;
    sink.onConnect = async () => {
      if (this.#states[name] === "down") throw reset();
    };
    sink.onSend = async (batch) => {
      if (this.#states[name] === "down") throw reset();
      // It takes most, and will never take some.
      const isPoison = ({ alertId }: { readonly alertId: string }) => alertId.endsWith("7");
      if (this.#states[name] === "refuses" && batch.some(isPoison)) {
        if (batch.length === 1) this.refused[name].add((batch[0] as { alertId: string }).alertId);
        throw refusal();
      }
      for (const { alertId } of batch) this.arrived[name].add(alertId);
    };
    return sink;
  }
}

/** What waits in memory is written at the end, when nobody makes room for it any more. */
const FULL_AT_THE_END: [readonly Run[], number, number] = [
  [
    {
      steps: [4, 25, 1, 1].map((count) => ({ kind: "raise", count, severity: 1 })),
      damage: [],
    },
    { steps: [{ kind: "raise", count: 1, severity: 1 }], damage: [] },
  ],
  8_000,
  2_000,
];

it("adds up for every output, run after run, through faults of receivers, disk and room", async () => {
  await fc.assert(
    fc.asyncProperty(
      runs,
      fc.integer({ min: 8_000, max: 120_000 }),
      fc.integer({ min: 2_000, max: 40_000 }),
      async (all, maxBytes, memoryBytes) => {
        const world = new World({ maxBytes, memoryBytes });
        try {
          for (const { damage, steps } of all) {
            await checkRun(world, steps, false);
            for (const place of damage) world.damage(place);
          }
          await checkRun(world, [], true);
          for (const name of NAMES) {
            // Everything that did not arrive was told to be lost, and nothing else.
            const missing = world.raised - world.arrived[name].size;
            expect(world.lost[name]).toBe(missing);
            expect(world.waiting[name]).toBe(0);
          }
        } finally {
          world.remove();
        }
      },
    ),
    { numRuns: 60, examples: [FULL_AT_THE_END] },
  );
});

async function checkRun(world: World, steps: readonly Step[], isLast: boolean): Promise<void> {
  const before = { a: world.arrived.a.size, b: world.arrived.b.size };
  const raisedBefore = world.raised;
  const accounts = await world.run(steps, isLast);
  for (const [index, name] of NAMES.entries()) {
    const account = accounts[index] as OutputAccount;
    const { carried, delivered, lost, raised, waiting } = account;
    expect(raised).toBe(world.raised - raisedBefore);
    expect(carried).toBe(world.waiting[name]);
    expect(delivered + waiting + sumOfLosses(lost)).toBe(raised + carried);
    for (const count of [delivered, waiting, ...Object.values(lost)]) {
      expect(count).toBeGreaterThanOrEqual(0);
    }
    // A batch that arrived and was dropped before its acknowledgement counts once.
    expect(delivered).toBe(world.arrived[name].size - before[name]);
    world.waiting[name] = waiting;
    world.lost[name] += sumOfLosses(lost);
  }
}
