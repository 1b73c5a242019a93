import { createRequire } from "node:module";
import fc from "fast-check";
import { expect, it } from "vitest";
import { encodeRecord } from "../../../../src/emit/outputs/kafka-records.ts";

const text = fc.string({ unit: "grapheme", maxLength: 300 });

it("encodes a record byte for byte as kafkajs does", () => {
  const own = createRequire(import.meta.url)("kafkajs/src/protocol/recordBatch/record/v0/index.js");
  fc.assert(
    fc.property(
      fc.record({
        offsetDelta: fc.integer({ min: 0, max: 2 ** 30 }),
        timestampDelta: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
        key: fc.option(fc.oneof(text, fc.uint8Array({ maxLength: 99 }).map(Buffer.from))),
        value: fc.oneof(text, fc.uint8Array({ maxLength: 999 }).map(Buffer.from)),
        headers: fc.dictionary(text, text, { maxKeys: 6, noNullPrototype: true }),
      }),
      (record) => {
        expect(encodeRecord(record).buffer.equals(own(record).buffer)).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});
