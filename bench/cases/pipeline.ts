import { type Figure, measure } from "../measure.ts";
import { pipelineOf } from "../pipeline-of.ts";
import { type Announced, RtpTraffic } from "../rtp-traffic.ts";
import { SipTraffic } from "../sip-traffic.ts";

const STREAMS = 10_000;
/** After so many messages every table is full, as it is on a sensor that runs for long. */
const TABLES_FULL = 600_000;

/** Decode, track and the shipped rules, fed from memory through `Pipeline.onFrame`. */
export function benchPipeline(): Figure[] {
  return [benchRtp("half", 8e6), benchRtp("all"), benchRtp("none"), benchSip()];
}

function benchRtp(announced: Announced, target?: number): Figure {
  const { pipeline, alerts } = pipelineOf();
  const traffic = new RtpTraffic(STREAMS, announced);
  traffic.announce(pipeline);
  const rate = measure((count) => traffic.run(pipeline, count), { count: 2_000_000 });
  const { rtpPackets, packets } = pipeline.statistics;
  if (rtpPackets < 0.99 * packets) throw new Error(`${rtpPackets} of ${packets} packets are RTP`);
  if (alerts() > 0) throw new Error(`healthy RTP raised ${alerts()} alerts`);
  return {
    name: `RTP replay, ${STREAMS.toLocaleString("en")} streams, ${announced} announced`,
    value: rate.perSecond,
    unit: "packets/s",
    ...(target === undefined ? {} : { target }),
    byCpu: rate.perCpuSecond,
    heapBytes: rate.heapBytes,
  };
}

function benchSip(): Figure {
  const { pipeline, alerts } = pipelineOf();
  const traffic = new SipTraffic();
  const rate = measure((count) => traffic.run(pipeline, count), {
    count: 100_000,
    warmUp: TABLES_FULL,
  });
  const { sipMessages, packets, sipMalformed } = pipeline.statistics;
  if (sipMessages !== packets) throw new Error(`${sipMessages} of ${packets} packets are SIP`);
  if (sipMalformed > 0) throw new Error(`${sipMalformed} messages of the bench are malformed`);
  if (alerts() > 0) throw new Error(`healthy SIP raised ${alerts()} alerts`);
  return {
    name: "SIP through the whole pipeline (registrations, calls, OPTIONS)",
    value: rate.perSecond,
    unit: "messages/s",
    target: 400_000,
    byCpu: rate.perCpuSecond,
    heapBytes: rate.heapBytes,
  };
}
