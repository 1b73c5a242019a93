import { numbersOf } from "../../base/numbers-of.ts";
import { HeaderId, type HeaderName } from "../../decode/sip/headers.ts";
import type { SubjectTexts } from "../../track/facts/event.ts";

/** What must be there for a buffer to have a value. */
type BufferSource = "packet" | "ends" | "sip" | "sdp" | "decoded";

interface BufferRow {
  /** Keyword; the first name is the one that is shown. */
  readonly names: readonly string[];
  readonly source: BufferSource;
  readonly side: "request" | "response" | "both";
  /** Each header (or line) of that name is a value of its own. */
  readonly isMulti: boolean;
  readonly about: string;
  readonly header?: HeaderName;
}

function end(name: string, about: string): BufferRow {
  return { names: [name], source: "ends", side: "both", isMulti: false, about };
}

function header(name: string, headerName: HeaderName, about: string): BufferRow {
  return { names: [name], source: "sip", side: "both", isMulti: true, about, header: headerName };
}

function request(name: string, about: string): BufferRow {
  return { names: [name], source: "sip", side: "request", isMulti: false, about };
}

function response(name: string, about: string): BufferRow {
  return { names: [name], source: "sip", side: "response", isMulti: false, about };
}

function either(name: string, about: string, isMulti = false): BufferRow {
  return { names: [name], source: "sip", side: "both", isMulti, about };
}

function frame(name: string, side: BufferRow["side"], about: string): BufferRow {
  return { names: [`${FRAME}sip.${name}`], source: "sip", side, isMulti: false, about };
}

function sdp(names: readonly string[], isMulti: boolean, about: string): BufferRow {
  return { names, source: "sdp", side: "both", isMulti, about };
}

/** What the names of frames begin with: `frame:sip.pdu` is the keyword `frame` with a value. */
export const FRAME = "frame:";

/** Suricata's buffers (SIP and SDP keywords of its rules) and, from `sip.call_id` on, our own (rules/README.md). */
const ROWS = {
  PAYLOAD: {
    names: ["pkt_data"],
    source: "packet",
    side: "both",
    isMulti: false,
    about: "the payload of the packet",
  },
  BASE64_DATA: {
    names: ["base64_data"],
    source: "decoded",
    side: "both",
    isMulti: false,
    about: "what base64_decode decoded",
  },
  IP_SRC: end("ip.src", "the source address, 4 or 16 bytes; of a fact: the offender's"),
  IP_DST: end("ip.dst", "the destination address, 4 or 16 bytes; of a fact: the victim's"),
  SIP_METHOD: request("sip.method", "method of a request"),
  SIP_URI: request("sip.uri", "Request-URI as sent"),
  SIP_REQUEST_LINE: request("sip.request_line", "first line of a request, without its line end"),
  SIP_STAT_CODE: response("sip.stat_code", "status code"),
  SIP_STAT_MSG: response("sip.stat_msg", "reason phrase"),
  SIP_RESPONSE_LINE: response(
    "sip.response_line",
    "first line of a response, without its line end",
  ),
  SIP_PROTOCOL: either("sip.protocol", "protocol and version of the first line"),
  SIP_FROM: header("sip.from", "FROM", "each From value"),
  SIP_TO: header("sip.to", "TO", "each To value"),
  SIP_VIA: header("sip.via", "VIA", "each Via header"),
  SIP_USER_AGENT: header("sip.user_agent", "USER_AGENT", "User-Agent value"),
  SIP_CONTENT_TYPE: header("sip.content_type", "CONTENT_TYPE", "Content-Type value"),
  SIP_CONTENT_LENGTH: header("sip.content_length", "CONTENT_LENGTH", "Content-Length value"),
  SIP_CALL_ID: header("sip.call_id", "CALL_ID", "Call-ID value"),
  SIP_CSEQ: header("sip.cseq", "CSEQ", "CSeq value"),
  SIP_CONTACT: header("sip.contact", "CONTACT", "each Contact header"),
  SIP_IDENTITY: header("sip.identity", "IDENTITY", "each Identity header (RFC 8224)"),
  SIP_FROM_USER: either("sip.from_user", "user part of the From URI"),
  SIP_TO_USER: either("sip.to_user", "user part of the To URI"),
  SIP_URI_USER: request("sip.uri_user", "user part of the Request-URI"),
  SIP_AUTH_USER: either("sip.auth_user", "digest username of each credential", true),
  SIP_REALM: either("sip.realm", "realm of each credential or challenge", true),
  SIP_HEADER_NAMES: either(
    "sip.header_names",
    "names in order, each ended by CRLF, as http.header_names",
  ),
  SIP_BODY: { ...either("sip.body", "the body"), names: ["sip.body", "sip_body"] },
  SIP_HEADER: either("sip_header", "all header lines, as Snort has them"),
  FRAME_PDU: frame("pdu", "both", "the whole message"),
  FRAME_REQUEST_LINE: frame("request.line", "request", "first line of a request, with its CRLF"),
  FRAME_RESPONSE_LINE: frame(
    "response.line",
    "response",
    "first line of a response, with its CRLF",
  ),
  FRAME_REQUEST_HEADERS: frame("request.headers", "request", "header lines of a request"),
  FRAME_RESPONSE_HEADERS: frame("response.headers", "response", "header lines of a response"),
  FRAME_REQUEST_BODY: frame("request.body", "request", "body of a request"),
  FRAME_RESPONSE_BODY: frame("response.body", "response", "body of a response"),
  SDP_ORIGIN: sdp(["sdp.origin"], false, "o= line"),
  SDP_SESSION_NAME: sdp(["sdp.session_name"], false, "s= line"),
  SDP_SESSION_INFO: sdp(["sdp.session_info"], false, "i= line of the session"),
  SDP_URI: sdp(["sdp.uri"], false, "u= line"),
  SDP_EMAIL: sdp(["sdp.email"], false, "e= line"),
  SDP_PHONE_NUMBER: sdp(["sdp.phone_number"], false, "p= line"),
  SDP_CONNECTION_DATA: sdp(["sdp.connection_data"], false, "c= line of the session"),
  SDP_BANDWIDTH: sdp(["sdp.bandwidth"], true, "b= lines of the session"),
  SDP_TIME: sdp(["sdp.time"], true, "t= lines"),
  SDP_REPEAT_TIME: sdp(["sdp.repeat_time"], true, "r= lines"),
  SDP_TIMEZONE: sdp(["sdp.timezone"], false, "z= line"),
  SDP_ENCRYPTION_KEY: sdp(["sdp.encryption_key"], false, "k= line of the session"),
  SDP_ATTRIBUTE: sdp(["sdp.attribute"], true, "a= lines of the session"),
  SDP_MEDIA: sdp(["sdp.media.media"], true, "m= lines"),
  SDP_MEDIA_INFO: sdp(
    ["sdp.media.media_info", "sdp.media.session_info"],
    true,
    "i= line of each media section",
  ),
  SDP_MEDIA_CONNECTION_DATA: sdp(
    ["sdp.media.connection_data"],
    true,
    "c= line of each media section",
  ),
  SDP_MEDIA_ENCRYPTION_KEY: sdp(
    ["sdp.media.encryption_key"],
    true,
    "k= line of each media section",
  ),
} as const satisfies Record<string, BufferRow>;

