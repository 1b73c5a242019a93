import { Adversary } from "./attacks/adversary.ts";
import { ATTACKS } from "./attacks/all.ts";
import type { Evasion } from "./attacks/attack.ts";
import { HONEST_STORIES } from "./honest/all.ts";
import { type Impairment, impaired } from "./impairments.ts";
import { Scene, type SentFrame } from "./scene.ts";
import { seal } from "./wire/datagram.ts";
import { Network } from "./wire/network.ts";
import { hashText, Random } from "./wire/random.ts";

/** What plays in a world; everything else follows from it and the seed. */
export interface WorldPlan {
  readonly seed: number;
  /** Names of honest stories; the place in the list is the slot, so entries are blanked, never moved. */
  readonly stories: readonly (string | null)[];
  readonly impairments: readonly Impairment[];
  readonly attack: string | null;
  readonly evasions: readonly Evasion[];
}

export interface WorldFrame {
  readonly timeUs: number;
  readonly bytes: Buffer;
}

export interface World {
  readonly frames: readonly WorldFrame[];
  /** Addresses of the attack; alerts name one of either. */
  readonly attackers: ReadonlySet<string>;
  readonly victims: ReadonlySet<string>;
}

/** The slot of the attack: beyond those of the honest stories. */
const ATTACK_SLOT = 7;

export function buildWorld(plan: WorldPlan): World {
  const network = new Network();
  const random = new Random(plan.seed).fork("world");
  const sent: SentFrame[] = [];
  for (const [slot, name] of plan.stories.entries()) {
    const story = HONEST_STORIES.find((candidate) => candidate.name === name);
    if (story === undefined) continue;
    const stream = random.fork(`slot ${slot} ${name}`);
    const scene = new Scene({ random: stream, network, slot, startS: 1 + stream.between(0, 20) });
    story.play(scene);
    sent.push(...scene.frames);
  }
  const attack = ATTACKS.find(({ name }) => name === plan.attack);
  const stream = random.fork(`attack ${plan.attack}`);
  const scene = new Scene({ random: stream, network, slot: ATTACK_SLOT, startS: 5 });
  const adversary = new Adversary(scene, plan.evasions);
  attack?.play(adversary);
  sent.push(...scene.frames);
  return {
    frames: impaired(numbered(sent), plan, scene.attackAt),
    attackers: adversary.sources,
    victims: adversary.victims,
  };
}

/** In time order, with the IP-ID of each sender: a counter of its own, or zero as Linux has it. */
function numbered(sent: readonly SentFrame[]): SentFrame[] {
  const order = sent.toSorted(
    (a, b) => a.timeUs - b.timeUs || a.scene - b.scene || a.index - b.index,
  );
  const nextId = new Map<string, number>();
  for (const { sender, bytes } of order) {
    const id = nextId.get(sender) ?? hashText(sender, 3) & 0xffff;
    const isZero = id === 0 || hashText(sender, 4) % 2 === 0;
    seal(bytes, isZero ? 0 : id);
    nextId.set(sender, (id % 0xffff) + 1);
  }
  return order;
}
