import { PacketView } from "../packet.ts";

const TCP_HEADER_BYTES = 20;

/** Heads of packets whose data waits for its turn: what time lets go on is shown as theirs. */
export class LatePackets {
  readonly #packets = new Map<number, PacketView>();

  /** Keeps link, IP and TCP header of the packet, one for each connection. */
  keep(row: number, source: PacketView): void {
    let packet = this.#packets.get(row);
    if (packet === undefined) {
      packet = new PacketView();
      this.#packets.set(row, packet);
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

  of(row: number): PacketView | null {
    return this.#packets.get(row) ?? null;
  }

  forget(row: number): void {
    if (this.#packets.size > 0) this.#packets.delete(row);
  }
}
