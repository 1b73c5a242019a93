import { openSource } from "../../src/capture/file-source.ts";
import type { Frame, FrameSource } from "../../src/capture/frame.ts";
import { readRules } from "../../src/commands/rule-files.ts";
import { type Config, defaultConfig } from "../../src/config/config.ts";
import type { Alert } from "../../src/detect/alerts/alert.ts";
import type { CaseRecord } from "../../src/detect/cases/case-record.ts";
import type { RuleSet } from "../../src/detect/rules/signature.ts";
import { EveWriter } from "../../src/emit/eve/eve.ts";
import { PhoneNumbers, withNumbers } from "../../src/emit/phone-numbers.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";

/** What a run of the whole pipeline gave. */
export interface PipelineRun {
  readonly alerts: readonly Alert[];
  /** All records of cases, in order. */
  readonly cases: readonly CaseRecord[];
  /** EVE lines of alerts, incidents, cases and all other records asked for, in order. */
  readonly lines: readonly string[];
  /** How often each fact was raised, by event kind. */
  readonly facts: ArrayLike<number>;
  readonly problems: readonly string[];
}

export interface RunOptions {
  readonly ruleSet?: RuleSet;
  readonly config?: Config;
  /** Also SIP, flow, anomaly and statistics records. */
  readonly isVerbose?: boolean;
  /** Records of calls as well, with jitter and loss of their streams. */
  readonly hasCalls?: boolean;
  /** Called after the pipeline has had the frame. */
  readonly afterFrame?: (frame: Frame) => void;
}

let shipped: RuleSet | undefined;

/** The rules in `rules/`, loaded once. Throws when one is bad. */
export function shippedRules(): RuleSet {
  if (shipped !== undefined) return shipped;
  const { messages, ruleSet } = readRules(defaultConfig(), { rules: [] });
  const errors = messages.filter(({ level }) => level === "error");
  if (errors.length > 0) throw new Error(errors.map(({ text }) => text).join("\n"));
  shipped = ruleSet;
  return ruleSet;
}

/** Alerts that mean something is wrong; severity 4 explains why nothing is. */
export function isAlarm(alert: Alert): boolean {
  return alert.signature.severity <= 3;
}

/** Runs capture files, in time order, through a fresh pipeline with the shipped rules. */
export function runFiles(paths: readonly string[], options: RunOptions = {}): Promise<PipelineRun> {
  return runSource(openSource(paths), options);
}

export async function runSource(
  source: FrameSource,
  options: RunOptions = {},
): Promise<PipelineRun> {
  const config = options.config ?? defaultConfig();
  const writer = new EveWriter({ ...config.eve, isReplay: true, interfaceName: "" });
  const numbers = new PhoneNumbers(config.eve.homeCountry);
  const alerts: Alert[] = [];
  const cases: CaseRecord[] = [];
  const lines: string[] = [];
  const pipeline = new Pipeline({
    config,
    ruleSet: options.ruleSet ?? shippedRules(),
    outputs: {
      alert: (alert) => {
        alerts.push(alert);
        lines.push(writer.alert(alert));
      },
      incident: (record) => lines.push(writer.incident(record)),
      case: (record) => {
        cases.push(record);
        lines.push(writer.case(record));
      },
      ...(options.isVerbose === true && {
        sip: (record) => lines.push(writer.sip(record)),
        flow: (record) => lines.push(writer.flow(record)),
        anomaly: (record) => lines.push(writer.anomaly(record)),
        stats: (record) => lines.push(writer.stats(record)),
      }),
      ...(options.hasCalls === true && {
        call: (record) => lines.push(writer.call(withNumbers(record, numbers)).toString()),
      }),
    },
  });
  const { afterFrame } = options;
  const end = await source.run((frame) => {
    pipeline.onFrame(frame);
    afterFrame?.(frame);
  });
  pipeline.finish();
  return { alerts, cases, lines, facts: pipeline.factCounts, problems: end.problems };
}
