import { defineConfig } from "vitest/config";
import { SkippedReporter } from "./test/support/skipped-reporter.ts";

/** Whole captures, simulated networks, floods, other programs: minutes each, and most need what not every machine has. */
const LONG = [
  "test/cases/**",
  "test/cli/bad-input.test.ts",
  "test/cli/expectations.test.ts",
  "test/cli/package.test.ts",
  "test/cli/spool.test.ts",
  "test/cli/stats.test.ts",
  "test/corpus/**",
  "test/determinism/**",
  "test/docs/mutated-attacks.test.ts",
  "test/golden/coverage.test.ts",
  "test/oracle/suricata-alerts.test.ts",
  "test/peers/**",
  "test/rewrapped/**",
  "test/simulator/**",
  "test/storms/**",
  "test/suricata-verify/**",
  "test/synthetic/**",
  "test/tshark/**",
  "test/unit/capture/live-source.test.ts",
  "test/unit/emit/delivery/delivery.test.ts",
];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ["default", new SkippedReporter()],
    projects: [
      {
        extends: true,
        // `npm test`: what a change is tried with.
        test: {
          name: "quick",
          include: ["test/**/*.test.ts"],
          exclude: ["test/live/**", "test/kafka/**", ...LONG],
          execArgv: ["--expose-gc"],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "long",
          include: LONG.map((glob) => glob.replace(/\*\*$/, "**/*.test.ts")),
          execArgv: ["--expose-gc"],
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        // These play attacks in the time that they took, so they run when the machine is free.
        test: {
          name: "live",
          include: ["test/live/*.test.ts"],
          sequence: { groupOrder: 2 },
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
          sequence: { groupOrder: 3 },
          fileParallelism: false,
        },
      },
    ],
  },
});
