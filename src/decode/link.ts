import { combine53 } from "../base/hash.ts";
import { LinkType } from "../capture/frame.ts";
import { Layer, type Step } from "./layer.ts";
import { type PacketView, SkipReason } from "./packet.ts";
import { decodeFabricType } from "./tunnels/fabric.ts";
import { decodeRadiotap } from "./wifi.ts";

/**
 * Link layers (https://www.tcpdump.org/linktypes.html): finds where IP starts. Fills `ipStart`,
 * `ipVersion` (as the link says it), `vlan` and `srcMacStart`.
 */

const ETHERNET_HEADER_BYTES = 14;
const SLL_HEADER_BYTES = 16;
const SLL2_HEADER_BYTES = 20;
const LOOPBACK_HEADER_BYTES = 4;
const VLAN_BYTES = 2;
const LLC_SNAP_HEADER_BYTES = 8;
/** RFC 2516 4: version and type, code, session id, length; then the PPP protocol. */
const PPPOE_HEADER_BYTES = 6;
const PPP_PROTOCOL_BYTES = 2;
const MAC_BYTES = 6;

/** A provider, a customer and a mirror port each add one; more is made up. */
const VLAN_TAGS_MAX = 8;

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
const ETHERTYPE_MPLS = 0x8847;
const ETHERTYPE_MPLS_MULTICAST = 0x8848;
const ETHERTYPE_PPPOE_SESSION = 0x8864;
/** IEEE 802.3 3.2.6: smaller values are the length of an LLC frame. */
const ETHERTYPE_MIN = 0x0600;
/** "802.2 LLC" in place of an ethertype in Linux cooked captures. */
const SLL_PROTOCOL_LLC = 0x0004;
const ARPHRD_NETLINK = 824;
const LLC_SNAP = 0xaaaa;

/** On success `packet.ipStart` and `packet.ipVersion` (4 or 6) are set; IP itself is not checked. */
export function decodeLink(packet: PacketView): Step {
  switch (packet.linkType) {
    case LinkType.ETHERNET:
      return decodeEthernet(packet);
    case LinkType.LINUX_SLL:
      return decodeSll(packet);
    case LinkType.LINUX_SLL2:
      return decodeSll2(packet);
    case LinkType.RAW:
    case LinkType.RAW_BSD:
    case LinkType.RAW_OPENBSD:
      return decodeRaw(packet);
    case LinkType.IPV4:
      return found(packet, packet.frameStart, 4);
    case LinkType.IPV6:
      return found(packet, packet.frameStart, 6);
    case LinkType.NULL:
    case LinkType.LOOP:
      return decodeLoopback(packet);
    case LinkType.PPP:
    case LinkType.PPP_SERIAL:
      return from(packet, Layer.PPP);
    case LinkType.PPP_ETHER:
      return decodePppoe(packet, packet.frameStart);
    case LinkType.C_HDLC:
      return decodeCiscoHdlc(packet);
    case LinkType.IEEE_802_11:
      return from(packet, Layer.WIFI);
    case LinkType.RADIOTAP:
      return decodeRadiotap(packet);
    default:
      return SkipReason.LINK_TYPE_UNKNOWN;
  }
}

function found(packet: PacketView, ipStart: number, ipVersion: number): Step {
  packet.ipStart = ipStart;
  packet.ipVersion = ipVersion;
  return ipVersion === 4 ? Layer.IPV4 : Layer.IPV6;
}

/** A layer that begins with the frame. */
function from(packet: PacketView, layer: Layer): Step {
  packet.ipStart = packet.frameStart;
  return layer;
}

/**
 * Address, control, then an ethertype, as Cisco's routers have it
 * (https://www.tcpdump.org/linktypes/LINKTYPE_C_HDLC.html).
 */
function decodeCiscoHdlc(packet: PacketView): Step {
  const { frameStart: start, frameEnd: end, view } = packet;
  if (end - start < 4) return SkipReason.LINK_TRUNCATED;
  return decodeEtherType(packet, view.getUint16(start + 2), start + 4);
}

function decodeEthernet(packet: PacketView): Step {
  return decodeEthernetAt(packet, packet.frameStart);
}

/** An Ethernet frame at `start`, be it the packet's own or one in a tunnel. */
export function decodeEthernetAt(packet: PacketView, start: number): Step {
  const { frameEnd: end, view } = packet;
  if (end - start < ETHERNET_HEADER_BYTES) return SkipReason.LINK_TRUNCATED;
  packet.srcMacStart = start + MAC_BYTES;
  const etherType = view.getUint16(start + 12);
  if (etherType === ETHERTYPE_IPV4) return found(packet, start + ETHERNET_HEADER_BYTES, 4);
  return decodeEtherType(packet, etherType, start + ETHERNET_HEADER_BYTES);
}

function decodeSll(packet: PacketView): Step {
  const { frameStart: start, frameEnd: end, view } = packet;
  if (end - start < SLL_HEADER_BYTES) return SkipReason.LINK_TRUNCATED;
  if (view.getUint16(start + 2) === ARPHRD_NETLINK) return SkipReason.NOT_IP;
  if (view.getUint16(start + 4) === MAC_BYTES) packet.srcMacStart = start + 6;
  return decodeCookedProtocol(packet, view.getUint16(start + 14), start + SLL_HEADER_BYTES);
}

function decodeSll2(packet: PacketView): Step {
  const { frameStart: start, frameEnd: end, view } = packet;
  if (end - start < SLL2_HEADER_BYTES) return SkipReason.LINK_TRUNCATED;
  if (view.getUint16(start + 8) === ARPHRD_NETLINK) return SkipReason.NOT_IP;
  if (view.getUint8(start + 11) === MAC_BYTES) packet.srcMacStart = start + 12;
  return decodeCookedProtocol(packet, view.getUint16(start), start + SLL2_HEADER_BYTES);
}

