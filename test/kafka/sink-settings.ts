import { readFileSync } from "node:fs";
import type { DeliveryRecord } from "../../src/emit/delivery/delivery-record.ts";
import type { KafkaSettings } from "../../src/emit/outputs/kafka-sink.ts";

/** Settings of a sink for one test. */
export function sinkSettings(
  broker: string,
  topic: string,
  changes: Partial<KafkaSettings> = {},
): KafkaSettings {
  return {
    brokers: [broker],
    topic,
    clientId: "sipsentry-test",
    sensor: "pbx-1",
    compression: "none",
    batchRecords: 1_000,
    requestTimeoutMs: 5_000,
    tls: null,
    sasl: null,
    ...changes,
  };
}

/** PEM texts of files; "" for a path left out. */
export function pem({
  ca = "",
  cert = "",
  key = "",
}: {
  ca?: string;
  cert?: string;
  key?: string;
}) {
  const read = (path: string) => (path === "" ? "" : readFileSync(path, "utf8"));
  return { ca: read(ca), cert: read(cert), key: read(key) };
}

/** Alerts from `first` on, of ten offenders unless told otherwise. */
export function alerts(
  count: number,
  { first = 1, key = (n: number) => `198.51.100.${n % 10}`, fill = "" } = {},
): DeliveryRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const sequence = first + index;
    const alertId = `alert-${String(sequence).padStart(8, "0")}`;
    const line = JSON.stringify({ event_type: "alert", fill, voip: { alert_id: alertId } });
    return { sequence, severity: 1 + (sequence % 4), alertId, key: key(sequence), line };
  });
}
