import { ethernet, ipv4, ipv6, udp, uint16 } from "./pcap-writer.ts";
import type { RawPacket, Wrap } from "./rewrap.ts";

/** Puts an Ethernet frame with an IP packet into something else; `ip` is the packet alone. */
export interface Tunnel {
  readonly linkType?: number;
  readonly wrap: (frame: Buffer, ip: Buffer) => Buffer;
}

const OUTER = { src: "198.18.0.1", dst: "198.18.0.2" };
const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
const isV6 = (ip: Buffer) => (ip[0] ?? 0) >> 4 === 6;
const etherType = (ip: Buffer) => uint16(isV6(ip) ? 0x86dd : 0x0800);
const pppType = (ip: Buffer) => uint16(isV6(ip) ? 0x57 : 0x21);
const inUdp = (dstPort: number, ...parts: Buffer[]) =>
  ethernet(ipv4(udp(Buffer.concat(parts), { srcPort: 49_152, dstPort }), OUTER));
const inIp = (protocol: number, ...parts: Buffer[]) =>
  ethernet(ipv4(Buffer.concat(parts), { ...OUTER, protocol }));
const inGre = (type: number, ...parts: Buffer[]) => inIp(47, hex("0000"), uint16(type), ...parts);
const typed = (frame: Buffer, type: number, ...parts: Buffer[]) =>
  Buffer.concat([frame.subarray(0, 12), uint16(type), ...parts]);
const llc = (ip: Buffer) => Buffer.concat([hex("aaaa03000000"), etherType(ip), ip]);
const dot11 = (control: string, frame: Buffer, ...parts: Buffer[]) =>
  Buffer.concat([
    hex(control),
    frame.subarray(0, 6),
    frame.subarray(6, 12),
    frame.subarray(0, 6),
    hex("1000"),
    ...parts,
  ]);

