import { CR, isTokenByte, LF } from "../../base/ascii.ts";
import { HepStream } from "../hep/hep-stream.ts";
import type { KeyLog } from "../tls/key-log.ts";
import { PlainStream, type TlsHost } from "../tls/plain-stream.ts";
import { isClientHello, TlsParser } from "../tls/tls-parser.ts";
import { TlsSession } from "../tls/tls-session.ts";
import { asksForSip, HEAD_BYTES_MAX, headEnd, UpgradeAnswer } from "../websocket/upgrade.ts";
import { WebSocketParser } from "../websocket/websocket-parser.ts";
import { isWebSocketStart } from "../websocket/websocket-start.ts";
import type { BytePool } from "./byte-pool.ts";
import { type Connection, StreamKind } from "./connection.ts";
import type { Direction } from "./direction.ts";
import { HeldBytes } from "./held-bytes.ts";
import { SipFramer } from "./sip-framer.ts";
import { isStartLine, Likeness, sipLikeness, textLikeness } from "./sip-start.ts";
import type { MessageSink, StreamParser } from "./stream-parser.ts";

/** A first line is waited for so long. */
const LINE_BYTES_MAX = 4096;
const REFUSED = -1;
const HEP3 = "HEP3";
const GET = 0x47;

/** What opens TLS. */
export interface TlsKeys {
  readonly keyLog: KeyLog;
  readonly host: TlsHost;
}

/** Finds out by its first bytes what a connection carries, and gives its directions their parsers. */
export class StreamOpener {
  readonly #pool: BytePool;
  readonly #tls: TlsKeys | null;

  /** Without keys TLS is refused. */
  constructor(pool: BytePool, tls: TlsKeys | null = null) {
    this.#pool = pool;
    this.#tls = tls;
  }

  /** A segment of a connection whose start was not seen: does it begin with a message? */
  isMidStream(bytes: Buffer, start: number, end: number): boolean {
    return (
      end > start &&
      (sipLikeness(bytes, start, end) === Likeness.YES ||
        isWebSocketStart(bytes, start, end) ||
        textLikeness(bytes, start, end, HEP3) === Likeness.YES ||
        (this.#tls !== null && isClientHello(bytes, start, end) === Likeness.YES))
    );
  }

  /** The next bytes of a direction that has no parser. Sets the kind, or refuses the connection. */
  take(
    connection: Connection,
    own: Direction,
    bytes: Buffer,
    start: number,
    end: number,
    sink: MessageSink,
  ): void {
    if (connection.kind !== StreamKind.UNKNOWN) {
      own.parser = this.#lateParser(connection.kind);
      own.parser.take(bytes, start, end, sink);
      return;
    }
    own.opening ??= new HeldBytes(this.#pool);
    const { opening } = own;
    let from = start;
    // RFC 3261 7.5: CRLF before the start line is ignored.
    if (opening.length === 0) {
      while (from < end && (bytes[from] === CR || bytes[from] === LF)) from++;
    }
    if (from === end) return;
    if (!opening.append(bytes, from, end)) {
      connection.isRefused = true;
      return;
    }
    if (this.#tls !== null) {
      const likeness = isClientHello(opening.buffer, 0, opening.length);
      if (likeness === Likeness.YES) this.#openTls(connection, own, this.#tls, sink);
      if (likeness !== Likeness.NO) return;
    }
    const kind = openingKind(opening.buffer, opening.length);
    if (kind === REFUSED) connection.isRefused = true;
    else connection.kind = kind;
  }

  /** Makes the parsers of a connection whose kind is known now, and gives them what has waited. */
  start(connection: Connection, own: Direction, sink: MessageSink): void {
    const peer = connection.peerOf(own);
    if (connection.kind === StreamKind.SIP) {
      own.parser = new SipFramer(this.#pool);
      if (peer.opening !== null) peer.parser = new SipFramer(this.#pool, true);
    } else if (connection.kind === StreamKind.HEP) own.parser = new HepStream(this.#pool);
    else this.#startWebSocket(own, peer);
    for (const direction of [peer, own]) {
      const { opening } = direction;
      direction.opening = null;
      if (opening === null) continue;
      direction.parser?.take(opening.buffer, 0, opening.length, sink);
      opening.clear();
    }
  }

  /** The connection stays of an unknown kind until it is known what TLS protects. */
  #openTls(connection: Connection, own: Direction, tls: TlsKeys, sink: MessageSink): void {
    const { opening } = own;
    const peer = connection.peerOf(own);
    if (opening === null || peer.opening !== null || peer.parser !== null) {
      connection.isRefused = true;
      return;
    }
    const { host, keyLog } = tls;
    const plain = new PlainStream(new StreamOpener(this.#pool), host);
    const parts = { session: new TlsSession(keyLog), plain, host };
    own.parser = new TlsParser(this.#pool, true, parts);
    peer.parser = new TlsParser(this.#pool, false, parts);
    own.opening = null;
    own.parser.take(opening.buffer, 0, opening.length, sink);
    opening.clear();
  }

  #startWebSocket(own: Direction, peer: Direction): void {
    const { opening } = own;
    const client = new WebSocketParser(this.#pool);
    own.parser = client;
    const at = opening === null ? -1 : headEnd(opening.buffer, opening.length);
    // Without a handshake it was found in its middle.
    if (opening === null || at < 0 || opening.buffer[0] !== GET) return;
    opening.consume(at);
    const server = new WebSocketParser(this.#pool);
    peer.parser = new UpgradeAnswer(this.#pool, client, server);
  }

  #lateParser(kind: StreamKind): StreamParser {
    if (kind === StreamKind.SIP) return new SipFramer(this.#pool, true);
    if (kind === StreamKind.HEP) return new HepStream(this.#pool);
    return new WebSocketParser(this.#pool, true);
  }
}

/** What a connection's first bytes say; UNKNOWN while more are needed. */
function openingKind(bytes: Buffer, length: number): StreamKind | typeof REFUSED {
  if (sipLikeness(bytes, 0, length) === Likeness.YES) return StreamKind.SIP;
  if (textLikeness(bytes, 0, length, HEP3) === Likeness.YES) return StreamKind.HEP;
  if (!isTokenByte(bytes[0] as number)) {
    return isWebSocketStart(bytes, 0, length) ? StreamKind.WEBSOCKET : REFUSED;
  }
  const until = Math.min(length, LINE_BYTES_MAX);
  let lineFeed = 0;
  while (lineFeed < until && bytes[lineFeed] !== LF) lineFeed++;
  if (lineFeed === until) return until === LINE_BYTES_MAX ? REFUSED : StreamKind.UNKNOWN;
  const lineEnd = bytes[lineFeed - 1] === CR ? lineFeed - 1 : lineFeed;
  if (isStartLine(bytes, 0, lineEnd)) return StreamKind.SIP;
  return textLikeness(bytes, 0, lineEnd, "GET ") === Likeness.YES
    ? handshakeKind(bytes, length)
    : REFUSED;
}

function handshakeKind(bytes: Buffer, length: number): StreamKind | typeof REFUSED {
  const end = headEnd(bytes, length);
  if (end < 0) return length > HEAD_BYTES_MAX ? REFUSED : StreamKind.UNKNOWN;
  return asksForSip(bytes.toString("latin1", 0, end)) ? StreamKind.WEBSOCKET : REFUSED;
}
