import { compressionProblem } from "../outputs/kafka-compression.ts";
import type { KafkaSettings } from "../outputs/kafka-sink.ts";
import { hostPortText, parseHostPort } from "./output-address.ts";
import { OutputError, readSecret, readTls } from "./output-files.ts";
import type { KafkaOptions } from "./output-settings.ts";

const DEFAULT_PORT = 9_092;
/** What a broker takes as the name of a topic (org.apache.kafka.common.internals.Topic). */
const TOPIC = /^[A-Za-z0-9._-]{1,249}$/;
const PASSWORD_VARIABLE = "SIPSENTRY_KAFKA_PASSWORD";

/** Reads what follows `kafka://`: `HOST:PORT,.../TOPIC`. Throws OutputError. */
export function kafkaSettings(
  target: string,
  options: KafkaOptions,
  sensor: string,
  env: NodeJS.ProcessEnv,
): KafkaSettings {
  const slash = target.indexOf("/");
  const hosts = slash < 0 ? target : target.slice(0, slash);
  const brokers = hosts.split(",").map((text) => {
    const broker = parseHostPort(text.trim(), DEFAULT_PORT);
    if (typeof broker === "string") throw new OutputError(`kafka://: ${broker}`);
    return hostPortText(broker);
  });
  const topic = (slash < 0 ? "" : target.slice(slash + 1)) || options.topic;
  if (!TOPIC.test(topic) || topic === "." || topic === "..") {
    throw new OutputError(
      `kafka://${brokers.join(",")}/${topic}: a topic is up to 249 letters, digits, ".", "_" and "-"`,
    );
  }
  const problem = compressionProblem(options.compression);
  if (problem !== "") throw new OutputError(`kafka.compression: ${problem}`);
  const { batchRecords, clientId, compression, requestTimeoutMs } = options;
  return {
    brokers,
    topic,
    clientId,
    sensor,
    compression,
    batchRecords,
    requestTimeoutMs,
    tls: tlsOf(options),
    sasl: saslOf(options, env),
  };
}

function tlsOf(options: KafkaOptions): KafkaSettings["tls"] {
  const isUsed = options.tls || options.tlsCa !== "" || options.tlsCert + options.tlsKey !== "";
  return isUsed ? readTls("kafka", options) : null;
}

function saslOf(options: KafkaOptions, env: NodeJS.ProcessEnv): KafkaSettings["sasl"] {
  const { saslMechanism: mechanism, saslPasswordFile, saslUsername: username } = options;
  if (mechanism === "none") {
    if (username === "") return null;
    throw new OutputError(
      "kafka.saslUsername needs kafka.saslMechanism: plain, scram-sha-256 or scram-sha-512",
    );
  }
  if (username === "") throw new OutputError(`kafka.saslMechanism ${mechanism} needs saslUsername`);
  const password =
    readSecret("kafka.saslPasswordFile", saslPasswordFile) || env[PASSWORD_VARIABLE] || "";
  if (password === "") {
    throw new OutputError(
      `kafka.saslMechanism ${mechanism} needs a password: give kafka.saslPasswordFile or set ${PASSWORD_VARIABLE}`,
    );
  }
  return { mechanism, username, password };
}