function decodeCookedProtocol(packet: PacketView, protocol: number, at: number): Step {
  if (protocol === SLL_PROTOCOL_LLC) return decodeLlc(packet, at);
  if (protocol < ETHERTYPE_MIN) return SkipReason.NOT_IP;
  return decodeEtherType(packet, protocol, at);
}

/** The link says nothing: the version nibble of IP tells. */
function decodeRaw(packet: PacketView): Step {
  if (packet.frameEnd === packet.frameStart) return SkipReason.LINK_TRUNCATED;
  const version = packet.view.getUint8(packet.frameStart) >> 4;
  if (version !== 4 && version !== 6) return SkipReason.NOT_IP;
  return found(packet, packet.frameStart, version);
}

/**
 * BSD loopback: a protocol family of four bytes, in the byte order of the machine that captured
 * (NULL) or of the network (LOOP; some writers get it wrong). Families are small, so the order shows.
 */
function decodeLoopback(packet: PacketView): Step {
  const { frameStart: start, frameEnd: end, view } = packet;
  if (end - start < LOOPBACK_HEADER_BYTES) return SkipReason.LINK_TRUNCATED;
  const littleEndian = view.getUint32(start, true);
  const family = littleEndian <= 0xffff ? littleEndian : view.getUint32(start);
  const version = loopbackIpVersion(family);
  if (version === 0) return SkipReason.NOT_IP;
  return found(packet, start + LOOPBACK_HEADER_BYTES, version);
}

function loopbackIpVersion(family: number): number {
  switch (family) {
    case 2:
      return 4;
    case 10: // Linux
    case 23: // Windows
    case 24: // NetBSD, OpenBSD
    case 28: // FreeBSD
    case 30: // macOS
      return 6;
    default:
      return 0;
  }
}

/** Ethertype and what follows it at `at`, through any VLAN tags. */
export function decodeEtherType(packet: PacketView, firstEtherType: number, firstAt: number): Step {
  const { frameEnd: end, view } = packet;
  let etherType = firstEtherType;
  let at = firstAt;
  for (let tags = 0; ; tags++) {
    const tagBytes = tagBytesOf(etherType);
    if (tagBytes === 0) break;
    if (tags === VLAN_TAGS_MAX) return SkipReason.NOT_IP;
    if (end - at < tagBytes + 2) return SkipReason.LINK_TRUNCATED;
    if (tagBytes === VLAN_BYTES) noteVlan(packet, view.getUint16(at) & 0x0fff);
    etherType = view.getUint16(at + tagBytes);
    at += tagBytes + 2;
  }
  switch (etherType) {
    case ETHERTYPE_IPV4:
      return found(packet, at, 4);
    case ETHERTYPE_IPV6:
      return found(packet, at, 6);
    case ETHERTYPE_PPPOE_SESSION:
      return decodePppoe(packet, at);
    case ETHERTYPE_MPLS:
    case ETHERTYPE_MPLS_MULTICAST:
      packet.ipStart = at;
      return Layer.MPLS;
    default:
      if (etherType < ETHERTYPE_MIN) return decodeLlc(packet, at);
      return decodeFabricType(packet, etherType, at);
  }
}

/** Behind the first tag a network has a key: the same customer's tag may stand in several providers' ones. */
function noteVlan(packet: PacketView, vlan: number): void {
  if (packet.vlan < 0) {
    packet.vlan = vlan;
    return;
  }
  packet.isPlain = false;
  if (packet.innerVlan < 0) packet.innerVlan = vlan;
  else if (packet.thirdVlan < 0) packet.thirdVlan = vlan;
  packet.networkKey = combine53(packet.networkKey, vlan);
}

/** What a tag puts between its ethertype and the next one; 0 for what is no tag. */
function tagBytesOf(etherType: number): number {
  switch (etherType) {
    case 0x8100: // IEEE 802.1Q
    case 0x88a8: // IEEE 802.1ad
    case 0x9100: // what older switches stacked with
    case 0x9200:
      return VLAN_BYTES;
    case 0x8926: // VN-tag: ports of virtual machines
      return 4;
    case 0x8909: // Cisco meta data: a security group
      return 6;
    default:
      return 0;
  }
}

/** IEEE 802.2 LLC: IP only inside SNAP with the organisation code zero (RFC 1042). */
export function decodeLlc(packet: PacketView, at: number): Step {
  const { frameEnd: end, view } = packet;
  if (end - at < LLC_SNAP_HEADER_BYTES) {
    return end - at < 2 ? SkipReason.LINK_TRUNCATED : SkipReason.NOT_IP;
  }
  if (view.getUint16(at) !== LLC_SNAP || view.getUint32(at + 2) !== 0x03000000) {
    return SkipReason.NOT_IP;
  }
  const etherType = view.getUint16(at + 6);
  if (etherType === ETHERTYPE_IPV4) return found(packet, at + LLC_SNAP_HEADER_BYTES, 4);
  if (etherType === ETHERTYPE_IPV6) return found(packet, at + LLC_SNAP_HEADER_BYTES, 6);
  return SkipReason.NOT_IP;
}

function decodePppoe(packet: PacketView, at: number): Step {
  const { frameEnd: end, view } = packet;
  if (end - at < PPPOE_HEADER_BYTES + PPP_PROTOCOL_BYTES) return SkipReason.LINK_TRUNCATED;
  // RFC 2516 4: version 1, type 1, and code 0 in a session.
  if (view.getUint16(at) !== 0x1100) return SkipReason.NOT_IP;
  packet.ipStart = at + PPPOE_HEADER_BYTES;
  return Layer.PPP;
}
