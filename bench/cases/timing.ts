import { PacketTiming } from "../../src/emit/metrics/packet-timing.ts";
import type { Figure } from "../measure.ts";
import { pipelineOf } from "../pipeline-of.ts";
import { RtpTraffic } from "../rtp-traffic.ts";

const STREAMS = 10_000;
const PACKETS = 10_000;
const WARM_UP_ROUNDS = 300;
/** Very many very short rounds, with and without by turns: some of each run undisturbed. */
const ROUNDS = 2_000;
/** The fastest ones are what the code costs; a busy machine only adds to the rest. */
const FAST_SHARE = 0.1;

/**
 * What HDR histograms of the packet loop cost, against the same pipeline without them. RTP is the worst case: a
 * SIP message takes some twenty times as long, and is timed as often.
 */
export function benchTiming(): Figure[] {
  return [costOf("live"), costOf("replay")];
}

function costOf(mode: "live" | "replay"): Figure {
  const { pipeline } = pipelineOf();
  const traffic = new RtpTraffic(STREAMS, "half");
  traffic.announce(pipeline);
  const timing = new PacketTiming({ isLive: mode === "live" });
  const nsOf = (switched: PacketTiming | null): number => {
    pipeline.timing = switched;
    const start = process.hrtime.bigint();
    traffic.run(pipeline, PACKETS);
    return Number(process.hrtime.bigint() - start);
  };
  for (let round = 0; round < WARM_UP_ROUNDS; round++) nsOf(round % 2 === 0 ? null : timing);
  const withTiming: number[] = [];
  const without: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    if (round % 2 === 0) withTiming.push(nsOf(timing));
    without.push(nsOf(null));
    if (round % 2 === 1) withTiming.push(nsOf(timing));
  }
  return {
    name: `timing the packet loop: RTP, ${mode}`,
    value: 100 * (fast(withTiming) / fast(without) - 1),
    unit: "% slower",
    target: 2,
    isAtMost: true,
  };
}

function fast(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(FAST_SHARE * sorted.length)] ?? 0;
}
