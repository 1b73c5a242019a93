import { PacketView } from "../packet.ts";
import type { KeyLog } from "../tls/key-log.ts";
import type { TlsHost } from "../tls/plain-stream.ts";
import { TlsUnread } from "../tls/tls-unread.ts";
import { BytePool } from "./byte-pool.ts";
import { Connection, StreamKind } from "./connection.ts";
import { ConnectionTable, isFromLow } from "./connection-table.ts";
import type { Direction } from "./direction.ts";
import { acknowledge, reopen, synchronize } from "./handshake.ts";
import { TcpFlag, type TcpSegment } from "./segment.ts";
import { SipFramer } from "./sip-framer.ts";
import { StreamHolders } from "./stream-holders.ts";
import { StreamMessage } from "./stream-message.ts";
import { StreamOpener } from "./stream-opener.ts";
import { MISSING_WAIT_US, type OrderedBytes, StreamOrder } from "./stream-order.ts";
import type { MessageSink } from "./stream-parser.ts";
import { resumeLate, StreamWaits } from "./stream-waits.ts";

/** Messages that a late segment may let go on, each some 15 µs and more: the rest goes on within milliseconds. */
const MESSAGES_MAX = 32;

/** Who is told of connections. */
export interface StreamFollower {
  /** A segment of a connection that is followed; on the first `early` tells of those before. */
  segment(packet: PacketView, early: Connection | null): void;
  /** One message, as a packet of its own; valid inside the call. */
  message(packet: PacketView): void;
  keepalive(): void;
  /** A connection over TLS is given up, or a part of it, as nothing that is logged opens it. */
  unreadable(packet: PacketView, connection: Connection, why: TlsUnread): void;
}

/**
 * TCP connections that carry SIP (RFC 3261 18), on any port, put in order and cut into messages. A connection
 * is known from its SYN, or in its middle by a start line. Strangers go before connections that carried SIP
 * when there are too many; who comes back is known again by its next message.
 */
export class TcpStreams implements MessageSink, OrderedBytes, TlsHost {
  readonly order: StreamOrder;
  /** Connections that went because all together held too much. */
  evictedForBytes = 0;
  messagesLeft = MESSAGES_MAX;
  /** The last segment's connection is one over TLS of which it is not known yet what is inside. */
  isOpeningTls = false;
  readonly #connections: ConnectionTable;
  readonly #pool: BytePool;
  readonly #follower: StreamFollower;
  readonly #opener: StreamOpener;
  readonly #astray: SipFramer;
  readonly #waits = new StreamWaits();
  readonly #message = new StreamMessage();
  readonly #holders = new StreamHolders();
  /** What is at work: the connection, the packet that brings what is told, and the place behind it. */
  #connection = new Connection();
  #packet = new PacketView();
  #endSeq = 0;
  #isProven = false;

