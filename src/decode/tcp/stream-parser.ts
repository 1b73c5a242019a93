/** Receives what a stream's bytes turned out to be. */
export interface MessageSink {
  /**
   * One whole message. `wireBytes` is its length as sent, larger where a part is missing; `after` is how
   * many bytes of the stream behind it are there already.
   */
  message(bytes: Buffer, start: number, end: number, wireBytes: number, after: number): void;
  /** CRLF between messages (RFC 5626 4.4.1), or a ping. */
  keepalive(): void;
  /** The packet at hand may bring a message of so many bytes more; else what is left waits, see `StreamParser.isBehind`. */
  hasRoom(bytes: number): boolean;
  /** Other work than a message's was done, as much as so many bytes of messages are. */
  spend(bytes: number): void;
}

/** Cuts one direction of a stream into messages. Bytes come in order; nothing it is given stays valid. */
export interface StreamParser {
  take(bytes: Buffer, start: number, end: number, sink: MessageSink): void;
  /** Bytes are missing here: of a message that was begun, what there is may be told. */
  gap(sink: MessageSink): void;
  /** It keeps bytes of a message that is not whole. */
  readonly isHolding: boolean;
  /** Gives all memory back. */
  release(): void;
  /** What it holds waits for something else than bytes; then `resume` looks again. */
  readonly isWaiting?: boolean;
  resume?(sink: MessageSink): void;
  /**
   * Of that, nothing is missing: one packet would have cost too much. The next one, or time, goes on; until then it is given nothing
   * more, and no gap.
   */
  readonly isBehind?: boolean;
  /** Another packet comes, with work of its own. */
  begin?(): void;
}
