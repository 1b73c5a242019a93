import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { violationsOf } from "./invariants.ts";
import { plansOf } from "./plan.ts";
import { nameOf, reproduce, writeCapture } from "./reproduction.ts";
import { buildWorld } from "./world.ts";

/**
 * `npm run simulate -- --seeds 1000 [--from N] [--only NAME] [--fast] [--write FOLDER]`: plays any number of
 * worlds; each violation is shrunk to a small capture unless `--fast`. NAME begins the name of attacks, or
 * is that of an honest story. `--write` keeps every world as a capture and judges nothing.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "200" },
    from: { type: "string", default: "0" },
    only: { type: "string" },
    fast: { type: "boolean", default: false },
    write: { type: "string" },
  },
});

const plans = plansOf(Number(values.from), Number(values.seeds), values.only);
let failed = 0;
for (const plan of plans) {
  if (values.write !== undefined) {
    mkdirSync(values.write, { recursive: true });
    const path = join(values.write, `${[plan.attack ?? "honest", plan.seed].join("-")}.pcap`);
    writeCapture(path, buildWorld(plan).frames);
    console.log(`${path}: ${nameOf(plan)}`);
    continue;
  }
  const violations = violationsOf(plan);
  const [first] = violations;
  if (first === undefined) continue;
  failed++;
  console.log(nameOf(plan));
  for (const { invariant, what } of violations) console.log(`  ${invariant}: ${what}`);
  if (!values.fast) console.log(`  ${reproduce(plan, first)}`);
}
console.log(`${plans.length} worlds, ${failed} with a violation`);
process.exitCode = failed > 0 ? 1 : 0;
