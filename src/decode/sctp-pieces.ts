import { combineThree53 } from "../base/hash.ts";
import { KeyTable } from "../base/key-table.ts";
import { MessagePacket } from "./message-packet.ts";
import type { PacketView } from "./packet.ts";
import type { SctpChunks } from "./sctp.ts";
import { BytePool, HELD_BYTES_MAX } from "./tcp/byte-pool.ts";
import { HeldBytes } from "./tcp/held-bytes.ts";
import { MESSAGE_BYTES_MAX } from "./tcp/sip-framer.ts";
import { Likeness, sipLikeness } from "./tcp/sip-start.ts";

/** Directions of associations with pieces that wait; of one direction so many pieces. */
const ROWS_MAX = 4096;
const PIECES_MAX = 128;
/** A common header and that of DATA (RFC 9260 3.1, 3.3.1). */
const COMMON_HEADER_BYTES = 12;
const DATA_HEADER_BYTES = 16;
const WHOLE = 3;

interface Piece {
  readonly number: number;
  readonly begins: boolean;
  readonly ends: boolean;
  readonly data: HeldBytes;
}

/**
 * SIP messages in several DATA chunks (RFC 9260 6.9), put together by the numbers of their pieces, which may come in
 * any order. Of pieces with one number the first counts. Who has pieces waiting for longest goes when there are too many.
 */
export class SctpPieces {
  readonly #table = new KeyTable(ROWS_MAX);
  /** By row, in the order of their numbers. */
  readonly #waiting: Piece[][] = [];
  readonly #pool: BytePool;
  readonly #whole: HeldBytes;
  readonly #message = new MessagePacket();
  readonly #header = Buffer.alloc(COMMON_HEADER_BYTES + DATA_HEADER_BYTES);

  constructor(bytesMax: number) {
    this.#pool = new BytePool(bytesMax);
    this.#whole = new HeldBytes(new BytePool(HELD_BYTES_MAX));
    this.#table.onEvict = (row) => this.#clear(row);
  }

  /** Bytes that wait for the rest of their message. */
  get heldBytes(): number {
    return this.#pool.used;
  }

  get size(): number {
    return this.#table.size;
  }

  get capacity(): number {
    return this.#table.capacity;
  }

  get evictions(): number {
    return this.#table.evictions;
  }

  /** Takes the piece that is the packet's payload; returns the message that it completes, else null. */
  take(packet: PacketView, chunks: SctpChunks): PacketView | null {
    const { begins, ends, piece: number } = chunks;
    const { bytes, payloadEnd, payloadStart } = packet;
    // Anything may be carried over SCTP: what begins as something else is not waited for.
    if (begins && sipLikeness(bytes, payloadStart, payloadEnd) === Likeness.NO) return null;
    const row = this.#rowOf(packet, chunks);
    const pieces = this.#waiting[row] as Piece[];
    let at = pieces.length;
    while (at > 0 && (((pieces[at - 1] as Piece).number - number) | 0) > 0) at--;
    if (at > 0 && pieces[at - 1]?.number === number) return null;
    const data = new HeldBytes(this.#pool);
    if (!data.append(bytes, payloadStart, payloadEnd)) return null;
    pieces.splice(at, 0, { number, begins, ends, data });
    const message = this.#complete(packet, chunks, pieces, at);
    if (pieces.length > PIECES_MAX) pieces.shift()?.data.clear();
    if (pieces.length === 0) this.#table.remove(row);
    this.#makeRoom();
    return message;
  }

  #rowOf({ dstHost, dstPort, srcHost, srcPort }: PacketView, { message, tag }: SctpChunks): number {
    const ends = combineThree53(srcHost, dstHost, srcPort * 65_536 + dstPort);
    const key = combineThree53(ends, tag, message);
    const known = this.#table.find(key);
    if (known >= 0) {
      this.#table.touch(known);
      return known;
    }
    const row = this.#table.add(key);
    this.#waiting[row] ??= [];
    return row;
  }

  /** The message around the piece at `at`, taken out, when no piece of it is missing. */
  #complete(
    packet: PacketView,
    chunks: SctpChunks,
    pieces: Piece[],
    at: number,
  ): PacketView | null {
    let first = at;
    while (!pieces[first]?.begins && follows(pieces[first - 1], pieces[first])) first--;
    let last = at;
    while (!pieces[last]?.ends && follows(pieces[last], pieces[last + 1])) last++;
    if (!pieces[first]?.begins || !pieces[last]?.ends) return null;
    const whole = this.#whole;
    whole.clear();
    let wireBytes = 0;
    for (const { data } of pieces.splice(first, last - first + 1)) {
      wireBytes += data.length;
      const room = MESSAGE_BYTES_MAX - whole.length;
      whole.append(data.buffer, 0, Math.min(room, data.length));
      data.clear();
    }
    return this.#show(packet, chunks, wireBytes);
  }

  #show(packet: PacketView, { headerStart }: SctpChunks, wireBytes: number): PacketView {
    const { buffer, length } = this.#whole;
    const header = this.#header;
    header.fill(0);
    packet.bytes.copy(header, 0, headerStart, headerStart + COMMON_HEADER_BYTES);
    header[COMMON_HEADER_BYTES + 1] = WHOLE;
    const chunkBytes = Math.min(65_535, DATA_HEADER_BYTES + length);
    header.writeUInt16BE(chunkBytes, COMMON_HEADER_BYTES + 2);
    packet.payloadStart = headerStart;
    const message = this.#message.fill(packet, header, buffer, 0, length);
    message.payloadWireLength = wireBytes;
    return message;
  }

  #makeRoom(): void {
    for (let row = this.#table.oldest(); row >= 0 && this.#pool.isFull; ) {
      this.#clear(row);
      this.#table.evictions++;
      this.#table.remove(row);
      row = this.#table.oldest();
    }
  }

  #clear(row: number): void {
    const pieces = this.#waiting[row] as Piece[];
    for (const { data } of pieces) data.clear();
    pieces.length = 0;
  }
}

/** Nothing is missing between the two, which are of one message. */
function follows(one: Piece | undefined, other: Piece | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return other.number === ((one.number + 1) | 0) && !one.ends && !other.begins;
}
