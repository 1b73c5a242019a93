import { LinkType } from "../capture/frame.ts";
import type { PacketView } from "./packet.ts";

const ETHERTYPE_ARP = 0x0806;
const MAC_BYTES = 6;
const TAGS_MAX = 4;
/** RFC 826 for IPv4 over Ethernet. */
const ARP_BYTES = 28;
/** Hardware 1 (Ethernet) and protocol 0x0800 (IPv4), lengths 6 and 4. */
const HEADER = 0x00010800;
const LENGTHS = 0x0604;

/** Where an ARP packet for IPv4 begins in an Ethernet frame (RFC 826), behind VLAN tags; -1 when it is none. */
export function findArp({ frameEnd, frameStart, linkType, view }: PacketView): number {
  if (linkType !== LinkType.ETHERNET) return -1;
  let at = frameStart + 2 * MAC_BYTES;
  for (let tags = 0; tags <= TAGS_MAX && at + 2 + ARP_BYTES <= frameEnd; tags++) {
    const type = view.getUint16(at);
    at += 2;
    if (type === ETHERTYPE_ARP) {
      const isEthernet = view.getUint32(at) === HEADER && view.getUint16(at + 4) === LENGTHS;
      return isEthernet ? at : -1;
    }
    if (type !== 0x8100 && type !== 0x88a8) return -1;
    at += 2;
  }
  return -1;
}
