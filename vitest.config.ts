import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: "tests",
          include: ["test/**/*.test.ts"],
          exclude: ["test/live/**", "test/kafka/**"],
          execArgv: ["--expose-gc"],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        // These play attacks in the time that they took, so they run when the machine is free.
        test: {
          name: "live",
          include: ["test/live/*.test.ts"],
          sequence: { groupOrder: 1 },
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
          sequence: { groupOrder: 2 },
          fileParallelism: false,
        },
      },
    ],
  },
});
