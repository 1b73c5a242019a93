import { readRules } from "../../src/commands/rule-files.ts";
import { configSchema } from "../../src/config/config.ts";
import { Evidence } from "../../src/emit/evidence/evidence.ts";
import { Pipeline, type PipelineOutputs } from "../../src/pipeline/pipeline.ts";
import { type Figure, measure, median } from "../measure.ts";
import { RtpTraffic } from "../rtp-traffic.ts";
import { SipTraffic } from "../sip-traffic.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

const STREAMS = 10_000;
/** Many short rounds, with and without by turns: what else the machine does meets both. */
const ROUNDS = 61;

interface Case {
  /** Packets of a round, and rounds until tables are full and code is compiled. */
  readonly count: number;
  readonly warmUp: number;
  readonly mediaBytes?: number;
}

const RTP_CASE: Case = { count: 100_000, warmUp: 20 };

interface Traffic {
  run(pipeline: Pipeline, count: number): void;
}

/** What keeping recent packets costs, against the same pipeline without it. */
export function benchEvidence(): Figure[] {
  const temporary = new TemporaryFolder("sipsentry-bench-");
  const dir = temporary.path;
  try {
    const rtp = new RtpTraffic(STREAMS, "half");
    return [
      ...cost("RTP", dir, rtp, RTP_CASE, (to) => rtp.announce(to)),
      ...cost("RTP, headers only", dir, rtp, { ...RTP_CASE, mediaBytes: 96 }, (to) =>
        rtp.announce(to),
      ),
      ...cost("SIP", dir, new SipTraffic(), { count: 20_000, warmUp: 30 }),
    ];
  } finally {
    temporary.remove();
  }
}

function cost(
  name: string,
  dir: string,
  traffic: Traffic,
  { count, warmUp, mediaBytes = 0 }: Case,
  prepare: (pipeline: Pipeline) => void = () => {},
): Figure[] {
  const config = configSchema().parse({});
  const evidence = new Evidence({ ...config.evidence, mediaBytes, dir, findCall: () => undefined });
  let isOn = false;
  const outputs: PipelineOutputs = {
    alert: () => {},
    packet: (packet, message, keys) => {
      if (isOn) evidence.record(packet, message, keys);
    },
  };
  const pipeline = new Pipeline({
    config,
    ruleSet: readRules(config, { rules: [] }).ruleSet,
    outputs,
  });
  prepare(pipeline);
  const nsOf = (isRecorded: boolean): number => {
    isOn = isRecorded;
    const start = process.hrtime.bigint();
    traffic.run(pipeline, count);
    return Number(process.hrtime.bigint() - start) / count;
  };
  for (let round = 0; round < warmUp; round++) nsOf(round % 2 === 0);
  const extra: number[] = [];
  const plain: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const isFirst = round % 2 === 0;
    const first = nsOf(isFirst);
    const second = nsOf(!isFirst);
    extra.push(isFirst ? first - second : second - first);
    plain.push(isFirst ? second : first);
  }
  isOn = false;
  const without = measure((calls) => traffic.run(pipeline, calls), { count });
  isOn = true;
  const withIt = measure((calls) => traffic.run(pipeline, calls), { count });
  evidence.close();
  const heap = Math.max(0, withIt.heapBytes - without.heapBytes);
  const share = (100 * median(extra)) / median(plain);
  const note = `${share.toFixed(1)} % of ${median(plain).toFixed(0)} ns`;
  return [
    {
      name: `keeping recent packets: ${name}`,
      value: median(extra),
      unit: "ns",
      note,
      heapBytes: heap,
    },
  ];
}
