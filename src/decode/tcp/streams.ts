import type { PacketView } from "../packet.ts";
import type { KeyLog } from "../tls/key-log.ts";
import type { TlsHost } from "../tls/plain-stream.ts";
import type { TlsUnread } from "../tls/tls-unread.ts";
import { BytePool } from "./byte-pool.ts";
import { type Connection, StreamKind } from "./connection.ts";
import { ConnectionTable, isFromLow } from "./connection-table.ts";
import type { Direction } from "./direction.ts";
import { acknowledge, reopen, synchronize } from "./handshake.ts";
import { TcpFlag, type TcpSegment } from "./segment.ts";
import { SipFramer } from "./sip-framer.ts";
import { StreamHolders } from "./stream-holders.ts";
import { StreamOpener } from "./stream-opener.ts";
import { MISSING_WAIT_US, type StreamOrder } from "./stream-order.ts";
import { StreamOutput } from "./stream-output.ts";
import { type StreamFollower, type StreamHost, StreamProgress } from "./stream-progress.ts";

/** Connections that one packet lets do without what they have waited for, as far as they bring nothing. */
const DUE_MAX = 32;

/**
 * TCP connections that carry SIP (RFC 3261 18), on any port, put in order and cut into messages. A connection
 * is known from its SYN, or in its middle by a start line. Strangers go before connections that carried SIP
 * when there are too many; who comes back is known again by its next message.
 */
export class TcpStreams implements StreamHost, TlsHost {
  /** The last segment's connection is one over TLS of which it is not known yet what is inside. */
  isOpeningTls = false;
  readonly #connections: ConnectionTable;
  readonly #pool: BytePool;
  readonly #follower: StreamFollower;
  readonly #opener: StreamOpener;
  readonly #astray: SipFramer;
  readonly #progress: StreamProgress;
  readonly #holders = new StreamHolders();
  readonly #out: StreamOutput;
  #evictedForBytes = 0;
  /** More connections have waited long enough than one packet may let go on. */
  #hasMoreDue = false;

  constructor(
    options: { connectionsMax: number; bytesMax: number; keyLog?: KeyLog | null },
    follower: StreamFollower,
  ) {
    this.#connections = new ConnectionTable(options.connectionsMax, (gone) => this.#clear(gone));
    this.#pool = new BytePool(options.bytesMax);
    this.#follower = follower;
    this.#out = new StreamOutput(follower);
    const { keyLog = null } = options;
    this.#opener = new StreamOpener(this.#pool, keyLog && { keyLog, host: this });
    this.#astray = new SipFramer(this.#pool, true);
    this.#progress = new StreamProgress(this.#pool, this.#out, this);
  }

  /** How streams were put in order. */
  get order(): StreamOrder {
    return this.#progress.order;
  }

  get size(): number {
    return this.#connections.table.size;
  }

  get capacity(): number {
    return this.#connections.table.capacity;
  }

  /** Connections that went because there were too many, or because all together held too much. */
  get evictions(): number {
    return this.#connections.table.evictions + this.#evictedForBytes;
  }

  get provenEvictions(): number {
    return this.#connections.table.provenEvictions;
  }

  /** Bytes that wait for the rest of their message. */
  get heldBytes(): number {
    return this.#pool.used;
  }

  /** Takes a segment; false when its connection carries nothing that is followed, as far as is known. */
  take(packet: PacketView, segment: TcpSegment): boolean {
    const side = isFromLow(packet, segment) ? 0 : 1;
    const connection = this.#connectionOf(packet, segment, side === 0);
    this.isOpeningTls = false;
    if (connection === null) return false;
    this.#out.connection = connection;
    this.#out.work.begin();
    const wasFollowed = connection.isFollowed;
    if (wasFollowed) this.#follower.segment(packet, null);
    if (connection.isBehind) this.#progress.goAhead(packet.timeUs);
    this.#out.packet = packet;
    if (segment.has(TcpFlag.SYN)) synchronize(connection, side, segment);
    this.#segment(connection, side, packet, segment);
    const own = connection.directions[side] as Direction;
    const isFollowed = wasFollowed || connection.isFollowed;
    if (!isFollowed) own.countEarly(packet);
    if (connection.former !== null) this.#keepFormer(connection, connection.former);
    if (connection.isRefused) this.#remove(connection);
    else {
      this.isOpeningTls = !connection.isFollowed && own.parser !== null;
      this.#holders.note(connection);
      if (this.#pool.isFull) this.#makeRoom(packet.timeUs);
    }
    return isFollowed;
  }

  #segment(connection: Connection, side: number, packet: PacketView, segment: TcpSegment): void {
    if (connection.directions[side]?.proposes(segment)) reopen(connection, side, segment.seq);
    const own = connection.directions[side] as Direction;
    const peer = connection.peerOf(own);
    own.parser?.begin?.();
    if (segment.has(TcpFlag.ACK)) acknowledge(own, peer, segment.ack);
    if (segment.has(TcpFlag.RST | TcpFlag.FIN)) connection.isClosing = true;
    if (own.parser?.isWaiting && !own.parser.isBehind) this.#progress.resume(own);
    if (segment.bytes > 0) {
      this.#progress.order.data(own, packet, segment);
      if (own.pending.length > 0) this.#progress.order.check(own, peer, packet.timeUs);
    }
    if (peer.late !== null && peer.pending.length > 0) {
      // What the other end has acknowledged is shown as its sender's.
      this.#out.show(peer.late, packet.timeUs);
      this.#progress.order.check(peer, own, packet.timeUs);
    }
    own.forgetPacket();
    peer.forgetPacket();
  }

  /** Something goes on with the next packet, whenever that comes. */
  get hasBehind(): boolean {
    return this.#hasMoreDue || this.#progress.queue.hasBehind;
  }

