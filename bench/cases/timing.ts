import { PacketTiming } from "../../src/emit/metrics/packet-timing.ts";
import type { Pipeline } from "../../src/pipeline.ts";
import { type Figure, median } from "../measure.ts";
import { pipelineOf } from "../pipeline-of.ts";
import { RtpTraffic } from "../rtp-traffic.ts";
import { SipTraffic } from "../sip-traffic.ts";

const STREAMS = 10_000;
/** Many short rounds, with and without by turns: what else the machine does meets both. */
const ROUNDS = 101;

interface Traffic {
  run(pipeline: Pipeline, count: number): void;
}

/** What HDR histograms of the packet loop cost, against the same pipeline without them. */
export function benchTiming(): Figure[] {
  return [true, false].flatMap((isLive) => {
    const mode = isLive ? "live" : "replay";
    return [rtpCost(mode, isLive), sipCost(mode, isLive)];
  });
}

function rtpCost(mode: string, isLive: boolean): Figure {
  const { pipeline } = pipelineOf();
  const traffic = new RtpTraffic(STREAMS, "half");
  traffic.announce(pipeline);
  return cost(`RTP, ${mode}`, { pipeline, traffic, isLive, count: 100_000, warmUp: 20 });
}

function sipCost(mode: string, isLive: boolean): Figure {
  const { pipeline } = pipelineOf();
  const traffic = new SipTraffic();
  return cost(`SIP, ${mode}`, { pipeline, traffic, isLive, count: 20_000, warmUp: 30 });
}

interface Case {
  readonly pipeline: Pipeline;
  readonly traffic: Traffic;
  readonly isLive: boolean;
  /** Packets of a round, and rounds until tables are full and code is compiled. */
  readonly count: number;
  readonly warmUp: number;
}

function cost(name: string, { pipeline, traffic, isLive, count, warmUp }: Case): Figure {
  const timing = new PacketTiming({ isLive });
  const nsOf = (switched: PacketTiming | null): number => {
    pipeline.timing = switched;
    const start = process.hrtime.bigint();
    traffic.run(pipeline, count);
    return Number(process.hrtime.bigint() - start);
  };
  for (let round = 0; round < warmUp; round++) nsOf(round % 2 === 0 ? null : timing);
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const isFirst = round % 2 === 0;
    const first = nsOf(isFirst ? timing : null);
    const second = nsOf(isFirst ? null : timing);
    ratios.push(isFirst ? first / second : second / first);
  }
  return {
    name: `timing the packet loop: ${name}`,
    value: 100 * (median(ratios) - 1),
    unit: "% slower",
    target: 2,
    isAtMost: true,
  };
}
