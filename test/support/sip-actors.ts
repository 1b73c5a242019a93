import {
  audioSdp,
  challenge,
  credentials,
  rtpPacket,
  type SipRequest,
  type SipRequestFields,
  sipRequest,
  sipResponse,
} from "./sip-builder.ts";
import { type Endpoint, sentBy, type Wire } from "./wire.ts";

/** What phones, PBXs and attackers do on a wire. Times are seconds; each step takes a few milliseconds. */

const STEP = 0.004;

type RequestOptions = Partial<Omit<SipRequestFields, "method">>;

export function requestOf(
  wire: Wire,
  client: Endpoint,
  server: Endpoint,
  method: string,
  user: string,
  options: RequestOptions = {},
): SipRequest {
  return sipRequest({
    method,
    host: server.ip.includes(":") ? `[${server.ip}]` : server.ip,
    sentBy: sentBy(client),
    from: user,
    to: user,
    callId: wire.unique("call-"),
    branch: wire.unique("b"),
    fromTag: wire.unique("f"),
    ...options,
  });
}

/** A request with one answer. */
export function ask(
  wire: Wire,
  client: Endpoint,
  server: Endpoint,
  request: SipRequest,
  status: number,
  headers: readonly string[] = [],
): void {
  wire.send(client, server, request.text);
  if (status > 0) {
    const response = sipResponse(request, status, { toTag: wire.unique("t"), headers });
    wire.send(server, client, response, STEP);
  }
}

export interface RegisterOptions extends RequestOptions {
  /** Sends credentials at once, with an old nonce: the server rejects them without `stale`. */
  readonly isRefresh?: boolean;
  /** Final answer to the credentials; 200 unless given. */
  readonly status?: number;
  /** Text that stands for the password. */
  readonly secret?: string;
  /** CSeq of the first REGISTER; the next one is one higher (RFC 3261 10.2). */
  readonly firstCseq?: number;
}

/** REGISTER, 401, REGISTER with credentials, 200: a phone that logs in. */
export function register(
  wire: Wire,
  phone: Endpoint,
  pbx: Endpoint,
  user: string,
  options: RegisterOptions = {},
): void {
  const { isRefresh = false, status = 200, secret = "right", firstCseq = 1, ...fields } = options;
  const callId = fields.callId ?? wire.unique("reg-");
  const fromTag = wire.unique("f");
  const send = (cseq: number, headers: string[], answer: number, after: number, more: string[]) => {
    const request = requestOf(wire, phone, pbx, "REGISTER", user, {
      ...fields,
      callId,
      fromTag,
      cseq,
      headers,
    });
    wire.send(phone, pbx, request.text, after);
    wire.send(
      pbx,
      phone,
      sipResponse(request, answer, { toTag: wire.unique("t"), headers: more }),
      after + STEP,
    );
  };
  const nonce = wire.unique("nonce");
  const old = isRefresh ? [credentials(user, wire.unique("old"), `${secret}${nonce}`)] : [];
  send(firstCseq, old, 401, 0, [challenge(nonce)]);
  const again = status === 401 ? [challenge(wire.unique("nonce"))] : [];
  send(firstCseq + 1, [credentials(user, nonce, `${secret}-${nonce}`)], status, 2 * STEP, again);
}

export interface CallOptions {
  readonly from?: string;
  readonly to?: string;
  readonly callerMedia?: Endpoint;
  readonly calleeMedia?: Endpoint;
}

/** An answered call, ready for media and for what comes next in its dialog. */
export class LiveCall {
  readonly caller: Endpoint;
  readonly callee: Endpoint;
  readonly callerMedia: Endpoint;
  readonly calleeMedia: Endpoint;
  readonly invite: SipRequest;
  readonly toTag: string;
  readonly wire: Wire;
  #cseq = 1;

  /** INVITE, 100, 180, 200, ACK between two user agents, `STEP` apart. */
  constructor(wire: Wire, caller: Endpoint, callee: Endpoint, options: CallOptions = {}) {
    this.wire = wire;
    this.caller = caller;
    this.callee = callee;
    this.callerMedia = options.callerMedia ?? { ...caller, port: 10_000 };
    this.calleeMedia = options.calleeMedia ?? { ...callee, port: 20_000 };
    this.toTag = wire.unique("t");
    this.invite = requestOf(wire, caller, callee, "INVITE", options.from ?? "201", {
      to: options.to ?? "202",
      sdp: audioSdp(this.callerMedia.ip, this.callerMedia.port),
    });
    wire.send(caller, callee, this.invite.text);
    wire.send(callee, caller, sipResponse(this.invite, 100), STEP);
    wire.send(callee, caller, sipResponse(this.invite, 180, { toTag: this.toTag }), 2 * STEP);
    const sdp = audioSdp(this.calleeMedia.ip, this.calleeMedia.port);
    const contact = sentBy(callee);
    wire.send(
      callee,
      caller,
      sipResponse(this.invite, 200, { toTag: this.toTag, contact, sdp }),
      3 * STEP,
    );
    wire.send(caller, callee, this.inDialog("ACK", { cseq: 1 }).text, 4 * STEP);
  }

  /** A request of the caller in this dialog (RFC 3261 12.2.1.1). */
  inDialog(method: string, options: RequestOptions = {}): SipRequest {
    return requestOf(this.wire, this.caller, this.callee, method, this.invite.from, {
      to: this.invite.to,
      callId: this.invite.callId,
      fromTag: this.invite.fromTag,
      toTag: this.toTag,
      cseq: method === "ACK" ? 1 : ++this.#cseq,
      ...options,
    });
  }

  /** A request of the callee in this dialog. */
  inDialogOfCallee(method: string, options: RequestOptions = {}): SipRequest {
    return requestOf(this.wire, this.callee, this.caller, method, this.invite.to, {
      host: this.invite.host,
      to: this.invite.from,
      callId: this.invite.callId,
      fromTag: this.toTag,
      toTag: this.invite.fromTag,
      ...options,
    });
  }

  /** BYE and 200 of the caller. */
  hangUp(after = 0): void {
    const bye = this.inDialog("BYE");
    this.wire.send(this.caller, this.callee, bye.text, after);
    this.wire.send(this.callee, this.caller, sipResponse(bye, 200), after + STEP);
  }

  /** Media both ways for so long, 20 ms packets. */
  talk(seconds: number, ssrcs: readonly [number, number] = [0x1111, 0x2222]): void {
    stream(this.wire, this.callerMedia, this.calleeMedia, { ssrc: ssrcs[0], seconds });
    stream(this.wire, this.calleeMedia, this.callerMedia, { ssrc: ssrcs[1], seconds });
  }
}

export interface StreamOptions {
  readonly ssrc: number;
  readonly seconds: number;
  readonly sequence?: number;
  readonly timestamp?: number;
  readonly packetsPerSecond?: number;
  /** Seconds from now. */
  readonly after?: number;
}

export function stream(wire: Wire, from: Endpoint, to: Endpoint, options: StreamOptions): void {
  const {
    ssrc,
    seconds,
    sequence = 1000,
    timestamp = 0,
    packetsPerSecond = 50,
    after = 0,
  } = options;
  for (let i = 0; i < seconds * packetsPerSecond; i++) {
    const packet = rtpPacket({
      ssrc,
      sequence: sequence + i,
      timestamp: timestamp + 160 * i,
      isMarked: i === 0,
    });
    wire.send(from, to, packet, after + i / packetsPerSecond + 0.0001);
  }
}
