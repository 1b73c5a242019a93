import type { HostKey, HostNames } from "../decode/host.ts";
import type { Call, CallSide } from "./calls.ts";
import type { MediaTracker } from "./media.ts";
import type { MediaEndpoint } from "./media-endpoints.ts";
import { Rank } from "./standing.ts";

/** What the media of one side did after a moment. */
export interface MediaSince {
  /** From the moment to its last packet, milliseconds; 0 without a packet. */
  readonly ms: number;
  readonly packets: number;
  /** `address:port` that sent it. */
  readonly endpoint: string;
}

/** The one place where signalling asks what the media of a call does. */
export class CallMedia {
  readonly #media: MediaTracker;
  readonly #names: HostNames;

  constructor(media: MediaTracker, names: HostNames) {
    this.#media = media;
    this.#names = names;
  }

  /** Packets sent so far by each endpoint of the call, to be compared with later. */
  mark(call: Call): number[] {
    return call.endpoints.map((endpoint) => this.#sent(endpoint));
  }

  /** The busiest endpoint of the side since the mark was made. */
  since(call: Call, side: CallSide, mark: readonly number[], markUs: number): MediaSince {
    let most: MediaSince = { ms: 0, packets: 0, endpoint: "" };
    for (const [index, endpoint] of call.endpoints.entries()) {
      if (call.sideOfEndpoint(index) !== side || !isOwn(endpoint, call)) continue;
      const packets = this.#sent(endpoint) - (mark[index] ?? 0);
      if (packets <= most.packets) continue;
      const lastUs = this.#media.lastSentUs(endpoint);
      const { host, port } = endpoint;
      const ms = Math.max(0, Math.round((lastUs - markUs) / 1000));
      most = { ms, packets, endpoint: `${this.#names.text(host)}:${port}` };
    }
    return most;
  }

  /** The call was answered and acknowledged: the addresses that it names are its own now. */
  claim(call: Call): void {
    for (const [index, endpoint] of call.endpoints.entries()) {
      const owner = endpoint.call;
      if (owner === call || (owner !== null && !mayTakeOver(call, endpoint, owner))) continue;
      endpoint.call = call;
      endpoint.side = call.sideOfEndpoint(index);
    }
  }

  /** Media went both ways since the call was answered. */
  hasBothWays(call: Call): boolean {
    let sides = 0;
    for (const [index, endpoint] of call.endpoints.entries()) {
      if (isOwn(endpoint, call) && this.#media.lastSentUs(endpoint) > call.answeredUs) {
        sides |= 1 << call.sideOfEndpoint(index);
      }
    }
    return sides === 3;
  }

  /**
   * The side's media comes from that host now, and its own endpoints fell silent as that began: a party
   * that moved takes its stream along. A stranger cannot make the old address fall silent.
   */
  movedTo(call: Call, side: CallSide, host: HostKey, withinUs: number): boolean {
    let ownUs = 0;
    let startUs = 0;
    for (const [index, endpoint] of call.endpoints.entries()) {
      const isOfSide = call.sideOfEndpoint(index) === side;
      if (isOfSide && endpoint.host !== host) {
        ownUs = Math.max(ownUs, this.#media.lastSentUs(endpoint));
      }
      if (isOfSide) continue;
      for (const feed of endpoint.feeds) if (feed.host === host) startUs = feed.firstUs;
    }
    return ownUs > 0 && startUs > 0 && ownUs < startUs + withinUs;
  }

  #sent(endpoint: MediaEndpoint): number {
    return this.#media.sentPackets(endpoint);
  }
}

/**
 * No other answered call took the address over (transfer, conference): then its media proves nothing. A
 * stranger can name any address in a call of his own, but not have its host heard there.
 */
function isOwn(endpoint: MediaEndpoint, call: Call): boolean {
  const owner = endpoint.call;
  return owner === call || owner === null || !mayTakeOver(owner, endpoint, call);
}

/** The later call is up, and the endpoint's host takes part in it as visibly as in the earlier one. */
export function mayTakeOver(later: Call, endpoint: MediaEndpoint, earlier: Call): boolean {
  if (!later.isLive || later.rank < Rank.ACCEPTED) return false;
  return later.parties.wasHeard(endpoint.host) || !earlier.parties.wasHeard(endpoint.host);
}
