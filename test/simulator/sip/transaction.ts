import type { Scene } from "../scene.ts";
import { type Agent, contactOf, ownSentBy, sourceOf } from "./agent.ts";
import {
  type Body,
  forward,
  type Header,
  type RequestFields,
  request,
  respond,
  type SipMessage,
  via,
  withoutTopVia,
} from "./message.ts";

export interface AnswerFields {
  readonly toTag?: string | undefined;
  readonly headers?: readonly Header[];
  readonly body?: Body | null;
  /** Contact of who answers. */
  readonly hasContact?: boolean;
  /** Place in the path where it ends: a proxy that forked keeps the answers that it does not choose. */
  readonly until?: number;
}

/**
 * One request on its way over `path` (client, proxies, server) and what comes back. Each proxy adds its
 * Via, and Record-Route outside of dialogs (RFC 3261 16.6); the sensor sees every hop.
 */
export class Transaction {
  readonly scene: Scene;
  readonly path: readonly Agent[];
  /** The request as it was sent on each hop; [0] is the client's own. */
  readonly hops: SipMessage[] = [];
  /** Branch of each hop, without the cookie. */
  readonly branches: string[] = [];
  readonly #targetUri: string | undefined;
  readonly #isInDialog: boolean;

  constructor(
    scene: Scene,
    path: readonly Agent[],
    fields: Omit<RequestFields, "sentBy" | "branch" | "userAgent"> & { readonly branch?: string },
    /** What the last proxy makes of the Request-URI: the Contact that the server registered. */
    targetUri?: string,
  ) {
    this.scene = scene;
    this.path = path;
    this.#targetUri = targetUri;
    this.#isInDialog = fields.toTag !== undefined;
    const client = path[0] as Agent;
    const branch = fields.branch ?? scene.random.hex(16);
    this.branches.push(branch);
    this.hops.push(
      request({ ...fields, branch, sentBy: ownSentBy(client), userAgent: client.userAgent }),
    );
  }

  get request(): SipMessage {
    return this.hops[0] as SipMessage;
  }

  /** Sends it over all hops, or over the first `hops` of them. */
  send(hops = this.path.length - 1): this {
    for (let i = 0; i < hops; i++) {
      if (i > 0) this.scene.turn((this.path[i] as Agent).endpoint);
      this.sendHop(i);
    }
    return this;
  }

  sendHop(i: number): void {
    const { scene, path } = this;
    if (this.hops[i] === undefined) this.hops[i] = this.#forwardedBy(i);
    const [from, to] = [path[i] as Agent, path[i + 1] as Agent];
    scene.send(from.endpoint, to.endpoint, (this.hops[i] as SipMessage).text());
  }

  /** The server's answer, handed back by each proxy; or the answer of a proxy, by its place in the path. */
  answer(status: number, fields: AnswerFields = {}, by = this.path.length - 1): SipMessage {
    const { scene, path } = this;
    const server = path[by] as Agent;
    let response = respond(this.hops[by - 1] as SipMessage, status, {
      toTag: fields.toTag,
      contact: fields.hasContact === true ? contactOf(server) : undefined,
      source: sourceOf(path[by - 1] as Agent),
      headers: fields.headers ?? [],
      body: fields.body ?? null,
      server: server.userAgent,
    });
    for (let i = by; i > (fields.until ?? 0); i--) {
      const [from, to] = [path[i] as Agent, path[i - 1] as Agent];
      scene.turn(from.endpoint);
      scene.send(from.endpoint, to.endpoint, response.text());
      // RFC 3261 16.7: 100 goes one hop.
      if (status === 100) return response;
      if (i > 1) response = withoutTopVia(response);
    }
    return response;
  }

  /** ACK to a final answer other than 2xx: hop by hop, each with its branch (RFC 3261 17.1.1.3). */
  acknowledgeFailure(toTag: string, by = this.path.length - 1, until = 0): void {
    for (let i = by - 1; i >= until; i--) this.#sameBranch("ACK", i, toTag);
  }

  /** CANCEL over hop `i`, the same branch, no To tag (RFC 3261 9.1), and its 200. */
  cancelHop(i: number): void {
    const { scene, path } = this;
    const cancel = this.#sameBranch("CANCEL", i);
    const [client, server] = [path[i] as Agent, path[i + 1] as Agent];
    scene.turn(server.endpoint);
    const ok = respond(cancel, 200, {
      toTag: scene.random.hex(10),
      source: sourceOf(client),
      server: server.userAgent,
    });
    scene.send(server.endpoint, client.endpoint, ok.text());
  }

  /** ACK or CANCEL as the client of hop `i` builds it from its INVITE. */
  sameBranchRequest(method: string, i: number, toTag?: string): SipMessage {
    const invite = this.hops[i] as SipMessage;
    const top = invite.all("Via")[0] as Header;
    const to = invite.value("To");
    return request({
      method,
      uri: invite.uri,
      sentBy: "",
      branch: "",
      from: "",
      to: "",
      fromTag: "",
      callId: "",
      cseq: 0,
    }).withHeaders([
      top,
      ...invite.all("Route"),
      ["Max-Forwards", "70"],
      ["From", invite.value("From")],
      ["To", toTag === undefined || to.includes(";tag=") ? to : `${to};tag=${toTag}`],
      ["Call-ID", invite.value("Call-ID")],
      ["CSeq", invite.value("CSeq").replace(/\w+$/, method)],
      ...userAgentOf(this.path[i] as Agent),
    ]);
  }

  #sameBranch(method: string, i: number, toTag?: string): SipMessage {
    const { scene, path } = this;
    const [from, to] = [path[i] as Agent, path[i + 1] as Agent];
    const message = this.sameBranchRequest(method, i, toTag);
    scene.turn(from.endpoint);
    scene.send(from.endpoint, to.endpoint, message.text());
    return message;
  }

  #forwardedBy(i: number): SipMessage {
    const { scene, path } = this;
    const proxy = path[i] as Agent;
    const branch = scene.random.hex(12);
    this.branches[i] = branch;
    const isLast = i === path.length - 2;
    return forward(this.hops[i - 1] as SipMessage, {
      via: via(ownSentBy(proxy), branch),
      uri: isLast && !this.#isInDialog ? this.#targetUri : undefined,
      recordRoute: this.#isInDialog ? undefined : recordRouteOf(proxy),
      popsRoute: this.#isInDialog,
      source: sourceOf(path[i - 1] as Agent),
    });
  }
}

function userAgentOf({ userAgent }: Agent): Header[] {
  return userAgent === "" ? [] : [["User-Agent", userAgent]];
}

export function recordRouteOf(proxy: Agent): string {
  return `<sip:${ownSentBy(proxy)};lr>`;
}
