import type { SdpLines } from "../../decode/sdp-lines.ts";
import { BufferId } from "./buffers.ts";

const NONE: readonly string[] = [];

/** Values of one `sdp.*` buffer (Suricata's SDP keywords). */
export function sdpBufferValues(lines: SdpLines, buffer: number): readonly string[] {
  return (VALUES.get(buffer)?.(lines) ?? NONE).filter((value) => value !== undefined);
}

type Values = readonly (string | undefined)[];

const VALUES: ReadonlyMap<number, (sdp: SdpLines) => Values> = new Map<
  number,
  (sdp: SdpLines) => Values
>([
  [BufferId.SDP_ORIGIN, (sdp) => [sdp.origin]],
  [BufferId.SDP_SESSION_NAME, (sdp) => [sdp.session_name]],
  [BufferId.SDP_SESSION_INFO, (sdp) => [sdp.session_info]],
  [BufferId.SDP_URI, (sdp) => [sdp.uri]],
  [BufferId.SDP_EMAIL, (sdp) => [sdp.email]],
  [BufferId.SDP_PHONE_NUMBER, (sdp) => [sdp.phone_number]],
  [BufferId.SDP_CONNECTION_DATA, (sdp) => [sdp.connection_data]],
  [BufferId.SDP_BANDWIDTH, (sdp) => sdp.bandwidths ?? NONE],
  [BufferId.SDP_TIME, (sdp) => sdp.time_descriptions.map(({ time }) => time)],
  [BufferId.SDP_REPEAT_TIME, (sdp) => sdp.time_descriptions.map((time) => time.repeat_time)],
  [BufferId.SDP_TIMEZONE, (sdp) => [sdp.timezone]],
  [BufferId.SDP_ENCRYPTION_KEY, (sdp) => [sdp.encryption_key]],
  [BufferId.SDP_ATTRIBUTE, (sdp) => sdp.attributes ?? NONE],
  [BufferId.SDP_MEDIA, (sdp) => sdp.media_descriptions.map(({ media }) => media)],
  [BufferId.SDP_MEDIA_INFO, (sdp) => sdp.media_descriptions.map((media) => media.media_info)],
  [
    BufferId.SDP_MEDIA_CONNECTION_DATA,
    (sdp) => sdp.media_descriptions.map((media) => media.connection_data),
  ],
  [
    BufferId.SDP_MEDIA_ENCRYPTION_KEY,
    (sdp) => sdp.media_descriptions.map((media) => media.encryption_key),
  ],
]);
