import type { BytePool } from "../tcp/byte-pool.ts";
import { HeldBytes } from "../tcp/held-bytes.ts";
import { Likeness } from "../tcp/sip-start.ts";
import type { MessageSink, StreamParser } from "../tcp/stream-parser.ts";
import { HandshakeBytes, HandshakeType } from "./handshake-bytes.ts";
import type { PlainStream, TlsHost } from "./plain-stream.ts";
import type { RecordProtection } from "./record-protection.ts";
import type { TlsSession } from "./tls-session.ts";
import { TlsUnread } from "./tls-unread.ts";

/** RFC 8446 5.1. */
const RecordType = { CHANGE_CIPHER_SPEC: 20, ALERT: 21, HANDSHAKE: 22, DATA: 23 } as const;
const HEADER_BYTES = 5;
const MAJOR = 3;
/** RFC 5246 6.2.3. */
const BODY_BYTES_MAX = 16_384 + 2048;
/** Records that wait for their key: some handshakes with long chains of certificates. */
const WAITING_BYTES_MAX = 65_536;
/** Records that no key opens, one after the other: early data that the server has refused, or other keys. */
const FAILURES_MAX = 64;
/** A record costs some 15 to 30 µs to open however short it is: as much as a message of so many bytes, see `MessageSink.spend`. */
const RECORD_BYTES = 160;

/** Says of messages how many bytes of the records' stream are behind them. */
class PlainSink implements MessageSink {
  sink: MessageSink | null = null;
  after = 0;

  message(bytes: Buffer, start: number, end: number, wireBytes: number, after: number): void {
    this.sink?.message(bytes, start, end, wireBytes, after + this.after);
  }

  keepalive(): void {
    this.sink?.keepalive();
  }

  hasRoom(bytes: number): boolean {
    return this.sink?.hasRoom(bytes) === true;
  }

  spend(bytes: number): void {
    this.sink?.spend(bytes);
  }
}

/**
 * One direction of TLS 1.0 to 1.3 (RFC 2246, RFC 4346, RFC 5246, RFC 8446) whose keys are in the key log: records are opened and what
 * they hold goes on as if it had been sent in clear. A record whose key is not logged yet waits. After missing bytes
 * the next segment that begins with a record is one.
 */
export class TlsParser implements StreamParser {
  readonly #isClient: boolean;
  readonly #session: TlsSession;
  readonly #plain: PlainStream;
  readonly #host: TlsHost;
  readonly #held: HeldBytes;
  readonly #handshake: HandshakeBytes;
  readonly #sink = new PlainSink();
  #protection: RecordProtection | null = null;
  /** What follows is protected. */
  #isProtected = false;
  #isLost = false;
  /** A whole record waits for its key, or, which `#isFull` says, for its turn. */
  #isHeldBack = false;
  #isFull = false;
  #isAfterGap = false;
  #failures = 0;
  /** It was refused: what is left of the segment is nobody's. */
  #isOver = false;
  /** Data came before the server's hello. */
  #isEarly = false;

  constructor(
    pool: BytePool,
    isClient: boolean,
    parts: { readonly session: TlsSession; readonly plain: PlainStream; readonly host: TlsHost },
  ) {
    this.#held = new HeldBytes(pool);
    this.#handshake = new HandshakeBytes(pool);
    this.#isClient = isClient;
    this.#session = parts.session;
    this.#plain = parts.plain;
    this.#host = parts.host;
  }

  get isHolding(): boolean {
    return this.#held.length > 0 || this.#handshake.isHolding || this.#plain.isHolding;
  }

  get isWaiting(): boolean {
    return this.#isHeldBack || this.isBehind;
  }

  get isBehind(): boolean {
    return this.#isFull || this.#plain.isBehind(this.#isClient);
  }

  begin(): void {
    this.#protection?.begin();
  }

  take(bytes: Buffer, start: number, end: number, sink: MessageSink): void {
    const held = this.#held;
    if (this.#isLost) {
      if (end - start < HEADER_BYTES || recordBytes(bytes, start) < 0) return;
      this.#isLost = false;
      this.#isAfterGap = true;
    }
    if (held.length === 0) {
      const at = this.#cut(bytes, start, end, sink);
      if (at < end) held.append(bytes, at, end);
    } else if (held.length > WAITING_BYTES_MAX || !held.append(bytes, start, end)) {
      this.#host.unread(TlsUnread.NO_KEY);
      this.#refuse();
    } else this.#cutHeld(sink);
  }

