import { describe, expect, it } from "vitest";
import { kafkaError } from "../../../../src/emit/outputs/kafka-error.ts";

const TARGET = { topic: "voip", isTls: true, saslMechanism: "plain", saslUsername: "sensor" };

/** As kafkajs throws it: the broker's code on the innermost error. */
function brokerError(type: string): Error {
  const inner = Object.assign(new Error(`text of ${type}`), { type, name: "KafkaJSProtocolError" });
  const outer = new Error(inner.message, { cause: inner });
  outer.name = "KafkaJSNonRetriableError";
  return outer;
}

describe("kafkaError", () => {
  it.each(["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "INVALID_RECORD", "INVALID_TIMESTAMP"])(
    "%s is the records' own fault, for good",
    (code) => {
      const error = kafkaError(brokerError(code), TARGET);
      expect(error.isTemporary).toBe(false);
      expect(error.message).toContain(code);
    },
  );

  it.each([
    ["UNKNOWN_TOPIC_OR_PARTITION", /topic voip does not exist.*create it/],
    ["INVALID_TOPIC_EXCEPTION", /name voip: choose another/],
    ["TOPIC_AUTHORIZATION_FAILED", /topic voip: give it the ACLs/],
    ["CLUSTER_AUTHORIZATION_FAILED", /give it the ACLs Write/],
    ["UNSUPPORTED_COMPRESSION_TYPE", /choose another/],
    ["NOT_ENOUGH_REPLICAS", /min\.insync\.replicas/],
    ["OUT_OF_ORDER_SEQUENCE_NUMBER", /text of OUT_OF_ORDER/],
    ["SOMETHING_NEW", /text of SOMETHING_NEW/],
  ])("%s may pass, and the line says the cure", (code, line) => {
    const error = kafkaError(brokerError(code), TARGET);
    expect(error.isTemporary).toBe(true);
    expect(error.message).toMatch(line);
  });

  it.each([
    ["self-signed certificate in certificate chain", /check tlsCa/],
    ["Hostname/IP does not match certificate's altnames", /check tlsCa/],
    ["write EPROTO: wrong version number", /does not seem to speak TLS/],
    ["Closed connection", /wants another login/],
    ["connect ECONNREFUSED 192.0.2.1:9092", /^connect ECONNREFUSED 192\.0\.2\.1:9092$/],
  ])("explains a failed connection: %s", (text, line) => {
    expect(kafkaError(new Error(text), TARGET).message).toMatch(line);
  });

  it("makes one short line of anything that is thrown", () => {
    for (const thrown of [
      new Error(`a\n  b\r\n${"x".repeat(999)}`),
      "text",
      undefined,
      new Error(""),
    ]) {
      const { message, isTemporary } = kafkaError(thrown, TARGET);
      expect(message).toMatch(/^[^\r\n]{1,300}$/);
      expect(isTemporary).toBe(true);
    }
  });

  it("ends with causes that go round in a circle", () => {
    const first = new Error("first");
    first.cause = new Error("second", { cause: first });
    expect(kafkaError(first, TARGET).message).toBe("first");
  });
});
