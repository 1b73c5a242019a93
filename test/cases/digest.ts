import { createHash } from "node:crypto";
import { requestOf } from "../support/sip-actors.ts";
import {
  audioSdp,
  challenge,
  type SipRequest,
  sipRequest,
  sipResponse,
} from "../support/sip-builder.ts";
import { type Endpoint, sentBy } from "../support/wire.ts";
import { PBX, phone } from "./lab.ts";
import type { Scene } from "./scene.ts";

export interface DigestFields {
  readonly user: string;
  readonly password: string;
  readonly nonce: string;
  readonly method: string;
  readonly uri: string;
  readonly realm?: string;
  readonly isProxy?: boolean;
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

/** The value of an Authorization header (RFC 2617 3.2.2, without qop, as Kamailio's sample asks). */
export function digestOf(fields: DigestFields): string {
  const { user, password, nonce, method, uri, realm = "pbx" } = fields;
  const a1 = md5(`${user}:${realm}:${password}`);
  const response = md5(`${a1}:${nonce}:${md5(`${method}:${uri}`)}`);
  return `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=MD5`;
}

export function authorization(fields: DigestFields): string {
  return `${fields.isProxy === true ? "Proxy-" : ""}Authorization: ${digestOf(fields)}`;
}

export function nonceOf(scene: Scene): string {
  return `${scene.hex(24)}`;
}

export interface LoginOptions {
  readonly password?: string;
  /** Answer to the credentials. */
  readonly status?: number;
  readonly userAgent?: string;
  readonly contact?: string;
  /** What somebody else does between the credentials and their answer. */
  readonly meanwhile?: (request: SipRequest) => void;
  /** Credentials of another account than the one that is registered. */
  readonly authUser?: string;
}

/** What registers for one account: one Call-ID as long as it runs, CSeq going up (RFC 3261 10.2). */
export class Account {
  readonly scene: Scene;
  at: Endpoint;
  readonly server: Endpoint;
  readonly user: string;
  callId: string;
  cseq: number;

  constructor(scene: Scene, at: Endpoint, server: Endpoint, user: string) {
    this.scene = scene;
    this.at = at;
    this.server = server;
    this.user = user;
    this.callId = scene.unique("r");
    this.cseq = 1 + Math.floor(scene.random() * 1000);
  }

  request(headers: readonly string[], options: LoginOptions = {}): SipRequest {
    const { userAgent, contact } = options;
    return requestOf(this.scene, this.at, this.server, "REGISTER", this.user, {
      callId: this.callId,
      cseq: this.cseq++,
      headers: [...headers, "Expires: 300"],
      ...(userAgent !== undefined && { userAgent }),
      ...(contact !== undefined && { contact }),
    });
  }

  #answer(request: SipRequest, status: number, after: number, headers: readonly string[]): void {
    const toTag = this.scene.hex(8);
    this.scene.send(this.server, this.at, sipResponse(request, status, { toTag, headers }), after);
  }

  /** REGISTER, 401, REGISTER with digest, answer. Takes 15 ms. */
  login(options: LoginOptions = {}): void {
    const { scene, user } = this;
    const { password = `secret-of-${user}`, status = 200, authUser = user } = options;
    const first = this.request([], options);
    const nonce = nonceOf(scene);
    scene.send(this.at, this.server, first.text);
    this.#answer(first, 401, 0.004, [challenge(nonce)]);
    scene.wait(0.008);
    const uri = `sip:${first.host}`;
    const fields = { user: authUser, password, nonce, method: "REGISTER", uri };
    const second = this.request([authorization(fields)], options);
    scene.send(this.at, this.server, second.text);
    options.meanwhile?.(second);
    const binding = `Contact: <sip:${user}@${options.contact ?? sentBy(this.at)}>;expires=300`;
    const more = status === 200 ? [binding] : status === 401 ? [challenge(nonceOf(scene))] : [];
    this.#answer(second, status, 0.004, more);
    scene.wait(0.007);
  }

  /** REGISTER, 401, REGISTER with digest, and not a word. */
  unheard(password: string): void {
    const { scene, user } = this;
    const first = this.request([]);
    const nonce = nonceOf(scene);
    scene.send(this.at, this.server, first.text);
    this.#answer(first, 401, 0.004, [challenge(nonce)]);
    scene.wait(0.008);
    const fields = { user, password, nonce, method: "REGISTER", uri: `sip:${first.host}` };
    scene.send(this.at, this.server, this.request([authorization(fields)]).text);
    scene.wait(0.007);
  }

