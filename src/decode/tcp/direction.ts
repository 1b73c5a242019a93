import type { PacketPlace } from "../../capture/packet-place.ts";
import type { PacketView } from "../packet.ts";
import type { BytePool } from "./byte-pool.ts";
import { HeldBytes } from "./held-bytes.ts";
import { LatePacket } from "./late-packet.ts";
import type { TcpSegment } from "./segment.ts";
import type { StreamParser } from "./stream-parser.ts";

/** Segments and bytes of one direction that wait for what is missing before them. */
const PENDING_MAX = 1024;
const PENDING_BYTES_MAX = 262_144;

/** What came before its turn, and the packet that it came in. */
export interface Pending {
  readonly seq: number;
  readonly data: HeldBytes;
  readonly number: number;
  readonly place: PacketPlace;
  readonly captureUs: number;
  /** Its turn among what both directions keep. */
  readonly order: number;
}

/** One direction of a connection: where its stream is, and what came out of order. Reused. */
export class Direction {
  /** `nextSeq`, the number of the next byte, is known. */
  isSynced = false;
  nextSeq = 0;
  /** A SYN in the open connection proposes `proposedSeq` as the start of another. */
  hasProposal = false;
  proposedSeq = 0;
  /** Its sender has repeated what only the other end could tell it: it receives at its address. */
  isProven = false;
  /** What its sender has acknowledged last. */
  hasAcked = false;
  acked = 0;
  /** End of a segment far from the stream's place: who goes on there makes it the place. */
  hasFar = false;
  farSeq = 0;
  /** What was passed over as lost last, as it may still come late: from here to `lostEnd`. */
  lostStart = 0;
  lostEnd = 0;
  /** Since when bytes are missing before `pending`. */
  missingSinceUs = 0.5;
  /** Bytes are missing where what `parser` holds back ends. */
  isCutOff = false;
  /** Since when `parser` waits for something else than bytes. */
  waitingSinceUs = 0.5;
  /** First bytes while they do not say what they are. */
  opening: HeldBytes | null = null;
  parser: StreamParser | null = null;
  /** Segments, and their bytes on the wire, before it was known what they carry. */
  packets = 0;
  bytes = 0;
  readonly pending: Pending[] = [];
  /** The packet that what it keeps is from. */
  late: LatePacket | null = null;
  #pendingBytes = 0;

  begin(): void {
    this.isSynced = false;
    this.hasProposal = false;
    this.isProven = false;
    this.hasAcked = false;
    this.hasFar = false;
    this.packets = 0;
    this.bytes = 0;
    this.release();
  }

  release(): void {
    this.parser?.release();
    this.parser = null;
    this.isCutOff = false;
    this.late = null;
    this.opening?.clear();
    this.opening = null;
    for (const { data } of this.pending) data.clear();
    this.pending.length = 0;
    this.#pendingBytes = 0;
  }

  /** It holds bytes that wait for others. */
  get isHolding(): boolean {
    const { opening, parser, pending } = this;
    return pending.length > 0 || parser?.isHolding === true || (opening?.length ?? 0) > 0;
  }

  /** Bytes before it are missing, or a key. */
  get isWaiting(): boolean {
    return this.pending.length > 0 || this.parser?.isWaiting === true;
  }

  /** Nothing is missing of what it keeps: packets have brought more than one may. */
  get isBehind(): boolean {
    return this.parser?.isBehind === true || this.isReady;
  }

  /** Data at the place that its SYN has proposed: that was true. */
  proposes({ bytes, seq }: TcpSegment): boolean {
    return bytes > 0 && this.hasProposal && seq === this.proposedSeq;
  }

  startAt(seq: number): void {
    this.isSynced = true;
    this.nextSeq = seq | 0;
    this.lostStart = this.nextSeq;
    this.lostEnd = this.nextSeq;
    this.hasFar = false;
    this.hasProposal = false;
  }

  /** Goes on at `seq`; what lies before it is lost unless it comes late. */
  passOver(seq: number): void {
    this.lostStart = this.nextSeq;
    this.lostEnd = seq;
    this.nextSeq = seq;
    this.hasFar = false;
  }

  /** The byte of that number was passed over. */
  hasGap(seq: number): boolean {
    return ((seq - this.lostStart) | 0) >= 0 && ((this.lostEnd - seq) | 0) > 0;
  }

  /** Keeps a segment for later; false when there are too many: then the missing bytes are lost. */
  hold(segment: TcpSegment, packet: PacketView, pool: BytePool, order: number): boolean {
    const { pending } = this;
    const { bytes, captureUs, number, place, timeUs } = packet;
    const length = segment.end - segment.start;
    if (pending.length === PENDING_MAX || this.#pendingBytes + length > PENDING_BYTES_MAX) {
      return false;
    }
    const data = new HeldBytes(pool);
    if (!data.append(bytes, segment.start, segment.end)) return false;
    if (pending.length === 0) this.missingSinceUs = timeUs;
    this.#pendingBytes += length;
    let at = pending.length;
    // Who starts earlier comes first, and of two that start alike the one that came first.
    while (at > 0 && (((pending[at - 1] as Pending).seq - segment.seq) | 0) > 0) at--;
    pending.splice(at, 0, { seq: segment.seq, data, number, place, captureUs, order });
    return true;
  }

  /** The first of what waits begins at or before the stream's place. */
  get isReady(): boolean {
    const first = this.pending[0];
    return first !== undefined && ((first.seq - this.nextSeq) | 0) <= 0;
  }

  /** Turn of the first of what waits; there must be one. */
  get order(): number {
    return (this.pending[0] as Pending).order;
  }

  /** What it keeps is from that packet. */
  keepPacket(packet: PacketView): void {
    this.late ??= new LatePacket();
    this.late.keep(packet);
  }

  /** It keeps nothing any more. */
  forgetPacket(): void {
    if (this.late !== null && !this.isWaiting) this.late = null;
  }

  /** A packet before it is known what they carry. */
  countEarly({ wireLength }: PacketView): void {
    this.packets++;
    this.bytes += wireLength;
  }

  /** Takes the first of what waits out; there must be one. */
  takeFirst(): Pending {
    const first = this.pending.shift() as Pending;
    this.#pendingBytes -= first.data.length;
    return first;
  }
}
