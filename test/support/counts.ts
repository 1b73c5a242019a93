import { openSource } from "../../src/capture/file-source.ts";
import { defaultConfig } from "../../src/config/config.ts";
import { SIP_METHOD_NAMES } from "../../src/decode/sip/methods.ts";
import { loadRules } from "../../src/detect/rules/load-rules.ts";
import { DEFAULT_VARIABLES } from "../../src/detect/rules/variables.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { type CaptureCounts, streamKey } from "./tshark.ts";

const { ruleSet } = loadRules({ files: [], variables: DEFAULT_VARIABLES });

/** Our counts of a capture: the whole pipeline without rules, copies of a mirror port kept. */
export async function ourCounts(path: string): Promise<CaptureCounts> {
  const defaults = defaultConfig();
  const limits = { ...defaults.limits, flowsMax: 65_536 };
  const config = { ...defaults, limits, capture: { ...defaults.capture, dedupMs: 0 } };
  const pipeline = new Pipeline({ config, ruleSet, outputs: { alert: () => {} } });
  const streams = followStreams(pipeline);
  await openSource([path]).run(pipeline.onFrame);
  pipeline.finish();
  const { requests, responses, callIds } = pipeline.statistics;
  const messages = new Map<string, number>();
  for (const [id, count] of requests.entries()) {
    if (count > 0) messages.set(SIP_METHOD_NAMES[id] ?? "", count);
  }
  for (const [status, count] of responses.entries()) {
    if (count > 0) messages.set(String(status), count);
  }
  return { messages, callIds, streams };
}

function followStreams(pipeline: Pipeline): Map<string, { packets: number; lost: number }> {
  const streams = new Map<string, { packets: number; lost: number }>();
  const { flows, names } = pipeline;
  const { media } = pipeline.tracker;
  const { sources } = media;
  media.onStreamEnd = (source) => {
    if (!sources.isAnnounced(source)) return;
    const directedFlow = sources.directedFlow(source);
    const slot = directedFlow >> 1;
    const client = [names.text(flows.clientHost(slot)), flows.clientPort(slot)] as const;
    const server = [names.text(flows.serverHost(slot)), flows.serverPort(slot)] as const;
    const [from, to] = directedFlow % 2 === 0 ? [client, server] : [server, client];
    const key = streamKey(...from, ...to, sources.ssrc(source));
    // A stream that was silent for longer than its flow lives comes in parts.
    const before = streams.get(key) ?? { packets: 0, lost: 0 };
    streams.set(key, {
      packets: before.packets + sources.received(source),
      lost: before.lost + sources.lost(source),
    });
  };
  return streams;
}
