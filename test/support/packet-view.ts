import { PacketView } from "../../src/decode/packet.ts";

export interface PacketFields {
  readonly src: number;
  readonly dst: number;
  readonly srcPort: number;
  readonly dstPort: number;
  readonly timeUs: number;
  readonly protocol?: number;
  readonly wireLength?: number;
}

/** A decoded packet without bytes, for tables that look at its fields only. */
export function packetView(fields: PacketFields): PacketView {
  const packet = new PacketView();
  packet.ipProtocol = fields.protocol ?? 17;
  packet.srcHost = fields.src;
  packet.dstHost = fields.dst;
  packet.srcPort = fields.srcPort;
  packet.dstPort = fields.dstPort;
  packet.timeUs = fields.timeUs;
  packet.wireLength = fields.wireLength ?? 100;
  return packet;
}
