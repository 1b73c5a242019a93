import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { EVENT_ROWS } from "../../src/track/facts/event-kind.ts";
import { POLICY } from "../cases/policy.ts";
import { POLICY_LINKS } from "../cases/policy-links.ts";
import { captureOf } from "../cases/scene.ts";
import { bundledCaptures, PCAPS } from "../support/bundled-captures.ts";
import { tsharkVersion } from "../support/tshark.ts";
import { comparePolicies } from "./policy-compare.ts";
import { EXPECTED } from "./policy-facts.ts";

const version = tsharkVersion();

/** Scenes of policies break what is declared on purpose: each is held against tshark, too. */
const dir = mkdtempSync(join(tmpdir(), "sipsentry-policy-"));
afterAll(() => rmSync(dir, { recursive: true }));
const scenes = [...POLICY, ...POLICY_LINKS].map((scene): readonly [string, string] => {
  const path = join(dir, `${scene.name}.pcap`);
  writeFileSync(path, captureOf(scene));
  return [scene.name, path];
});

const healthy = bundledCaptures().filter(({ isHealthy }) => isHealthy);

describe.skipIf(version === "")(
  `policies on healthy captures, as tshark ${version} sees them`,
  () => {
    const files = healthy.map(({ name }): readonly [string, string] => [name, join(PCAPS, name)]);
    it.each([...files, ...scenes])("%s", (_name, path) => comparePolicies(path));
  },
);

it("each fact of policies is in the table that tshark is asked by", () => {
  const facts = EVENT_ROWS.map(({ name }) => name).filter((name) => name.startsWith("policy."));
  expect(Object.keys(EXPECTED).sort()).toEqual(facts.sort());
});