  /** The check for each packet: cheap. */
  isDue(nowUs: number): boolean {
    return this.#progress.queue.isDue(nowUs);
  }

  /** What has waited for missing bytes or a key long enough goes on without them, and one connection that is behind. */
  advance(nowUs: number): void {
    const { queue } = this.#progress;
    const behind = queue.takeBehind();
    if (behind !== null) this.#goOn(behind, nowUs);
    let left = behind === null ? DUE_MAX : 0;
    for (; left > 0 && queue.isLate(nowUs); left--) {
      const connection = this.#connections.ofRef(queue.takeDue(nowUs) ?? 0);
      if (connection === null) continue;
      this.#goOn(connection, nowUs);
      if (!this.#out.work.isUntouched) break;
    }
    this.#hasMoreDue = queue.isLate(nowUs);
  }

  /** Whatever waits does so in vain. */
  finish(nowUs: number): void {
    const { queue } = this.#progress;
    for (let next = queue.takeBehind(); next !== null; next = queue.takeBehind()) {
      this.#goOn(next, nowUs);
    }
    for (let next = this.#connections.oldest(); next !== null; next = this.#connections.oldest()) {
      let isOver = false;
      while (!isOver && (next.isBehind || next.isLate)) {
        isOver = this.#progress.goOn(next, nowUs, 0);
      }
      this.#remove(next);
    }
  }

  next(own: Direction, bytes: Buffer, start: number, end: number, endSeq: number): void {
    const { connection, packet } = this.#out;
    const wasWaiting = own.parser?.isWaiting === true;
    this.#out.isOf(own, endSeq);
    if (own.parser !== null) own.parser.take(bytes, start, end, this.#out);
    else if (!connection.isRefused) this.#open(connection, own, bytes, start, end);
    if (own.parser?.isBehind) own.keepPacket(packet);
    else if (wasWaiting || own.parser?.isWaiting !== true) return;
    // What waits for its key is looked at again with the next segment, or when nothing has come for a while.
    own.waitingSinceUs = packet.timeUs;
    this.#progress.waits(own);
  }

  gap(own: Direction): void {
    this.#out.isOf(own, own.nextSeq);
    if (own.parser?.isBehind) own.isCutOff = true;
    else if (own.parser !== null) own.parser.gap(this.#out);
    // What began in an unknown way and lacks a piece will not say any more what it is.
    else if (own.opening !== null && own.opening.length > 0) this.#out.connection.isRefused = true;
  }

  astray(_own: Direction, bytes: Buffer, start: number, end: number): void {
    if (!this.#opener.isMidStream(bytes, start, end)) return;
    this.#out.isAstray();
    this.#astray.take(bytes, start, end, this.#out);
    this.#astray.release();
  }

  /** Time of the packet at hand. */
  get nowUs(): number {
    return this.#out.packet.timeUs;
  }

  refOf(connection: Connection): number {
    return this.#connections.refOf(connection);
  }

  recognised(): void {
    this.#out.connection.kind = StreamKind.TLS;
    this.#follow(this.#out.connection);
  }

  refuse(): void {
    this.#out.connection.isRefused = true;
  }

  unread(why: TlsUnread): void {
    this.#follower.unreadable(this.#out.packet, this.#out.connection, why);
  }

  /** What the follower made of a message was as much work as that of so many bytes more. */
  spend(bytes: number): void {
    this.#out.spend(bytes);
  }

  #open(connection: Connection, own: Direction, bytes: Buffer, start: number, end: number): void {
    const wasFollowed = connection.isFollowed;
    this.#opener.take(connection, own, bytes, start, end, this.#out);
    if (wasFollowed || !connection.isFollowed || own.parser !== null) return;
    this.#follow(connection);
    this.#opener.start(connection, own, this.#out);
    const peer = connection.peerOf(own);
    if (peer.parser?.isBehind) this.#progress.waits(peer);
  }

  #follow(connection: Connection): void {
    if (connection.row >= 0) this.#connections.table.promote(connection.row);
    this.#follower.segment(this.#out.packet, connection);
  }

  /** The connection of a segment; null in the middle of what nobody follows. */
  #connectionOf(packet: PacketView, segment: TcpSegment, isLow: boolean): Connection | null {
    const known = this.#connections.find(packet, segment, isLow);
    if (known !== null) return known;
    const isOpening = segment.has(TcpFlag.SYN) && !segment.has(TcpFlag.RST);
    if (!isOpening && !this.#opener.isMidStream(packet.bytes, segment.start, segment.end))
      return null;
    return this.#connections.add(packet, segment, isLow);
  }

  /** What was on the same ends before is shown to its end; what it lacks will not come. */
  #keepFormer(connection: Connection, former: Connection): void {
    connection.former = null;
    this.#holders.note(former);
    this.#progress.queue.goesOn(former);
  }

  #goOn(connection: Connection, nowUs: number): void {
    if (this.#progress.goOn(connection, nowUs, MISSING_WAIT_US)) this.#remove(connection);
  }

  #remove(connection: Connection): void {
    this.#clear(connection);
    if (connection.row >= 0) this.#connections.remove(connection);
  }

  #clear(connection: Connection): void {
    connection.release();
    this.#holders.note(connection);
  }

  /** Who holds bytes for longest goes: a message is whole within moments. Whole ones are shown before. */
  #makeRoom(nowUs: number): void {
    for (let next = this.#holders.oldest; next !== null; next = this.#holders.oldest) {
      if (!this.#pool.isFull) return;
      while (next.isBehind) this.#goOn(next, nowUs);
      if (!next.isHolding) {
        this.#holders.note(next);
        continue;
      }
      this.#evictedForBytes++;
      this.#remove(next);
    }
  }
}
