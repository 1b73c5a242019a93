/** SIP messages for tests, as text. A response is made from the request it answers. */

export interface SipRequestFields {
  readonly method: string;
  /** Where the message goes: host of the request URI. */
  readonly host: string;
  /** Own address, as Via and Contact have it: `10.0.0.1:5060` or `[2001:db8::1]:5060`. */
  readonly sentBy: string;
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly branch: string;
  readonly fromTag: string;
  readonly toTag?: string;
  readonly cseq?: number;
  readonly userAgent?: string;
  /** Host of Contact; by default `sentBy`. */
  readonly contact?: string;
  readonly headers?: readonly string[];
  readonly sdp?: string;
}

export interface SipRequest extends SipRequestFields {
  readonly text: string;
}

function end(headers: readonly string[], sdp: string): string {
  const type = sdp === "" ? [] : ["Content-Type: application/sdp"];
  return [...headers, ...type, `Content-Length: ${sdp.length}`, "", sdp].join("\r\n");
}

export function sipRequest(fields: SipRequestFields): SipRequest {
  const { method, host, sentBy, from, to, callId, branch, fromTag, toTag, cseq = 1 } = fields;
  const uri = method === "REGISTER" ? `sip:${host}` : `sip:${to}@${host}`;
  const text = end(
    [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${sentBy};branch=z9hG4bK${branch};rport`,
      "Max-Forwards: 70",
      `From: <sip:${from}@${host}>;tag=${fromTag}`,
      `To: <sip:${to}@${host}>${toTag === undefined ? "" : `;tag=${toTag}`}`,
      `Call-ID: ${callId}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <sip:${from}@${fields.contact ?? sentBy}>`,
      `User-Agent: ${fields.userAgent ?? "Yealink SIP-T46S 66.85.0.5"}`,
      ...(fields.headers ?? []),
    ],
    fields.sdp ?? "",
  );
  return { ...fields, text };
}

export function sipResponse(
  request: SipRequest,
  status: number,
  fields: {
    readonly toTag?: string;
    readonly contact?: string;
    readonly headers?: readonly string[];
    readonly sdp?: string;
  } = {},
): string {
  const { host, sentBy, from, to, callId, branch, fromTag, cseq = 1, method } = request;
  const toTag = request.toTag ?? fields.toTag;
  return end(
    [
      `SIP/2.0 ${status} ${REASONS[status] ?? "Whatever"}`,
      `Via: SIP/2.0/UDP ${sentBy};branch=z9hG4bK${branch};rport`,
      `From: <sip:${from}@${host}>;tag=${fromTag}`,
      `To: <sip:${to}@${host}>${toTag === undefined ? "" : `;tag=${toTag}`}`,
      `Call-ID: ${callId}`,
      `CSeq: ${cseq} ${method}`,
      ...(fields.contact === undefined ? [] : [`Contact: <sip:${to}@${fields.contact}>`]),
      ...(fields.headers ?? []),
    ],
    fields.sdp ?? "",
  );
}

const REASONS: Readonly<Record<number, string>> = {
  100: "Trying",
  180: "Ringing",
  183: "Session Progress",
  200: "OK",
  202: "Accepted",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  407: "Proxy Authentication Required",
  481: "Call/Transaction Does Not Exist",
  486: "Busy Here",
  487: "Request Terminated",
};

export function challenge(nonce: string, realm = "pbx", status = 401): string {
  const name = status === 407 ? "Proxy-Authenticate" : "WWW-Authenticate";
  return `${name}: Digest realm="${realm}", nonce="${nonce}", algorithm=MD5`;
}

/** `response` stands for the password: another guess gives another response. */
export function credentials(
  user: string,
  nonce: string,
  response: string,
  realm = "pbx",
  status = 401,
): string {
  const name = status === 407 ? "Proxy-Authorization" : "Authorization";
  return `${name}: Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="sip:${realm}", response="${response}", algorithm=MD5`;
}

/** One audio stream at `host:port`, PCMU. */
export function audioSdp(host: string, port: number, version = 1): string {
  const family = host.includes(":") ? "IP6" : "IP4";
  return [
    "v=0",
    `o=- 1 ${version} IN ${family} ${host}`,
    "s=-",
    `c=IN ${family} ${host}`,
    "t=0 0",
    `m=audio ${port} RTP/AVP 0 101`,
    "a=rtpmap:0 PCMU/8000",
    "a=sendrecv",
    "",
  ].join("\r\n");
}

export interface RtpFields {
  readonly ssrc: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly payloadType?: number;
  readonly isMarked?: boolean;
  readonly payloadBytes?: number;
}

/** RFC 3550 5.1, without CSRC and extension. */
export function rtpPacket(fields: RtpFields): Buffer {
  const packet = Buffer.alloc(12 + (fields.payloadBytes ?? 160), 0xd5);
  packet[0] = 0x80;
  packet[1] = (fields.isMarked === true ? 0x80 : 0) | (fields.payloadType ?? 0);
  packet.writeUInt16BE(fields.sequence & 0xffff, 2);
  packet.writeUInt32BE(fields.timestamp >>> 0, 4);
  packet.writeUInt32BE(fields.ssrc >>> 0, 8);
  return packet;
}
