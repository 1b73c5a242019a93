import type { DeliveryRecord } from "../delivery/delivery-record.ts";

/** Version of the records' shape, as in the topic's usual name `voip.alerts.v1`. */
export const SCHEMA_VERSION = "1";

/** A broker's default for max.message.bytes is 1 MiB and counts a batch of one partition. */
const REQUEST_BYTES = 768 * 1024;

/** One record as Kafka gets it. */
export interface KafkaMessage {
  readonly key: string | null;
  readonly value: string;
  readonly headers: Record<string, string>;
  /** Chosen at the first attempt to send it. */
  partition?: number;
}

export function kafkaMessage(
  { alertId, key, line, severity }: DeliveryRecord,
  sensor: string,
  format: (line: string) => string,
): KafkaMessage {
  return {
    key: key === "" ? null : key,
    value: format(line),
    headers: {
      schema_version: SCHEMA_VERSION,
      "content-type": "application/json",
      alert_id: alertId,
      severity: String(severity),
      ...(sensor === "" ? {} : { sensor }),
    },
  };
}

/** Messages in order, as many in each request as a broker takes in one. */
export function* requestsOf(messages: readonly KafkaMessage[]): Generator<KafkaMessage[]> {
  let part: KafkaMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(message.value);
    if (part.length > 0 && bytes + size > REQUEST_BYTES) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(message);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

/** Partitions that were written to and that no answer names as written. */
export function unacknowledged(
  messages: readonly KafkaMessage[],
  answers: readonly { readonly partition: number; readonly errorCode: number }[],
): number {
  const missing = new Set(messages.map(({ partition }) => partition));
  for (const { errorCode, partition } of answers) if (errorCode === 0) missing.delete(partition);
  return missing.size;
}
