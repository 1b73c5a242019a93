import { PacketView } from "../packet.ts";
import type { Pending } from "./direction.ts";

const TCP_HEADER_BYTES = 20;

/** Head of a packet whose data waits for its turn: what is shown of it later is shown as its. */
export class LatePacket {
  readonly packet = new PacketView();

  /** Keeps link, IP and TCP header. */
  keep(source: PacketView): void {
    const { packet } = this;
    if (packet === source) return;
    const { frameStart } = source;
    const bytes = Buffer.from(
      source.bytes.subarray(frameStart, source.payloadStart + TCP_HEADER_BYTES),
    );
    packet.copyFrom(source);
    packet.bytes = bytes;
    packet.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    packet.frameStart = 0;
    packet.frameEnd = bytes.length;
    packet.ipStart -= frameStart;
    packet.ipEnd = bytes.length;
    packet.srcAddressStart -= frameStart;
    packet.dstAddressStart -= frameStart;
    packet.payloadStart -= frameStart;
    packet.payloadEnd = packet.payloadStart;
    if (packet.srcMacStart >= 0) packet.srcMacStart -= frameStart;
  }

  /** It is the one that brought that, which has the same ends. */
  is({ captureUs, number, place }: Pending): void {
    const { packet } = this;
    packet.number = number;
    packet.place = place;
    packet.captureUs = captureUs;
  }
}
