import type { PacketView } from "../packet.ts";
import { TlsUnread } from "../tls/tls-unread.ts";
import type { BytePool } from "./byte-pool.ts";
import type { Connection } from "./connection.ts";
import type { Direction, Pending } from "./direction.ts";
import type { LatePacket } from "./late-packet.ts";
import { type OrderedBytes, type Progress, StreamOrder } from "./stream-order.ts";
import type { MessageFollower, StreamOutput } from "./stream-output.ts";
import { StreamWaits } from "./stream-waits.ts";

/** Who is told of connections. */
export interface StreamFollower extends MessageFollower {
  /** A segment of a connection that is followed; on the first `early` tells of those before. */
  segment(packet: PacketView, early: Connection | null): void;
  /** A connection over TLS is given up, or a part of it, as nothing that is logged opens it. */
  unreadable(packet: PacketView, connection: Connection, why: TlsUnread): void;
}

/** Who has the connection. */
export interface StreamHost extends OrderedBytes {
  /** The connection at hand is given up. */
  refuse(): void;
  unread(why: TlsUnread): void;
  /** For `StreamWaits`. */
  refOf(connection: Connection): number;
}

/**
 * How far a connection is shown. One packet brings no more than `PacketWork` allows; the rest goes on with the connection's next
 * segments and with any packet, in the order in which both ends have sent it.
 */
export class StreamProgress implements Progress {
  readonly order: StreamOrder;
  readonly queue = new StreamWaits();
  readonly #out: StreamOutput;
  readonly #host: StreamHost;

  constructor(pool: BytePool, out: StreamOutput, host: StreamHost) {
    this.order = new StreamOrder(pool, host, this);
    this.#out = out;
    this.#host = host;
  }

  waits(own: Direction): void {
    const { connection, packet } = this.#out;
    if (own.late === null) own.keepPacket(packet);
    if (own.isBehind) this.queue.goesOn(connection);
    else if (connection.row >= 0) this.queue.waits(this.#host.refOf(connection), own);
  }

  get isDone(): boolean {
    return this.#out.work.isDone;
  }

  get isBehind(): boolean {
    return this.#out.connection.isBehind;
  }

  catchUp(nowUs: number): void {
    const { packet, work } = this.#out;
    work.begin();
    this.goAhead(nowUs);
    this.#out.packet = packet;
  }

  /** What a parser holds back is looked at again; with the end of that comes what is missing behind it. */
  resume(own: Direction): void {
    const { parser } = own;
    this.#out.isOf(own, own.nextSeq);
    parser?.resume?.(this.#out);
    if (parser?.isBehind) this.waits(own);
    else if (own.isCutOff) {
      own.isCutOff = false;
      parser?.gap(this.#out);
    }
  }

  /** What is behind goes on in the order in which it came, as far as the packet at hand may bring it. */
  goAhead(nowUs: number): void {
    const { connection, work } = this.#out;
    for (let side = connection.sideBehind; side >= 0; side = connection.sideBehind) {
      if (work.isDone) return;
      const own = connection.directions[side] as Direction;
      if (own.late === null) own.keepPacket(this.#out.packet);
      this.#out.show(own.late as LatePacket, nowUs);
      if (own.parser?.isBehind) {
        own.parser.begin?.();
        this.resume(own);
        if (own.parser?.isBehind) return;
      } else {
        own.late?.is(own.pending[0] as Pending);
        this.order.takeNext(own, nowUs);
        // Before what is left, bytes are missing.
        if (own.pending.length > 0 && !own.isReady) this.waits(own);
      }
    }
  }

  /**
   * Goes on by as much as a packet may bring; directions that wait for that long do without what is missing. True when nobody needs
   * the connection any more.
   */
  goOn(connection: Connection, nowUs: number, waitUs: number): boolean {
    this.#out.turn(connection);
    if (connection.isBehind) this.goAhead(nowUs);
    for (const own of connection.directions) {
      if (connection.isBehind || connection.isRefused || own.late === null) continue;
      this.#out.show(own.late, nowUs);
      if (own.parser?.isWaiting) this.#lookAgain(own, nowUs, waitUs);
      if (!connection.isBehind && nowUs - own.missingSinceUs >= waitUs) this.order.skip(own, nowUs);
      own.forgetPacket();
    }
    if (connection.isBehind) this.queue.goesOn(connection);
    return connection.isRefused || (connection.row < 0 && !connection.isBehind);
  }

  /** The key that it waits for may be there. */
  #lookAgain(own: Direction, nowUs: number, waitUs: number): void {
    own.parser?.begin?.();
    this.resume(own);
    if (!own.parser?.isWaiting || own.parser.isBehind) return;
    if (nowUs - own.waitingSinceUs < waitUs) return;
    this.#host.unread(TlsUnread.NO_KEY);
    this.#host.refuse();
  }
}
