import { isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";
import { equals, equalsIgnoreCase, LF, type Span } from "../base/ascii.ts";
import { HeaderId } from "./sip/headers.ts";
import type { SipMessageView } from "./sip/message.ts";
import { sessionBodyOf } from "./sip/session-body.ts";

/** Bytes, lines, media sections and attributes beyond these are not looked at. */
const SESSION_BYTES_MAX = 16_384;
const LINES_MAX = 512;
const MEDIA_MAX = 64;
const ATTRIBUTES_MAX = 256;

interface SdpTime {
  time: string;
  repeat_time?: string;
}

/** One media section, members named and ordered as in Suricata's EVE. */
interface SdpMediaLines {
  media: string;
  media_info?: string;
  bandwidths?: string[];
  connection_data?: string;
  encryption_key?: string;
  attributes?: string[];
}

/** The lines of a session description, members named and ordered as in EVE `sip.sdp`. */
export interface SdpLines {
  origin?: string;
  session_name?: string;
  session_info?: string;
  uri?: string;
  email?: string;
  phone_number?: string;
  connection_data?: string;
  bandwidths?: string[];
  time_descriptions: SdpTime[];
  timezone?: string;
  encryption_key?: string;
  attributes?: string[];
  media_descriptions: SdpMediaLines[];
}

const contentType: Span = { start: 0, end: 0 };
const body: Span = { start: 0, end: 0 };

/**
 * Reads the body of a message line by line (RFC 8866 5), leniently: what is not `x=value` is skipped.
 * Null when the body neither is nor holds a session description; each byte is one character
 * (latin1). Allocates: for rules on `sdp.*` and for records, never for media tracking.
 */
export function sdpLines(message: SipMessageView): SdpLines | null {
  const { bytes, bodyStart } = message;
  if (message.end - bodyStart < 2) return null;
  if (equals(bytes, bodyStart, bodyStart + 2, "v=") || isSdpType(message)) {
    // As Suricata, to the end of the datagram: rules shall see what a lenient peer would read beyond
    // Content-Length (RFC 3261 18.3 has it discarded).
    return linesOf(bytes, bodyStart, message.end);
  }
  return sessionBodyOf(message, body) ? linesOf(bytes, body.start, body.end) : null;
}

function linesOf(bytes: Buffer, start: number, bodyEnd: number): SdpLines | null {
  const end = Math.min(bodyEnd, start + SESSION_BYTES_MAX);
  const reader = new LineReader();
  let at = start;
  for (let lines = 0; at < end && lines < LINES_MAX; lines++) {
    let lineEnd = bytes.indexOf(LF, at);
    if (lineEnd < 0 || lineEnd > end) lineEnd = end;
    if (lineEnd - at > 2 && bytes[at + 1] === 0x3d) {
      const type = String.fromCharCode(bytes[at] as number);
      reader.add(type, bytes.toString("latin1", at + 2, lineEnd));
    }
    at = lineEnd + 1;
  }
  return reader.isEmpty ? null : reader.finish();
}

function isSdpType(message: SipMessageView): boolean {
  const { bytes } = message;
  const span = contentType;
  if (!message.value(HeaderId.CONTENT_TYPE, span)) return false;
  const end = span.start + "application/sdp".length;
  return end <= span.end && equalsIgnoreCase(bytes, span.start, end, "application/sdp");
}

class LineReader {
  isEmpty = true;
  readonly #session: Partial<SdpLines> = {};
  readonly #times: SdpTime[] = [];
  readonly #bandwidths: string[] = [];
  readonly #attributes: string[] = [];
  readonly #media: SdpMediaLines[] = [];
  /** Past MEDIA_MAX sections: their lines belong to none. */
  #isBeyond = false;

  add(type: string, raw: string): void {
    const value = raw.replace(/\s+/g, " ").trim();
    this.isEmpty = false;
    if (type === "m") {
      this.#isBeyond = this.#media.length >= MEDIA_MAX;
      if (!this.#isBeyond) this.#media.push({ media: value });
    } else if (!this.#isBeyond) {
      const media = this.#media[this.#media.length - 1];
      if (media === undefined) this.#addToSession(type, value);
      else addToMedia(media, type, value);
    }
  }

  /** Members in EVE's order, absent ones left out. */
  finish(): SdpLines {
    const session = this.#session;
    const out: Partial<SdpLines> = {};
    for (const name of ["origin", "session_name", "session_info", "uri", "email"] as const) {
      if (session[name] !== undefined) out[name] = session[name];
    }
    if (session.phone_number !== undefined) out.phone_number = session.phone_number;
    if (session.connection_data !== undefined) out.connection_data = session.connection_data;
    if (this.#bandwidths.length > 0) out.bandwidths = this.#bandwidths;
    out.time_descriptions = this.#times;
    if (session.timezone !== undefined) out.timezone = session.timezone;
    if (session.encryption_key !== undefined) out.encryption_key = session.encryption_key;
    if (this.#attributes.length > 0) out.attributes = this.#attributes;
    return {
      ...out,
      time_descriptions: this.#times,
      media_descriptions: this.#media.map(inOrder),
    };
  }

  #addToSession(type: string, value: string): void {
    if (type === "b") pushBounded(this.#bandwidths, value);
    else if (type === "a") pushBounded(this.#attributes, value);
    else if (type === "t") {
      if (this.#times.length < ATTRIBUTES_MAX) this.#times.push({ time: value });
    } else if (type === "r") {
      const time = this.#times[this.#times.length - 1];
      if (time !== undefined) time.repeat_time ??= value;
    } else {
      const name = SESSION_MEMBERS.get(type);
      if (name !== undefined)
        this.#session[name] ??= name === "connection_data" ? connection(value) : value;
    }
  }
}

const SESSION_MEMBERS: ReadonlyMap<
  string,
  | "origin"
  | "session_name"
  | "session_info"
  | "uri"
  | "email"
  | "phone_number"
  | "connection_data"
  | "timezone"
  | "encryption_key"
> = new Map([
  ["o", "origin"], // RFC 8866 5.2
  ["s", "session_name"], // 5.3
  ["i", "session_info"], // 5.4
  ["u", "uri"], // 5.5
  ["e", "email"], // 5.6
  ["p", "phone_number"], // 5.6
  ["c", "connection_data"], // 5.7
  ["z", "timezone"], // 5.11
  ["k", "encryption_key"], // 5.12
]);

function addToMedia(media: SdpMediaLines, type: string, value: string): void {
  if (type === "i") media.media_info ??= value;
  else if (type === "c") media.connection_data ??= connection(value);
  else if (type === "k") media.encryption_key ??= value;
  else if (type === "b") {
    media.bandwidths ??= [];
    pushBounded(media.bandwidths, value);
  } else if (type === "a") {
    media.attributes ??= [];
    pushBounded(media.attributes, value);
  }
}

function inOrder(section: SdpMediaLines): SdpMediaLines {
  const { media, media_info, bandwidths, connection_data, encryption_key, attributes } = section;
  return {
    media,
    ...(media_info !== undefined && { media_info }),
    ...(bandwidths !== undefined && { bandwidths }),
    ...(connection_data !== undefined && { connection_data }),
    ...(encryption_key !== undefined && { encryption_key }),
    ...(attributes !== undefined && { attributes }),
  };
}

function pushBounded(list: string[], value: string): void {
  if (list.length < ATTRIBUTES_MAX) list.push(value);
}

/** `IN IP6 <address>[/ttl]` with the address in its canonical form (RFC 5952). */
function connection(value: string): string {
  const [network, family, rest = ""] = value.split(" ");
  const [address = "", ...suffix] = rest.split("/");
  // The package's own test may take long for texts that are none.
  if (family !== "IP6" || !isIPv6(address) || address.includes("%")) return value;
  return [network, family, [ipaddr.IPv6.parse(address).toString(), ...suffix].join("/")].join(" ");
}
