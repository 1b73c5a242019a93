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

  begin(ref: number, connection: Connection, own: Direction, packet: PacketView): void {
    const side = connection.directions.indexOf(own);
    const sinceUs = own.pending.length > 0 ? own.missingSinceUs : own.waitingSinceUs;
    this.#queue.push(ref, sinceUs);
    this.#late.keep(connection.row, side, packet);
  }

  /** The check for each packet: cheap. */
  isDue(nowUs: number): boolean {
    return this.#queue.isDue(nowUs);
  }

  /** Ref of the next one that has waited for long. */
  takeDue(nowUs: number): number | undefined {
    return this.#queue.takeDue(nowUs);
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
