import { defaultConfig } from "../../src/config.ts";
import type { OutputSettings } from "../../src/emit/delivery/output-settings.ts";

type Changes = {
  [Section in "kafka" | "syslog" | "webhook" | "ban"]?: Partial<OutputSettings[Section]>;
};

/** The default settings of outputs with these changes. */
export function outputSettings(changes: Changes = {}): OutputSettings {
  const { ban, kafka, syslog, webhook } = defaultConfig();
  return {
    sensor: "",
    kafka: { ...kafka, ...changes.kafka },
    syslog: { ...syslog, ...changes.syslog },
    webhook: { ...webhook, ...changes.webhook },
    ban: { ...ban, ...changes.ban },
  };
}
