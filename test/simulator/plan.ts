import { ATTACKS } from "./attacks/all.ts";
import type { Attack, Evasion } from "./attacks/attack.ts";
import { HONEST_STORIES } from "./honest/all.ts";
import { IMPAIRMENTS, type Impairment } from "./impairments.ts";
import { Random } from "./wire/random.ts";
import type { WorldPlan } from "./world.ts";

/** Impairments that hide nothing from the sensor: an attack has to be seen through them. */
const HARMLESS: readonly Impairment[] = ["jitter", "reordering", "span-copies", "router-failover"];

/** A healthy world. Stories take turns by seed, so that a few dozen seeds play each of them. */
export function honestPlan(seed: number): WorldPlan {
  const random = new Random(seed).fork("plan");
  return {
    seed,
    stories: storiesOf(seed, random, random.whole(1, 4)),
    impairments: random.sample(IMPAIRMENTS, random.pick([0, 0, 1, 1, 2])),
    attack: null,
    evasions: [],
  };
}

/** An attack in a healthy world: by seed plain, then under each of its evasions, then under two at a time. */
export function attackPlan(attack: Attack, round: number): WorldPlan {
  const seed = round;
  const random = new Random(seed).fork(`plan ${attack.name}`);
  return {
    seed,
    stories: storiesOf(random.whole(0, 999), random, random.whole(0, 2)),
    impairments: random.chance(0.3) ? [random.pick(HARMLESS)] : [],
    attack: attack.name,
    evasions: evasionsOf(attack, round, random),
  };
}

function evasionsOf({ evasions }: Attack, round: number, random: Random): Evasion[] {
  if (round === 0) return [];
  const single = evasions[round - 1];
  return single === undefined ? random.sample(evasions, 2) : [single];
}

/** One whose turn it is, and some more. */
function storiesOf(turn: number, random: Random, more: number): string[] {
  const names = HONEST_STORIES.map(({ name }) => name);
  const first = names[turn % names.length] as string;
  return [first, ...random.sample(names, more)];
}

/**
 * For each seed an honest world and one with an attack; attacks take turns. With a name: of these seeds
 * the worlds with that honest story, and all attacks whose name begins so.
 */
export function plansOf(from: number, count: number, only?: string): WorldPlan[] {
  const seeds = Array.from({ length: count }, (_, i) => from + i);
  if (only === undefined) {
    return seeds.flatMap((seed) => [
      honestPlan(seed),
      attackPlan(ATTACKS[seed % ATTACKS.length] as Attack, Math.floor(seed / ATTACKS.length)),
    ]);
  }
  const attacks = ATTACKS.filter(({ name }) => name.startsWith(only));
  return seeds.flatMap((seed) => [
    ...[honestPlan(seed)].filter(({ stories }) => only === "honest" || stories.includes(only)),
    ...attacks.map((attack) => attackPlan(attack, seed)),
  ]);
}
