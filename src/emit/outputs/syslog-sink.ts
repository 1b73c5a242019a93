import type { DeliveryRecord } from "../delivery/delivery-record.ts";
import type { DeliverySink } from "../delivery/delivery-sink.ts";
import { hostPortText } from "../delivery/output-address.ts";
import { SyslogDatagrams } from "./syslog-datagrams.ts";
import { SyslogFormatter, type SyslogOrigin } from "./syslog-message.ts";
import { SyslogStream, type SyslogStreamOptions } from "./syslog-stream.ts";
import type { SyslogTransport } from "./syslog-transport.ts";

/** One syslog output; plain data, so that it can be handed to a worker thread. */
export interface SyslogSettings extends SyslogOrigin, SyslogStreamOptions {
  readonly transport: "udp" | "tcp" | "tls";
  readonly host: string;
  readonly port: number;
}

export interface SyslogSinkOptions {
  /** What MSG holds, from the EVE line; as it is when left out. */
  readonly format?: (line: string) => string;
}

/** What the output begins with, by its transport. */
const SCHEMES = { udp: "syslog", tcp: "syslog+tcp", tls: "syslog+tls" } as const;

/** A burst of datagrams has to fit into the receiver's buffer. */
const DATAGRAMS_MAX = 64;
const BATCH_MAX = 1_000;

/** Alerts to a syslog receiver (RFC 5424) over UDP, TCP or TLS. */
export class SyslogSink implements DeliverySink {
  readonly name: string;
  readonly batchRecords: number;
  readonly #transport: SyslogTransport;
  readonly #formatter: SyslogFormatter;

  constructor(settings: SyslogSettings, { format }: SyslogSinkOptions = {}) {
    const { transport } = settings;
    this.name = `${SCHEMES[transport]}://${hostPortText(settings)}`;
    this.batchRecords = transport === "udp" ? DATAGRAMS_MAX : BATCH_MAX;
    this.#formatter = new SyslogFormatter(settings, format ?? ((line) => line));
    this.#transport =
      transport === "udp"
        ? new SyslogDatagrams(settings)
        : new SyslogStream(settings, {
            ...settings,
            tls: transport === "tls" ? (settings.tls ?? NO_TLS_FILES) : null,
          });
  }

  connect(): Promise<void> {
    return this.#transport.connect();
  }

  send(batch: readonly DeliveryRecord[]): Promise<void> {
    return this.#transport.send(batch.map((record) => this.#formatter.message(record)));
  }

  close(): Promise<void> {
    this.#transport.close();
    return Promise.resolve();
  }
}

const NO_TLS_FILES = { ca: "", cert: "", key: "" };
