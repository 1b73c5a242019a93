import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { bundledCaptures } from "../support/bundled-captures.ts";
import { isAlarm, runFiles } from "../support/run-capture.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const captures = bundledCaptures();

/** `bye_spoof/x.pcap.gz` has its case in `bye_spoof/x/`. */
function caseOf(name: string): string {
  return name.replace(/\.pcap(ng)?(\.gz)?$/, "");
}

function sidsOf(alerts: readonly { signature: { sid: number } }[]): number[] {
  return alerts.map(({ signature }) => signature.sid);
}

describe("healthy captures stay silent with the shipped rules", () => {
  for (const { name, path } of captures.filter(({ isHealthy }) => isHealthy)) {
    it(name, async () => {
      const { alerts, problems } = await runFiles([path]);
      expect(problems).toEqual([]);
      expect(sidsOf(alerts.filter(isAlarm))).toEqual([]);
    });
  }
});

describe("attacks give exactly these alerts with the shipped rules", () => {
  for (const { name, path } of captures.filter(({ isHealthy }) => !isHealthy)) {
    it(name, async () => {
      const { alerts, lines, problems } = await runFiles([path]);
      expect(problems).toEqual([]);
      expect(alerts.filter(isAlarm), "an attack raises an alarm").not.toEqual([]);
      const file = join(HERE, caseOf(name), "expected.ndjson");
      await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(file);
    });
  }
});

it("has no expectation left of a capture that is gone", () => {
  const known = new Set(captures.map(({ name }) => caseOf(name)));
  const left = readdirSync(HERE, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith("expected.ndjson"))
    .map((name) => dirname(name))
    .filter((name) => !known.has(name));
  expect(left).toEqual([]);
});

it("finds captures at all", () => {
  expect(captures.length).toBeGreaterThan(50);
  expect(captures.every(({ path }) => existsSync(path))).toBe(true);
});
