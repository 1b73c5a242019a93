import { BanSink } from "../outputs/ban-sink.ts";
import { KafkaSink } from "../outputs/kafka-sink.ts";
import { SyslogSink } from "../outputs/syslog-sink.ts";
import { WebhookSink } from "../outputs/webhook-sink.ts";
import type { DeliverySink } from "./delivery-sink.ts";
import type { NetworkOutputSpec } from "./output-spec.ts";

/** The sink of an output; it has not connected yet. */
export function makeSink(spec: NetworkOutputSpec): DeliverySink {
  switch (spec.kind) {
    case "ban":
      return new BanSink(spec.settings);
    case "kafka":
      return new KafkaSink(spec.settings);
    case "syslog":
      return new SyslogSink(spec.settings);
    case "webhook":
      return new WebhookSink(spec.settings);
  }
}
