import { CR, LF } from "../../base/ascii.ts";
import type { BytePool } from "../tcp/byte-pool.ts";
import { HeldBytes } from "../tcp/held-bytes.ts";
import { MESSAGE_BYTES_MAX } from "../tcp/sip-framer.ts";
import type { MessageSink, StreamParser } from "../tcp/stream-parser.ts";
import { FrameHeader, Opcode } from "./frame-header.ts";
import { Inflater } from "./inflater.ts";
import { isWebSocketStart } from "./websocket-start.ts";

/** How much longer a message may become that was packed, before that is known. */
const PACKED_TIMES = 8;
/** Work of a frame, see `MessageSink.spend`. */
const FRAME_BYTES = 2;

/**
 * SIP over WebSocket, one direction (RFC 7118 5): each WebSocket message, in one frame or several, masked
 * or not, packed or not, is one SIP message. Pings and pongs between its pieces are keep-alives.
 */
export class WebSocketParser implements StreamParser {
  readonly inflater: Inflater;
  readonly #header = new FrameHeader();
  readonly #message: HeldBytes;
  /** Bytes of the frame's payload that are to come. */
  #left = 0;
  #isInFrame = false;
  #maskAt = 0;
  /** The message is packed; it is longer than is shown. */
  #isCompressed = false;
  #isOverlong = false;
  /** Its length as sent. */
  #wireBytes = 0;
  /** Where the next frame begins is not known. */
  #isLost: boolean;
  /** A whole frame waits for its turn, and with it what came behind it. */
  isBehind = false;
  readonly #rest: HeldBytes;

  constructor(pool: BytePool, isLost = false) {
    this.#message = new HeldBytes(pool);
    this.#rest = new HeldBytes(pool);
    this.inflater = new Inflater(pool);
    this.#isLost = isLost;
  }

  get isHolding(): boolean {
    return this.#message.length > 0 || this.#rest.length > 0 || this.inflater.isHolding;
  }

  get isWaiting(): boolean {
    return this.isBehind;
  }

  take(bytes: Buffer, start: number, end: number, sink: MessageSink): void {
    if (this.#isLost) {
      if (!isWebSocketStart(bytes, start, end)) return;
      this.#isLost = false;
      this.#header.begin();
    }
    const at = this.#cut(bytes, start, end, sink);
    if (this.isBehind) this.#rest.append(bytes, at, end);
  }

  resume(sink: MessageSink): void {
    const rest = this.#rest;
    rest.consume(this.#cut(rest.buffer, 0, rest.length, sink));
  }

  /** Takes frames as far as there is room for their messages; returns where it stopped. */
  #cut(bytes: Buffer, start: number, end: number, sink: MessageSink): number {
    let at = start;
    this.isBehind = false;
    while (!this.#isLost) {
      if (!this.#isInFrame) {
        at += this.#header.take(bytes, at, end);
        if (!this.#header.isWhole) break;
        this.#beginFrame();
        if (this.#isLost) break;
      }
      const until = Math.min(end, at + this.#left);
      this.#payload(bytes, at, until);
      this.#left -= until - at;
      at = until;
      if (this.#left > 0) break;
      if (!this.#hasRoom(sink)) {
        this.isBehind = true;
        return at;
      }
      this.#endFrame(sink, end - at);
    }
    return end;
  }

  /** Packed, a message is some times as long as it came. */
  #hasRoom(sink: MessageSink): boolean {
    const { isFinal, opcode } = this.#header;
    const bytes = opcode < Opcode.CLOSE && isFinal ? this.#message.length : 0;
    return sink.hasRoom(this.#isCompressed ? PACKED_TIMES * bytes : bytes);
  }

  gap(sink: MessageSink): void {
    const message = this.#message;
    // What is there of a message that is not packed may say what it was.
    if (message.length > 0 && !this.#isCompressed) {
      sink.message(message.buffer, 0, message.length, message.length + 1, 0);
    }
    this.#lose();
  }

  release(): void {
    this.isBehind = false;
    this.#rest.clear();
    this.#message.clear();
    this.inflater.release();
  }

  #beginFrame(): void {
    const header = this.#header;
    if (header.isBroken) {
      this.#lose();
      return;
    }
    this.#isInFrame = true;
    this.#left = header.payloadBytes;
    this.#maskAt = 0;
    if (header.opcode === Opcode.TEXT || header.opcode === Opcode.BINARY) {
      this.#message.clear();
      this.#isCompressed = header.isCompressed;
      this.#isOverlong = false;
      this.#wireBytes = 0;
    }
    if (header.opcode < Opcode.CLOSE) this.#wireBytes += header.payloadBytes;
  }

  /** Keeps payload of a message, unmasked; of a longer one as much as is shown. */
  #payload(bytes: Buffer, start: number, end: number): void {
    const { opcode, isMasked, mask } = this.#header;
    if (opcode >= Opcode.CLOSE || end === start) return;
    const message = this.#message;
    const room = MESSAGE_BYTES_MAX - message.length;
    const until = Math.min(end, start + room);
    if (until < end) this.#isOverlong = true;
    const from = message.length;
    if (until > start) message.append(bytes, start, until);
    if (!isMasked) return;
    const { buffer } = message;
    for (let i = from; i < message.length; i++) {
      buffer[i] = (buffer[i] as number) ^ (mask[this.#maskAt++ & 3] as number);
    }
    this.#maskAt += end - until;
  }

  #endFrame(sink: MessageSink, after: number): void {
    const { opcode, isFinal } = this.#header;
    sink.spend(FRAME_BYTES);
    this.#isInFrame = false;
    this.#header.begin();
    if (opcode === Opcode.PING || opcode === Opcode.PONG) sink.keepalive();
    if (opcode >= Opcode.CLOSE || !isFinal) return;
    this.#tell(sink, after);
    this.#message.clear();
  }

  #tell(sink: MessageSink, after: number): void {
    const message = this.#message;
    let { buffer, length } = message;
    let wireBytes = this.#wireBytes;
    if (this.#isCompressed) {
      if (this.#isOverlong) this.inflater.lose();
      buffer = this.inflater.inflate(buffer.subarray(0, length));
      length = buffer.length;
      wireBytes = length;
    }
    if (length === 0) return;
    if (isBlank(buffer, length)) sink.keepalive();
    else sink.message(buffer, 0, length, wireBytes, after);
  }

  #lose(): void {
    this.#message.clear();
    this.inflater.lose();
    this.#isInFrame = false;
    this.#header.begin();
    this.#left = 0;
    this.#isLost = true;
  }
}

/** RFC 7118 6: CRLF alone keeps the connection alive. */
function isBlank(bytes: Buffer, length: number): boolean {
  for (let at = 0; at < length; at++) if (bytes[at] !== CR && bytes[at] !== LF) return false;
  return true;
}
