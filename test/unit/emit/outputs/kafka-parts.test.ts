import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { groupMessages, murmur2 } from "../../../../src/emit/outputs/kafka-parts.ts";

const load = createRequire(import.meta.url);
const DEFAULT_RUNS = 300;

describe("what stands in the place of parts of kafkajs does the same", () => {
  it("hashes keys as Kafka's clients do", () => {
    const own: (key: string | Buffer) => number = load(
      "kafkajs/src/producer/partitioners/default/murmur2.js",
    );
    // Values of org.apache.kafka.common.utils.UtilsTest.
    expect([murmur2("21"), murmur2("foobar"), murmur2("a-little-bit-long-string")]).toEqual([
      -973932308, -790332482, -985981536,
    ]);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.uint8Array().map(Buffer.from)), (key) => {
        expect(murmur2(key)).toBe(own(key));
      }),
      { numRuns: DEFAULT_RUNS },
    );
  });

  it("sorts messages by partition, each in order", () => {
    type Message = { readonly n: number };
    const own: typeof groupMessages<Message> = load(
      "kafkajs/src/producer/groupMessagesPerPartition.js",
    );
    const partitioner = ({ message }: { message: Message }) => message.n % 3;
    const messages = Array.from({ length: 50 }, (_, n) => ({ n: (n * 7) % 11 }));
    for (const partitionMetadata of [[], [{}, {}, {}]]) {
      const grouping = { topic: "t", partitionMetadata, messages, partitioner };
      expect(groupMessages(grouping)).toEqual(own(grouping));
    }
  });
});
