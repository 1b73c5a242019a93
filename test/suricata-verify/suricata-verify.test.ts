import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runProgram } from "../../src/commands/program.ts";
import { countMatching, readCases, type VerifyCase } from "./verify-case.ts";

const ROOT = join(process.env.SIPSENTRY_SHARED ?? "../shared", "suricata-verify-sip");
const hasTests = existsSync(ROOT);
if (!hasTests && process.env.CI === "true") throw new Error(`${ROOT} is missing in CI`);
if (!hasTests) console.log(`suricata-verify is skipped: there is no ${ROOT}`);

const cases = hasTests ? readCases(ROOT) : [];
let folder = "";

/**
 * The one check that differs on purpose: Suricata's parser is bound to a side of the flow and loses two of the ten
 * messages, a REGISTER that the flow's server sends and the answer to it. Here both are read.
 */
const DIFFERENT: ReadonlyMap<string, number> = new Map([
  [`sip-body-frames {"event_type":"sip"}`, 10],
]);

/** Runs a test's capture and rules through the command line and gives the EVE records. */
async function eveOf({ name, pcap, rules }: VerifyCase): Promise<unknown[]> {
  const eve = join(folder, `${name}.json`);
  const noRules = join(folder, "none.rules");
  writeFileSync(noRules, "# no rules\n");
  const exitCode = await runProgram([
    ...["node", "sipsentry", "replay", pcap, "--quiet"],
    ...["--rules", rules ?? noRules, "--eve", eve, "--eve-types", "sip,flow,anomaly,stats"],
    // Suricata writes an alert for each match.
    ...["--set", "incidents.fold=false"],
  ]);
  expect(exitCode).toBe(0);
  return readFileSync(eve, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
}

describe("suricata-verify, each test.yaml as it stands", () => {
  beforeAll(() => {
    // Each run of the program listens to these streams once.
    for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(100);
    folder = mkdtempSync(join(tmpdir(), "sipsentry-verify-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  for (const one of cases) {
    it(one.name, async () => {
      const records = await eveOf(one);
      for (const { count, match } of one.checks) {
        expect([JSON.stringify(match), countMatching(records, match)]).toEqual([
          JSON.stringify(match),
          DIFFERENT.get(`${one.name} ${JSON.stringify(match)}`) ?? count,
        ]);
      }
    });
  }

  it.skipIf(!hasTests && process.env.CI !== "true")("runs every test", () => {
    expect(cases.length).toBe(30);
  });
});
