import { CR, isTokenByte, LF } from "../../base/ascii.ts";
import type { BytePool } from "./byte-pool.ts";
import { type Connection, StreamKind } from "./connection.ts";
import type { Direction } from "./direction.ts";
import { HeldBytes } from "./held-bytes.ts";
import { SipFramer } from "./sip-framer.ts";
import { isStartLine, Likeness, sipLikeness } from "./sip-start.ts";
import type { MessageSink } from "./stream-parser.ts";

/** A first line is waited for so long. */
const LINE_BYTES_MAX = 4096;

/** Finds out by its first bytes what a connection carries, and gives its directions their parsers. */
export class StreamOpener {
  readonly #pool: BytePool;

  constructor(pool: BytePool) {
    this.#pool = pool;
  }

  /** A segment of a connection whose start was not seen: does it begin with a message? */
  isMidStream(bytes: Buffer, start: number, end: number): boolean {
    return end > start && sipLikeness(bytes, start, end) === Likeness.YES;
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
      own.parser = new SipFramer(this.#pool, true);
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
    const likeness = openingLikeness(opening.buffer, opening.length);
    if (likeness === Likeness.NO) connection.isRefused = true;
    else if (likeness === Likeness.YES) connection.kind = StreamKind.SIP;
  }

  /** Makes the parsers of a connection whose kind is known now, and gives them what has waited. */
  start(connection: Connection, own: Direction, sink: MessageSink): void {
    for (const direction of [connection.peerOf(own), own]) {
      const { opening } = direction;
      if (opening === null) continue;
      direction.opening = null;
      direction.parser = new SipFramer(this.#pool, direction !== own);
      direction.parser.take(opening.buffer, 0, opening.length, sink);
      opening.clear();
    }
  }
}

function openingLikeness(bytes: Buffer, length: number): Likeness {
  if (sipLikeness(bytes, 0, length) === Likeness.YES) return Likeness.YES;
  if (!isTokenByte(bytes[0] as number)) return Likeness.NO;
  const until = Math.min(length, LINE_BYTES_MAX);
  let lineFeed = 0;
  while (lineFeed < until && bytes[lineFeed] !== LF) lineFeed++;
  if (lineFeed === until) return until === LINE_BYTES_MAX ? Likeness.NO : Likeness.MAYBE;
  const lineEnd = bytes[lineFeed - 1] === CR ? lineFeed - 1 : lineFeed;
  return isStartLine(bytes, 0, lineEnd) ? Likeness.YES : Likeness.NO;
}
