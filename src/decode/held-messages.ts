import { PacketView } from "./packet.ts";

const BYTES_MAX = 1_048_576;
const MESSAGES_MAX = 4096;

/**
 * Messages that come behind those that one packet may bring, as packets of their own, in their order: of a packet of SCTP, of a datagram
 * that a network card has merged, and of segments that belong to no place of their stream.
 */
export class HeldMessages {
  readonly #queue: PacketView[] = [];
  #bytes = 0;
  /** Messages between the same two hosts, by the sum of these. */
  readonly #pairs = new Map<number, number>();
  /** Frame of the message that was put last. */
  #source: Buffer | null = null;
  #copy: Buffer = Buffer.alloc(0);

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  /** The first has to go on before others are put. */
  get isFull(): boolean {
    return this.#queue.length >= MESSAGES_MAX || this.#bytes >= BYTES_MAX;
  }

  /** Messages between the packet's hosts are among them. */
  isBetween({ dstHost, srcHost }: PacketView): boolean {
    return this.#pairs.has(srcHost + dstHost);
  }

  get nextBytes(): number {
    const first = this.#queue[0];
    return first === undefined ? 0 : first.payloadEnd - first.payloadStart;
  }

  /** What is put next is of another packet. */
  begin(): void {
    this.#source = null;
  }

  /** Keeps the packet, which `isWhole` when its frame is not that of others. */
  put(source: PacketView, isWhole: boolean): void {
    const { frameStart, frameEnd } = source;
    if (isWhole || source.bytes !== this.#source) {
      this.#copy = Buffer.from(source.bytes.subarray(frameStart, frameEnd));
      this.#source = isWhole ? null : source.bytes;
    }
    const bytes = this.#copy;
    const packet = new PacketView();
    packet.copyFrom(source);
    packet.bytes = bytes;
    packet.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    packet.frameStart = 0;
    packet.frameEnd = bytes.length;
    packet.ipStart -= frameStart;
    packet.ipEnd -= frameStart;
    packet.srcAddressStart -= frameStart;
    packet.dstAddressStart -= frameStart;
    packet.payloadStart -= frameStart;
    packet.payloadEnd -= frameStart;
    if (packet.srcMacStart >= 0) packet.srcMacStart -= frameStart;
    if (packet.outerBytes === source.bytes) {
      packet.outerBytes = bytes;
      packet.outerSrcStart -= frameStart;
      packet.outerDstStart -= frameStart;
    }
    this.#queue.push(packet);
    this.#count(packet, 1);
  }

  /** The one that was put first, taken out, as of that time; there must be one. */
  take(nowUs: number): PacketView {
    const packet = this.#queue.shift() as PacketView;
    this.#count(packet, -1);
    packet.timeUs = nowUs;
    return packet;
  }

  #count(packet: PacketView, change: number): void {
    const pair = packet.srcHost + packet.dstHost;
    const count = (this.#pairs.get(pair) ?? 0) + change;
    if (count === 0) this.#pairs.delete(pair);
    else this.#pairs.set(pair, count);
    this.#bytes += change * (packet.payloadEnd - packet.payloadStart);
  }
}
