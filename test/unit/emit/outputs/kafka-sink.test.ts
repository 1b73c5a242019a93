import { createRequire } from "node:module";
import zlib from "node:zlib";
import { describe, expect, it } from "vitest";
import { DeliveryError } from "../../../../src/emit/delivery/delivery-sink.ts";
import { type KafkaSettings, KafkaSink } from "../../../../src/emit/outputs/kafka-sink.ts";

const SETTINGS: KafkaSettings = {
  brokers: ["192.0.2.1:9092", "[2001:db8::1]:9092"],
  topic: "voip",
  clientId: "test",
  sensor: "",
  compression: "gzip",
  batchRecords: 10,
  requestTimeoutMs: 1_000,
  tls: null,
  sasl: { mechanism: "plain", username: "user", password: "very-secret" },
};

/** What kafkajs sends requests from, as far as the test looks. */
interface RequestQueue {
  pending: unknown[];
  throttleCheckTimeoutId: unknown;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
  destroy(): void;
}

function newQueue(): RequestQueue {
  const Queue = createRequire(import.meta.url)("kafkajs/src/network/requestQueue/index.js");
  const logger = { debug: () => {}, warn: () => {} };
  return new Queue({ requestTimeout: 1_000, logger, isConnected: () => true }) as RequestQueue;
}

describe("KafkaSink", () => {
  it("is named after brokers and topic, without the login", () => {
    const { name } = new KafkaSink(SETTINGS);
    expect(name).toBe("kafka://192.0.2.1:9092,[2001:db8::1]:9092/voip");
  });

  it("takes zstd on a Node.js that has it, and refuses it at once on one that has none", () => {
    const make = () => new KafkaSink({ ...SETTINGS, compression: "zstd" });
    if ("zstdCompress" in zlib) {
      expect(make().name).toContain("/voip");
      return;
    }
    expect(make).toThrow(DeliveryError);
    expect(make).toThrow(/Node\.js 22\.15/);
  });

  it("sends nothing unconnected, and closes what was never open", async () => {
    const sink = new KafkaSink(SETTINGS);
    await expect(sink.send([])).rejects.toThrow("not connected");
    await expect(sink.close()).resolves.toBeUndefined();
  });

  it("keeps kafkajs from looking for requests every millisecond when there is none", () => {
    new KafkaSink(SETTINGS);
    const queue = newQueue();
    queue.checkPendingRequests();
    expect(queue.throttleCheckTimeoutId).toBeNull();
    queue.pending.push({});
    queue.scheduleCheckPendingRequests();
    expect(queue.throttleCheckTimeoutId).not.toBeNull();
    queue.destroy();
  });
});
