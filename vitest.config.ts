import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { SkippedReporter } from "./test/support/skipped-reporter.ts";

/*
 * What goes where. A new test file is of `quick` unless it is listed here:
 *
 *   quick  npm test           some seconds, nothing but Node.js; files share two processes
 *   alone  npm test           measures or replaces something of its process: one process each
 *   long   npm run test:all   many seconds, or other programs: one process each, two at a time
 *   live   npm run test:all   in real time, or a measure that others would disturb: one file after the other
 *   kafka  npm run test:all   a broker
 *
 * Files of `quick` share processes, because to load the program and its rules for each took longer than most of the tests. A pipeline is
 * cheap to make (12 ms), a start of the program is not (half a second of processor time): what needs no process calls
 * `runFiles`, `runPackets` or a `Wire`.
 */

/** Whole captures, simulated networks, floods, other programs: minutes each, and most need what not every machine has. */
const LONG = [
  "test/baselines/**",
  "test/cases/**",
  "test/cli/bad-input.test.ts",
  "test/cli/expectations.test.ts",
  "test/cli/package.test.ts",
  "test/cli/tune.test.ts",
  "test/corpus/**",
  "test/determinism/**",
  "test/docs/attacks-with-lies.test.ts",
  "test/docs/mutated-attacks.test.ts",
  "test/golden/coverage.test.ts",
  "test/oracle/grammar.test.ts",
  "test/oracle/suricata-alerts.test.ts",
  "test/peers/**",
  "test/property/short-ways.test.ts",
  "test/rewrapped/**",
  "test/simulator/**",
  "test/storms/**",
  "test/suricata-verify/**",
  "test/synthetic/**",
  "test/tshark/**",
  "test/unit/emit/spool/killed-writer.test.ts",
  "test/unit/emit/spool/locking-processes.test.ts",
];

/** Attacks in the time that they took, receivers that are kept waiting, bytes counted by the heap's growth: they run when the machine is free. */
const TIMED = [
  "test/alloc/**",
  "test/live/**",
  "test/cli/spool.test.ts",
  "test/cli/stats.test.ts",
  "test/unit/capture/live-source.test.ts",
  "test/unit/emit/delivery/delivery.test.ts",
];

/** What they measure or replace in the process, others must not see. */
const ALONE = [
  "test/unit/base/column.test.ts",
  "test/unit/commands/reload-signal.test.ts",
  "test/unit/commands/reload.test.ts",
  "test/unit/emit/outputs/kafka-parts.test.ts",
  "test/unit/emit/outputs/kafka-records.test.ts",
  "test/unit/emit/spool/failing-sync.test.ts",
  "test/unit/emit/spool/segment-end.test.ts",
];

/** Two files at a time also where Node.js sees two cores; vitest leaves one of them to itself. */
const WORKERS = Math.max(2, availableParallelism() - 1);

function globsOf(paths: readonly string[]): string[] {
  return paths.map((glob) => glob.replace(/\*\*$/, "**/*.test.ts"));
}

export default defineConfig({
  test: {
    globalSetup: ["test/support/build-program.ts", "test/support/run-folder.ts"],
    // Against what never ends. Some tests work for seconds, which a machine with other work on it makes a minute.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // What a test waits for comes at once on a machine that has time, and late on one that has none.
    expect: { poll: { timeout: 30_000 } },
    reporters: ["default", new SkippedReporter()],
    projects: [
      {
        extends: true,
        // `npm test`: what a change is tried with.
        test: {
          name: "quick",
          include: ["test/**/*.test.ts"],
          exclude: ["test/kafka/**", ...ALONE, ...TIMED, ...LONG],
          execArgv: ["--expose-gc"],
          isolate: false,
          // A test that asks nothing cannot fail.
          expect: { requireAssertions: true },
          maxWorkers: WORKERS,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        // The rest of `npm test`, each file in a process of its own.
        test: {
          name: "alone",
          include: globsOf(ALONE),
          execArgv: ["--expose-gc"],
          sequence: { groupOrder: 1 },
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: "long",
          include: globsOf(LONG),
          execArgv: ["--expose-gc"],
          testTimeout: 600_000,
          maxWorkers: WORKERS,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: "live",
          include: globsOf(TIMED),
          execArgv: ["--expose-gc"],
          sequence: { groupOrder: 3 },
          fileParallelism: false,
          maxConcurrency: 3,
        },
      },
      {
        extends: true,
        // A broker and its faults, with times of their own: one file at a time, after the others.
        test: {
          name: "kafka",
          include: ["test/kafka/*.test.ts"],
          sequence: { groupOrder: 4 },
          fileParallelism: false,
        },
      },
    ],
  },
});
