import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { openSource } from "../../src/capture/file-source.ts";
import { ALL_CASES } from "../cases/all-cases.ts";
import { FIRINGS } from "../cases/fires.ts";
import { captureOf, configOf } from "../cases/scene.ts";
import { bundledCaptures } from "../support/bundled-captures.ts";
import { inPieces } from "../support/captured.ts";
import { runSource, shippedRules } from "../support/run-capture.ts";
import { Wire } from "../support/wire.ts";
import { SYNTHETIC_ATTACKS } from "../synthetic/attacks.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Silent for the first three weeks of any key. */
const BASELINES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((rule) => 9_115_000 + rule);

/** Rules that no capture, no synthetic attack and no scene fires, and why. */
const UNFIRED: Readonly<Record<number, string>> = {
  ...Object.fromEntries(
    BASELINES.map((sid) => [sid, "after weeks of learning: test/baselines fires it"]),
  ),
  9107002: "only live capture knows of drops: test/synthetic/blindness.test.ts fires it",
  9107005: "no shipped rule costs so much: test/unit/detect/rules/rule-costs.test.ts fires it",
  9107004: "only with smaller tables: test/synthetic/blindness.test.ts fires it",
};

function firedByCaptures(): Set<number> {
  const sids = new Set<number>();
  for (const { name } of bundledCaptures().filter(({ isHealthy }) => !isHealthy)) {
    const folder = name.replace(/\.pcap(ng)?(\.gz)?$/, "");
    const lines = readFileSync(join(HERE, folder, "expected.ndjson"), "utf8");
    for (const [, sid] of lines.matchAll(/"signature_id":(\d+)/g)) sids.add(Number(sid));
  }
  return sids;
}

describe("the scene that is named for a rule fires it", () => {
  for (const { sid, scene: name, why } of FIRINGS) {
    it(`${sid}: ${name}, ${why}`, async () => {
      const scene = ALL_CASES.find((scene) => scene.name === name);
      if (scene === undefined) throw new Error(`there is no scene ${name}`);
      const source = openSource(["-"], { stdin: inPieces(captureOf(scene), 1 << 20) });
      const { alerts } = await runSource(source, { config: configOf(scene) });
      expect(alerts.map(({ signature }) => signature.sid)).toContain(sid);
    });
  }
});

it("has a bundled capture, a synthetic attack, or else a scene, for each shipped rule of severity 1 to 3", () => {
  const fired = firedByCaptures();
  const doubled = FIRINGS.filter(({ sid }) => fired.has(sid)).map(({ sid }) => sid);
  expect(doubled, "bundled captures fire these, so no scene is needed").toEqual([]);
  for (const { sid, make } of SYNTHETIC_ATTACKS) {
    if (sid === undefined || fired.has(sid)) continue;
    const wire = new Wire();
    make(wire);
    for (const fires of wire.run().sids) fired.add(fires);
  }
  for (const { sid } of FIRINGS) fired.add(sid);
  const unfired = shippedRules()
    .signatures.map(({ alert }) => alert)
    .filter(({ severity }) => severity <= 3)
    .map(({ sid }) => sid)
    .filter((sid) => !fired.has(sid))
    .sort((a, b) => a - b);
  expect(unfired).toEqual(Object.keys(UNFIRED).map(Number));
});
