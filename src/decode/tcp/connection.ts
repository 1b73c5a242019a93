import type { RecencyLinks } from "../../base/recency-list.ts";
import { Direction } from "./direction.ts";

/** What a connection carries. */
export const StreamKind = {
  /** Its first bytes do not say yet. */
  UNKNOWN: 0,
  SIP: 1,
  /** SIP over WebSocket (RFC 7118), from its handshake on. */
  WEBSOCKET: 2,
  /** What a capture agent sends (HEP version 3). */
  HEP: 3,
  /** One of these over TLS, whose keys are in the key log. */
  TLS: 4,
} as const;
export type StreamKind = (typeof StreamKind)[keyof typeof StreamKind];

/** One TCP connection, both directions: index 0 is from the lower end to the higher. Reused. */
export class Connection implements RecencyLinks<Connection> {
  row = -1;
  older: Connection | null = null;
  younger: Connection | null = null;
  kind: StreamKind = StreamKind.UNKNOWN;
  /** A FIN or RST was seen: the next SYN is a connection anew. */
  isClosing = false;
  /** It turned out to carry nothing that is followed: it goes once its segment is done with. */
  isRefused = false;
  /** It is among those that hold bytes. */
  isHolder = false;
  firstUs = 0.5;
  /** Who opened it, as index of the direction; -1 when that was not seen. */
  client = -1;
  readonly directions: readonly [Direction, Direction] = [new Direction(), new Direction()];

  begin(row: number, nowUs: number): void {
    this.row = row;
    this.kind = StreamKind.UNKNOWN;
    this.isClosing = false;
    this.isRefused = false;
    this.firstUs = nowUs;
    this.client = -1;
    for (const direction of this.directions) direction.begin();
  }

  get isFollowed(): boolean {
    return this.kind !== StreamKind.UNKNOWN;
  }

  peerOf(own: Direction): Direction {
    const [low, high] = this.directions;
    return own === low ? high : low;
  }

  get isHolding(): boolean {
    return this.directions[0].isHolding || this.directions[1].isHolding;
  }

  release(): void {
    for (const direction of this.directions) direction.release();
  }
}