  /** REGISTER without credentials, and what the server says instead of a challenge. */
  refused(status: number): void {
    const request = this.request([]);
    this.scene.send(this.at, this.server, request.text);
    this.#answer(request, status, 0.004, []);
    this.scene.wait(0.01);
  }

  /**
   * A wrong password as baresip has it: the challenge once, then so many digests in a burst, all 401. The last
   * one meets `last`.
   */
  burst(digests: number, last = 401): void {
    const { scene, user } = this;
    const nonce = nonceOf(scene);
    const asked = `${challenge(nonce)}, qop="auth"`;
    for (let i = 0; i <= digests; i++) {
      const uri = `sip:${this.server.ip}`;
      const proof = digestOf({ user, password: scene.hex(8), nonce, method: "REGISTER", uri });
      const count = i.toString(16).padStart(8, "0");
      const more = `Authorization: ${proof}, qop=auth, nc=${count}, cnonce="${scene.hex(16)}"`;
      const request = this.request(i === 0 ? [] : [more]);
      scene.send(this.at, this.server, request.text);
      const status = i === digests ? last : 401;
      this.#answer(request, status, 0.0004, status === 401 ? [asked] : []);
      scene.wait(0.001);
    }
  }
}

/** Accounts of the segment's first phones at the PBX, one each; users count up from the first. */
export function accountsOfPhones(scene: Scene, count: number, firstUser = 200): Account[] {
  return Array.from(
    { length: count },
    (_, n) => new Account(scene, phone(n + 1), PBX, String(firstUser + n)),
  );
}

export interface AttemptOptions {
  readonly from: string;
  readonly to: string;
  /** Final answer. */
  readonly status: number;
  /** Is challenged with 407 first and knows this password. */
  readonly password?: string;
  readonly method?: string;
  readonly userAgent?: string;
  readonly headers?: readonly string[];
  readonly answerHeaders?: readonly string[];
}

/** One try of a call that fails: INVITE, perhaps 407 and credentials, a final answer, ACK. Takes 0.1 s. */
export function attempt(
  scene: Scene,
  client: Endpoint,
  server: Endpoint,
  options: AttemptOptions,
): void {
  const { from, to, status, password, method = "INVITE", headers = [], userAgent } = options;
  const callId = scene.unique("i");
  const fromTag = scene.hex(10);
  const send = (
    cseq: number,
    more: readonly string[],
    answer: number,
    answerHeaders: readonly string[],
  ) => {
    const request = requestOf(scene, client, server, method, from, {
      to,
      callId,
      fromTag,
      cseq,
      headers: [...headers, ...more],
      ...(userAgent !== undefined && { userAgent }),
      ...(method === "INVITE" && { sdp: audioSdp(client.ip, 11_000) }),
    });
    scene.send(client, server, request.text);
    // Timer A (RFC 3261 17.1.1.2).
    for (const after of answer > 0 ? [] : [0.5, 1.5, 3.5, 7.5]) {
      scene.send(client, server, request.text, after);
    }
    if (answer > 0) {
      const toTag = scene.hex(8);
      scene.send(
        server,
        client,
        sipResponse(request, answer, { toTag, headers: answerHeaders }),
        0.02,
      );
      if (method === "INVITE") scene.send(client, server, ackOf(request, toTag), 0.025);
    }
    scene.wait(0.05);
  };
  if (password === undefined) {
    send(1, [], status, options.answerHeaders ?? []);
  } else {
    const nonce = nonceOf(scene);
    const uri = `sip:${to}@${server.ip}`;
    send(1, [], 407, [challenge(nonce, "pbx", 407)]);
    const fields = { user: from, password, nonce, method, uri, isProxy: true };
    send(2, [authorization(fields)], status, options.answerHeaders ?? []);
  }
  scene.wait(0.05);
}

/** ACK to a final answer that is not 2xx: same branch, its To tag (RFC 3261 17.1.1.3). */
export function ackOf(request: SipRequest, toTag: string): string {
  return sipRequest({ ...request, method: "ACK", toTag, sdp: "", headers: [] }).text;
}
