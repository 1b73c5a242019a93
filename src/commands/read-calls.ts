import { type FileSourceOptions, openSource } from "../capture/file-source.ts";
import type { Config } from "../config/config.ts";
import type { Alert } from "../detect/alerts/alert.ts";
import type { RuleSet } from "../detect/rules/signature.ts";
import { type NumberedCall, PhoneNumbers, withNumbers } from "../emit/phone-numbers.ts";
import { Pipeline, type PipelineOutputs } from "../pipeline/pipeline.ts";
import type { CallRecord } from "../track/call-records/call-record.ts";
import type { Messages } from "./messages.ts";
import { onStopSignal } from "./stop-signal.ts";

/** Calls that are kept; a capture with more is a flood, or a carrier's day. */
const CALLS_MAX = 200_000;

export interface ReadCallsOptions {
  readonly inputs: readonly string[];
  readonly config: Config;
  readonly ruleSet: RuleSet;
  readonly messages: Messages;
  /** Which packets are looked at, and what becomes of their times. */
  readonly reading?: FileSourceOptions;
  /** Whether a call is kept. */
  readonly wants?: (call: NumberedCall) => boolean;
  readonly onAlert?: (alert: Alert) => void;
  /** Sees each UDP packet; made once the pipeline is. */
  readonly onPacket?: (pipeline: Pipeline) => NonNullable<PipelineOutputs["packet"]>;
}

export interface CallsRead {
  /** By time of setup. */
  readonly calls: readonly NumberedCall[];
  /** All calls, also those that are not wanted. */
  readonly seen: number;
  /** Wanted calls beyond the limit. */
  readonly left: number;
  /** What broke off, one line each; told already. */
  readonly problems: readonly string[];
}

/** Reads captures and keeps the last record of each call. */
export async function readCalls(options: ReadCallsOptions): Promise<CallsRead> {
  const { config, inputs, messages, ruleSet, onAlert = () => {}, wants = () => true } = options;
  const numbers = new PhoneNumbers(config.eve.homeCountry);
  const calls: NumberedCall[] = [];
  let seen = 0;
  let left = 0;
  const onCall = (record: CallRecord): void => {
    // What goes on is told of again when it is over, or the capture is.
    if (record.why === "answer" || record.why === "hour") return;
    seen++;
    const call = withNumbers(record, numbers);
    if (!wants(call)) return;
    if (calls.length < CALLS_MAX) calls.push(call);
    else left++;
  };
  const eve = { ...config.eve, callAttemptsMax: Number.MAX_SAFE_INTEGER };
  let packet: PipelineOutputs["packet"];
  const pipeline = new Pipeline({
    config: { ...config, eve },
    ruleSet,
    outputs: {
      alert: onAlert,
      call: onCall,
      ...(options.onPacket !== undefined && { packet: (...seenOne) => packet?.(...seenOne) }),
    },
  });
  packet = options.onPacket?.(pipeline);
  const problems = await readAll(inputs, pipeline, messages, options.reading);
  calls.sort((a, b) => startOf(a) - startOf(b));
  if (left > 0) messages.warn(`${left} calls beyond the first ${CALLS_MAX} are not listed`);
  return { calls, seen, left, problems };
}

/** When the call was first seen: a call that began before the capture has no setup. */
export function startOf({ setupUs, answerUs, endUs, timeUs }: CallRecord): number {
  return setupUs || answerUs || endUs || timeUs;
}

/** Puts all packets of the captures through the pipeline; gives what broke off, and tells it. */
async function readAll(
  inputs: readonly string[],
  pipeline: Pipeline,
  messages: Messages,
  reading: FileSourceOptions = { onNotice: (line) => messages.warn(line) },
): Promise<readonly string[]> {
  const source = openSource(inputs, reading);
  let stoppedBy = "";
  const removeHandlers = onStopSignal((signal) => {
    stoppedBy = signal;
    source.close();
  });
  try {
    const { problems } = await source.run(pipeline.onFrame);
    pipeline.finish();
    const stop = `stopped by ${stoppedBy}: the rest of the input was not read`;
    const all = stoppedBy === "" ? problems : [...problems, stop];
    for (const problem of all) messages.error(problem);
    return all;
  } finally {
    removeHandlers();
  }
}
