import type { RtpHeaderView } from "../../decode/rtp/header.ts";
import { PayloadRole } from "../../decode/sdp-media.ts";
import type { PayloadRoles } from "../media/payload-lists.ts";

/** RFC 3551 6: comfort noise; 19 is its older number, still sent. */
const STATIC_NOISE = 13;
const OLD_NOISE = 19;
/** RFC 3551 6: types from here on mean what SDP says. */
const DYNAMIC_MIN = 96;
/** RFC 4733 2.3: an event is four bytes. */
const EVENT_BYTES = 4;
/** Several events in one packet, or noise with its ten coefficients (RFC 3389 3), are no longer than this. */
const ASIDE_BYTES_MAX = 32;

/** Noise is described when it changes, and never more often than this for long (RFC 3389 4). */
const NOISE_US = 100_000;
/** So many at once: a speaker who begins and stops again. */
const NOISE_BURST = 8;

/** Tells comfort noise from a stream in its guise: fifty packets a second for seconds describe no silence. */
export class NoiseBudget {
  #left = NOISE_BURST;
  #lastUs = 0.5;

  begin(): void {
    this.#left = NOISE_BURST;
    this.#lastUs = 0.5;
  }

  /** False for a packet too many. */
  take(nowUs: number): boolean {
    const grown = this.#left + Math.max(0, nowUs - this.#lastUs) / NOISE_US;
    this.#left = Math.min(NOISE_BURST, grown);
    this.#lastUs = nowUs;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}

/** A telephone event: its type says so, or it is as long as one and of a type that means what SDP says. */
export function isTelephoneEvent(rtp: RtpHeaderView, roles: PayloadRoles | null): boolean {
  const bytes = rtp.payloadEnd - rtp.payloadStart;
  const type = rtp.payloadType;
  if (bytes < EVENT_BYTES || bytes > ASIDE_BYTES_MAX || isNoise(rtp, roles)) return false;
  if (roles !== null && roles[type] === PayloadRole.TELEPHONE_EVENT) return true;
  return type >= DYNAMIC_MIN && bytes === EVENT_BYTES;
}

/** Telephone events, which may come each 20 ms, are no noise. */
export function isNoise(rtp: RtpHeaderView, roles: PayloadRoles | null): boolean {
  const type = rtp.payloadType;
  if (type === STATIC_NOISE || type === OLD_NOISE) return true;
  return roles !== null && roles[type] === PayloadRole.COMFORT_NOISE;
}

/**
 * Telephone events and comfort noise: gateways give them an SSRC or a sequence of their own (RFC 4733
 * 2.2.1, RFC 3389 4.1), so neither proves a second sender. Long payloads are voice, whatever their type says.
 */
export function isAside(rtp: RtpHeaderView, roles: PayloadRoles | null): boolean {
  const bytes = rtp.payloadEnd - rtp.payloadStart;
  if (bytes > ASIDE_BYTES_MAX) return false;
  const type = rtp.payloadType;
  if (type === STATIC_NOISE || type === OLD_NOISE) return true;
  if (type >= DYNAMIC_MIN && bytes === EVENT_BYTES) return true;
  const role = roles === null ? PayloadRole.NONE : roles[type];
  return role === PayloadRole.TELEPHONE_EVENT || role === PayloadRole.COMFORT_NOISE;
}
