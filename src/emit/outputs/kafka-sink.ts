import type { logCreator, PartitionerArgs, Producer, SASLOptions } from "kafkajs";
import { loadLater } from "../../base/load-later.ts";
import type { DeliveryRecord } from "../delivery/delivery-record.ts";
import { DeliveryError, type DeliverySink } from "../delivery/delivery-sink.ts";
import { compressionProblem, gzip, type KafkaCompression, zstdOf } from "./kafka-compression.ts";
import { kafkaError } from "./kafka-error.ts";
import { type KafkaMessage, kafkaMessage, requestsOf, unacknowledged } from "./kafka-message.ts";
import { useOwnParts } from "./kafka-parts.ts";
import { KafkaSockets } from "./kafka-sockets.ts";

// What costs most of it is replaced before it is loaded.
useOwnParts();
const kafkajs: typeof import("kafkajs") = loadLater("kafkajs");
const { CompressionTypes, Kafka, logLevel, Partitioners } = kafkajs;

/** One Kafka output; plain data, so that it can be handed to a worker thread. */
export interface KafkaSettings {
  /** HOST:PORT or [IPv6]:PORT, at least one. */
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly clientId: string;
  /** Name of the sensor, for the header of that name; "" leaves it out. */
  readonly sensor: string;
  readonly compression: KafkaCompression;
  readonly batchRecords: number;
  readonly requestTimeoutMs: number;
  /** PEM texts, not paths; "" leaves one out. Null is no TLS. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string } | null;
  readonly sasl: {
    readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
    readonly username: string;
    readonly password: string;
  } | null;
}

export interface KafkaSinkOptions {
  /** What the value holds, from the EVE line; as it is when left out. */
  readonly format?: (line: string) => string;
  /** What kafkajs has to say, a line at a time; nowhere when left out. */
  readonly onLog?: (line: string) => void;
}

const CONNECT_TIMEOUT_MS = 5_000;
const DISCONNECT_MS = 500;

/**
 * Alerts to a Kafka topic: key = offender, value = EVE line, acknowledged by all replicas in sync.
 *
 * kafkajs 2.2.4 is used so that its known faults cannot cost or reorder a record:
 * - A producer whose connect() failed would send without a producer id, and after a failed send() its
 *   sequence numbers may be behind the broker's, which then takes new records for old ones and drops
 *   them. So a producer is used until its first failure and never again.
 * - A send() that it repeats within itself chooses partitions again for records without a key, and
 *   leaves out partitions whose leader has moved. So a partition is chosen once for a record, and each
 *   one has to be in the answer.
 */
export class KafkaSink implements DeliverySink {
  readonly name: string;
  readonly batchRecords: number;
  readonly #settings: KafkaSettings;
  readonly #format: (line: string) => string;
  readonly #logCreator: logCreator;
  /** The one in use; what an abandoned call still holds is none of its business any more. */
  #session: Session | null = null;

  /** Throws DeliveryError when this Node.js cannot do what the settings ask for. */
  constructor(settings: KafkaSettings, { format, onLog }: KafkaSinkOptions = {}) {
    const problem = compressionProblem(settings.compression);
    if (problem !== "") throw new DeliveryError(problem, { isTemporary: false });
    this.name = `kafka://${settings.brokers.join(",")}/${settings.topic}`;
    this.batchRecords = settings.batchRecords;
    this.#settings = settings;
    this.#format = format ?? ((line) => line);
    this.#logCreator = () => (entry) => onLog?.(`${entry.namespace}: ${entry.log.message}`);
    registerCodecs();
    stopIdlePolling();
  }

