import type { DeliveryRecord } from "../delivery/delivery-record.ts";
import type { DeliverySink } from "../delivery/delivery-sink.ts";
import { EveRecord } from "./eve-record.ts";
import { type MailSettings, MailSink } from "./mail-sink.ts";
import { type NotifyTemplate, notifyBody } from "./notify-templates.ts";
import { QuietHours } from "./quiet-hours.ts";
import { type WebhookSettings, WebhookSink } from "./webhook-sink.ts";

/** Messages about cases to people; plain data, so that it can be handed to a worker thread. */
export interface NotifySettings {
  readonly to: NotifyReceiver;
  /** Cases up to this severity are told (1 is the highest). */
  readonly severityMax: number;
  /** `22:00-07:00`; "" for never. */
  readonly quiet: string;
  /** In these hours only cases up to this severity are told. */
  readonly quietSeverityMax: number;
  readonly timezone: string;
}

/** Who gets the messages, in which shape. */
type NotifyReceiver = HookReceiver | MailReceiver;

export interface HookReceiver {
  readonly template: NotifyTemplate;
  readonly webhook: WebhookSettings;
  /** PagerDuty's integration key; "" of the others. */
  readonly routingKey: string;
}

interface MailReceiver {
  readonly template: "mail";
  readonly mail: MailSettings;
  /** As messages and metrics show it. */
  readonly name: string;
}

/** Only a case's beginning, its getting graver and its end are worth a message; of a case that was merged only its heir's. */
const TOLD: ReadonlySet<string> = new Set(["opened", "raised", "closed"]);

/** Case records as messages, one request each; what is nobody's business is acknowledged and not sent. */
export class NotifySink implements DeliverySink {
  readonly name: string;
  /** A batch that failed half way comes again whole: with one record nobody is told twice. */
  readonly batchRecords = 1;
  readonly #settings: NotifySettings;
  readonly #sink: DeliverySink;
  readonly #quiet: QuietHours;
  readonly #nowMs: () => number;

  constructor(settings: NotifySettings, nowMs: () => number = Date.now) {
    this.#settings = settings;
    const { quiet, timezone, to } = settings;
    this.#sink = sinkOf(to);
    this.name = to.template === "mail" ? to.name : `${to.template}+${this.#sink.name}`;
    this.#quiet = new QuietHours(quiet, timezone);
    this.#nowMs = nowMs;
  }

  connect(): Promise<void> {
    return this.#sink.connect();
  }

  async send(batch: readonly DeliveryRecord[]): Promise<void> {
    for (const record of batch) if (this.#isTold(record)) await this.#sink.send([record]);
  }

  close(): Promise<void> {
    return this.#sink.close();
  }

  #isTold({ line, severity }: DeliveryRecord): boolean {
    // Most records are no cases: they are not worth being parsed.
    if (!line.includes('"event_type":"case"')) return false;
    const eve = EveRecord.parse(line);
    if (eve === null || eve.text("event_type") !== "case") return false;
    const state = eve.text("case", "state");
    const isEnd = state === "closed";
    if (!TOLD.has(state)) return false;
    if (isEnd && eve.text("case", "reason") === "merged") return false;
    const { quietSeverityMax, severityMax, to } = this.#settings;
    if (severity > severityMax) return false;
    // What a pager was told has to be resolved, and that wakes nobody.
    if (isEnd && to.template === "pagerduty") return true;
    return severity <= quietSeverityMax || !this.#quiet.isQuiet(this.#nowMs());
  }
}

function sinkOf(to: NotifyReceiver): DeliverySink {
  if (to.template === "mail") return new MailSink(to.mail, to.name);
  const { routingKey, template, webhook } = to;
  const format = (line: string) => notifyBody(template, line, routingKey);
  const settings: WebhookSettings = { ...webhook, body: "object", batchRecords: 1 };
  // Matrix takes a message under an id of ours, and the same id once only: who is told twice is told once.
  return new WebhookSink(settings, { format, isPut: template === "matrix" });
}
