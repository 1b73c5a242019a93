import { KafkaSink } from "../outputs/kafka-sink.ts";
import type { DeliverySink } from "./delivery-sink.ts";
import type { NetworkOutputSpec } from "./output-spec.ts";

/** The sink of an output; it has not connected yet. */
export function makeSink(spec: NetworkOutputSpec): DeliverySink {
  return new KafkaSink(spec.settings);
}
