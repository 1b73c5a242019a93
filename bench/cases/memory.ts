import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Figure } from "../measure.ts";
import { pipelineOf } from "../pipeline-of.ts";
import { RtpTraffic } from "../rtp-traffic.ts";
import { SipTraffic } from "../sip-traffic.ts";

/** What a process of its own holds after its load. */
interface Held {
  /** Live bytes on the V8 heap and outside it, over what an empty process has. */
  readonly liveBytes: number;
  readonly rssBytes: number;
  readonly streams: number;
  readonly dialogs: number;
}

const SCENARIOS = { announced: [1, 0], found: [1, 0], dialogs: [0, 1], both: [1, 1] } as const;
type Scenario = keyof typeof SCENARIOS;

const STREAMS = 1_000_000;
const DIALOGS = 200_000;
/** A stream that nobody announced is believed after eight packets. */
const PACKETS_PER_STREAM = 10;
const ROOM = 1 << 20;

/** Bytes per stream and dialog, each in a process of its own, so that RSS is that of the load. */
export function benchMemory(): Figure[] {
  const announced = inChild("announced");
  const found = inChild("found");
  const dialogs = inChild("dialogs");
  const both = inChild("both");
  const stream = { unit: "bytes", target: 400, isAtMost: true };
  return [
    {
      name: "memory per RTP stream that nobody announced",
      value: found.liveBytes / found.streams,
      ...stream,
    },
    {
      name: "memory per announced RTP stream, its call included",
      value: announced.liveBytes / announced.streams,
      unit: "bytes",
      note: "two streams a call",
    },
    {
      name: "memory per live dialog",
      value: dialogs.liveBytes / dialogs.dialogs,
      unit: "bytes",
      target: 2048,
      isAtMost: true,
    },
    {
      name: `resident with ${STREAMS / 1e6} M streams and ${DIALOGS / 1e3} k dialogs`,
      value: both.rssBytes / 2 ** 20,
      unit: "MiB",
      target: 1024,
      isAtMost: true,
      note: `${Math.round(both.liveBytes / 2 ** 20)} MiB live`,
    },
  ];
}

function inChild(scenario: Scenario): Held {
  const file = fileURLToPath(import.meta.url);
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--expose-gc", "--import", "tsx", file, scenario],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`memory case ${scenario} failed: ${stderr}`);
  return JSON.parse(stdout) as Held;
}

function load(scenario: Scenario): Held {
  const before = liveBytes();
  const { pipeline } = pipelineOf(roomFor(scenario));
  let streams = 0;
  if (scenario === "dialogs" || scenario === "both") new SipTraffic(0).open(pipeline, DIALOGS);
  if (scenario !== "dialogs") {
    const traffic = new RtpTraffic(STREAMS, scenario === "announced" ? "all" : "none");
    traffic.announce(pipeline);
    traffic.run(pipeline, PACKETS_PER_STREAM * traffic.streams);
    streams = pipeline.tracker.media.sources.size;
    traffic.drop();
  }
  const dialogs = pipeline.tracker.dialogs.calls.size;
  const live = liveBytes() - before;
  return { liveBytes: live, rssBytes: process.memoryUsage().rss, streams, dialogs };
}

function roomFor(scenario: Scenario): Record<string, number> {
  const media = { flowsMax: ROOM, streamsMax: ROOM, endpointsMax: ROOM };
  const calls = { callsMax: ROOM / 4 };
  if (scenario === "dialogs") return calls;
  // An announced call holds its INVITE, and both ends are hosts.
  return scenario === "found" ? media : { ...media, callsMax: ROOM };
}

function liveBytes(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const asked = process.argv[2] ?? "";
if (process.argv[1] === fileURLToPath(import.meta.url) && asked in SCENARIOS) {
  process.stdout.write(JSON.stringify(load(asked as Scenario)));
}
