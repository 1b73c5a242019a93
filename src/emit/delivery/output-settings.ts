import type { BanSettings } from "../outputs/ban-sink.ts";
import type { SyslogFacility } from "../outputs/syslog-message.ts";

/** What the configuration says about outputs: the sections of src/config/config-outputs.ts, which emit/ may not import. */
export interface OutputSettings {
  /** Name of the sensor; "" when it has none. */
  readonly sensor: string;
  readonly kafka: KafkaOptions;
  readonly syslog: SyslogOptions;
  readonly webhook: WebhookOptions;
  readonly notify: NotifyOptions;
  readonly mail: MailOptions;
  readonly ban: BanOptions;
}

export type RecordFormat = "eve" | "ecs";

/** Paths of PEM files; "" for none. */
export interface TlsFiles {
  readonly tlsCa: string;
  readonly tlsCert: string;
  readonly tlsKey: string;
}

export interface KafkaOptions extends TlsFiles {
  readonly topic: string;
  readonly clientId: string;
  readonly format: RecordFormat;
  readonly compression: "none" | "gzip" | "zstd";
  readonly batchRecords: number;
  readonly requestTimeoutMs: number;
  readonly tls: boolean;
  readonly saslMechanism: "none" | "plain" | "scram-sha-256" | "scram-sha-512";
  readonly saslUsername: string;
  readonly saslPasswordFile: string;
}

interface SyslogOptions extends TlsFiles {
  readonly facility: SyslogFacility;
  readonly appName: string;
  readonly structuredId: string;
  readonly confirm: boolean;
  readonly format: RecordFormat;
}

export interface WebhookOptions {
  readonly format: RecordFormat;
  readonly body: "ndjson" | "array";
  readonly batchRecords: number;
  readonly timeoutMs: number;
  readonly authorizationFile: string;
  readonly tlsCa: string;
}

export interface NotifyOptions {
  readonly severityMax: number;
  readonly quiet: string;
  readonly quietSeverityMax: number;
  readonly timezone: string;
  readonly routingKeyFile: string;
  readonly matrixTokenFile: string;
}

export interface MailOptions {
  readonly from: string;
  readonly username: string;
  readonly passwordFile: string;
  readonly startTls: "required" | "offered" | "never";
  readonly tlsCa: string;
  readonly timeoutMs: number;
}

export type BanOptions = Omit<BanSettings, "path">;
