import { readRules } from "../src/commands/rule-files.ts";
import { configSchema } from "../src/config/config.ts";
import type { Alert } from "../src/detect/alerts/alert.ts";
import { Pipeline } from "../src/pipeline/pipeline.ts";

const INFORMATION = 4;

export interface BenchPipeline {
  readonly pipeline: Pipeline;
  /** Alerts so far, without mere information (a registration avalanche is what the SIP case is). */
  readonly alerts: () => number;
}

/** The product's pipeline with the shipped rules; alerts are counted and dropped. */
export function pipelineOf(limits: Readonly<Record<string, number>> = {}): BenchPipeline {
  const config = configSchema().parse({ limits });
  const { ruleSet } = readRules(config, { rules: [] });
  let alerts = 0;
  const alert = ({ signature }: Alert): void => {
    if (signature.severity < INFORMATION) alerts++;
  };
  const pipeline = new Pipeline({ config, ruleSet, outputs: { alert } });
  return { pipeline, alerts: () => alerts };
}
