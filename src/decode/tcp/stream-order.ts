import type { PacketView } from "../packet.ts";
import type { BytePool } from "./byte-pool.ts";
import type { Direction } from "./direction.ts";
import type { TcpSegment } from "./segment.ts";

/** What can follow lies within this of the stream's place. Windows may be larger (RFC 7323); SIP's are not. */
const WINDOW_BYTES = 4 * 1_048_576;
/** What its receiver has acknowledged was lost on the way to us, or is shown to us a little later. */
const ACKNOWLEDGED_WAIT_US = 50_000;
/** Without acknowledgements: retransmissions come within this. */
export const MISSING_WAIT_US = 3_000_000;

/** Where a direction's bytes go. */
export interface OrderedBytes {
  /** The next bytes; `endSeq` is the number behind them. */
  next(own: Direction, bytes: Buffer, start: number, end: number, endSeq: number): void;
  /** Bytes are missing for good. */
  gap(own: Direction): void;
  /** Bytes that belong to no place of the stream: only what is whole in itself counts, and proves nothing. */
  astray(own: Direction, bytes: Buffer, start: number, end: number): void;
}

/** How far the connection at hand is shown. */
export interface Progress {
  /** Bytes began to be missing, or what waits is ready and the packet at hand has enough. */
  waits(own: Direction): void;
  /** The packet at hand has brought enough: the rest of what waits goes on by `takeNext`. */
  readonly isDone: boolean;
  /** Something of the connection goes before what comes now. */
  readonly isBehind: boolean;
  /** Goes on with that, by as much as a packet may bring. */
  catchUp(nowUs: number): void;
}

/**
 * Puts segments in order (RFC 9293 3.10.7.4). Of bytes that come twice the first count; of those that wait for
 * their turn the segment that starts earlier, as with fragments. Missing bytes are given up when their receiver
 * has acknowledged them, after three seconds, or when too much waits.
 */
export class StreamOrder {
  /** Gaps; segments that came twice, early, and from nowhere near. */
  gaps = 0;
  repeated = 0;
  early = 0;
  far = 0;
  #held = 0;
  readonly #pool: BytePool;
  readonly #out: OrderedBytes;
  readonly #progress: Progress;

  constructor(pool: BytePool, out: OrderedBytes, progress: Progress) {
    this.#pool = pool;
    this.#out = out;
    this.#progress = progress;
  }

  data(own: Direction, packet: PacketView, segment: TcpSegment): void {
    if (!own.isSynced) own.startAt(segment.seq);
    const distance = (segment.seq - own.nextSeq) | 0;
    if (Math.abs(distance) > WINDOW_BYTES) this.#far(own, packet, segment);
    else if (distance > 0) {
      this.early++;
      this.#hold(own, packet, segment);
    } else if (-distance < segment.bytes) {
      if (this.#progress.isBehind) this.#hold(own, packet, segment);
      else this.#inOrder(own, packet, segment, -distance);
    } else {
      this.repeated++;
      if (own.hasGap(segment.seq)) {
        this.#out.astray(own, packet.bytes, segment.start, segment.end);
      }
    }
  }

  /** Goes on without missing bytes if that is due; `peer` is who should have them. */
  check(own: Direction, peer: Direction, nowUs: number): void {
    const first = own.pending[0];
    if (first === undefined || own.isReady) return;
    const missingUs = nowUs - own.missingSinceUs;
    const isAcknowledged = peer.hasAcked && ((peer.acked - first.seq) | 0) >= 0;
    const waitUs = isAcknowledged ? ACKNOWLEDGED_WAIT_US : MISSING_WAIT_US;
    if (missingUs >= waitUs) this.skip(own, nowUs);
  }

  /** The bytes before what waits are lost, if there are any. */
  skip(own: Direction, nowUs: number): void {
    const first = own.pending[0];
    if (first === undefined) return;
    if (!own.isReady) this.#gap(own, first.seq);
    this.#drain(own, nowUs);
  }

  /** Gives the first of what waits, which must be ready. */
  takeNext(own: Direction, nowUs: number): void {
    const { seq, data } = own.takeFirst();
    const known = (own.nextSeq - seq) | 0;
    if (own.pending.length > 0) own.missingSinceUs = nowUs;
    if (known < data.length) {
      const endSeq = (seq + data.length) | 0;
      own.nextSeq = endSeq;
      this.#out.next(own, data.buffer, known, data.length, endSeq);
    }
    data.clear();
  }

  #inOrder(own: Direction, packet: PacketView, segment: TcpSegment, known: number): void {
    const { start, end } = segment;
    const from = Math.min(start + known, end);
    this.#out.next(own, packet.bytes, from, end, (segment.seq + end - start) | 0);
    own.nextSeq = (segment.seq + end - start) | 0;
    // The capture has cut the segment.
    if (segment.bytes > end - start) this.#gap(own, segment.seq + segment.bytes);
    if (own.pending.length > 0) this.#drain(own, packet.timeUs);
  }

  /** Keeps a segment until it is its turn; where too much is kept, that goes on. */
  #hold(own: Direction, packet: PacketView, segment: TcpSegment): void {
    const nowUs = packet.timeUs;
    while (!own.hold(segment, packet, this.#pool, this.#held++)) {
      if (this.#progress.isBehind) this.#progress.catchUp(nowUs);
      else if (own.pending.length > 0) this.skip(own, nowUs);
      else return;
      if (((segment.seq - own.nextSeq) | 0) <= 0 && !this.#progress.isBehind) {
        this.data(own, packet, segment);
        return;
      }
    }
    if (own.pending.length === 1 || own.isReady) this.#progress.waits(own);
  }

  #far(own: Direction, packet: PacketView, segment: TcpSegment): void {
    this.far++;
    if (own.hasFar && own.farSeq === segment.seq && !this.#progress.isBehind) {
      this.#gap(own, segment.seq);
      this.#inOrder(own, packet, segment, 0);
      return;
    }
    own.hasFar = true;
    own.farSeq = (segment.seq + segment.bytes) | 0;
    this.#out.astray(own, packet.bytes, segment.start, segment.end);
  }

  #gap(own: Direction, seq: number): void {
    this.gaps++;
    this.#out.gap(own);
    own.passOver(seq | 0);
  }

  /** Gives what has waited its turn, as far as the packet at hand may bring it. */
  #drain(own: Direction, nowUs: number): void {
    while (own.isReady && !this.#progress.isDone && !own.parser?.isBehind)
      this.takeNext(own, nowUs);
    if (own.pending.length === 0) return;
    own.missingSinceUs = nowUs;
    this.#progress.waits(own);
  }
}
