import { describe, expect, it } from "vitest";
import {
  type KafkaMessage,
  kafkaMessage,
  requestsOf,
  unacknowledged,
} from "../../../../src/emit/outputs/kafka-message.ts";

const RECORD = { sequence: 7, severity: 3, alertId: "id-7", key: "192.0.2.1", line: '{"a":1}' };

function messages(...sizes: readonly number[]): KafkaMessage[] {
  return sizes.map((size) => ({ key: null, value: "x".repeat(size), headers: {} }));
}

describe("kafkaMessage", () => {
  it("has the offender as key, and none where there is no offender", () => {
    expect(kafkaMessage(RECORD, "", (line) => line).key).toBe("192.0.2.1");
    expect(kafkaMessage({ ...RECORD, key: "" }, "", (line) => line).key).toBeNull();
  });

  it("names schema, alert and severity in its headers, and a sensor that has a name", () => {
    const { headers } = kafkaMessage(RECORD, "pbx", (line) => line);
    expect(headers).toMatchObject({
      schema_version: "1",
      alert_id: "id-7",
      severity: "3",
      sensor: "pbx",
    });
    expect(kafkaMessage(RECORD, "", (line) => line).headers).not.toHaveProperty("sensor");
  });
});

describe("requestsOf", () => {
  it("keeps the order and loses none", () => {
    const all = messages(...Array.from({ length: 50 }, (_, index) => 1 + index * 5_000));
    const requests = [...requestsOf(all, false)];
    expect(requests.flat()).toEqual(all);
    expect(requests.length).toBeGreaterThan(1);
  });

  it("stays below a broker's default limit, which counts bytes and not characters", () => {
    const all = Array.from({ length: 40 }, () => ({
      key: null,
      value: "€".repeat(20_000),
      headers: {},
    }));
    for (const request of requestsOf(all, false)) {
      const bytes = request.reduce((sum, { value }) => sum + Buffer.byteLength(value), 0);
      expect(bytes).toBeLessThan(1_000_000);
    }
  });

  it("makes requests of like size, and takes more into one that is compressed", () => {
    const all = messages(...Array.from({ length: 1_100 }, () => 1_000));
    const lengths = [...requestsOf(all, false)].map((part) => part.length);
    expect(lengths).toEqual([550, 550]);
    expect([...requestsOf(all, true)]).toHaveLength(1);
  });

  it("sends alone what is too large, and nothing for nothing", () => {
    expect([...requestsOf(messages(1, 2_000_000, 1), false)].map((part) => part.length)).toEqual([
      1, 1, 1,
    ]);
    expect([...requestsOf([], true)]).toEqual([]);
  });
});

describe("unacknowledged", () => {
  const sent = [0, 1, 1, 2].map((partition) => ({ key: null, value: "", headers: {}, partition }));

  it("is 0 when each partition that was written to has acknowledged", () => {
    const answers = [0, 1, 2].map((partition) => ({ partition, errorCode: 0 }));
    expect(unacknowledged(sent, answers)).toBe(0);
  });

  it("counts partitions that no answer names, or only with an error", () => {
    const answers = [
      { partition: 0, errorCode: 0 },
      { partition: 2, errorCode: 6 },
    ];
    expect(unacknowledged(sent, answers)).toBe(2);
  });
});
