import { HeaderId } from "../decode/sip/headers.ts";
import { SIP_METHOD_NAMES, SipMethod } from "../decode/sip/methods.ts";
import type { EventSubject } from "./event.ts";
import { TransactionRow } from "./transaction-row.ts";
import type { TransactionTexts } from "./transaction-texts.ts";

/**
 * One client transaction (RFC 3261 17.1), seen from outside: a row of the transaction table. Rows are used
 * again, so nobody keeps one beyond its packet: keep `ref` and ask `TransactionTable.at`. Texts are
 * made when asked for, and "" once the request is no longer kept.
 */
export class Transaction extends TransactionRow implements EventSubject {
  readonly #texts: TransactionTexts;

  constructor(numbers: Float64Array, at: number, texts: TransactionTexts) {
    super(numbers, at);
    this.#texts = texts;
  }

  get callId(): string {
    return this.#texts.header(this, HeaderId.CALL_ID);
  }

  get method(): string {
    const { methodId } = this;
    return methodId === SipMethod.OTHER
      ? this.#texts.method(this)
      : (SIP_METHOD_NAMES[methodId] as string);
  }

  get fromUser(): string {
    return this.#texts.user(this, HeaderId.FROM);
  }

  get toUser(): string {
    return this.#texts.user(this, HeaderId.TO);
  }

  get uriUser(): string {
    return this.#texts.uriUser(this);
  }

  get authUser(): string {
    return this.#texts.digest(this, "username");
  }

  get realm(): string {
    return this.#texts.digest(this, "realm");
  }

  get nonce(): string {
    return this.#texts.digest(this, "nonce");
  }

  get digestResponse(): string {
    return this.#texts.digest(this, "response");
  }

  get account(): string {
    if (!this.hasCredentials) return this.#texts.userAtHost(this, HeaderId.FROM);
    return `${this.authUser}@${this.realm}`;
  }

  get aor(): string {
    if (this.methodId !== SipMethod.REGISTER) return "";
    return this.#texts.userAtHost(this, HeaderId.TO);
  }

  get userAgent(): string {
    return this.#texts.header(this, HeaderId.USER_AGENT);
  }

  get contact(): string {
    if (this.methodId !== SipMethod.REGISTER) return "";
    return this.#texts.header(this, HeaderId.CONTACT);
  }

  get stream(): string {
    return "";
  }
}
