import type { Transporter } from "nodemailer";
import type { DeliveryRecord } from "../delivery/delivery-record.ts";
import { DeliveryError, type DeliverySink } from "../delivery/delivery-sink.ts";
import { caseLines, caseMessage, cut } from "./case-message.ts";
import { networkFault, oneLine } from "./network-fault.ts";

/** How mail about cases is sent (RFC 5321); plain data, so that it can be handed to a worker thread. */
export interface MailSettings {
  readonly host: string;
  readonly port: number;
  /** `tls` from the first byte (RFC 8314), or STARTTLS (RFC 3207): required, where it is offered, or never. */
  readonly security: "tls" | "required" | "offered" | "never";
  /** "" for no login. */
  readonly username: string;
  readonly password: string;
  readonly from: string;
  readonly to: readonly string[];
  /** PEM text of the authorities to trust; "" is the system's. */
  readonly ca: string;
  readonly timeoutMs: number;
}

/** RFC 5322 2.1.1 folds longer ones, and readers cut them. */
const SUBJECT_MAX = 150;
/** A story has a few sentences of some hundred characters. */
const LINE_MAX = 2_800;

/** One mail a record, plain text; the server's 250 is the acknowledgement (RFC 5321 4.2). */
export class MailSink implements DeliverySink {
  readonly name: string;
  readonly batchRecords = 1;
  readonly #settings: MailSettings;
  #transport: Transporter | null = null;

  constructor(settings: MailSettings, name: string) {
    this.#settings = settings;
    this.name = name;
  }

  async connect(): Promise<void> {
    await this.close();
    const { ca, host, password, port, security, timeoutMs, username } = this.#settings;
    const { createTransport } = await import("nodemailer");
    this.#transport = createTransport({
      ...{ host, port, secure: security === "tls" },
      ...{ requireTLS: security === "required", ignoreTLS: security === "never" },
      ...{ connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs },
      ...(username !== "" && { auth: { user: username, pass: password } }),
      tls: { minVersion: "TLSv1.2", ...(ca !== "" && { ca }) },
      // Nothing that a mail is made of is a file or an address to fetch.
      ...{ disableFileAccess: true, disableUrlAccess: true },
    });
  }

  async send(batch: readonly DeliveryRecord[]): Promise<void> {
    for (const record of batch) await this.#send(record);
  }

  close(): Promise<void> {
    this.#transport?.close();
    this.#transport = null;
    return Promise.resolve();
  }

  async #send({ alertId, line }: DeliveryRecord): Promise<void> {
    const message = caseMessage(line);
    if (message === null) return;
    if (this.#transport === null) throw fault("not connected", true);
    const { from, to } = this.#settings;
    const { head, id, title } = message;
    const thread = `<case-${id}@sipsentry.invalid>`;
    const text = caseLines(message).map((part) => cut(part, LINE_MAX));
    try {
      await this.#transport.sendMail({
        ...{ from, to: [...to] },
        subject: cut(`[sipsentry] ${head}: ${title}`, SUBJECT_MAX),
        text: `${text.join("\n")}\n`,
        // What is sent again after a fault has the same id, and all mails of a case are one thread.
        messageId: `<${alertId}@sipsentry.invalid>`,
        ...{ inReplyTo: thread, references: thread },
        // RFC 3834 5: no absence note comes back.
        headers: { "Auto-Submitted": "auto-generated" },
      });
    } catch (error) {
      throw mailFault(error);
    }
  }
}

/** RFC 5321 4.2.1: what begins with 5 will not be taken the next time either, unless it is about the login. */
function mailFault(error: unknown): DeliveryError {
  const {
    code = "",
    responseCode = 0,
    response = "",
  } = error as {
    code?: string;
    responseCode?: number;
    response?: string;
  };
  if (code === "EAUTH") {
    const said = oneLine(response) || "no way to log in that both know";
    return fault(`the login was refused (mail.username, mail.passwordFile): ${said}`, true, error);
  }
  if (code === "ETLS") {
    return fault(
      "it offers no STARTTLS: use mail+smtps://, or set mail.startTls to offered for a relay on this host",
      true,
      error,
    );
  }
  if (responseCode >= 400) return fault(`refused: ${oneLine(response)}`, responseCode < 500, error);
  return fault(networkFault(systemError(error), { caOption: "mail.tlsCa" }), true, error);
}

/** The library gives its own code to what the system said, and keeps that one's text: "connect ECONNREFUSED 127.0.0.1:25". */
function systemError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const [code] = /\bE[A-Z]{4,}\b/.exec(error.message) ?? [];
  if (code !== undefined) return Object.assign(new Error(error.message), { code });
  const isUntrusted = /certificate|unable to verify|issuer/i.test(error.message);
  const untrusted = { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" };
  const isOwn = !isUntrusted || /expired|altnames/i.test(error.message);
  return isOwn ? error : Object.assign(new Error(error.message), untrusted);
}

function fault(message: string, isTemporary: boolean, cause?: unknown): DeliveryError {
  return new DeliveryError(message, { isTemporary, cause });
}
