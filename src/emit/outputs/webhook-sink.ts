import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { DeliveryRecord } from "../delivery/delivery-record.ts";
import { DeliveryError, type DeliverySink } from "../delivery/delivery-sink.ts";
import { networkFault } from "./network-fault.ts";
import { answerFault, retryAfterMs } from "./webhook-answer.ts";
import { UrlSecrets, webhookName } from "./webhook-name.ts";
import { type Answer, post } from "./webhook-request.ts";

/** One webhook output; plain data, so that it can be handed to a worker thread. */
export interface WebhookSettings {
  /** http or https, without a login. */
  readonly url: string;
  /** A JSON line a record, one JSON array, or one JSON object, of batches of one record. */
  readonly body: "ndjson" | "array" | "object";
  readonly batchRecords: number;
  readonly timeoutMs: number;
  /** Value of the Authorization header; "" leaves it out. */
  readonly authorization: string;
  /** PEM text of the authorities to trust; "" is the system's. */
  readonly ca: string;
}

export interface WebhookSinkOptions {
  /** What a record holds, from the EVE line; as it is when left out. */
  readonly format?: (line: string) => string;
  /** PUT to the URL and the record's `alertId`, which makes of the same one twice one (RFC 9110 9.3.4); batches of one record. */
  readonly isPut?: boolean;
}

/** What is used when a receiver asks for more patience than this. */
const RETRY_AFTER_MAX_MS = 300_000;
/** An idle connection is not used again after this: most servers keep theirs for 5 seconds or more. */
const IDLE_MS = 4_000;

const CONTENT_TYPES = {
  ndjson: "application/x-ndjson",
  array: "application/json",
  object: "application/json",
} as const;

/** Batches of alerts as HTTP POST requests; an answer of 2xx is the acknowledgement (RFC 9110 15.3). */
export class WebhookSink implements DeliverySink {
  readonly name: string;
  readonly batchRecords: number;
  readonly #settings: WebhookSettings;
  readonly #url: URL;
  readonly #secrets: UrlSecrets;
  readonly #format: (line: string) => string;
  readonly #isPut: boolean;
  #agent: HttpAgent | null = null;
  /** The receiver asked not to be called before this, by `performance.now()`. */
  #notBeforeMs = 0;

  constructor(settings: WebhookSettings, { format, isPut }: WebhookSinkOptions = {}) {
    this.#settings = settings;
    this.#url = new URL(settings.url);
    this.#secrets = new UrlSecrets(this.#url, settings.authorization);
    this.name = webhookName(settings.url);
    this.batchRecords = settings.batchRecords;
    this.#format = format ?? ((line) => line);
    this.#isPut = isPut === true;
  }

  /** There is nothing to connect before there is something to send; only the receiver's wish to wait is kept. */
  async connect(): Promise<void> {
    const waitMs = this.#notBeforeMs - performance.now();
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1_000);
      throw temporary(`the receiver asked to be called again in ${seconds} s`);
    }
    await this.close();
    const { ca } = this.#settings;
    const options = { keepAlive: true, maxSockets: 1, timeout: IDLE_MS };
    this.#agent =
      this.#url.protocol === "https:"
        ? new HttpsAgent({ ...options, minVersion: "TLSv1.2", ...(ca !== "" && { ca }) })
        : new HttpAgent(options);
  }

  async send(batch: readonly DeliveryRecord[]): Promise<void> {
    const agent = this.#agent;
    if (agent === null) throw temporary("not connected");
    const { authorization, body, timeoutMs } = this.#settings;
    const lines = batch.map(({ line }) => this.#format(line));
    const text = body === "array" ? `[${lines.join(",\n")}]\n` : `${lines.join("\n")}\n`;
    let answer: Answer;
    try {
      answer = await post(this.#isPut ? this.#placeOf(batch) : this.#url, {
        method: this.#isPut ? "PUT" : "POST",
        agent,
        timeoutMs,
        body: Buffer.from(text),
        headers: {
          "content-type": CONTENT_TYPES[body],
          accept: "*/*",
          "user-agent": "sipsentry",
          ...(authorization !== "" && { authorization }),
        },
      });
    } catch (error) {
      throw temporary(networkFault(error, { caOption: "webhook.tlsCa" }), error);
    }
    if (answer.status >= 200 && answer.status < 300) return;
    const waitMs = retryAfterMs(answer.retryAfter, Date.now());
    this.#notBeforeMs = performance.now() + Math.min(waitMs, RETRY_AFTER_MAX_MS);
    throw answerFault(answer, this.#secrets);
  }

  #placeOf([record]: readonly DeliveryRecord[]): URL {
    const { href } = this.#url;
    return new URL(`${href.replace(/\/$/, "")}/${encodeURIComponent(record?.alertId ?? "")}`);
  }

  close(): Promise<void> {
    this.#agent?.destroy();
    this.#agent = null;
    return Promise.resolve();
  }
}

function temporary(message: string, cause?: unknown): DeliveryError {
  return new DeliveryError(message, { isTemporary: true, cause });
}
