import { inflateSync } from "node:zlib";
import { LinkType } from "../../capture/frame.ts";
import { hostKeyV4, hostKeyV6 } from "../host.ts";
import { IpProtocol } from "../layer.ts";
import { NO_TTL, PacketView, SkipReason } from "../packet.ts";
import { HepPayload, HepView } from "./hep-view.ts";
import { rtcpOfJson } from "./rtcp-json.ts";

const ETHERNET_BYTES = 14;
const UDP_BYTES = 8;
const PAYLOAD_BYTES_MAX = 65_000;
const HEAD_BYTES = ETHERNET_BYTES + 40 + UDP_BYTES;
/** What an agent's clock may differ by; beyond, the time of arrival counts. */
const TIME_TRUST_US = 86_400_000_000;

/**
 * What capture agents saw, as packets: ends and payload are those that the agent tells, number and place those
 * of the packet that brought them. By which way it came nobody knows: no MAC, no TTL.
 */
export class HepPackets {
  readonly view = new HepView();
  /** The packet that `take` has made; valid until the next one. */
  readonly packet = new PacketView();
  readonly #key: Buffer;
  readonly #bytes = Buffer.alloc(HEAD_BYTES + PAYLOAD_BYTES_MAX);
  readonly #dataView = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);

  /** Agents have to name that key; "" takes all. */
  constructor(key: string) {
    this.#key = Buffer.from(key);
  }

  /** Makes `packet` of HEP in `source`'s payload; returns why not, or NONE. */
  take(source: PacketView): SkipReason {
    const { view } = this;
    if (!view.decode(source.bytes, source.payloadStart, source.payloadEnd)) {
      return SkipReason.HEP_BAD;
    }
    if (!this.#hasKey()) return SkipReason.HEP_REFUSED;
    const payload = this.#payload();
    if (payload === null) return SkipReason.HEP_OTHER;
    this.#fill(source, payload);
    return SkipReason.NONE;
  }

  #hasKey(): boolean {
    if (this.#key.length === 0) return true;
    const { bytes, keyStart, keyEnd } = this.view;
    return this.#key.equals(bytes.subarray(keyStart, keyEnd));
  }

  /** The payload if it is something that is sent over a network, as RTCP that was written as JSON; not logs and the like. */
  #payload(): Buffer | null {
    const { bytes, payloadStart, payloadEnd, payloadType, isCompressed } = this.view;
    let payload = bytes.subarray(payloadStart, payloadEnd);
    if (isCompressed) {
      try {
        payload = inflateSync(payload, { maxOutputLength: PAYLOAD_BYTES_MAX });
      } catch {
        // Broken, or a bomb: there is no packet in it.
        return null;
      }
    }
    if (payload.length > PAYLOAD_BYTES_MAX) payload = payload.subarray(0, PAYLOAD_BYTES_MAX);
    const isBinary = ((payload[0] ?? 0) & 0xc0) === 0x80;
    if (payloadType === HepPayload.SIP || payloadType === HepPayload.RTP) return payload;
    if (payloadType !== HepPayload.RTCP_JSON) return null;
    return isBinary ? payload : rtcpOfJson(payload);
  }

  #fill(source: PacketView, payload: Buffer): void {
    const { packet, view } = this;
    packet.copyFrom(source);
    const target = this.#bytes;
    const ip = ETHERNET_BYTES;
    const ipBytes = view.isIpv6 ? 40 : 20;
    const addressBytes = view.isIpv6 ? 16 : 4;
    target.fill(0, 0, HEAD_BYTES);
    target.writeUInt16BE(view.isIpv6 ? 0x86dd : 0x0800, 12);
    const udp = ip + ipBytes;
    const start = udp + UDP_BYTES;
    const end = start + payload.length;
    packet.srcAddressStart = ip + (view.isIpv6 ? 8 : 12);
    packet.dstAddressStart = packet.srcAddressStart + addressBytes;
    view.bytes.copy(target, packet.srcAddressStart, view.srcAt, view.srcAt + addressBytes);
    view.bytes.copy(target, packet.dstAddressStart, view.dstAt, view.dstAt + addressBytes);
    writeHeaders(target, view.isIpv6, payload.length);
    target.writeUInt16BE(view.srcPort, udp);
    target.writeUInt16BE(view.dstPort, udp + 2);
    payload.copy(target, start);
    packet.bytes = target;
    packet.view = this.#dataView;
    packet.linkType = LinkType.ETHERNET;
    packet.frameStart = 0;
    packet.frameEnd = end;
    packet.wireLength = end;
    packet.ipVersion = view.isIpv6 ? 6 : 4;
    packet.ipStart = ip;
    packet.ipEnd = end;
    packet.ipProtocol = view.protocol === IpProtocol.TCP ? IpProtocol.TCP : IpProtocol.UDP;
    packet.ttl = NO_TTL;
    packet.ipId = 0;
    packet.udpChecksum = 0;
    packet.srcHost = this.#host(packet.srcAddressStart);
    packet.dstHost = this.#host(packet.dstAddressStart);
    packet.srcPort = view.srcPort;
    packet.dstPort = view.dstPort;
    packet.payloadStart = start;
    packet.payloadEnd = end;
    packet.payloadWireLength = payload.length;
    packet.srcMacStart = -1;
    packet.forgetVlans();
    packet.vlan = view.vlan;
    packet.networkKey = 0;
    packet.tunnels = 0;
    packet.depth = 0;
    packet.agent = view.captureId;
    packet.agentMos = view.mos;
    packet.isReturned = false;
    const isTrusted = Math.abs(view.timeUs - source.captureUs) < TIME_TRUST_US;
    if (view.timeUs > 0 && isTrusted) packet.captureUs = view.timeUs;
  }

  #host(at: number): number {
    return this.view.isIpv6 ? hostKeyV6(this.#bytes, at) : hostKeyV4(this.#dataView, at);
  }
}

/** Lengths and protocol, so that the frame is one that can be written to a file. */
function writeHeaders(target: Buffer, isIpv6: boolean, payloadBytes: number): void {
  const ip = ETHERNET_BYTES;
  const udpBytes = UDP_BYTES + payloadBytes;
  if (isIpv6) {
    target[ip] = 0x60;
    target.writeUInt16BE(udpBytes, ip + 4);
    target[ip + 6] = IpProtocol.UDP;
    target[ip + 7] = 64;
  } else {
    target[ip] = 0x45;
    target.writeUInt16BE(20 + udpBytes, ip + 2);
    target[ip + 8] = 64;
    target[ip + 9] = IpProtocol.UDP;
  }
  target.writeUInt16BE(udpBytes, ip + (isIpv6 ? 40 : 20) + 4);
}
