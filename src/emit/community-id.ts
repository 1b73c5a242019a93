import { createHash } from "node:crypto";
import ipaddr from "ipaddr.js";

export interface FiveTuple {
  readonly srcIp: string;
  readonly srcPort: number;
  readonly destIp: string;
  readonly destPort: number;
  /** IP protocol number: 17 is UDP. */
  readonly protocol: number;
}

/**
 * Community ID version 1 (https://github.com/corelight/community-id-spec): one text for both
 * directions of a flow, the same in Zeek and Suricata. "" when an address is unknown.
 */
export function communityId(flow: FiveTuple, seed: number): string {
  const src = addressBytes(flow.srcIp);
  const dest = addressBytes(flow.destIp);
  if (src === null || dest === null || src.length !== dest.length) return "";
  const order = src.compare(dest) || flow.srcPort - flow.destPort;
  const [low, high] = order <= 0 ? [src, dest] : [dest, src];
  const [lowPort, highPort] =
    order <= 0 ? [flow.srcPort, flow.destPort] : [flow.destPort, flow.srcPort];
  const head = Buffer.alloc(2);
  head.writeUInt16BE(seed);
  const tail = Buffer.alloc(6);
  tail[0] = flow.protocol;
  tail.writeUInt16BE(lowPort, 2);
  tail.writeUInt16BE(highPort, 4);
  const hash = createHash("sha1").update(head).update(low).update(high).update(tail);
  return `1:${hash.digest("base64")}`;
}

function addressBytes(text: string): Buffer | null {
  return ipaddr.isValid(text) ? Buffer.from(ipaddr.parse(text).toByteArray()) : null;
}
