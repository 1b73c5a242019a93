import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pcapFile } from "../support/pcap-writer.ts";
import { judge, type Violation } from "./invariants.ts";
import { sense } from "./run.ts";
import { buildWorld, type World, type WorldFrame, type WorldPlan } from "./world.ts";

/** A world in one line. */
export function nameOf({ seed, attack, evasions, stories, impairments }: WorldPlan): string {
  const parts = [
    attack === null ? `honest --from ${seed}` : `--only ${attack} --from ${seed}:`,
    evasions.join(" + "),
    `with ${stories.filter((name) => name !== null).join(", ") || "nobody else"}`,
  ];
  if (impairments.length > 0) parts.push(`under ${impairments.join(", ")}`);
  return parts.join(" ");
}

/** Not in the temporary folder, which goes with a test run: somebody wants to look at these. */
const FOUND = fileURLToPath(new URL("found/", import.meta.url));

/** Runs of the pipeline that shrinking one failure may cost. */
const RUNS_MAX = 250;

/** Writes the smallest capture that still shows the violation, and says where and what is left of the plan. */
export function reproduce(plan: WorldPlan, violation: Violation): string {
  const small = shrunkPlan(plan, violation);
  const world = buildWorld(small);
  const frames =
    violation.invariant === "detection" ? world.frames : shrunkFrames(small, world, violation);
  mkdirSync(FOUND, { recursive: true });
  const path = join(FOUND, `${small.attack ?? "honest"}-${plan.seed}.pcap`);
  writeCapture(path, frames);
  const { stories, impairments, evasions } = small;
  const left = [...stories.filter((name) => name !== null), ...evasions, ...impairments];
  return `${path}: ${frames.length} packets of ${left.join(", ") || "the attack alone"}`;
}

export function writeCapture(path: string, frames: readonly WorldFrame[]): void {
  writeFileSync(path, pcapFile(frames.map(({ timeUs, bytes }) => ({ timeUs, bytes }))));
}

/** Takes stories, impairments and evasions out, one by one, as long as the violation stays. */
function shrunkPlan(plan: WorldPlan, violation: Violation): WorldPlan {
  let best = plan;
  const tryPlan = (candidate: WorldPlan) => {
    const world = buildWorld(candidate);
    if (isStill(violation, candidate, world, world.frames)) best = candidate;
  };
  for (const at of plan.stories.keys()) {
    tryPlan({ ...best, stories: best.stories.map((name, i) => (i === at ? null : name)) });
  }
  for (const out of plan.impairments) {
    tryPlan({ ...best, impairments: best.impairments.filter((name) => name !== out) });
  }
  for (const out of plan.evasions) {
    tryPlan({ ...best, evasions: best.evasions.filter((name) => name !== out) });
  }
  return best;
}

/** Takes ranges of packets out, from halves down to single ones (delta debugging). */
function shrunkFrames(plan: WorldPlan, world: World, violation: Violation): readonly WorldFrame[] {
  let best = world.frames;
  let runs = 0;
  for (
    let size = Math.ceil(best.length / 2);
    size >= 1 && runs < RUNS_MAX;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = 0; at < best.length && runs < RUNS_MAX; runs++) {
      const candidate = [...best.slice(0, at), ...best.slice(at + size)];
      if (candidate.length > 0 && isStill(violation, plan, world, candidate)) best = candidate;
      else at += size;
    }
  }
  return best;
}

function isStill(
  violation: Violation,
  plan: WorldPlan,
  world: World,
  frames: readonly WorldFrame[],
): boolean {
  const { invariant, what } = violation;
  const run = sense(frames);
  if (invariant === "determinism") return sense(frames).lines.join() !== run.lines.join();
  return judge(plan, world, run).some(
    (other) => other.invariant === invariant && (invariant === "detection" || other.what === what),
  );
}
