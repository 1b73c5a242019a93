import { PacketView } from "../packet.ts";
import { PacketWork } from "../packet-work.ts";
import { Connection, StreamKind } from "./connection.ts";
import type { Direction } from "./direction.ts";
import type { LatePacket } from "./late-packet.ts";
import { StreamMessage } from "./stream-message.ts";
import type { MessageSink } from "./stream-parser.ts";

/** Who is told what streams hold. */
export interface MessageFollower {
  /** One message, as a packet of its own; valid inside the call. */
  message(packet: PacketView): void;
  /** The same, when the packet at hand has brought enough. */
  later(packet: PacketView): void;
  keepalive(): void;
  /** What comes next is of another connection, which time lets go on. */
  turn(): void;
}

/** Shows messages of a stream as packets, and says when the packet at hand has brought enough of them. */
export class StreamOutput implements MessageSink {
  readonly work = new PacketWork();
  /** What is at work: the connection, the packet that brings what is told, the place behind it, and that its sender is proven. */
  connection = new Connection();
  packet = new PacketView();
  #endSeq = 0;
  #isProven = false;
  /** It belongs to no place of the stream: nobody would go on with what is left. */
  #isAstray = false;
  readonly #message = new StreamMessage();
  readonly #follower: MessageFollower;

  constructor(follower: MessageFollower) {
    this.#follower = follower;
  }

  /** What is told next is that direction's, before that number. */
  isOf(own: Direction, endSeq: number): void {
    this.#endSeq = endSeq;
    this.#isProven = own.isProven;
    this.#isAstray = false;
  }

  isAstray(): void {
    this.#endSeq = 0;
    this.#isProven = false;
    this.#isAstray = true;
  }

  /** Time lets that connection go on. */
  turn(connection: Connection): void {
    this.#follower.turn();
    this.connection = connection;
    this.work.begin();
  }

  /** What is told next is of a packet that came before. */
  show({ packet }: LatePacket, nowUs: number): void {
    packet.timeUs = nowUs;
    this.packet = packet;
  }

  message(bytes: Buffer, start: number, end: number, wireBytes: number, after: number): void {
    const { connection, packet, work } = this;
    const seq = (this.#endSeq - after - (end - start)) | 0;
    const whole = this.#message.fill(packet, bytes, start, end, seq);
    whole.payloadWireLength = wireBytes;
    whole.isReturned = this.#isProven;
    whole.isDecrypted = connection.kind === StreamKind.TLS;
    const isNow = !this.#isAstray || work.hasRoom(end - start);
    work.spendMessage(end - start);
    if (isNow) this.#follower.message(whole);
    else this.#follower.later(whole);
  }

  keepalive(): void {
    this.#follower.keepalive();
  }

  hasRoom(bytes: number): boolean {
    return this.#isAstray || this.work.hasRoom(bytes);
  }

  spend(bytes: number): void {
    this.work.spend(bytes);
  }
}
