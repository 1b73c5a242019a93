import type { HostNames } from "../../decode/host-names.ts";
import { isPrivateV4Host } from "../../decode/private-host.ts";
import { Rank } from "../hosts/standing.ts";
import type { RtpSourceTable } from "../rtp/rtp-sources.ts";
import { type Feed, type MediaEndpoint, Trust } from "./media-endpoints.ts";

/** A host of the Internet in no network of an answered call. A site's own players are none; those of IPv6 are told by their network alone. */
export function isStranger(
  names: HostNames,
  receiver: MediaEndpoint,
  rival: Feed,
  own: Feed,
): boolean {
  const call = receiver.ownerCall;
  if (call === null || call.rank < Rank.ACCEPTED || rival.trust > Trust.SOLE) return false;
  if (isPrivateV4Host(rival.host)) return false;
  const hosts = [own.host, receiver.host, ...call.endpoints.map(({ host }) => host)];
  return !hosts.some((host) => names.areNear(host, rival.host));
}

/** One SSRC by two addresses: a site with two lines, or a phone that has moved, and no other sender. `headOf`: first RTP source of a directed flow. */
export function isSameStream(
  sources: RtpSourceTable,
  headOf: (directedFlow: number) => number,
  rival: Feed,
  own: Feed,
): boolean {
  if (rival.directedFlow < 0 || own.directedFlow < 0) return false;
  const [one, other] = [headOf(rival.directedFlow), headOf(own.directedFlow)];
  return one >= 0 && other >= 0 && sources.ssrc(one) === sources.ssrc(other);
}
