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
  /** It is among those that go on with the next packets. */
  isQueued = false;
  firstUs = 0.5;
  /** Who opened it, as index of the direction; -1 when that was not seen. */
  client = -1;
  directions: readonly [Direction, Direction] = [new Direction(), new Direction()];
  /** What was on the same ends just before and is not shown whole yet, until somebody takes it. */
  former: Connection | null = null;

  begin(row: number, nowUs: number): void {
    this.row = row;
    this.kind = StreamKind.UNKNOWN;
    this.isClosing = false;
    this.isRefused = false;
    this.firstUs = nowUs;
    this.client = -1;
    for (const direction of this.directions) direction.begin();
  }

  /** Begins anew on the same ends; of the one before, what is behind becomes one without a row. */
  renew(): void {
    if (this.isBehind) {
      const former = new Connection();
      former.kind = this.kind;
      former.client = this.client;
      former.firstUs = this.firstUs;
      const { directions } = former;
      former.directions = this.directions;
      this.directions = directions;
      this.former = former;
    }
    this.release();
    this.begin(this.row, this.firstUs);
  }

  get isFollowed(): boolean {
    return this.kind !== StreamKind.UNKNOWN;
  }

  peerOf(own: Direction): Direction {
    const [low, high] = this.directions;
    return own === low ? high : low;
  }

  /** Packets have brought more than one may: what they hold is shown in the order in which it came, before anything else. */
  get isBehind(): boolean {
    return this.directions[0].isBehind || this.directions[1].isBehind;
  }

  /** The side whose turn it is; -1 when nothing is behind. */
  get sideBehind(): number {
    const [low, high] = this.directions;
    if (low.parser?.isBehind) return 0;
    if (high.parser?.isBehind) return 1;
    if (!low.isReady) return high.isReady ? 1 : -1;
    return high.isReady && high.order < low.order ? 1 : 0;
  }

  /** Time lets it go on. */
  get isLate(): boolean {
    return this.directions.some(({ isWaiting, late }) => isWaiting && late !== null);
  }

  get isHolding(): boolean {
    return this.directions[0].isHolding || this.directions[1].isHolding;
  }

  release(): void {
    for (const direction of this.directions) direction.release();
  }
}
