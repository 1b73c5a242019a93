import type { Body } from "../sip/message.ts";
import type { Codec } from "./rtp.ts";

export interface SdpFields {
  readonly ip: string;
  readonly port: number;
  readonly codec: Codec;
  /** `o=` session id and version: a change raises the version (RFC 3264 8). */
  readonly sessionId: number;
  readonly version: number;
  readonly direction?: "sendrecv" | "sendonly" | "recvonly" | "inactive";
  /** Connection address of old-style hold. */
  readonly isZeroed?: boolean;
  /** Attribute lines of the audio stream: ICE, fingerprint. */
  readonly attributes?: readonly string[];
  readonly profile?: string;
  /** Further m= sections as they are written. */
  readonly sections?: readonly string[];
}

/** One audio stream with telephone events. */
export function audioSdp(fields: SdpFields): Body {
  const { ip, port, codec, sessionId, version, direction = "sendrecv" } = fields;
  const connection = fields.isZeroed === true ? "0.0.0.0" : ip;
  const clock = codec.name === "opus" ? "48000/2" : "8000";
  const lines = [
    "v=0",
    `o=- ${sessionId} ${version} IN IP4 ${ip}`,
    "s=-",
    `c=IN IP4 ${connection}`,
    "t=0 0",
    `m=audio ${port} ${fields.profile ?? "RTP/AVP"} ${codec.payloadType} 101`,
    `a=rtpmap:${codec.payloadType} ${codec.name}/${clock}`,
    "a=rtpmap:101 telephone-event/8000",
    "a=fmtp:101 0-15",
    ...(fields.attributes ?? []),
    `a=${direction}`,
    ...(fields.sections ?? []),
  ];
  return { type: "application/sdp", text: `${lines.join("\r\n")}\r\n` };
}