export const TUNNELS: Readonly<Record<string, Tunnel>> = {
  "a VLAN tag": { wrap: (frame, ip) => typed(frame, 0x8100, uint16(5), etherType(ip), ip) },
  "two VLAN tags": {
    wrap: (frame, ip) =>
      typed(frame, 0x88a8, uint16(100), uint16(0x8100), uint16(5), etherType(ip), ip),
  },
  "a VN-tag": { wrap: (frame, ip) => typed(frame, 0x8926, hex("80010002"), etherType(ip), ip) },
  "Cisco meta data": {
    wrap: (frame, ip) => typed(frame, 0x8909, hex("010100010010"), etherType(ip), ip),
  },
  FabricPath: { wrap: (frame) => typed(frame, 0x8903, hex("0060"), frame) },
  "provider backbone": { wrap: (frame) => typed(frame, 0x88e7, hex("00001234"), frame) },
  "service header": {
    wrap: (frame) =>
      typed(frame, 0x894f, uint16(0x0fc6), hex("0203"), hex("000001ff"), Buffer.alloc(16), frame),
  },
  MPLS: {
    wrap: (frame, ip) => typed(frame, 0x8847, hex("00010040 000020ff"), hex("00003140"), ip),
  },
  "MPLS pseudowire": { wrap: (frame) => typed(frame, 0x8847, hex("00010140"), frame) },
  "MPLS pseudowire with a control word": {
    wrap: (frame) => typed(frame, 0x8847, hex("00010140"), hex("00000000"), frame),
  },
  PPPoE: {
    wrap: (frame, ip) =>
      typed(frame, 0x8864, hex("11000001"), uint16(ip.length + 2), pppType(ip), ip),
  },
  "802.2 SNAP": {
    wrap: (frame, ip) => {
      const body = llc(ip);
      return typed(frame, Math.min(body.length, 1500), body);
    },
  },
  GRE: { wrap: (_, ip) => inGre(isV6(ip) ? 0x86dd : 0x0800, ip) },
  "GRE with checksum, key and sequence": {
    wrap: (_, ip) => inIp(47, hex("b000"), etherType(ip), Buffer.alloc(12, 7), ip),
  },
  "GRE with a VLAN tag": { wrap: (_, ip) => inGre(0x8100, uint16(5), etherType(ip), ip) },
  "GRE bridging": { wrap: (frame) => inGre(0x6558, frame) },
  NVGRE: { wrap: (frame) => inIp(47, hex("2000 6558 00001201"), frame) },
  PPTP: {
    wrap: (_, ip) => inIp(47, hex("3081 880b 0040 0001 00000001 00000001"), pppType(ip), ip),
  },
  L2TP: { wrap: (_, ip) => inUdp(1701, hex("0002 0001 000a"), hex("ff03"), pppType(ip), ip) },
  "L2TP with length, numbers and padding": {
    wrap: (_, ip) =>
      inUdp(
        1701,
        hex("4a02"),
        uint16(ip.length + 18),
        hex("0001 000a 0007 0000 0002 0000"),
        pppType(ip),
        ip,
      ),
  },
  "ERSPAN I": { wrap: (frame) => inGre(0x88be, frame) },
  "ERSPAN II": {
    wrap: (frame) => inIp(47, hex("1000 88be 00000001"), hex("1005 0001 00000000"), frame),
  },
  "ERSPAN III": {
    wrap: (frame) =>
      inIp(47, hex("1000 22eb 00000001"), hex("2005 0001 00000000 0000 0000"), frame),
  },
  "ERSPAN III with a platform header": {
    wrap: (frame) =>
      inIp(
        47,
        hex("1000 22eb 00000001"),
        hex("2005 0001 00000000 0000 0001"),
        Buffer.alloc(8),
        frame,
      ),
  },
  VXLAN: { wrap: (frame) => inUdp(4789, hex("08000000 00000700"), frame) },
  "VXLAN on Linux's port": { wrap: (frame) => inUdp(8472, hex("08000000 00000700"), frame) },
  "VXLAN with a group policy": { wrap: (frame) => inUdp(4789, hex("88000010 00000700"), frame) },
  "VXLAN-GPE": { wrap: (_, ip) => inUdp(4790, hex("0c0000"), hex("01"), hex("00000700"), ip) },
  GENEVE: { wrap: (frame) => inUdp(6081, hex("0200 6558 00000700 01020301 00000000"), frame) },
  "GENEVE with IP": {
    wrap: (_, ip) => inUdp(6081, hex("0000"), etherType(ip), hex("00000700"), ip),
  },
  LISP: { wrap: (_, ip) => inUdp(4341, hex("80123456 00000001"), ip) },
  "LISP with an instance": { wrap: (_, ip) => inUdp(4341, hex("08000000 00000701"), ip) },
  "LISP with a next protocol": { wrap: (frame) => inUdp(4341, hex("8c123403 00000700"), frame) },
  "IP in IP": { wrap: (_, ip) => inIp(isV6(ip) ? 41 : 4, ip) },
  "IP in IPv6": {
    wrap: (_, ip) => ethernet(ipv6(ip, { nextHeader: isV6(ip) ? 41 : 4 })),
  },
  EtherIP: { wrap: (frame) => inIp(97, hex("3000"), frame) },
  "MPLS in IP": { wrap: (_, ip) => inIp(137, hex("00010140"), ip) },
  "MPLS in UDP": { wrap: (_, ip) => inUdp(6635, hex("00010140"), ip) },
  "authentication header": {
    wrap: (_, ip) => inIp(51, hex("04040000"), Buffer.alloc(20), ip),
  },
  "GTP-U": {
    wrap: (_, ip) => inUdp(2152, hex("30ff"), uint16(ip.length), hex("00000001"), ip),
  },
  "GTP-U with an extension": {
    wrap: (_, ip) =>
      inUdp(2152, hex("34ff"), uint16(ip.length + 8), hex("00000001 00000085 01000900"), ip),
  },
  TZSP: { wrap: (frame) => inUdp(37_008, hex("01000001 0a 01 c5 01"), frame) },
  "PPP link": { linkType: 9, wrap: (_, ip) => Buffer.concat([hex("ff03"), pppType(ip), ip]) },
  "PPP link with a short protocol": {
    linkType: 50,
    wrap: (_, ip) => Buffer.concat([hex("ff03"), pppType(ip).subarray(1), ip]),
  },
  "PPPoE link": {
    linkType: 51,
    wrap: (_, ip) => Buffer.concat([hex("11000001"), uint16(ip.length + 2), pppType(ip), ip]),
  },
  "Cisco HDLC link": {
    linkType: 104,
    wrap: (_, ip) => Buffer.concat([hex("0f00"), etherType(ip), ip]),
  },
  "802.11 data": { linkType: 105, wrap: (frame, ip) => dot11("08010000", frame, llc(ip)) },
  "802.11 QoS data": {
    linkType: 105,
    wrap: (frame, ip) => dot11("88010000", frame, hex("0000"), llc(ip)),
  },
  "802.11 A-MSDU": {
    linkType: 105,
    wrap: (frame, ip) =>
      dot11("88010000", frame, hex("8000"), Buffer.alloc(12), uint16(ip.length + 8), llc(ip)),
  },
  radiotap: {
    linkType: 127,
    wrap: (frame, ip) =>
      Buffer.concat([hex("00000800 00000000"), dot11("08010000", frame, llc(ip))]),
  },
  "radiotap with time, flags and padding": {
    linkType: 127,
    wrap: (frame, ip) =>
      Buffer.concat([
        hex("00001200 03000000"),
        Buffer.alloc(8),
        hex("2000"),
        dot11("88010000", frame, hex("0000"), hex("0000"), llc(ip)),
      ]),
  },
  "VXLAN in GRE in VLAN": {
    wrap: (frame) => {
      const inner = inUdp(4789, hex("08000000 00000700"), frame);
      const gre = inGre(0x6558, inner);
      return typed(gre, 0x8100, uint16(5), gre.subarray(12));
    },
  },
};

/** These carry IPv6 alone (RFC 4380 5.1.1). */
export const IPV6_TUNNELS: Readonly<Record<string, Tunnel>> = {
  Teredo: { wrap: (_, ip) => inUdp(3544, ip) },
  "Teredo with authentication and origin": {
    wrap: (_, ip) =>
      inUdp(3544, hex("0001 0404"), Buffer.alloc(17, 7), hex("0000 3f1e 3fedfefe"), ip),
  },
};

/** These tell by a fixed number that IPv4 is inside. */
export const IPV4_TUNNELS: readonly string[] = ["VXLAN-GPE", "authentication header"];

/** Packets of Ethernet captures in a tunnel, all others as they are. */
export function inTunnel({ wrap, linkType = 1 }: Tunnel): Wrap {
  return (packet: RawPacket) => {
    const { bytes } = packet;
    const type = packet.linkType === 1 && bytes.length >= 34 ? bytes.readUInt16BE(12) : 0;
    if (type !== 0x0800 && type !== 0x86dd) return [packet];
    const length = type === 0x0800 ? bytes.readUInt16BE(16) : 40 + bytes.readUInt16BE(18);
    const ip = bytes.subarray(14, Math.min(bytes.length, 14 + length));
    const wrapped = wrap(bytes.subarray(0, 14 + ip.length), ip);
    // As if each host had a tunnel of its own: by which way packets come stays to be seen.
    if (linkType === 1) bytes.copy(wrapped, 0, 0, 12);
    return [{ ...packet, linkType, bytes: wrapped }];
  };
}
