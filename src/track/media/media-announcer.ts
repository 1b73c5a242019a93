import type { SdpView } from "../../decode/sdp.ts";
import type { SdpMedia } from "../../decode/sdp-media.ts";
import { PayloadRole } from "../../decode/sdp-media.ts";
import type { CallEnd } from "../calls/calls.ts";
import { Rank } from "../hosts/standing.ts";
import { Claim, type ClaimingCall } from "./media-claim.ts";
import type { MediaEndpoint, MediaEndpointTable } from "./media-endpoints.ts";

/** Writes down which calls name which media addresses (RFC 3264, RFC 8839). */
export class MediaAnnouncer {
  readonly #endpoints: MediaEndpointTable;

  constructor(endpoints: MediaEndpointTable) {
    this.#endpoints = endpoints;
  }

  announce(sdp: SdpView, call: ClaimingCall, end: CallEnd, nowUs: number): void {
    let first: SdpMedia | null = null;
    for (let i = 0; i < sdp.mediaCount; i++) {
      const media = sdp.media[i] as SdpMedia;
      if (media.port === 0 || media.host <= 0 || !media.isRtp) continue;
      first ??= media;
      const endpoint = this.#endpoints.at(media.host, media.port);
      const claim = this.#claim(endpoint, call, end, nowUs);
      claim.kind = media.kind;
      claim.isShared = media.isShared;
      claim.hasIce = media.hasIce;
      claim.roles = rolesOf(media);
      claim.types = typesOf(media);
      if (media.direction !== "sendrecv") claim.isMutual = false;
    }
    for (let i = 0; first !== null && i < sdp.candidateCount; i++) {
      const host = sdp.candidateHosts[i] as number;
      const endpoint = this.#endpoints.at(host, sdp.candidatePorts[i] as number);
      const claim = this.#claim(endpoint, call, end, nowUs);
      claim.hasIce = true;
      if (endpoint.port === first.port && endpoint.host === first.host) continue;
      claim.kind = first.kind;
      claim.isShared = first.isShared;
      claim.roles = rolesOf(first);
      claim.types = typesOf(first);
    }
    if (first !== null) this.#endpoints.announcements++;
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
    return claim;
  }
}

/** The roles of the payload types when some are more than media, else null: most sections share one list. */
function rolesOf(media: SdpMedia): Uint8Array | null {
  const { payloadRoles } = media;
  const key = asideKey(payloadRoles);
  if (key === "") return null;
  let shared = sharedRoles.get(key);
  if (shared === undefined) {
    if (sharedRoles.size >= SHARED_ROLES_MAX) return null;
    shared = payloadRoles.map((role) => (role === PayloadRole.MEDIA ? PayloadRole.NONE : role));
    sharedRoles.set(key, shared);
  }
  return shared;
}

/** The payload types of the list, 0 where there is none; null beyond so many lists. */
function typesOf({ payloadRoles }: SdpMedia): Uint8Array | null {
  let key = "";
  for (let type = 0; type < payloadRoles.length; type++) {
    if (payloadRoles[type] !== PayloadRole.NONE) key += `${type} `;
  }
  let shared = sharedTypes.get(key);
  if (shared === undefined) {
    if (sharedTypes.size >= SHARED_ROLES_MAX) return null;
    shared = payloadRoles.slice();
    sharedTypes.set(key, shared);
  }
  return shared;
}

/** Networks use a handful of payload type lists; beyond these the form of the packets has to do. */
const SHARED_ROLES_MAX = 256;
const sharedTypes = new Map<string, Uint8Array>();
const sharedRoles = new Map<string, Uint8Array>();

function asideKey(roles: Uint8Array): string {
  let key = "";
  for (let type = 0; type < roles.length; type++) {
    const role = roles[type] as number;
    if (role > PayloadRole.MEDIA) key += `${type}:${role} `;
  }
  return key;
}
