import { loadLater } from "../../base/load-later.ts";
import { encodeRecord } from "./kafka-records.ts";

/** What kafkajs gives its step that sorts messages by partition. */
interface Grouping<M> {
  readonly topic: string;
  readonly partitionMetadata: readonly object[];
  readonly messages: readonly M[];
  readonly partitioner: (args: {
    readonly topic: string;
    readonly partitionMetadata: readonly object[];
    readonly message: M;
  }) => number;
}

/** Messages of each partition, in order. kafkajs copies the list of a partition for each message: a square of them. */
export function groupMessages<M>(grouping: Grouping<M>): Record<number, M[]> {
  const { messages, partitioner, partitionMetadata, topic } = grouping;
  const groups: Record<number, M[]> = {};
  if (partitionMetadata.length === 0) return groups;
  for (const message of messages) {
    const partition = partitioner({ topic, partitionMetadata, message });
    let group = groups[partition];
    if (group === undefined) {
      group = [];
      groups[partition] = group;
    }
    group.push(message);
  }
  return groups;
}

const MULTIPLIER = 0x5bd1e995;
const SEED = 0x9747b28c;

/**
 * Kafka's hash of a key (murmur2 of 32 bits, org.apache.kafka.common.utils.Utils), by which all its clients choose a
 * partition. kafkajs makes an object of 64 bits for each step of it.
 */
export function murmur2(key: string | Buffer): number {
  const data = typeof key === "string" ? Buffer.from(key) : key;
  const { length } = data;
  const whole = length & ~3;
  let hash = SEED ^ length;
  for (let at = 0; at < whole; at += 4) {
    let part = Math.imul(data.readInt32LE(at), MULTIPLIER);
    part = Math.imul(part ^ (part >>> 24), MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ part;
  }
  if (whole < length) {
    for (let at = length - 1; at >= whole; at--) hash ^= (data[at] as number) << (8 * (at - whole));
    hash = Math.imul(hash, MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}

/** Modules of kafkajs and what stands in their place. */
const PARTS: Readonly<Record<string, unknown>> = {
  "kafkajs/src/protocol/recordBatch/record/v0/index.js": encodeRecord,
  "kafkajs/src/producer/groupMessagesPerPartition.js": groupMessages,
  "kafkajs/src/producer/partitioners/default/murmur2.js": murmur2,
};

/** Puts them in their places; to be called before kafkajs is loaded. */
export function useOwnParts(): void {
  for (const [path, part] of Object.entries(PARTS)) {
    loadLater(path);
    const loaded = loadLater.cache[loadLater.resolve(path)];
    if (loaded !== undefined) loaded.exports = part;
  }
}
