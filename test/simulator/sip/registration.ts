import type { Scene } from "../scene.ts";
import { type Agent, contactOf, uriOf } from "./agent.ts";
import { type Challenge, challengeHeader, credentialsHeader } from "./digest.ts";
import type { Header, SipMessage } from "./message.ts";
import { Transaction } from "./transaction.ts";

/** A binding of one phone at its registrar, over the lifetime of one Call-ID (RFC 3261 10.2.4). */
export class Registration {
  readonly callId: string;
  readonly #scene: Scene;
  readonly #phone: Agent;
  readonly #server: Agent;
  readonly #fromTag: string;
  readonly #hasQop: boolean;
  #cseq = 0;
  /** The nonce of the last challenge, which phones use again. */
  #challenge: Challenge | null = null;

  constructor(scene: Scene, phone: Agent, server: Agent) {
    this.#scene = scene;
    this.#phone = phone;
    this.#server = server;
    this.callId = `${scene.random.hex(20)}@${phone.ownIp}`;
    this.#fromTag = scene.random.hex(10);
    this.#hasQop = scene.random.chance(0.5);
  }

  /** REGISTER, 401, REGISTER with credentials, 200. */
  register(options: { expires?: number } = {}): void {
    const { expires = 300 } = options;
    this.#ask([], expires).answer(401, this.#challenged());
    this.#pause();
    this.#ask([this.#credentials()], expires).answer(200, this.#accepted(expires));
  }

  /** Credentials for the old nonce at once: rejected without `stale`, then accepted for the new one. */
  refreshWithCachedNonce(expires = 300): void {
    const old = [this.#credentials()];
    this.#ask(old, expires).answer(401, this.#challenged());
    this.#pause();
    this.#ask([this.#credentials()], expires).answer(200, this.#accepted(expires));
  }

  /** One try with a password that is wrong: challenge (when there is no nonce yet) and rejection. */
  tryPassword(password: string, status = 401): void {
    if (this.#challenge === null) {
      this.#ask([], 300).answer(401, this.#challenged());
      this.#pause();
    }
    const wrong = [this.#credentials(password)];
    this.#ask(wrong, 300).answer(status, status === 401 ? this.#challenged() : this.#tagged());
  }

  /** REGISTER that meets an outage: an answer other than 401, or none (status 0), sent again as timer E says. */
  meetOutage(status: number): void {
    const asked = this.#ask([], 300);
    if (status > 0) {
      asked.answer(status, { ...this.#tagged(), headers: [["Retry-After", "30"]] });
      return;
    }
    for (const wait of [0.5, 1, 2, 4]) {
      this.#scene.wait(wait);
      asked.sendHop(0);
    }
  }

  #ask(headers: readonly Header[], expires: number): Transaction {
    const phone = this.#phone;
    this.#cseq++;
    return new Transaction(this.#scene, [phone, this.#server], {
      method: "REGISTER",
      uri: `sip:${phone.domain}`,
      from: uriOf(phone),
      to: uriOf(phone),
      fromTag: this.#fromTag,
      callId: this.callId,
      cseq: this.#cseq,
      contact: contactOf(phone),
      headers: [["Expires", String(expires)], ...headers],
    }).send();
  }

  #tagged() {
    return { toTag: this.#scene.random.hex(10) };
  }

  #challenged() {
    this.#challenge = {
      realm: this.#phone.domain,
      nonce: this.#scene.random.hex(32),
      status: 401,
      hasQop: this.#hasQop,
    };
    return { ...this.#tagged(), headers: [challengeHeader(this.#challenge)] };
  }

  #accepted(expires: number) {
    const binding: Header = ["Contact", `<${contactOf(this.#phone)}>;expires=${expires}`];
    return { ...this.#tagged(), headers: expires === 0 ? [] : [binding] };
  }

  #credentials(password?: string): Header {
    const phone = this.#phone;
    if (this.#challenge === null) throw new Error("credentials need a challenge");
    return credentialsHeader(this.#challenge, {
      username: phone.user,
      password: password ?? phone.password,
      method: "REGISTER",
      uri: `sip:${phone.domain}`,
      cnonce: this.#scene.random.hex(16),
    });
  }

  #pause(): void {
    this.#scene.turn(this.#phone.endpoint);
  }
}

/** One request outside of dialogs with its answer; the scene's clock moves on. */
export function askOnce(
  scene: Scene,
  client: Agent,
  server: Agent,
  fields: {
    readonly method: string;
    /** Whom it is for: user part of Request-URI and To. */
    readonly toUser: string;
    /** 0 when nobody answers. */
    readonly status: number;
    readonly headers?: readonly Header[];
    readonly answerHeaders?: readonly Header[];
    readonly domain?: string;
  },
): SipMessage {
  const domain = fields.domain ?? server.domain;
  const uri = fields.toUser === "" ? `sip:${domain}` : `sip:${fields.toUser}@${domain}`;
  const asked = new Transaction(scene, [client, server], {
    method: fields.method,
    uri,
    from: uriOf(client),
    to: uri,
    fromTag: scene.random.hex(10),
    callId: scene.random.hex(24),
    cseq: scene.random.whole(1, 60),
    contact: contactOf(client),
    headers: fields.headers ?? [],
  }).send();
  if (fields.status > 0) {
    asked.answer(fields.status, {
      toTag: scene.random.hex(10),
      headers: fields.answerHeaders ?? [],
    });
  }
  return asked.request;
}
