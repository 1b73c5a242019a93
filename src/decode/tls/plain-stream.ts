import { Connection } from "../tcp/connection.ts";
import type { Direction } from "../tcp/direction.ts";
import type { MessageSink } from "../tcp/stream-parser.ts";
import type { TlsUnread } from "./tls-unread.ts";

/** Who finds out what a connection carries, see `StreamOpener`. */
export interface Opening {
  take(
    connection: Connection,
    own: Direction,
    bytes: Buffer,
    start: number,
    end: number,
    sink: MessageSink,
  ): void;
  start(connection: Connection, own: Direction, sink: MessageSink): void;
}

/** The connection that carries the records, and what is to be done with it. */
export interface TlsHost {
  readonly nowUs: number;
  /** What is inside is something that is followed; messages come next. */
  recognised(): void;
  /** It cannot be opened, or what is inside is nothing that is followed. */
  refuse(): void;
  /** Something that may be followed is closed. */
  unread(why: TlsUnread): void;
}

/** What TLS protects: a connection in a connection, of which SIP, WebSockets and HEP are known as on TCP itself. */
export class PlainStream {
  readonly #connection = new Connection();
  readonly #opening: Opening;
  readonly #host: TlsHost;

  constructor(opening: Opening, host: TlsHost) {
    this.#opening = opening;
    this.#host = host;
    this.#connection.begin(-1, 0);
  }

  get isHolding(): boolean {
    return this.#connection.isHolding;
  }

  /** What that direction's records held waits for its turn. */
  isBehind(isClient: boolean): boolean {
    return this.#of(isClient).parser?.isBehind === true;
  }

  resume(isClient: boolean, sink: MessageSink): void {
    this.#of(isClient).parser?.resume?.(sink);
  }

  take(isClient: boolean, bytes: Buffer, sink: MessageSink): void {
    const connection = this.#connection;
    const own = this.#of(isClient);
    if (bytes.length === 0 || connection.isRefused) return;
    if (own.parser !== null) {
      own.parser.take(bytes, 0, bytes.length, sink);
      return;
    }
    const wasKnown = connection.isFollowed;
    this.#opening.take(connection, own, bytes, 0, bytes.length, sink);
    if (connection.isRefused) this.#host.refuse();
    if (wasKnown || !connection.isFollowed) return;
    this.#host.recognised();
    this.#opening.start(connection, own, sink);
  }

  /** Records of that direction are missing. */
  gap(isClient: boolean, sink: MessageSink): void {
    const own = this.#of(isClient);
    if (own.parser !== null) own.parser.gap(sink);
    else if (own.opening !== null && own.opening.length > 0) this.#host.refuse();
  }

  release(): void {
    this.#connection.release();
  }

  #of(isClient: boolean): Direction {
    return this.#connection.directions[isClient ? 0 : 1];
  }
}
