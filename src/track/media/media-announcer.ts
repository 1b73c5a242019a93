import type { SdpView } from "../../decode/sdp.ts";
import type { SdpMedia } from "../../decode/sdp-media.ts";
import type { CallEnd } from "../calls/calls.ts";
import { Rank } from "../hosts/standing.ts";
import { Claim, type ClaimingCall } from "./media-claim.ts";
import type { MediaEndpoint, MediaEndpointTable } from "./media-endpoints.ts";
import { PayloadLists } from "./payload-lists.ts";

/** Writes down which calls name which media addresses (RFC 3264, RFC 8839). */
export class MediaAnnouncer {
  readonly #endpoints: MediaEndpointTable;
  readonly #lists = new PayloadLists();

  constructor(endpoints: MediaEndpointTable) {
    this.#endpoints = endpoints;
  }

  announce(sdp: SdpView, call: ClaimingCall, end: CallEnd, nowUs: number): void {
    let first: SdpMedia | null = null;
    const isSecure = sdp.hasCrypto || sdp.hasFingerprint;
    for (let i = 0; i < sdp.mediaCount; i++) {
      const media = sdp.media[i] as SdpMedia;
      if (media.port === 0 || media.host <= 0) continue;
      if (media.isRtp) first ??= media;
      const endpoint = this.#endpoints.at(media.host, media.port);
      const claim = this.#claim(endpoint, call, end, nowUs);
      claim.kind = media.kind;
      claim.isShared = media.isShared;
      claim.isSecure = isSecure;
      claim.hasIce = media.hasIce;
      claim.roles = this.#lists.of(media);
      if (media.direction !== "sendrecv") claim.isMutual = false;
    }
    for (let i = 0; first !== null && i < sdp.candidateCount; i++) {
      const host = sdp.candidateHosts[i] as number;
      const endpoint = this.#endpoints.at(host, sdp.candidatePorts[i] as number);
      const claim = this.#claim(endpoint, call, end, nowUs);
      claim.hasIce = true;
      claim.isSecure = isSecure;
      if (endpoint.port === first.port && endpoint.host === first.host) continue;
      claim.kind = first.kind;
      claim.isShared = first.isShared;
      claim.roles = this.#lists.of(first);
    }
    if (sdp.mediaCount > 0) this.#endpoints.announcements++;
  }

  /** The call was answered: its claims count from now on. */
  answered(call: ClaimingCall, nowUs: number): void {
    for (const endpoint of call.endpoints) {
      endpoint.settle(endpoint.lastUs, nowUs);
      this.#endpoints.promote(endpoint);
    }
    this.#endpoints.announcements++;
  }

  /** The call is forgotten: its addresses are nobody's, unless another call names them. */
  forget(call: ClaimingCall): void {
    for (const endpoint of call.endpoints) {
      endpoint.remove(call);
      this.#endpoints.dropUnused(endpoint);
    }
  }

  #claim(endpoint: MediaEndpoint, call: ClaimingCall, end: CallEnd, nowUs: number): Claim {
    const { side } = end;
    call.addEndpoint(endpoint, end);
    const known = endpoint.of(call);
    if (known !== undefined) {
      known.side = side;
      return known;
    }
    const claim = new Claim(call, side);
    endpoint.add(claim);
    endpoint.settle(endpoint.lastUs, nowUs);
    if (call.rank >= Rank.ACCEPTED) this.#endpoints.promote(endpoint);
    return endpoint.of(call) ?? claim;
  }
}
