import { ipText, type Station } from "./capture-file.ts";

/** SIP messages as phones and a PBX write them, some six hundred bytes each. */

const DOMAIN = "pbx.example.org";
const PHONE_AGENT = "User-Agent: Yealink SIP-T46S 66.84.0.125";
const PBX_AGENT = "Server: Asterisk PBX 18.1.0";
const METHODS = "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE, SUBSCRIBE, INFO";

/** What a request and its answers have in common. */
export interface RequestParts {
  readonly method: string;
  readonly client: Station;
  readonly from: string;
  readonly to: string;
  /** Makes the branch another one than those of other transactions with this CSeq. */
  readonly id: string;
  /** Local part; its first eight characters are also in the From tag. */
  readonly callId: string;
  readonly cseq: number;
  /** To tag of a request inside a dialog. */
  readonly toTag?: string;
  /** Request-URI; by default the one of the method. */
  readonly uri?: string;
}

export function eightHex(number: number): string {
  return number.toString(16).padStart(8, "0");
}

function headOf(parts: RequestParts, toTag: string): string[] {
  const { method, client, from, to, id, callId, cseq } = parts;
  const at = `${ipText(client.ip)}:${client.port}`;
  return [
    `Via: SIP/2.0/UDP ${at};branch=z9hG4bK${cseq}-${id}-5f3a;rport`,
    `From: "Line ${from}" <sip:${from}@${DOMAIN}>;tag=c1${callId.slice(0, 8)}`,
    `To: <sip:${to}@${DOMAIN}>${toTag === "" ? "" : `;tag=${toTag}`}`,
    `Call-ID: ${callId}@${ipText(client.ip)}`,
    `CSeq: ${cseq} ${method}`,
  ];
}

export function request(parts: RequestParts, more: readonly string[] = [], body = ""): string {
  const { method, client, from, to, toTag = "", uri } = parts;
  const target = uri ?? (method === "REGISTER" ? `sip:${DOMAIN}` : `sip:${to}@${DOMAIN}`);
  return message(
    `${method} ${target} SIP/2.0`,
    [
      ...headOf(parts, toTag),
      "Max-Forwards: 70",
      `Contact: <sip:${from}@${ipText(client.ip)}:${client.port};transport=udp>${method === "REGISTER" ? ";expires=3600" : ""}`,
      PHONE_AGENT,
      METHODS,
      ...more,
    ],
    body,
  );
}

export function answer(
  parts: RequestParts,
  status: string,
  options: {
    readonly toTag?: string;
    readonly more?: readonly string[];
    readonly body?: string;
  } = {},
): string {
  const toTag = parts.toTag ?? options.toTag ?? "";
  return message(
    `SIP/2.0 ${status}`,
    [...headOf(parts, toTag), PBX_AGENT, METHODS, ...(options.more ?? [])],
    options.body ?? "",
  );
}

export function challengeHeader(nonce: string): string {
  return `WWW-Authenticate: Digest algorithm=MD5, realm="${DOMAIN}", nonce="${nonce}"`;
}

export function credentialsHeader(user: string, nonce: string, response: string): string {
  return `Authorization: Digest username="${user}", realm="${DOMAIN}", nonce="${nonce}", uri="sip:${DOMAIN}", response="${response}", algorithm=MD5`;
}

/** An audio offer or answer, as desk phones write it. */
export function audio(at: Station): string {
  const ip = ipText(at.ip);
  return [
    "v=0",
    `o=- 20518 0 IN IP4 ${ip}`,
    "s=-",
    `c=IN IP4 ${ip}`,
    "t=0 0",
    `m=audio ${at.port} RTP/AVP 8 0 101`,
    "a=rtpmap:8 PCMA/8000",
    "a=rtpmap:0 PCMU/8000",
    "a=rtpmap:101 telephone-event/8000",
    "a=fmtp:101 0-15",
    "a=ptime:20",
    "a=sendrecv",
    "",
  ].join("\r\n");
}

export const SDP_TYPE = "Content-Type: application/sdp";

function message(start: string, headers: readonly string[], body: string): string {
  return [start, ...headers, `Content-Length: ${body.length}`, "", body].join("\r\n");
}
