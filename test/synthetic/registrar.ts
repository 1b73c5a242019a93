import { requestOf } from "../support/sip-actors.ts";
import { challenge, credentials, sipResponse } from "../support/sip-builder.ts";
import { type Endpoint, sentBy, type Wire } from "../support/wire.ts";

const STEP = 0.004;

interface RegisterFields {
  readonly callId?: string;
  readonly cseq?: number;
  readonly userAgent?: string;
  /** What stands in Contact; by default the phone's own. */
  readonly contact?: string;
  readonly expires?: number;
  /** The credentials of another request, sent again without a challenge. */
  readonly replay?: Digest;
  /** Answer to the credentials; 200 unless given. */
  readonly status?: number;
  /** The registrar takes it without asking for credentials. */
  readonly isTrusted?: boolean;
}

/** Nonce and response. */
export interface Digest {
  readonly nonce: string;
  readonly response: string;
}

interface Held {
  readonly contact: string;
  readonly from: string;
}

/** A registrar that keeps bindings and lists them in each 2xx (RFC 3261 10.3). */
export class Registrar {
  readonly #wire: Wire;
  readonly #pbx: Endpoint;
  /** 1: it keeps one binding for a user, the latest. */
  readonly #bindingsMax: number;
  readonly #bindings = new Map<string, Held[]>();

  constructor(wire: Wire, pbx: Endpoint, bindingsMax = 10) {
    this.#wire = wire;
    this.#pbx = pbx;
    this.#bindingsMax = bindingsMax;
  }

  /** REGISTER, 401, REGISTER, 200; gives the digest that was taken. */
  register(phone: Endpoint, user: string, fields: RegisterFields = {}): Digest {
    const wire = this.#wire;
    // A phone keeps its Call-ID (RFC 3261 10.2).
    const callId = fields.callId ?? `${user}-${phone.ip}-${phone.port}`;
    const nonce = wire.unique("nonce");
    const digest = fields.replay ?? { nonce, response: wire.unique("response") };
    const cseq = fields.cseq ?? 1;
    if (fields.replay === undefined && fields.isTrusted !== true) {
      this.#ask(phone, user, { ...fields, callId, cseq }, 401, [challenge(nonce)], []);
      wire.now += 0.02;
    }
    const sent =
      fields.isTrusted === true ? [] : [credentials(user, digest.nonce, digest.response)];
    const { status = 200 } = fields;
    const list =
      status === 200 ? this.#bind(phone, user, fields) : [challenge(wire.unique("nonce"))];
    this.#ask(phone, user, { ...fields, callId, cseq: cseq + 1 }, status, list, sent);
    return digest;
  }

  #bind(phone: Endpoint, user: string, { contact, expires = 300 }: RegisterFields): string[] {
    const own = contact ?? `<sip:${user}@${sentBy(phone)}>`;
    let held = this.#bindings.get(user) ?? [];
    held = own === "*" ? [] : held.filter((other) => other.contact !== own);
    if (own !== "*" && expires > 0 && expires < 2 ** 32) {
      held = [...held, { contact: own, from: sentBy(phone) }].slice(-this.#bindingsMax);
    }
    this.#bindings.set(user, held);
    const values = held.map((one) => `${one.contact};expires=300;received="sip:${one.from}"`);
    return values.length === 0 ? [] : [`Contact: ${values.join(", ")}`];
  }

  #ask(
    phone: Endpoint,
    user: string,
    { callId, cseq, userAgent, contact, expires = 300 }: RegisterFields,
    status: number,
    answer: readonly string[],
    headers: readonly string[],
  ): void {
    const wire = this.#wire;
    const request = requestOf(wire, phone, this.#pbx, "REGISTER", user, {
      ...(callId !== undefined && { callId }),
      ...(cseq !== undefined && { cseq }),
      ...(userAgent !== undefined && { userAgent }),
      headers: [...headers, `Expires: ${expires}`],
    });
    const text =
      contact === undefined
        ? request.text
        : request.text.replace(/Contact: .*/, `Contact: ${contact}`);
    wire.send(phone, this.#pbx, text);
    const response = sipResponse(request, status, { toTag: wire.unique("t"), headers: answer });
    wire.send(this.#pbx, phone, response, STEP);
  }
}
