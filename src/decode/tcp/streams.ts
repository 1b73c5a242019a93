import { DelayQueue } from "../../base/delay-queue.ts";
import { combineThree53 } from "../../base/hash.ts";
import { KeyTable } from "../../base/key-table.ts";
import { PacketView } from "../packet.ts";
import { BytePool } from "./byte-pool.ts";
import { Connection } from "./connection.ts";
import type { Direction } from "./direction.ts";
import { acknowledge, reopen, synchronize } from "./handshake.ts";
import { LatePackets } from "./late-packets.ts";
import { TcpFlag, type TcpSegment } from "./segment.ts";
import { SipFramer } from "./sip-framer.ts";
import { StreamMessage } from "./stream-message.ts";
import { StreamOpener } from "./stream-opener.ts";
import { MISSING_WAIT_US, type OrderedBytes, StreamOrder } from "./stream-order.ts";
import type { MessageSink } from "./stream-parser.ts";

/** Directions that wait for missing bytes at once; beyond, the next segment of theirs looks. */
const WAITING_MAX = 65_536;

/** Who is told of connections. */
export interface StreamFollower {
  /** A segment of a connection that is followed; on the first `early` tells of those before. */
  segment(packet: PacketView, early: Connection | null): void;
  /** One message, as a packet of its own; valid inside the call. */
  message(packet: PacketView): void;
  keepalive(): void;
}

/**
 * TCP connections that carry SIP (RFC 3261 18), on any port, put in order and cut into messages. A connection
 * is known from its SYN, or in its middle by a start line. Strangers go before connections that carried SIP
 * when there are too many; who comes back is known again by its next message.
 */
export class TcpStreams implements MessageSink, OrderedBytes {
  readonly order: StreamOrder;
  /** Connections that went because all together held too much. */
  evictedForBytes = 0;
  readonly #table: KeyTable;
  readonly #connections: Connection[] = [];
  readonly #pool: BytePool;
  readonly #follower: StreamFollower;
  readonly #opener: StreamOpener;
  readonly #astray: SipFramer;
  readonly #waiting = new DelayQueue<number>(MISSING_WAIT_US, WAITING_MAX);
  readonly #message = new StreamMessage();
  readonly #late = new LatePackets();
  /** Rows of connections that hold bytes, in the order in which they began to. */
  readonly #holders = new Set<number>();
  /** What is at work: the connection, the packet that brings what is told, and the place behind it. */
  #connection = new Connection();
  #packet = new PacketView();
  #endSeq = 0;
  #isProven = false;

