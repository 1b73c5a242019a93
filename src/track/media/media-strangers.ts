import type { HostNames } from "../../decode/host-names.ts";
import type { MacTwins } from "../../decode/mac-twins.ts";
import { isPrivateV4Host } from "../../decode/private-host.ts";
import { Rank } from "../hosts/standing.ts";
import { isSameTtl } from "../hosts/way.ts";
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

/**
 * Where nobody was named: the receiver sends a stream to who sends to it (RFC 4961), and by no other way than it sent to others before.
 * One packet in its name is no such stream, and many by another way are not its own. `headOf`: first RTP source of a directed flow.
 */
export function isSentTo(
  sources: RtpSourceTable,
  headOf: (directedFlow: number) => number,
  feed: Feed,
  { others, twins }: { others: readonly Feed[]; twins: MacTwins },
): boolean {
  const back = streamTo(sources, headOf, feed);
  if (back < 0) return false;
  return others.every((other) => {
    const beside = other === feed ? -1 : streamTo(sources, headOf, other);
    if (beside < 0 || sources.firstUs(beside) > sources.firstUs(back)) return true;
    const isSameMac = twins.areSame(sources.mac(beside), sources.mac(back));
    return isSameMac && isSameTtl(sources.ttl(beside), sources.ttl(back));
  });
}

/** The RTP source of what the receiver sends to that sender, once it is more than some packets; -1 before. */
function streamTo(
  sources: RtpSourceTable,
  headOf: (directedFlow: number) => number,
  { directedFlow }: Feed,
): number {
  if (directedFlow < 0) return -1;
  const source = headOf(directedFlow ^ 1);
  return source >= 0 && sources.isCounted(source) ? source : -1;
}
