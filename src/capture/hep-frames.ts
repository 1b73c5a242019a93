import ipaddr from "ipaddr.js";
import { Frame, LinkType } from "./frame.ts";

/** Where the decoder looks for HEP (`decode/hep/`). */
const HEP_PORT = 9060;
const IPV4_BYTES = 20;
const IPV6_BYTES = 40;
const UDP_BYTES = 8;
const UDP = 17;
const PAYLOAD_BYTES_MAX = 65_000;

/** Makes the datagram again that the kernel has taken apart. Its frame is reused. */
export class HepFrames {
  readonly #frame = new Frame();

  constructor() {
    const bytes = Buffer.alloc(IPV6_BYTES + UDP_BYTES + PAYLOAD_BYTES_MAX);
    const frame = this.#frame;
    frame.bytes = bytes;
    frame.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    frame.linkType = LinkType.RAW;
  }

  /** Null for what is too long for a datagram. */
  of(payload: Buffer, address: string, port: number): Frame | null {
    if (payload.length > PAYLOAD_BYTES_MAX) return null;
    const { bytes } = this.#frame;
    const ip = ipaddr.isValid(address) ? ipaddr.process(address) : ipaddr.process("0.0.0.0");
    const isIpv6 = ip.kind() === "ipv6";
    const headerBytes = isIpv6 ? IPV6_BYTES : IPV4_BYTES;
    const udpBytes = UDP_BYTES + payload.length;
    bytes.fill(0, 0, headerBytes + UDP_BYTES);
    if (isIpv6) {
      bytes[0] = 0x60;
      bytes.writeUInt16BE(udpBytes, 4);
      bytes[6] = UDP;
    } else {
      bytes[0] = 0x45;
      bytes.writeUInt16BE(IPV4_BYTES + udpBytes, 2);
      bytes[9] = UDP;
    }
    bytes.set(ip.toByteArray(), isIpv6 ? 8 : 12);
    bytes.writeUInt16BE(port, headerBytes);
    bytes.writeUInt16BE(HEP_PORT, headerBytes + 2);
    bytes.writeUInt16BE(udpBytes, headerBytes + 4);
    payload.copy(bytes, headerBytes + UDP_BYTES);
    const frame = this.#frame;
    frame.start = 0;
    frame.end = headerBytes + udpBytes;
    frame.wireLength = frame.end;
    return frame;
  }
}