  constructor(options: { connectionsMax: number; bytesMax: number }, follower: StreamFollower) {
    this.#table = new KeyTable(options.connectionsMax);
    this.#table.onEvict = (row) => this.#clear(this.#connections[row] as Connection);
    this.#pool = new BytePool(options.bytesMax);
    this.#follower = follower;
    this.#opener = new StreamOpener(this.#pool);
    this.#astray = new SipFramer(this.#pool, true);
    this.order = new StreamOrder(this.#pool, this);
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

  get provenEvictions(): number {
    return this.#table.provenEvictions;
  }

  /** Bytes that wait for the rest of their message. */
  get heldBytes(): number {
    return this.#pool.used;
  }

  /** Takes a segment; false when its connection carries nothing that is followed, as far as is known. */
  take(packet: PacketView, segment: TcpSegment): boolean {
    const isLow =
      packet.srcHost < packet.dstHost ||
      (packet.srcHost === packet.dstHost && segment.srcPort <= segment.dstPort);
    const connection = this.#connectionOf(packet, segment, isLow);
    if (connection === null) return false;
    const own = connection.directions[isLow ? 0 : 1];
    const peer = connection.directions[isLow ? 1 : 0];
    this.#connection = connection;
    this.#packet = packet;
    if (segment.has(TcpFlag.SYN)) synchronize(connection, own, peer, segment);
    if (segment.has(TcpFlag.ACK)) acknowledge(own, peer, segment.ack);
    if (segment.has(TcpFlag.RST | TcpFlag.FIN)) connection.isClosing = true;
    const isFollowed = this.#segment(connection, own, packet, segment);
    if (peer.pending.length > 0) this.order.check(peer, own, packet.timeUs);
    if (own.pending.length + peer.pending.length === 0) this.#late.forget(connection.row);
    if (connection.isRefused) this.#remove(connection);
    else {
      if (connection.isHolding !== connection.isHolder) this.#noteHolder(connection);
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
    return this.#waiting.isDue(nowUs);
  }

  /** What has waited for missing bytes long enough goes on without them. */
  advance(nowUs: number): void {
    for (let ref = this.#waiting.takeDue(nowUs); ref !== undefined; ) {
      const row = this.#table.rowOf(ref);
      if (row >= 0) this.#goOn(this.#connections[row] as Connection, nowUs, MISSING_WAIT_US);
      ref = this.#waiting.takeDue(nowUs);
    }
  }

  /** Whatever waits does so in vain. */
  finish(nowUs: number): void {
    for (let row = this.#table.oldest(); row >= 0; row = this.#table.oldest()) {
      const connection = this.#connections[row] as Connection;
      this.#goOn(connection, nowUs, 0);
      this.#remove(connection);
    }
  }

  next(own: Direction, bytes: Buffer, start: number, end: number, endSeq: number): void {
    const connection = this.#connection;
    this.#endSeq = endSeq;
    this.#isProven = own.isProven;
    if (own.parser !== null) own.parser.take(bytes, start, end, this);
    else if (!connection.isRefused) this.#open(connection, own, bytes, start, end);
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
    this.#waiting.push(this.#table.ref(this.#connection.row), own.missingSinceUs);
    this.#late.keep(this.#connection.row, this.#packet);
  }

  message(bytes: Buffer, start: number, end: number, wireBytes: number, after: number): void {
    const seq = (this.#endSeq - after - (end - start)) | 0;
    const whole = this.#message.fill(this.#packet, bytes, start, end, seq);
    whole.payloadWireLength = wireBytes;
    whole.isReturned = this.#isProven;
    this.#follower.message(whole);
  }

  keepalive(): void {
    this.#follower.keepalive();
  }

  #open(connection: Connection, own: Direction, bytes: Buffer, start: number, end: number): void {
    const wasFollowed = connection.isFollowed;
    this.#opener.take(connection, own, bytes, start, end, this);
    if (wasFollowed || !connection.isFollowed) return;
    this.#table.promote(connection.row);
    this.#follower.segment(this.#packet, connection);
    this.#opener.start(connection, own, this);
  }

  /** The connection of a segment; null in the middle of what nobody follows. */
  #connectionOf(packet: PacketView, segment: TcpSegment, isLow: boolean): Connection | null {
    const { srcPort, dstPort, start, end } = segment;
    const ports = isLow ? srcPort * 65_536 + dstPort : dstPort * 65_536 + srcPort;
    const low = isLow ? packet.srcHost : packet.dstHost;
    const high = isLow ? packet.dstHost : packet.srcHost;
    const key = combineThree53(low, high, ports);
    const known = this.#table.find(key);
    if (known >= 0) {
      this.#table.touch(known);
      return this.#connections[known] as Connection;
    }
    const isOpening = segment.has(TcpFlag.SYN) && !segment.has(TcpFlag.RST);
    if (!isOpening && !this.#opener.isMidStream(packet.bytes, start, end)) return null;
    const row = this.#table.add(key);
    let connection = this.#connections[row];
    if (connection === undefined) {
      connection = new Connection();
      this.#connections[row] = connection;
    }
    connection.begin(row, packet.timeUs);
    return connection;
  }

  /** Directions whose bytes are missing for that long go on without. */
  #goOn(connection: Connection, nowUs: number, waitUs: number): void {
    const packet = this.#late.of(connection.row);
    if (packet === null) return;
    packet.timeUs = nowUs;
    this.#connection = connection;
    this.#packet = packet;
    for (const direction of connection.directions) {
      while (direction.pending.length > 0 && nowUs - direction.missingSinceUs >= waitUs) {
        this.order.skip(direction, nowUs);
      }
    }
    if (connection.isRefused) this.#remove(connection);
  }

  #remove(connection: Connection): void {
    this.#clear(connection);
    this.#table.remove(connection.row);
  }

  #clear(connection: Connection): void {
    connection.release();
    if (connection.isHolder) this.#noteHolder(connection);
    this.#late.forget(connection.row);
  }

  #noteHolder(connection: Connection): void {
    connection.isHolder = !connection.isHolder;
    if (connection.isHolder) this.#holders.add(connection.row);
    else this.#holders.delete(connection.row);
  }

  /** Who holds bytes for longest goes: a message is whole within moments. */
  #makeRoom(): void {
    for (const row of this.#holders) {
      if (!this.#pool.isFull) return;
      this.evictedForBytes++;
      this.#remove(this.#connections[row] as Connection);
    }
  }
}