  constructor(
    options: { connectionsMax: number; bytesMax: number; keyLog?: KeyLog | null },
    follower: StreamFollower,
  ) {
    this.#connections = new ConnectionTable(options.connectionsMax, (gone) => this.#clear(gone));
    this.#pool = new BytePool(options.bytesMax);
    this.#follower = follower;
    const { keyLog = null } = options;
    this.#opener = new StreamOpener(this.#pool, keyLog && { keyLog, host: this });
    this.#astray = new SipFramer(this.#pool, true);
    this.order = new StreamOrder(this.#pool, this);
  }

  get size(): number {
    return this.#connections.table.size;
  }

  get capacity(): number {
    return this.#connections.table.capacity;
  }

  get evictions(): number {
    return this.#connections.table.evictions;
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
    const isLow = isFromLow(packet, segment);
    const connection = this.#connectionOf(packet, segment, isLow);
    this.isOpeningTls = false;
    if (connection === null) return false;
    const own = connection.directions[isLow ? 0 : 1];
    const peer = connection.directions[isLow ? 1 : 0];
    this.#connection = connection;
    this.#packet = packet;
    this.messagesLeft = MESSAGES_MAX;
    own.parser?.begin?.();
    if (segment.has(TcpFlag.SYN)) synchronize(connection, own, peer, segment);
    if (segment.has(TcpFlag.ACK)) acknowledge(own, peer, segment.ack);
    if (segment.has(TcpFlag.RST | TcpFlag.FIN)) connection.isClosing = true;
    const isFollowed = this.#segment(connection, own, packet, segment);
    if (peer.pending.length > 0) this.order.check(peer, own, packet.timeUs);
    if (!own.isWaiting && !peer.isWaiting) this.#waits.end(connection);
    if (connection.isRefused) this.#remove(connection);
    else {
      this.isOpeningTls = !connection.isFollowed && own.parser !== null;
      this.#holders.note(connection);
      if (this.#pool.isFull) this.#makeRoom();
    }
    return isFollowed;
  }

  #segment(
    connection: Connection,
    own: Direction,
    packet: PacketView,
    segment: TcpSegment,
  ): boolean {
    const wasFollowed = connection.isFollowed;
    if (wasFollowed) this.#follower.segment(packet, null);
    if (own.parser?.isWaiting) this.#resume(own);
    if (segment.bytes > 0) {
      if (own.hasProposal && segment.seq === own.proposedSeq) reopen(connection, own, segment.seq);
      this.order.data(own, packet, segment);
      if (own.pending.length > 0) {
        this.order.check(own, connection.peerOf(own), packet.timeUs);
      }
    }
    if (wasFollowed || connection.isFollowed) return true;
    own.packets++;
    own.bytes += packet.wireLength;
    return false;
  }

  /** The check for each packet: cheap. */
  isDue(nowUs: number): boolean {
    return this.#waits.isDue(nowUs);
  }

  /** What has waited for missing bytes or a key long enough goes on without them, and one connection that is behind. */
  advance(nowUs: number): void {
    for (const ref of this.#waits.takeDue(nowUs)) {
      const connection = this.#connections.ofRef(ref);
      if (connection !== null) this.#goOn(connection, nowUs, MISSING_WAIT_US);
    }
  }

  /** Whatever waits does so in vain. */
  finish(nowUs: number): void {
    for (let next = this.#connections.oldest(); next !== null; next = this.#connections.oldest()) {
      this.#goOn(next, nowUs, 0);
      this.#remove(next);
    }
  }

  next(own: Direction, bytes: Buffer, start: number, end: number, endSeq: number): void {
    const connection = this.#connection;
    const wasWaiting = own.parser?.isWaiting === true;
    this.#endSeq = endSeq;
    this.#isProven = own.isProven;
    if (own.parser !== null) own.parser.take(bytes, start, end, this);
    else if (!connection.isRefused) this.#open(connection, own, bytes, start, end);
    if (wasWaiting || own.parser?.isWaiting !== true) return;
    // What waits for its key is looked at again with the next segment, or when nothing has come for a while.
    own.waitingSinceUs = this.#packet.timeUs;
    this.waits(own);
  }

  gap(own: Direction): void {
    this.#endSeq = own.nextSeq;
    this.#isProven = own.isProven;
    if (own.parser !== null) own.parser.gap(this);
    // What began in an unknown way and lacks a piece will not say any more what it is.
    else if (own.opening !== null && own.opening.length > 0) this.#connection.isRefused = true;
  }

  astray(_own: Direction, bytes: Buffer, start: number, end: number): void {
    if (!this.#opener.isMidStream(bytes, start, end)) return;
    this.#endSeq = 0;
    this.#isProven = false;
    this.#astray.take(bytes, start, end, this);
    this.#astray.release();
  }

  waits(own: Direction): void {
    const connection = this.#connection;
    this.#waits.begin(this.#connections.refOf(connection), connection, own, this.#packet);
  }

  /** Time of the packet at hand. */
  get nowUs(): number {
    return this.#packet.timeUs;
  }

  recognised(): void {
    this.#connection.kind = StreamKind.TLS;
    this.#follow(this.#connection);
  }

  refuse(): void {
    this.#connection.isRefused = true;
  }

  unread(why: TlsUnread): void {
    this.#follower.unreadable(this.#packet, this.#connection, why);
  }

  message(bytes: Buffer, start: number, end: number, wireBytes: number, after: number): void {
    this.messagesLeft--;
    const seq = (this.#endSeq - after - (end - start)) | 0;
    const whole = this.#message.fill(this.#packet, bytes, start, end, seq);
    whole.payloadWireLength = wireBytes;
    whole.isReturned = this.#isProven;
    whole.isDecrypted = this.#connection.kind === StreamKind.TLS;
    this.#follower.message(whole);
  }

  keepalive(): void {
    this.#follower.keepalive();
  }

  #open(connection: Connection, own: Direction, bytes: Buffer, start: number, end: number): void {
    const wasFollowed = connection.isFollowed;
    this.#opener.take(connection, own, bytes, start, end, this);
    if (wasFollowed || !connection.isFollowed || own.parser !== null) return;
    this.#follow(connection);
    this.#opener.start(connection, own, this);
  }

  #follow(connection: Connection): void {
    this.#connections.table.promote(connection.row);
    this.#follower.segment(this.#packet, connection);
  }

  #resume(own: Direction): void {
    this.#endSeq = own.nextSeq;
    this.#isProven = own.isProven;
    own.parser?.resume?.(this);
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

  /** Directions whose bytes are missing for that long go on without. */
  #goOn(connection: Connection, nowUs: number, waitUs: number): void {
    this.#connection = connection;
    for (const [side, direction] of connection.directions.entries()) {
      direction.isBehind = false;
      const packet = this.#waits.packetOf(connection, side, nowUs);
      if (packet === null || connection.isRefused) continue;
      this.#packet = packet;
      this.messagesLeft = MESSAGES_MAX;
      resumeLate(direction, () => this.#resume(direction), waitUs === 0);
      this.order.late(direction, nowUs, waitUs);
      const { isBehind = false, isWaiting = false } = direction.parser ?? {};
      if (isBehind) {
        direction.waitingSinceUs = nowUs;
        this.waits(direction);
      } else if (isWaiting && nowUs - direction.waitingSinceUs >= waitUs) {
        this.#follower.unreadable(packet, connection, TlsUnread.NO_KEY);
        this.refuse();
      }
    }
    if (connection.isRefused) this.#remove(connection);
  }

  #remove(connection: Connection): void {
    this.#clear(connection);
    this.#connections.remove(connection);
  }

  #clear(connection: Connection): void {
    connection.release();
    this.#holders.note(connection);
    this.#waits.end(connection);
  }

  /** Who holds bytes for longest goes: a message is whole within moments. */
  #makeRoom(): void {
    for (let next = this.#holders.oldest; next !== null; next = this.#holders.oldest) {
      if (!this.#pool.isFull) return;
      this.evictedForBytes++;
      this.#remove(next);
    }
  }
}
