import type { RtpHeaderView } from "../decode/rtp/header.ts";
import { PayloadRole } from "../decode/sdp-media.ts";

/** RFC 3551 6: comfort noise; 19 is its older number, still sent. */
const STATIC_NOISE = 13;
const OLD_NOISE = 19;
/** RFC 3551 6: types from here on mean what SDP says. */
const DYNAMIC_MIN = 96;
/** RFC 4733 2.3: an event is four bytes. */
const EVENT_BYTES = 4;
/** Several events in one packet, or noise with its ten coefficients (RFC 3389 3), are no longer than this. */
const ASIDE_BYTES_MAX = 32;

/**
 * Telephone events and comfort noise: gateways give them an SSRC or a sequence of their own (RFC 4733
 * 2.2.1, RFC 3389 4.1), so neither proves a second sender. Long payloads are voice, whatever their type says.
 */
export function isAside(rtp: RtpHeaderView, roles: Uint8Array | null): boolean {
  const bytes = rtp.payloadEnd - rtp.payloadStart;
  if (bytes > ASIDE_BYTES_MAX) return false;
  const type = rtp.payloadType;
  if (type === STATIC_NOISE || type === OLD_NOISE) return true;
  if (type >= DYNAMIC_MIN && bytes === EVENT_BYTES) return true;
  const role = roles === null ? PayloadRole.NONE : roles[type];
  return role === PayloadRole.TELEPHONE_EVENT || role === PayloadRole.COMFORT_NOISE;
}
