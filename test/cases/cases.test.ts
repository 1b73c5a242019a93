import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openSource } from "../../src/capture/file-source.ts";
import { inPieces } from "../support/captured.ts";
import { type PipelineRun, runFiles, runSource } from "../support/run-capture.ts";
import { SHARED_CAPTURES } from "../support/shared-captures.ts";
import { ALL_CASES } from "./all-cases.ts";
import { captureOf, configOf } from "./scene.ts";
import { isRight, type SeenAlert, seen } from "./verdict.ts";

const GIVEN = join(SHARED_CAPTURES, "cases");

function alertsOf({ lines }: PipelineRun): SeenAlert[] {
  return lines
    .map((line): SeenAlert & { event_type: string } => JSON.parse(line))
    .filter((record) => record.event_type === "alert");
}

function givenCases(): { file: string; expect: string; kind: string; what: string }[] {
  const table = join(GIVEN, "CASES.tsv");
  if (!existsSync(table)) return [];
  const lines = readFileSync(table, "utf8").trimEnd().split("\n").slice(1);
  return lines.map((line) => {
    const [file = "", wanted = "", kind = "", what = ""] = line.split("\t");
    return { file, expect: wanted, kind, what };
  });
}

describe("made captures", () => {
  for (const scene of ALL_CASES) {
    it(`${scene.kind}: ${scene.name} is ${scene.expect}`, async () => {
      const source = openSource(["-"], { stdin: inPieces(captureOf(scene), 1 << 20) });
      const alerts = alertsOf(await runSource(source, { config: configOf(scene) }));
      expect(isRight(scene.expect, alerts), `${scene.what}; seen: ${seen(alerts)}`).toBe(true);
    });
  }

  it("are called differently", () => {
    const names = ALL_CASES.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
});

// They lie beside the project.
describe.skipIf(givenCases().length === 0)("given captures", () => {
  for (const { file, expect: wanted, kind, what } of givenCases()) {
    it(`${kind}: ${file} is ${wanted}`, async () => {
      const alerts = alertsOf(await runFiles([join(GIVEN, file)]));
      expect(isRight(wanted, alerts), `${what}; seen: ${seen(alerts)}`).toBe(true);
    });
  }
});
