import { defaultConfig } from "../../src/config/config.ts";
import type { OutputSettings } from "../../src/emit/delivery/output-settings.ts";

type Changes = {
  [Section in "kafka" | "syslog" | "webhook" | "notify" | "mail" | "ban"]?: Partial<
    OutputSettings[Section]
  >;
};

/** The default settings of outputs with these changes. */
export function outputSettings(changes: Changes = {}): OutputSettings {
  const { ban, kafka, mail, notify, syslog, webhook } = defaultConfig();
  return {
    sensor: "",
    kafka: { ...kafka, ...changes.kafka },
    syslog: { ...syslog, ...changes.syslog },
    webhook: { ...webhook, ...changes.webhook },
    notify: { ...notify, ...changes.notify },
    mail: { ...mail, ...changes.mail },
    ban: { ...ban, ...changes.ban },
  };
}
