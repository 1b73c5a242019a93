import { requestOf } from "../support/sip-actors.ts";
import { audioSdp, type SipRequest, sipResponse } from "../support/sip-builder.ts";
import { type Endpoint, sentBy } from "../support/wire.ts";
import type { Scene } from "./scene.ts";
import { Talker } from "./talker.ts";

export interface CallOptions {
  readonly from?: string;
  readonly to?: string;
  readonly callId?: string;
  readonly fromTag?: string;
  /** Where each of the two has its media. */
  readonly callerMedia?: Endpoint;
  readonly calleeMedia?: Endpoint;
  readonly offer?: string;
  readonly answer?: string;
  readonly ringSeconds?: number;
  readonly headers?: readonly string[];
  /** CSeq of the INVITE that is answered: others went before it. */
  readonly cseq?: number;
  /** Last touch to INVITE and 200: another Content-Type. */
  readonly dress?: (text: string) => string;
}

interface Party {
  /** Where it signals from. */
  at: Endpoint;
  media: Endpoint;
  readonly user: string;
  tag: string;
  cseq: number;
}

/** 0 is the caller, 1 the callee. */
export type Side = 0 | 1;

export interface RequestOptions {
  /** Who really sends it; by default the party itself. The answer goes to the address it names. */
  readonly by?: Endpoint;
  readonly cseq?: number;
  readonly fromTag?: string;
  readonly toTag?: string;
  readonly callId?: string;
  readonly branch?: string;
  readonly headers?: readonly string[];
  readonly sdp?: string;
  readonly answerSdp?: string;
  /** Via and Contact of the request; by default those of `by`. */
  readonly sentBy?: string;
  readonly after?: number;
}

/** A call between two user agents (RFC 3261), media both ways. Each step moves the scene's clock on. */
export class Call {
  readonly scene: Scene;
  readonly parties: readonly [Party, Party];
  readonly callId: string;
  readonly talkers: readonly [Talker, Talker];
  readonly options: CallOptions;
  invite: SipRequest;
  readonly #inviteCseq: number;

  constructor(scene: Scene, caller: Endpoint, callee: Endpoint, options: CallOptions = {}) {
    this.scene = scene;
    this.options = options;
    this.callId = options.callId ?? scene.unique("c");
    const callerMedia = options.callerMedia ?? { ...caller, port: 16_384 };
    const calleeMedia = options.calleeMedia ?? { ...callee, port: 11_780 };
    const cseq = options.cseq ?? 1;
    this.#inviteCseq = cseq;
    this.parties = [
      {
        at: caller,
        media: callerMedia,
        user: options.from ?? "201",
        tag: options.fromTag ?? scene.hex(10),
        cseq,
      },
      {
        at: callee,
        media: calleeMedia,
        user: options.to ?? "202",
        tag: scene.hex(10),
        cseq: 100,
      },
    ];
    this.talkers = [
      new Talker(scene, callerMedia, calleeMedia),
      new Talker(scene, calleeMedia, callerMedia),
    ];
    this.invite = this.#invite();
  }

