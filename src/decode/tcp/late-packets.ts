import { PacketView } from "../packet.ts";

const TCP_HEADER_BYTES = 20;

/** Heads of packets whose data waits for its turn: what time lets go on is shown as theirs. */
export class LatePackets {
  /** By row and direction. */
  readonly #packets = new Map<number, PacketView>();

  /** Keeps link, IP and TCP header of the packet, one for each direction of a connection. */
  keep(row: number, side: number, source: PacketView): void {
    let packet = this.#packets.get(2 * row + side);
    if (packet === undefined) {
      packet = new PacketView();
      this.#packets.set(2 * row + side, packet);
    }
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

  of(row: number, side: number): PacketView | null {
    return this.#packets.get(2 * row + side) ?? null;
  }

  forget(row: number): void {
    if (this.#packets.size === 0) return;
    this.#packets.delete(2 * row);
    this.#packets.delete(2 * row + 1);
  }
}
