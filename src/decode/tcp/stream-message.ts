import { MessagePacket } from "../message-packet.ts";
import type { PacketView } from "../packet.ts";

const HEADER_BYTES = 20;

/** One message of a stream as a packet of its own: a TCP segment that holds it, and only it. Reused. */
export class StreamMessage {
  readonly #packet = new MessagePacket();
  readonly #header = Buffer.alloc(HEADER_BYTES);

  /** `seq` is that of the message's first byte; `source` a packet whose `payloadStart` is at its TCP header. */
  fill(source: PacketView, bytes: Buffer, start: number, end: number, seq: number): PacketView {
    const header = this.#header;
    const at = source.payloadStart;
    source.bytes.copy(header, 0, at, at + HEADER_BYTES);
    header.writeInt32BE(seq, 4);
    // Without options.
    header[12] = (HEADER_BYTES / 4) << 4;
    return this.#packet.fill(source, header, bytes, start, end);
  }
}
