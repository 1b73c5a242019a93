import { DelayQueue } from "../../base/delay-queue.ts";
import type { PacketView } from "../packet.ts";
import type { Connection } from "./connection.ts";
import type { Direction } from "./direction.ts";
import { LatePackets } from "./late-packets.ts";
import { MISSING_WAIT_US } from "./stream-order.ts";

/** Directions that wait for missing bytes or keys at once; beyond, the next segment of theirs looks. */
const WAITING_MAX = 65_536;

/** Directions that wait for missing bytes or for a key, in the order in which they began to, by the refs of their rows. */
export class StreamWaits {
  readonly #queue = new DelayQueue<number>(MISSING_WAIT_US, WAITING_MAX);
  readonly #late = new LatePackets();
  /** Connections of which nothing is missing any more, and more is there than one packet may bring. */
  readonly #behind: number[] = [];

  begin(ref: number, connection: Connection, own: Direction, packet: PacketView): void {
    const side = connection.directions.indexOf(own);
    const sinceUs = own.pending.length > 0 ? own.missingSinceUs : own.waitingSinceUs;
    if (!own.isReady) this.#queue.push(ref, sinceUs);
    else if (!own.isBehind) this.#behind.push(ref);
    own.isBehind = own.isReady;
    this.#late.keep(connection.row, side, packet);
  }

  /** The check for each packet: cheap. */
  isDue(nowUs: number): boolean {
    return this.#behind.length > 0 || this.#queue.isDue(nowUs);
  }

  /** Refs of those that have waited for long, and of the one that has been behind for longest. */
  *takeDue(nowUs: number): IterableIterator<number> {
    const behind = this.#behind.shift();
    if (behind !== undefined) yield behind;
    for (let ref = this.#queue.takeDue(nowUs); ref !== undefined; ) {
      yield ref;
      ref = this.#queue.takeDue(nowUs);
    }
  }

  /** The packet that what a direction has waited with is shown as, at that time; null when it waits for nothing. */
  packetOf(connection: Connection, side: number, nowUs: number): PacketView | null {
    const packet = this.#late.of(connection.row, side);
    if (packet !== null) packet.timeUs = nowUs;
    return packet;
  }

  end(connection: Connection): void {
    this.#late.forget(connection.row);
  }
}

/** What waits is looked at again; what is behind goes on by as much as with a packet, and at the end to its own. */
export function resumeLate(own: Direction, resume: () => void, isEnd: boolean): void {
  do {
    own.parser?.begin?.();
    if (own.parser?.isWaiting) resume();
  } while (isEnd && own.parser?.isBehind);
}
