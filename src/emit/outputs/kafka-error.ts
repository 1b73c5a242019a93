import { DeliveryError } from "../delivery/delivery-sink.ts";

/** What a message about a failure may name. */
export interface KafkaTarget {
  readonly topic: string;
  readonly isTls: boolean;
  readonly saslMechanism: string;
  readonly saslUsername: string;
}

/** Codes by which a broker says that it will never take these records (Kafka protocol, error codes). */
const REFUSED_RECORDS: Readonly<Record<string, string>> = {
  MESSAGE_TOO_LARGE: "larger than the topic's max.message.bytes",
  RECORD_LIST_TOO_LARGE: "larger than the topic's segment.bytes",
  INVALID_RECORD: "refused as invalid by the broker (a compacted topic wants a key)",
  INVALID_TIMESTAMP: "refused for their time stamp (message.timestamp limits of the topic)",
};

const CAUSES_MAX = 8;

/**
 * What went wrong in a Kafka client, as one line that names the cure. Only records that the broker itself
 * refuses are final: wrong settings can be put right while the alerts wait in the spool.
 */
export function kafkaError(error: unknown, target: KafkaTarget): DeliveryError {
  const chain = causes(error);
  const code = textOf(chain, "type");
  const refused = REFUSED_RECORDS[code];
  if (refused !== undefined) {
    const message = `the records are ${refused} (${code})`;
    return new DeliveryError(message, { isTemporary: false, cause: error });
  }
  const message = oneLine(byCode(code, target) ?? byName(chain, target) ?? messageOf(chain));
  return new DeliveryError(message, { isTemporary: true, cause: error });
}

function byCode(code: string, { topic }: KafkaTarget): string | undefined {
  switch (code) {
    case "UNKNOWN_TOPIC_OR_PARTITION":
      return `topic ${topic} does not exist, and the broker creates none by itself: create it`;
    case "INVALID_TOPIC_EXCEPTION":
      return `the broker takes no topic of the name ${topic}: choose another`;
    case "TOPIC_AUTHORIZATION_FAILED":
      return `the broker does not let this user write to topic ${topic}: give it the ACLs Write and Describe`;
    case "CLUSTER_AUTHORIZATION_FAILED":
      // Since Kafka 3.0 a producer that may write to any topic may be idempotent (KIP-679).
      return `the broker lets this user write nowhere: give it the ACLs Write and Describe on topic ${topic} (before Kafka 3.0 also IdempotentWrite on the cluster)`;
    case "UNSUPPORTED_COMPRESSION_TYPE":
      return "the broker does not know this compression: choose another";
    case "NOT_ENOUGH_REPLICAS":
    case "NOT_ENOUGH_REPLICAS_AFTER_APPEND":
      return `topic ${topic} has fewer replicas in sync than its min.insync.replicas: bring brokers back`;
    default:
      return undefined;
  }
}

function byName(chain: readonly Error[], target: KafkaTarget): string | undefined {
  const text = messageOf(chain);
  const { isTls, saslMechanism, saslUsername, topic } = target;
  if (chain.some(({ name }) => name === "KafkaJSSASLAuthenticationError")) {
    if (/mechanism is not supported/i.test(text)) {
      return `the broker offers no ${saslMechanism} login: set saslMechanism to one of its own`;
    }
    return `the broker refuses the login of ${saslUsername} (${saslMechanism}): check user name and password`;
  }
  if (/certificate|altname|self.signed|unable to verify/i.test(text)) {
    return `${text}: check tlsCa (and tlsCert, tlsKey where the broker wants a client's certificate)`;
  }
  if (isTls && /wrong version number|EPROTO|packet length too long/i.test(text)) {
    return `${text}: this port does not seem to speak TLS`;
  }
  if (/closed connection|closed by the server/i.test(text)) {
    return `${text}: the broker went away, or this port wants ${isTls ? "another login" : "TLS or a login"}`;
  }
  if (/without metadata/i.test(text)) return `the broker knows nothing of topic ${topic} yet`;
  return undefined;
}

/** The error and what caused it, outermost first. */
function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  let current = error;
  while (current instanceof Error && chain.length < CAUSES_MAX && !chain.includes(current)) {
    chain.push(current);
    current = current.cause;
  }
  return chain;
}

function textOf(chain: readonly Error[], field: "type"): string {
  for (const error of chain) {
    const value: unknown = Reflect.get(error, field);
    if (typeof value === "string") return value;
  }
  return "";
}

function messageOf(chain: readonly Error[]): string {
  return chain.find(({ message }) => message !== "")?.message ?? "the Kafka client failed";
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, 300);
}