  async connect(): Promise<void> {
    await this.close();
    const session = this.#makeSession();
    this.#session = session;
    try {
      await session.producer.connect();
      if (this.#session !== session) throw temporary("given up while connecting");
      session.isConnected = true;
    } catch (error) {
      await this.#giveUp(session);
      throw this.#problem(error);
    }
  }

  async send(batch: readonly DeliveryRecord[]): Promise<void> {
    const session = this.#session;
    if (session === null || !session.isConnected) throw temporary("not connected to a broker");
    const { compression, sensor } = this.#settings;
    try {
      const messages = batch.map((record) => kafkaMessage(record, sensor, this.#format));
      for (const request of requestsOf(messages, compression !== "none")) {
        await this.#sendOne(session.producer, request);
        if (this.#session !== session) throw temporary("given up while sending");
      }
    } catch (error) {
      await this.#giveUp(session);
      throw this.#problem(error);
    }
  }

  async close(): Promise<void> {
    if (this.#session !== null) await this.#giveUp(this.#session);
  }

  async #sendOne(producer: Producer, messages: KafkaMessage[]): Promise<void> {
    const { compression, requestTimeoutMs, topic } = this.#settings;
    const answers = await producer.send({
      topic,
      messages,
      acks: -1,
      timeout: requestTimeoutMs,
      compression: COMPRESSIONS[compression],
    });
    const missing = unacknowledged(messages, answers);
    if (missing === 0) return;
    throw temporary(`${missing} partitions of topic ${topic} gave no acknowledgement`);
  }

  #makeSession(): Session {
    const { brokers, clientId, requestTimeoutMs, sasl, tls } = this.#settings;
    const sockets = new KafkaSockets();
    // Enough to ask each broker once; what fails then is the caller's to repeat.
    const retry = {
      retries: Math.max(2, brokers.length),
      initialRetryTime: 100,
      maxRetryTime: 500,
    };
    const kafka = new Kafka({
      brokers: brokers.map((broker) => sockets.nameOf(broker)),
      clientId,
      requestTimeout: requestTimeoutMs,
      connectionTimeout: Math.min(requestTimeoutMs, CONNECT_TIMEOUT_MS),
      retry,
      logLevel: logLevel.WARN,
      logCreator: this.#logCreator,
      socketFactory: sockets.connect,
      ...(tls === null ? {} : { ssl: withoutEmpty(tls) }),
      ...(sasl === null ? {} : { sasl: saslOptions(sasl) }),
    });
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      retry: { ...retry, retries: 1 },
      createPartitioner: stickyPartitioner,
    });
    return { producer, sockets, isConnected: false };
  }

  async #giveUp(session: Session): Promise<void> {
    if (this.#session === session) this.#session = null;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, DISCONNECT_MS);
    });
    // It waits for answers in flight, which may never come.
    await Promise.race([session.producer.disconnect().catch(() => undefined), patience]);
    clearTimeout(timer);
    session.sockets.destroy();
  }

  #problem(error: unknown): DeliveryError {
    if (error instanceof DeliveryError) return error;
    const { sasl, tls, topic } = this.#settings;
    return kafkaError(error, {
      topic,
      isTls: tls !== null,
      saslMechanism: sasl?.mechanism ?? "",
      saslUsername: sasl?.username ?? "",
    });
  }
}

interface Session {
  readonly producer: Producer;
  readonly sockets: KafkaSockets;
  isConnected: boolean;
}

const COMPRESSIONS: Readonly<Record<KafkaCompression, number>> = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  zstd: CompressionTypes.ZSTD,
};

/** The partition that Kafka's own clients choose, and the same one when a send is repeated. */
function stickyPartitioner(): (args: PartitionerArgs) => number {
  const choose = Partitioners.DefaultPartitioner();
  return (args) => {
    const partition = choose(args);
    args.message.partition = partition;
    return partition;
  };
}

function temporary(message: string): DeliveryError {
  return new DeliveryError(message, { isTemporary: true });
}

function withoutEmpty(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ""));
}

/** A copy, because kafkajs keeps its state in what it is given. */
function saslOptions({
  mechanism,
  username,
  password,
}: NonNullable<KafkaSettings["sasl"]>): SASLOptions {
  switch (mechanism) {
    case "plain":
      return { mechanism, username, password };
    case "scram-sha-256":
      return { mechanism, username, password };
    case "scram-sha-512":
      return { mechanism, username, password };
  }
}

/** Its own gzip takes twice the CPU for a quarter fewer bytes; zstd it has none. */
function registerCodecs(): void {
  // An export that Node.js does not see as a name of its own.
  const codecs = kafkajs.CompressionCodecs;
  codecs[CompressionTypes.GZIP] = () => codecOf(gzip);
  const zstd = zstdOf();
  if (zstd !== undefined) codecs[CompressionTypes.ZSTD] = () => codecOf(zstd);
}

function codecOf(compress: (data: Buffer) => Promise<Buffer>) {
  return {
    compress: (encoder: { readonly buffer: Buffer }) => compress(encoder.buffer),
    decompress: () => Promise.reject(new Error("this client only sends")),
  };
}

const IS_PATCHED = Symbol.for("sipsentry.kafkajs.idle");

/**
 * kafkajs looks for waiting requests once a millisecond for ever, with a timer that may be negative
 * (tulios/kafkajs issues 1704, 1751): 3 % of a core for nothing, and a TimeoutNegativeWarning in newer
 * Node.js. Without waiting requests there is nothing to look for.
 */
function stopIdlePolling(): void {
  const queue: unknown = loadLater("kafkajs/src/network/requestQueue/index.js");
  if (typeof queue !== "function") return;
  const prototype: unknown = queue.prototype;
  if (typeof prototype !== "object" || prototype === null || IS_PATCHED in prototype) return;
  const schedule: unknown = Reflect.get(prototype, "scheduleCheckPendingRequests");
  if (typeof schedule !== "function") return;
  Reflect.set(prototype, IS_PATCHED, true);
  Reflect.set(
    prototype,
    "scheduleCheckPendingRequests",
    function (this: { readonly pending: readonly unknown[] }): void {
      if (this.pending.length > 0) schedule.call(this);
    },
  );
}
