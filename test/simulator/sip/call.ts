import { type MediaPort, mediaPort } from "../media/media-port.ts";
import { CODECS, type Codec, RtpSender } from "../media/rtp.ts";
import { audioSdp, type SdpFields } from "../media/sdp.ts";
import type { Scene } from "../scene.ts";
import { type Agent, contactOf, uriOf } from "./agent.ts";
import type { CallOptions } from "./call-options.ts";
import { meetChallenge } from "./invite-challenge.ts";
import type { Body, Header } from "./message.ts";
import { Transaction } from "./transaction.ts";

export type Side = "caller" | "callee";

/** One INVITE dialog (RFC 3261 12, 13) with its media. Each step moves the scene's clock. */
export class Call {
  readonly scene: Scene;
  /** May move to another address while the call lasts. */
  caller: Agent;
  callee: Agent;
  readonly callId: string;
  readonly callerTag: string;
  calleeTag: string;
  readonly codec: Codec;
  readonly media: Record<Side, MediaPort>;
  /** What each side sends; made when the call is answered. */
  readonly senders: Record<Side, RtpSender>;
  invite: Transaction;
  readonly #options: CallOptions;
  readonly #proxies: readonly Agent[];
  readonly #cseq: Record<Side, number>;
  readonly #sdpVersion: Record<Side, number> = { caller: 1, callee: 1 };