  #invite(): SipRequest {
    const [caller, callee] = this.parties;
    const { offer, headers = [] } = this.options;
    return requestOf(this.scene, caller.at, callee.at, "INVITE", caller.user, {
      to: callee.user,
      callId: this.callId,
      fromTag: caller.tag,
      cseq: caller.cseq,
      headers,
      sdp: offer ?? audioSdp(caller.media.ip, caller.media.port),
    });
  }

  /** INVITE, 100, 180 (ringing). */
  ring(): this {
    const { scene, invite } = this;
    const [caller, callee] = this.parties;
    const { dress = (text: string) => text, ringSeconds = 1 } = this.options;
    scene.send(caller.at, callee.at, dress(invite.text));
    scene.send(callee.at, caller.at, sipResponse(invite, 100), 0.02);
    scene.send(callee.at, caller.at, this.answer(180), 0.06);
    scene.wait(ringSeconds);
    return this;
  }

  /** An answer of the callee to the INVITE. */
  answer(status: number, options: { tag?: string; sdp?: string; contact?: Endpoint } = {}): string {
    const [, callee] = this.parties;
    return sipResponse(this.invite, status, {
      toTag: options.tag ?? callee.tag,
      contact: sentBy(options.contact ?? callee.at),
      ...(options.sdp !== undefined && { sdp: options.sdp }),
    });
  }

  /** 200 and ACK. */
  pickUp(): this {
    const { scene } = this;
    const [caller, callee] = this.parties;
    const { dress = (text: string) => text, answer } = this.options;
    const sdp = answer ?? audioSdp(callee.media.ip, callee.media.port);
    scene.send(callee.at, caller.at, dress(this.answer(200, { sdp })));
    scene.wait(0.02);
    this.ack();
    return this;
  }

  ack(): void {
    this.scene.send(this.parties[0].at, this.parties[1].at, this.request(0, "ACK").text);
    this.scene.wait(0.01);
  }

  /** A request inside the dialog, by `side` or in its name. */
  request(side: Side, method: string, options: RequestOptions = {}): SipRequest {
    const party = this.parties[side];
    const peer = this.parties[1 - side] as Party;
    const { by = party.at, after: _, answerSdp: __, ...fields } = options;
    const isOwn = options.by === undefined && method !== "ACK";
    // RFC 3261 13.2.2.4: ACK has the number of its INVITE.
    const next = method === "ACK" ? this.#inviteCseq : party.cseq + 1;
    if (isOwn) party.cseq = next;
    const request = requestOf(this.scene, by, peer.at, method, party.user, {
      host: this.invite.host,
      to: peer.user,
      callId: this.callId,
      fromTag: party.tag,
      toTag: peer.tag,
      cseq: next,
      ...fields,
    });
    // RFC 3261 12.2.1.1: the request goes to the remote target.
    const text = request.text.replace(/sip:\S+/, `sip:${peer.user}@${sentBy(peer.at)}`);
    return { ...request, text };
  }

  /** A request inside the dialog and its answer; no answer for 0. */
  ask(side: Side, method: string, status: number, options: RequestOptions = {}): SipRequest {
    const { scene } = this;
    const party = this.parties[side];
    const peer = this.parties[1 - side] as Party;
    const { by = party.at, after = 0, answerSdp } = options;
    const request = this.request(side, method, options);
    scene.send(by, peer.at, request.text, after);
    // Whoever has the address gets the answer, not whoever wrote it.
    const back = by.ip === party.at.ip && by.port === party.at.port ? party.at : by;
    if (status > 0) {
      const answer = sipResponse(request, status, {
        contact: sentBy(peer.at),
        ...(answerSdp !== undefined && { sdp: answerSdp }),
      });
      scene.send(peer.at, back, answer, after + 0.02);
      if (method === "INVITE" && status < 300) {
        const { cseq = 1 } = request;
        const ack = this.request(side, "ACK", { by, cseq });
        scene.send(by, peer.at, ack.text, after + 0.04);
      }
    }
    return request;
  }

  /** Ringing, answer, and media both ways for so long; the clock stands at the start of the media. */
  start(talkSeconds = 0): this {
    this.ring().pickUp();
    return this.talk(talkSeconds);
  }

  /** Both talk from now on; the clock stays. */
  talk(seconds: number): this {
    for (const talker of this.talkers) talker.talk(seconds, this.scene.random() * 0.01);
    return this;
  }

  /** An ordinary end: BYE, 200. */
  hangUp(side: Side = 0): void {
    this.ask(side, "BYE", 200);
    this.scene.wait(0.1);
  }
}

/** Both talk for `seconds` and then the side hangs up. */
export function wholeCall(call: Call, seconds: number, side: Side = 0): void {
  call.start(seconds);
  call.scene.wait(seconds + 0.03);
  call.hangUp(side);
}
