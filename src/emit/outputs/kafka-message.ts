import type { DeliveryRecord } from "../delivery/delivery-record.ts";

/** Version of the records' shape, as in the topic's usual name `voip.alerts.v1`. */
const SCHEMA_VERSION = "1";

/**
 * A broker's default for max.message.bytes is 1 MiB; it counts a batch of one partition as it was sent.
 * Compressed, JSON is a quarter of that at most; what is not is refused, and then halved.
 */
const PLAIN_BYTES = 896 * 1024;
const COMPRESSED_BYTES = 3 * 1024 * 1024;

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

/** Messages in order, in as few requests as a broker takes, of like size. */
export function* requestsOf(
  messages: readonly KafkaMessage[],
  isCompressed: boolean,
): Generator<KafkaMessage[]> {
  const sizes = messages.map(({ value }) => Buffer.byteLength(value));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const limit = isCompressed ? COMPRESSED_BYTES : PLAIN_BYTES;
  const share = total / Math.ceil(total / limit);
  let part: KafkaMessage[] = [];
  let bytes = 0;
  for (const [index, message] of messages.entries()) {
    const size = sizes[index] ?? 0;
    if (part.length > 0 && (bytes >= share || bytes + size > limit)) {
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
