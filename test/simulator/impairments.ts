import { type SentFrame, WORLD_START_US } from "./scene.ts";
import {
  destinationIpOf,
  mirrorCopy,
  sourceIpOf,
  sourceMacOf,
  withSourceMac,
} from "./wire/datagram.ts";
import { isOnLan, ROUTER_MACS } from "./wire/network.ts";
import { Random } from "./wire/random.ts";
import type { WorldFrame, WorldPlan } from "./world.ts";

/** What networks, mirror ports and clocks do to packets on their way to the sensor. */
export const IMPAIRMENTS = [
  "loss",
  "jitter",
  "reordering",
  "span-copies",
  "span-copies-later-first",
  "one-way-mirror",
  "clock-step-back",
  "clock-step-ahead",
  "router-failover",
  "starts-in-the-middle",
] as const;

export type Impairment = (typeof IMPAIRMENTS)[number];

/** Of a sensor that starts in the middle of an attack: what it has seen before. */
const LEAD_US = 2_000_000;
const STEP_BACK_US = 40_000_000;
const STEP_AHEAD_US = 7_200_000_000;
const DAY_US = 86_400_000_000;
const OTHER_VLAN = 40;

/**
 * The frames as the sensor gets them, in the order of its capture. Chance hangs on the frame's name, so
 * that taking a story out of a world changes no frame of the others.
 */
export function impaired(
  sent: readonly SentFrame[],
  plan: WorldPlan,
  attackAtS: number | null,
): WorldFrame[] {
  const has = (impairment: Impairment) => plan.impairments.includes(impairment);
  const middleUs = ((sent[0]?.timeUs ?? 0) + (sent.at(-1)?.timeUs ?? 0)) / 2;
  const startUs = startOf(plan, middleUs, attackAtS);
  const loss = plan.evasions.includes("loss-5-percent") ? 0.05 : has("loss") ? 0.01 : 0;
  const frames: WorldFrame[] = [];
  for (const frame of sent) {
    const chance = new Random(plan.seed).fork(`${frame.scene}/${frame.index}`);
    const isRouted = sourceMacOf(frame.bytes) === ROUTER_MACS[0];
    if (frame.timeUs < startUs || (chance.chance(loss) && !frame.isVital)) continue;
    if (isRouted && has("one-way-mirror")) continue;
    let { timeUs, bytes } = frame;
    if (isRouted && has("router-failover") && timeUs > middleUs) {
      bytes = withSourceMac(bytes, ROUTER_MACS[1]);
    }
    if (has("jitter")) timeUs += chance.whole(0, 8_000);
    if (has("reordering") && chance.chance(0.01)) timeUs += chance.whole(5_000, 45_000);
    frames.push({ timeUs, bytes });
    const isLaterFirst = has("span-copies-later-first");
    if (!isLaterFirst && !has("span-copies")) continue;
    // What crosses the router is seen a hop later; what stays on the LAN once more on another VLAN.
    const crosses = !isOnLan(sourceIpOf(bytes)) || !isOnLan(destinationIpOf(bytes));
    const hop = crosses ? { srcMac: ROUTER_MACS[0], hops: 1 } : {};
    const copy = mirrorCopy(bytes, { ...hop, vlan: OTHER_VLAN });
    const copyUs = timeUs + chance.whole(20, 900);
    if (isLaterFirst) frames.splice(-1, 1, { timeUs, bytes: copy }, { timeUs: copyUs, bytes });
    else frames.push({ timeUs: copyUs, bytes: copy });
  }
  frames.sort((a, b) => a.timeUs - b.timeUs);
  return dated(frames, plan, middleUs);
}

function startOf(plan: WorldPlan, middleUs: number, attackAtS: number | null): number {
  if (plan.evasions.includes("starts-in-the-middle") && attackAtS !== null) {
    return WORLD_START_US + attackAtS * 1e6 - LEAD_US;
  }
  return plan.impairments.includes("starts-in-the-middle") ? middleUs : 0;
}

/** By the sensor's own clock, which may be set in the middle, or be wrong about a single packet. */
function dated(frames: readonly WorldFrame[], plan: WorldPlan, middleUs: number): WorldFrame[] {
  const { impairments, evasions } = plan;
  const stepUs =
    (impairments.includes("clock-step-ahead") ? STEP_AHEAD_US : 0) -
    (impairments.includes("clock-step-back") ? STEP_BACK_US : 0);
  const wildAt = evasions.includes("future-dated-packet") ? Math.floor(frames.length / 5) : -1;
  return frames.map(({ timeUs, bytes }, at) => ({
    timeUs: timeUs + (timeUs > middleUs ? stepUs : 0) + (at === wildAt ? DAY_US : 0),
    bytes,
  }));
}