  constructor(scene: Scene, caller: Agent, callee: Agent, options: CallOptions = {}) {
    const { random } = scene;
    this.scene = scene;
    this.caller = caller;
    this.callee = callee;
    this.#options = options;
    this.#proxies = options.proxies ?? [];
    const { forkOf } = options;
    this.callId = forkOf?.callId ?? `${random.hex(20)}@${caller.ownIp}`;
    this.callerTag = forkOf?.callerTag ?? random.hex(10);
    this.calleeTag = random.hex(10);
    this.codec = forkOf?.codec ?? options.codec ?? random.pick(CODECS);
    this.#cseq = {
      caller: forkOf?.lastCseq("caller") ?? random.whole(1, 200),
      callee: random.whole(1, 200),
    };
    this.media = {
      caller: forkOf?.media.caller ?? options.callerMedia ?? mediaPort(scene, caller),
      callee: options.calleeMedia ?? mediaPort(scene, callee),
    };
    const { codec, media } = this;
    this.senders = {
      caller: new RtpSender(scene, media.caller.endpoint, media.callee.endpoint, codec),
      callee: new RtpSender(scene, media.callee.endpoint, media.caller.endpoint, codec),
    };
    this.invite = this.#newInvite([]);
    if (forkOf === undefined) return;
    this.senders.caller = forkOf.senders.caller;
    this.invite.hops[0] = forkOf.invite.request;
  }

  /** The same INVITE on its way to another phone of the dialled user. */
  fork(callee: Agent): Call {
    return new Call(this.scene, this.caller, callee, { ...this.#options, forkOf: this });
  }

  get #path(): readonly Agent[] {
    return [this.caller, ...this.#proxies, this.callee];
  }

  /** INVITE to the callee, with the challenge of the first server before it when it asks for one. */
  start(): this {
    const isFork = this.#options.forkOf !== undefined;
    if (this.#options.isChallenged === true && !isFork) this.#meetChallenge();
    const { scene, invite } = this;
    for (let i = isFork ? this.#path.length - 2 : 0; i < this.#path.length - 1; i++) {
      invite.sendHop(i);
      invite.answer(100, {}, i + 1);
      scene.turn((this.#path[i + 1] as Agent).endpoint);
    }
    return this;
  }

  ring(status: 180 | 183 = 180, toTag = this.calleeTag): this {
    const body = status === 183 ? this.sdp("callee") : null;
    this.invite.answer(status, { toTag, hasContact: true, body });
    return this;
  }

  /** 200 with the answer, and the ACK. */
  answer(fields: { sdp?: Partial<SdpFields> } = {}): this {
    this.invite.answer(200, {
      toTag: this.calleeTag,
      hasContact: true,
      body: this.sdp("callee", fields.sdp),
    });
    this.acknowledge();
    return this;
  }

  acknowledge(): void {
    this.scene.turn(this.caller.endpoint);
    this.transaction("caller", "ACK", { cseq: this.inviteCseq }).send();
  }

  /** The forking proxy takes this branch back: CANCEL, 487 and ACK on its own hop only. */
  cancelBranch(): void {
    const hop = this.#path.length - 2;
    this.invite.cancelHop(hop);
    this.invite.answer(487, { toTag: this.calleeTag, until: hop });
    this.invite.acknowledgeFailure(this.calleeTag, hop + 1, hop);
  }

  /** Any final answer but 2xx, with its ACKs. */
  refuse(status: number): void {
    this.invite.answer(status, { toTag: this.calleeTag });
    this.invite.acknowledgeFailure(this.calleeTag);
  }

  /** The caller gives up before an answer: CANCEL hop by hop, then 487. */
  cancel(): void {
    for (let i = 0; i < this.#path.length - 1; i++) this.invite.cancelHop(i);
    this.refuse(487);
  }

  /** Both talk for so long from now, and the clock moves to the end of it. */
  talk(seconds: number): this {
    this.playBoth(seconds);
    this.scene.wait(seconds);
    return this;
  }

  /** As `talk`, but the clock stays where it is, for what happens meanwhile. */
  playBoth(seconds: number): void {
    const { scene, senders } = this;
    senders.caller.play(scene.now, seconds);
    senders.callee.play(scene.now + 0.007, seconds - 0.02);
  }

  /** BYE and 200. */
  hangUp(side: Side = "caller"): void {
    this.transaction(side, "BYE").send().answer(200);
  }

  /** re-INVITE that is accepted, with the other side's matching answer. */
  reInvite(side: Side, offer: Partial<SdpFields> = {}, answer: Partial<SdpFields> = {}): void {
    const other = side === "caller" ? "callee" : "caller";
    this.#sdpVersion[side]++;
    const change = this.transaction(side, "INVITE", { body: this.sdp(side, offer) });
    change.send();
    change.answer(100, {}, 1);
    this.#sdpVersion[other]++;
    change.answer(200, { hasContact: true, body: this.sdp(other, answer) });
    this.scene.turn(this.agent(side).endpoint);
    this.transaction(side, "ACK", { cseq: this.#cseq[side] }).send();
  }

  /** A request inside the dialog, ready to be sent. */
  transaction(
    side: Side,
    method: string,
    fields: { cseq?: number; body?: Body; headers?: readonly Header[] } = {},
  ): Transaction {
    const isCaller = side === "caller";
    const [local, remote] = isCaller ? [this.caller, this.callee] : [this.callee, this.caller];
    if (fields.cseq === undefined) this.#cseq[side]++;
    const path = isCaller ? this.#path : [...this.#path].reverse();
    const proxies = path.slice(1, -1);
    return new Transaction(this.scene, path, {
      method,
      uri: contactOf(remote),
      from: isCaller ? uriOf(this.caller) : this.dialledUri,
      to: isCaller ? this.dialledUri : uriOf(this.caller),
      fromTag: isCaller ? this.callerTag : this.calleeTag,
      toTag: isCaller ? this.calleeTag : this.callerTag,
      callId: this.callId,
      cseq: fields.cseq ?? this.#cseq[side],
      contact: method === "BYE" ? undefined : contactOf(local),
      route: proxies.map(({ ownIp, ownPort }) => `<sip:${ownIp}:${ownPort};lr>`),
      headers: fields.headers ?? [],
      body: fields.body ?? null,
    });
  }

  sdp(side: Side, more: Partial<SdpFields> = {}): Body {
    const { sdpIp, sdpPort } = this.media[side];
    return audioSdp({
      ip: sdpIp,
      port: sdpPort,
      codec: this.codec,
      sessionId: 100_000 + this.scene.slot * 10 + (side === "caller" ? 1 : 2),
      version: this.#sdpVersion[side],
      ...this.#options.sdp,
      ...more,
    });
  }

  agent(side: Side): Agent {
    return side === "caller" ? this.caller : this.callee;
  }

  lastCseq(side: Side): number {
    return this.#cseq[side];
  }

  get inviteCseq(): number {
    return Number(this.invite.request.value("CSeq").split(" ")[0]);
  }

  get dialledUri(): string {
    const { callee } = this;
    return `sip:${this.#options.dialled ?? callee.user}@${this.#proxies[0]?.domain ?? callee.domain}`;
  }

  /** Servers call a phone at its Contact; everybody else calls a number at a domain. */
  get #firstUri(): string {
    const isPhone = this.#proxies.length === 0 && this.#options.dialled === undefined;
    return isPhone ? contactOf(this.callee) : this.dialledUri;
  }

  #newInvite(headers: readonly Header[]): Transaction {
    return new Transaction(
      this.scene,
      this.#path,
      {
        method: "INVITE",
        uri: this.#firstUri,
        from: uriOf(this.caller),
        to: this.dialledUri,
        fromTag: this.callerTag,
        callId: this.callId,
        cseq: this.#cseq.caller,
        contact: contactOf(this.caller),
        headers: [...(this.#options.inviteHeaders ?? []), ...headers],
        body: this.sdp("caller"),
      },
      contactOf(this.callee),
    );
  }

  #meetChallenge(): void {
    const status = this.#proxies.length > 0 ? 407 : 401;
    const credentials = meetChallenge(this.invite, this.caller, status);
    this.#cseq.caller++;
    this.invite = this.#newInvite([credentials]);
    this.scene.turn(this.caller.endpoint);
  }
}