export type BufferName = keyof typeof ROWS;

/** Buffers that a rule on a fact reads from the fact's subject: it need not have a message. */
const SUBJECT_FIELDS: Readonly<Partial<Record<BufferName, keyof SubjectTexts>>> = {
  SIP_METHOD: "method",
  SIP_CALL_ID: "callId",
  SIP_FROM_USER: "fromUser",
  SIP_TO_USER: "toUser",
  SIP_URI_USER: "uriUser",
  SIP_AUTH_USER: "authUser",
  SIP_REALM: "realm",
  SIP_USER_AGENT: "userAgent",
  SIP_CONTACT: "contact",
};

/** Number of each buffer; `PAYLOAD` is 0. */
export const BufferId = numbersOf(Object.keys(ROWS) as BufferName[], 0);
export const BUFFERS: BufferRow[] = [];
/** Header of each buffer that is the values of one header; 0 for the others. */
export const BUFFER_HEADERS: number[] = [];
/** Subject field of each buffer, "" without one. */
export const BUFFER_SUBJECTS: (keyof SubjectTexts | "")[] = [];
for (const [key, row] of Object.entries(ROWS) as [BufferName, BufferRow][]) {
  BUFFERS.push(row);
  BUFFER_SUBJECTS.push(SUBJECT_FIELDS[key] ?? "");
  BUFFER_HEADERS.push(row.header === undefined ? 0 : HeaderId[row.header]);
}

/** True for what a SIP message must be there for. */
export function isOfMessage(buffer: number): boolean {
  const source = BUFFERS[buffer]?.source;
  return source === "sip" || source === "sdp";
}

/** The type of the frame that a buffer is (EVE `frame.type`); "" for another buffer. */
export function frameType(buffer: number): string {
  const name = bufferName(buffer);
  return name.startsWith(FRAME) ? name.slice(FRAME.length + "sip.".length) : "";
}

export function bufferName(buffer: number): string {
  return BUFFERS[buffer]?.names[0] ?? "";
}
