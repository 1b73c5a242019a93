import { readRules } from "../src/commands/rule-files.ts";
import { ConfigSchema } from "../src/config.ts";
import { Pipeline } from "../src/pipeline.ts";

export interface BenchPipeline {
  readonly pipeline: Pipeline;
  /** Alerts so far. */
  readonly alerts: () => number;
}

/** The product's pipeline with the shipped rules; alerts are counted and dropped. */
export function pipelineOf(limits: Readonly<Record<string, number>> = {}): BenchPipeline {
  const config = ConfigSchema.parse({ limits });
  const { ruleSet } = readRules(config, []);
  let alerts = 0;
  const pipeline = new Pipeline({ config, ruleSet, outputs: { alert: () => alerts++ } });
  return { pipeline, alerts: () => alerts };
}
