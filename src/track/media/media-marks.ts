import type { HostKey } from "../../decode/host.ts";
import type { CallSide } from "../calls/calls.ts";
import { Rank } from "../hosts/standing.ts";
import type { RtpSourceTable } from "../rtp/rtp-sources.ts";
import type { Claim, ClaimingCall } from "./media-claim.ts";
import type { MediaEndpoint } from "./media-endpoints.ts";

interface MarkedSource {
  readonly endpoint: MediaEndpoint;
  readonly side: CallSide;
  /** Handle of the RTP source. */
  readonly source: number;
  readonly received: number;
  readonly restarts: number;
}

/** What the sides of a call had sent at a moment, to be held against what it send after it. */
export interface MediaMark {
  readonly sources: readonly MarkedSource[];
}

/** What went on after a mark. */
export interface WentOn {
  readonly packets: number;
  /** Time of the latest packet. */
  readonly lastUs: number;
  readonly host: HostKey;
  readonly port: number;
}

/**
 * Remembers what a call's sides have sent. Only RTP sources count that ran at the mark, from addresses that
 * no other answered call uses: a fork, a transfer, a conference or the next call at the same port prove nothing.
 */
export function markOf(sources: RtpSourceTable, call: ClaimingCall): MediaMark {
  const marked: MarkedSource[] = [];
  for (const [index, endpoint] of call.endpoints.entries()) {
    const side = call.sideOfEndpoint(index);
    for (const source of endpoint.sending) {
      const slot = sources.slotOf(source);
      if (slot < 0) continue;
      marked.push({
        endpoint,
        side,
        source,
        received: sources.received(slot),
        restarts: sources.restarts(slot),
      });
    }
  }
  return { sources: marked };
}

/**
 * The source that sent most since the mark; null when none did. One whose sequence began anew did not go on: devices that
 * use ports and SSRC again for the next call look like that where its INVITE was not seen.
 */
export function wentOnSince(
  sources: RtpSourceTable,
  call: ClaimingCall,
  side: CallSide,
  mark: MediaMark,
): WentOn | null {
  let most: WentOn | null = null;
  for (const marked of mark.sources) {
    const { endpoint, source, received } = marked;
    const slot = sources.slotOf(source);
    if (slot < 0 || marked.side !== side || !isOwnOf(endpoint, call)) continue;
    if (sources.restarts(slot) !== marked.restarts) continue;
    const packets = sources.received(slot) - received;
    if (packets <= 0 || (most !== null && packets <= most.packets)) continue;
    most = {
      packets,
      lastUs: sources.lastUs(slot),
      host: endpoint.host,
      port: endpoint.port,
    };
  }
  return most;
}

/** No other answered call uses the address as well (transfer, conference): then its media proves nothing. */
export function isOwnOf(endpoint: MediaEndpoint, call: ClaimingCall): boolean {
  const { isOverfull, others, owner } = endpoint;
  if (isOverfull || owner === null) return !isOverfull;
  if (speaksInstead(owner.call, call, endpoint)) return false;
  for (let i = 0; i < others.length; i++) {
    if (speaksInstead((others[i] as Claim).call, call, endpoint)) return false;
  }
  return true;
}

/**
 * Another call that is up, and the endpoint's host takes part in it as visibly as in this one. A stranger can
 * name any address in a call of his own, but not have its host heard there.
 */
function speaksInstead(other: ClaimingCall, call: ClaimingCall, { host }: MediaEndpoint): boolean {
  if (other === call || !other.isLive || other.rank < Rank.ACCEPTED) return false;
  return other.parties.wasHeard(host) || !call.parties.wasHeard(host);
}
