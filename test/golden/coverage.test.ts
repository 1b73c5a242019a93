import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { bundledCaptures } from "../support/bundled-captures.ts";
import { shippedRules } from "../support/run-capture.ts";
import { Wire } from "../support/wire.ts";
import { SYNTHETIC_ATTACKS } from "../synthetic/attacks.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Rules that neither a bundled capture nor a synthetic attack fires, and why. */
const UNFIRED: Readonly<Record<number, string>> = {
  9107002: "only live capture knows of drops: test/synthetic/blindness.test.ts fires it",
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

it("has a bundled capture, or else a synthetic attack, for each shipped rule of severity 1 to 3", () => {
  const fired = firedByCaptures();
  for (const { sid, make } of SYNTHETIC_ATTACKS) {
    if (sid === undefined || fired.has(sid)) continue;
    const wire = new Wire();
    make(wire);
    for (const fires of wire.run().sids) fired.add(fires);
  }
  const unfired = shippedRules()
    .signatures.map(({ alert }) => alert)
    .filter(({ severity }) => severity <= 3)
    .map(({ sid }) => sid)
    .filter((sid) => !fired.has(sid));
  expect(unfired).toEqual(Object.keys(UNFIRED).map(Number));
});
