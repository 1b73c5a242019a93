import { BanSink } from "../outputs/ban-sink.ts";
import { ecsLine } from "../outputs/ecs.ts";
import { KafkaSink } from "../outputs/kafka-sink.ts";
import { NotifySink } from "../outputs/notify-sink.ts";
import { SyslogSink } from "../outputs/syslog-sink.ts";
import { TypedSink } from "../outputs/typed-sink.ts";
import { WebhookSink } from "../outputs/webhook-sink.ts";
import type { DeliverySink } from "./delivery-sink.ts";
import type { RecordFormat } from "./output-settings.ts";
import type { NetworkOutputSpec } from "./output-spec.ts";

/** The spool holds EVE lines; other shapes are made from them when they are sent. */
const FORMATS: Readonly<Record<RecordFormat, (line: string) => string>> = {
  eve: (line) => line,
  ecs: ecsLine,
};

/** The sink of an output; it has not connected yet. */
export function makeSink(spec: NetworkOutputSpec): DeliverySink {
  const sink = sinkOf(spec);
  // These two know by themselves what they are for.
  const isOwn = spec.kind === "ban" || spec.kind === "notify";
  return isOwn ? sink : new TypedSink(sink, spec.types, spec.name);
}

function sinkOf(spec: NetworkOutputSpec): DeliverySink {
  const format = FORMATS[spec.format];
  switch (spec.kind) {
    case "ban":
      return new BanSink(spec.settings);
    case "kafka":
      return new KafkaSink(spec.settings, { format });
    case "notify":
      return new NotifySink(spec.settings);
    case "syslog":
      return new SyslogSink(spec.settings, { format });
    case "webhook":
      return new WebhookSink(spec.settings, { format });
  }
}