  /** Looks again whether the key of what waits is there. */
  resume(sink: MessageSink): void {
    if (!this.isWaiting) return;
    this.#sink.sink = sink;
    this.#sink.after = this.#held.length;
    if (this.#plain.isBehind(this.#isClient)) this.#plain.resume(this.#isClient, this.#sink);
    if (!this.#plain.isBehind(this.#isClient)) this.#cutHeld(sink);
  }

  gap(sink: MessageSink): void {
    this.#lose();
    this.#plain.gap(this.#isClient, sink);
    // What is missing may be the hello without which there are no keys.
    if (!this.#session.isChosen) this.#refuse();
  }

  release(): void {
    this.#held.clear();
    this.#handshake.release();
    this.#plain.release();
    this.#isHeldBack = false;
    this.#isFull = false;
  }

  #cutHeld(sink: MessageSink): void {
    const held = this.#held;
    held.consume(this.#cut(held.buffer, 0, held.length, sink));
  }

  /** Takes each whole record in [start, end); returns where what waits begins. */
  #cut(bytes: Buffer, start: number, end: number, sink: MessageSink): number {
    this.#isHeldBack = false;
    this.#isFull = false;
    this.#sink.sink = sink;
    let at = start;
    while (end - at >= HEADER_BYTES) {
      const length = recordBytes(bytes, at);
      if (length < 0) {
        this.#lose();
        return end;
      }
      const next = at + HEADER_BYTES + length;
      if (next > end) return at;
      if (!sink.hasRoom(RECORD_BYTES)) return this.#waitAt(at);
      sink.spend(Math.max(0, RECORD_BYTES - length));
      this.#sink.after = end - next;
      if (!this.#record(bytes[at] as number, bytes.subarray(at + HEADER_BYTES, next))) {
        this.#isHeldBack = true;
        return at;
      }
      at = next;
      if (this.#isOver) return end;
      if (this.#plain.isBehind(this.#isClient)) return at;
    }
    return at;
  }

  /** One packet has brought enough. */
  #waitAt(at: number): number {
    this.#isHeldBack = true;
    this.#isFull = true;
    return at;
  }

  /** False when its key is not there yet. */
  #record(type: number, body: Buffer): boolean {
    const session = this.#session;
    const is13 = session.is13;
    if (this.#isProtected || (is13 && type === RecordType.DATA)) {
      // In TLS 1.3 only data is protected; a ChangeCipherSpec there means nothing (RFC 8446 D.4).
      return (is13 && type !== RecordType.DATA) || this.#open(type, body);
    }
    switch (type) {
      case RecordType.HANDSHAKE:
        this.#handshake.take(body, (kind, hello) => session.hello(this.#isClient, kind, hello));
        if (session.isOld) this.#host.unread(TlsUnread.OLD_VERSION);
        if (session.isUnreadable || this.#handshake.isOverlong) this.#refuse();
        return true;
      case RecordType.CHANGE_CIPHER_SPEC:
      case RecordType.DATA:
        // Which version it is, and so what this means, the server's hello says.
        if (!session.isChosen && !is13) {
          this.#isEarly ||= type === RecordType.DATA && this.#isClient;
          return false;
        }
        this.#isProtected = !is13;
        return type === RecordType.CHANGE_CIPHER_SPEC || this.#open(type, body);
      default:
        return true;
    }
  }

  #open(type: number, body: Buffer): boolean {
    this.#protection ??= this.#session.protection(this.#isClient, this.#host.nowUs);
    if (this.#protection === null) return false;
    const { tries } = this.#protection;
    const plain = this.#protection.open(type, body, this.#isAfterGap);
    // One is the record's own.
    this.#sink.spend(RECORD_BYTES * Math.max(0, this.#protection.tries - tries - 1));
    if (plain === null) {
      if (this.#isEarly && this.#protection.opened === 0) this.#early();
      if (++this.#failures > FAILURES_MAX) this.#refuse();
      return true;
    }
    this.#failures = 0;
    this.#isAfterGap = false;
    this.#isEarly = false;
    // RFC 5246 7.1: it is protected where there were keys before; what follows is under others.
    if (!this.#session.is13 && type === RecordType.CHANGE_CIPHER_SPEC) {
      this.#host.unread(TlsUnread.RENEGOTIATED);
      this.#refuse();
    }
    let { length } = plain;
    let inside = type;
    if (this.#session.is13) {
      // RFC 8446 5.2: zeros are padding, the byte before them is the type.
      while (length > 0 && plain[length - 1] === 0) length--;
      inside = length > 0 ? (plain[--length] as number) : 0;
    }
    if (inside === RecordType.DATA) {
      this.#plain.take(this.#isClient, plain.subarray(0, length), this.#sink);
    }
    return true;
  }

  /** Told once. */
  #early(): void {
    this.#isEarly = false;
    this.#host.unread(TlsUnread.EARLY_DATA);
  }

  #refuse(): void {
    this.#isOver = true;
    this.#host.refuse();
  }

  #lose(): void {
    this.#held.clear();
    this.#handshake.release();
    this.#isHeldBack = false;
    this.#isFull = false;
    this.#isLost = true;
    this.#isProtected = this.#session.isChosen && !this.#session.is13;
  }
}

/** Does a record begin here that holds a ClientHello? */
export function isClientHello(bytes: Buffer, start: number, end: number): Likeness {
  const length = end - start;
  const isIt =
    bytes[start] === RecordType.HANDSHAKE &&
    (length < 2 || bytes[start + 1] === MAJOR) &&
    (length < 6 || bytes[start + 5] === HandshakeType.CLIENT_HELLO);
  if (!isIt) return Likeness.NO;
  return length < 6 ? Likeness.MAYBE : Likeness.YES;
}

/** Length of the record's body; -1 when no record begins there. */
function recordBytes(bytes: Buffer, at: number): number {
  const type = bytes[at] as number;
  const isKnown = type >= RecordType.CHANGE_CIPHER_SPEC && type <= RecordType.DATA;
  const length = bytes.readUInt16BE(at + 3);
  return isKnown && bytes[at + 1] === MAJOR && length <= BODY_BYTES_MAX ? length : -1;
}
