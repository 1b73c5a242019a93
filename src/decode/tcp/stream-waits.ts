import { DelayQueue } from "../../base/delay-queue.ts";
import type { Connection } from "./connection.ts";
import type { Direction } from "./direction.ts";
import { MISSING_WAIT_US } from "./stream-order.ts";

/** Directions that wait for missing bytes or keys at once; beyond, the next segment of theirs looks. */
const WAITING_MAX = 65_536;

/** Directions that wait for missing bytes or for a key, in the order in which they began to, by the refs of their rows. */
export class StreamWaits {
  readonly #queue = new DelayQueue<number>(MISSING_WAIT_US, WAITING_MAX);
  /** Connections of which nothing is missing any more, and more is there than one packet may bring. */
  readonly #behind: Connection[] = [];

  /** Bytes are missing, or a key. */
  waits(ref: number, own: Direction): void {
    this.#queue.push(ref, own.pending.length > 0 ? own.missingSinceUs : own.waitingSinceUs);
  }

  /** It is looked at with the next packet, after those that wait for that already. */
  goesOn(connection: Connection): void {
    if (connection.isQueued) return;
    connection.isQueued = true;
    this.#behind.push(connection);
  }

  /** Something goes on with the next packet, whenever that is. */
  get hasBehind(): boolean {
    return this.#behind.length > 0;
  }

  /** The check for each packet: cheap. */
  isDue(nowUs: number): boolean {
    return this.#behind.length > 0 || this.isLate(nowUs);
  }

  /** One has waited for long. */
  isLate(nowUs: number): boolean {
    return this.#queue.isDue(nowUs);
  }

  /** The connection that has been behind for longest. */
  takeBehind(): Connection | null {
    const connection = this.#behind.shift() ?? null;
    if (connection !== null) connection.isQueued = false;
    return connection;
  }

  /** Ref of one that has waited for long. */
  takeDue(nowUs: number): number | undefined {
    return this.#queue.takeDue(nowUs);
  }
}
