import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DeliveryRecord } from "../../src/emit/delivery/delivery-record.ts";
import { DeliveryError } from "../../src/emit/delivery/delivery-sink.ts";
import { type KafkaSettings, KafkaSink } from "../../src/emit/outputs/kafka-sink.ts";
import { FaultyProxy } from "../support/faulty-proxy.ts";
import { closedPort } from "../support/free-ports.ts";
import { KAFKA_USERS, KafkaBroker } from "../support/kafka-broker.ts";
import { missingForKafka, requireForKafka } from "../support/kafka-tools.ts";
import { consumeAll } from "../support/kcat.ts";
import { alerts, pem, sinkSettings } from "./sink-settings.ts";

const missing = missingForKafka();

describe.skipIf(missing !== "")(`the Kafka sink and a real broker ${missing}`, () => {
  let broker: KafkaBroker;
  let topics = 0;

  beforeAll(async () => {
    requireForKafka();
    broker = await KafkaBroker.start();
  });

  afterAll(async () => {
    await broker?.close();
  });

  async function newTopic(options?: Parameters<KafkaBroker["createTopic"]>[1]): Promise<string> {
    const topic = `voip.alerts.test-${++topics}`;
    await broker.createTopic(topic, options);
    return topic;
  }

  async function deliver(settings: KafkaSettings, records: readonly DeliveryRecord[]) {
    const sink = new KafkaSink(settings);
    try {
      await sink.connect();
      await sink.send(records);
    } finally {
      await sink.close();
    }
  }

  /** The error of a delivery that must fail. */
  async function failure(settings: KafkaSettings, records = alerts(1)): Promise<DeliveryError> {
    const error = await deliver(settings, records).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DeliveryError);
    const failed = error as DeliveryError;
    expect(failed.message).not.toMatch(/[\n\r]/);
    return failed;
  }

  it("hands over value, key and headers as they are", async () => {
    const topic = await newTopic();
    const [record] = alerts(1, { fill: "Grüße ☎" });
    if (record === undefined) throw new Error("no record");
    await deliver(sinkSettings(broker.plain, topic), [record]);
    const [received, ...more] = await consumeAll(broker.plain, topic);
    expect(more).toEqual([]);
    expect(received).toMatchObject({ key: record.key, value: record.line });
    expect(Object.fromEntries(received?.headers ?? [])).toEqual({
      schema_version: "1",
      "content-type": "application/json",
      alert_id: record.alertId,
      severity: "2",
      sensor: "pbx-1",
    });
  });

  it("takes the value from the format that it is given", async () => {
    const topic = await newTopic();
    const sink = new KafkaSink(sinkSettings(broker.plain, topic, { sensor: "" }), {
      format: (line) => `{"ecs":${line.length}}`,
    });
    await sink.connect();
    await sink.send([{ sequence: 1, severity: 1, alertId: "a", key: "k", line: "12345" }]);
    await sink.close();
    const [received] = await consumeAll(broker.plain, topic);
    expect(received?.value).toBe('{"ecs":5}');
    expect(received?.headers.has("sensor")).toBe(false);
  });

  it("keeps the records of one key in one partition and in order", async () => {
    const topic = await newTopic({ partitions: 6 });
    const sink = new KafkaSink(sinkSettings(broker.plain, topic));
    await sink.connect();
    for (let first = 1; first <= 2_000; first += 250) await sink.send(alerts(250, { first }));
    await sink.close();
    const received = await consumeAll(broker.plain, topic);
    expect(received).toHaveLength(2_000);
    const byKey = groupByKey(received);
    expect(byKey.size).toBe(10);
    for (const records of byKey.values()) {
      expect(new Set(records.map(({ partition }) => partition)).size).toBe(1);
      const ids = records.map(({ headers }) => headers.get("alert_id") ?? "");
      expect(ids).toEqual(ids.toSorted());
    }
  });

  it("spreads records without a key over the partitions", async () => {
    const topic = await newTopic({ partitions: 3 });
    await deliver(sinkSettings(broker.plain, topic), alerts(300, { key: () => "" }));
    const received = await consumeAll(broker.plain, topic);
    expect(received).toHaveLength(300);
    expect(new Set(received.map(({ partition }) => partition))).toEqual(new Set([0, 1, 2]));
    expect(received.every(({ key }) => key === "")).toBe(true);
  });

  it("compresses with gzip what kcat then reads", async () => {
    const topic = await newTopic({ partitions: 1, config: { "max.message.bytes": "20000" } });
    const records = alerts(100, { fill: "x".repeat(1_000) });
    // 100 kB do not fit uncompressed, so it is the compression that brings them through.
    const plain = await failure(sinkSettings(broker.plain, topic), records);
    expect(plain.isTemporary).toBe(false);
    await deliver(sinkSettings(broker.plain, topic, { compression: "gzip" }), records);
    const received = await consumeAll(broker.plain, topic);
    expect(received.map(({ value }) => value)).toEqual(records.map(({ line }) => line));
  });

  it("sends what is larger than one request in several", async () => {
    const topic = await newTopic({ partitions: 1 });
    const records = alerts(40, { fill: "y".repeat(60_000) });
    await deliver(sinkSettings(broker.plain, topic), records);
    const received = await consumeAll(broker.plain, topic);
    expect(received.map(({ value }) => value)).toEqual(records.map(({ line }) => line));
  });

  it("is idempotent: an acknowledgement that is lost on the way leaves no record twice", async () => {
    const topic = await newTopic({ partitions: 1 });
    const proxy = await FaultyProxy.start(broker.proxyPort, broker.behindProxyPort);
    const sink = new KafkaSink(sinkSettings(broker.proxied, topic, { requestTimeoutMs: 2_000 }));
    try {
      await sink.connect();
      await sink.send(alerts(10));
      proxy.mode = "lose-answer";
      await sink.send(alerts(10, { first: 11 }));
      await sink.send(alerts(10, { first: 21 }));
    } finally {
      await sink.close();
      await proxy.close();
    }
    expect(proxy.resets).toBe(1);
    const received = await consumeAll(broker.plain, topic);
    const ids = received.map(({ headers }) => headers.get("alert_id"));
    expect(ids).toEqual(alerts(30).map(({ alertId }) => alertId));
  });

  it("speaks TLS and shows its certificate", async () => {
    const topic = await newTopic();
    const { ca, clientCert: cert, clientKey: key } = broker.certificates;
    const tls = pem({ ca, cert, key });
    await deliver(sinkSettings(broker.tls, topic, { tls }), alerts(5));
    expect(await consumeAll(broker.plain, topic)).toHaveLength(5);
  });

  it.each([
    ["plain", KAFKA_USERS.plain],
    ["scram-sha-256", KAFKA_USERS.scram],
    ["scram-sha-512", KAFKA_USERS.scram],
  ] as const)("logs in with %s over TLS", async (mechanism, user) => {
    const topic = await newTopic();
    const tls = pem({ ca: broker.certificates.ca });
    const settings = sinkSettings(broker.sasl, topic, { tls, sasl: { mechanism, ...user } });
    await deliver(settings, alerts(5));
    expect(await consumeAll(broker.plain, topic)).toHaveLength(5);
  });

  it.each(["plain", "scram-sha-256", "scram-sha-512"] as const)(
    "says in one line that a password is wrong (%s), and that may be cured",
    async (mechanism) => {
      const tls = pem({ ca: broker.certificates.ca });
      const { username } = mechanism === "plain" ? KAFKA_USERS.plain : KAFKA_USERS.scram;
      const sasl = { mechanism, username, password: "wrong-secret" };
      const error = await failure(sinkSettings(broker.sasl, "any", { tls, sasl }));
      expect(error.message).toBe(
        `the broker refuses the login of ${username} (${mechanism}): check user name and password`,
      );
      expect(error.isTemporary).toBe(true);
    },
  );

  it("says which permission is missing", async () => {
    const [allowed, forbidden] = [await newTopic(), await newTopic()];
    const tls = pem({ ca: broker.certificates.ca });
    const sasl = { mechanism: "plain", ...KAFKA_USERS.outsider } as const;
    const nowhere = await failure(sinkSettings(broker.sasl, forbidden, { tls, sasl }));
    expect(nowhere.message).toContain(`write nowhere: give it the ACLs Write and Describe`);
    await broker.letOutsiderWrite(allowed);
    await deliver(sinkSettings(broker.sasl, allowed, { tls, sasl }), alerts(1));
    const here = await failure(sinkSettings(broker.sasl, forbidden, { tls, sasl }));
    expect(here.message).toMatch(/does not let this user write to topic .*: give it the ACLs/);
    expect([nowhere.isTemporary, here.isTemporary]).toEqual([true, true]);
  });

  it("says that the authority is not trusted, and where to name it", async () => {
    const { otherCa } = broker.certificates;
    const sasl = { mechanism: "plain", ...KAFKA_USERS.plain } as const;
    const error = await failure(
      sinkSettings(broker.sasl, "any", { tls: pem({ ca: otherCa }), sasl }),
    );
    expect(error.message).toContain("tlsCa");
    expect(error.isTemporary).toBe(true);
  });

  it("says that a port without TLS does not speak it, and the other way round", async () => {
    const tls = pem({ ca: broker.certificates.ca });
    const fast = { requestTimeoutMs: 1_000 };
    const noTls = await failure(sinkSettings(broker.plain, "any", { tls, ...fast }));
    expect(noTls.isTemporary).toBe(true);
    const noPlain = await failure(sinkSettings(broker.tls, "any", fast));
    expect(noPlain.message).toMatch(/TLS/);
    expect(noPlain.isTemporary).toBe(true);
  });

  it("says that a topic does not exist where the broker makes none", async () => {
    const error = await failure(sinkSettings(broker.plain, "not.there"));
    expect(error.message).toBe(
      "topic not.there does not exist, and the broker creates none by itself: create it",
    );
    expect(error.isTemporary).toBe(true);
  });

  it("says that nobody listens", async () => {
    const port = await closedPort();
    const error = await failure(sinkSettings(`127.0.0.1:${port}`, "any"));
    expect(error.message).toContain(`ECONNREFUSED 127.0.0.1:${port}`);
    expect(error.isTemporary).toBe(true);
  });

  it("calls a record that is too large refused for good, and halving finds it alone", async () => {
    const topic = await newTopic({ partitions: 2 });
    const records = alerts(64);
    const large = randomBytes(1_500_000).toString("base64");
    records[20] = { ...(records[20] ?? alerts(1)[0]!), line: large };
    const sink = new KafkaSink(sinkSettings(broker.plain, topic, { compression: "gzip" }));
    const refused: string[] = [];
    const halve = async (batch: readonly DeliveryRecord[]): Promise<void> => {
      try {
        await sink.connect();
        await sink.send(batch);
      } catch (error) {
        expect(error).toBeInstanceOf(DeliveryError);
        expect((error as DeliveryError).isTemporary).toBe(false);
        if (batch.length === 1) {
          refused.push(batch[0]?.alertId ?? "");
          return;
        }
        await halve(batch.slice(0, batch.length / 2));
        await halve(batch.slice(batch.length / 2));
      }
    };
    await halve(records);
    await sink.close();
    expect(refused).toEqual(["alert-00000021"]);
    const ids = (await consumeAll(broker.plain, topic)).map(({ headers }) =>
      headers.get("alert_id"),
    );
    expect(new Set(ids).size).toBe(63);
  });

  it("sends nothing before a connect that succeeded", async () => {
    const sink = new KafkaSink(sinkSettings(broker.plain, "any"));
    await expect(sink.send(alerts(1))).rejects.toThrow("not connected");
  });

  it("closes at once while the broker stands still, and works again later", async () => {
    const topic = await newTopic();
    const sink = new KafkaSink(sinkSettings(broker.plain, topic, { requestTimeoutMs: 60_000 }));
    await sink.connect();
    broker.pause();
    try {
      const sending = sink.send(alerts(1)).catch((error: unknown) => error);
      const start = performance.now();
      await sink.close();
      // Not only when the request's time is over.
      expect(performance.now() - start).toBeLessThan(30_000);
      expect(await sending).toBeInstanceOf(DeliveryError);
    } finally {
      broker.resume();
    }
    await sink.connect();
    await sink.send(alerts(1, { first: 2 }));
    await sink.close();
    const ids = (await consumeAll(broker.plain, topic)).map(({ headers }) =>
      headers.get("alert_id"),
    );
    expect(ids).toContain("alert-00000002");
  });
});

function groupByKey<T extends { readonly key: string }>(records: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const record of records) {
    const group = groups.get(record.key);
    if (group === undefined) groups.set(record.key, [record]);
    else group.push(record);
  }
  return groups;
}
