import type { PacketView } from "../../decode/packet.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import { NotedPacket, SeenPacket } from "../facts/packet-origin.ts";
import { UNREAD_TEXTS, type Unread } from "./unread-reason.ts";

/** Fewer are a stray packet; more are somebody's calls. */
const TOLD_MIN = 10;
/** Told again after this, while it goes on. */
const TOLD_EVERY_US = 60_000_000;

/** SIP that is seen and cannot be read, as the fact `sensor.unread`. */
export class UnreadSip {
  readonly #counts: Float64Array;
  readonly #told: Float64Array;
  #toldUs = Number.NEGATIVE_INFINITY;
  /** The packet noted last: those that cannot be read may be many, and noting one allocates nothing. */
  readonly #last = new NotedPacket();

  /** `counts`: packets so far, by `Unread`. */
  constructor(counts: Float64Array) {
    this.#counts = counts;
    this.#told = counts.slice();
  }

  note(reason: Unread, packet: PacketView, packets = 1): void {
    this.#counts[reason] = (this.#counts[reason] as number) + packets;
    this.#last.note(packet);
  }

  /** Raises what has come since the last time. Returns it in one line; "" when there is nothing to tell. */
  raise(nowUs: number, events: EventList): string {
    const since = this.#counts.map((count, reason) => count - (this.#told[reason] as number));
    const sum = since.reduce((total, count) => total + count, 0);
    if (sum < TOLD_MIN || nowUs - this.#toldUs < TOLD_EVERY_US) return "";
    const event = events.raise(EventKind.SENSOR_UNREAD, nowUs, sum);
    if (event === null) return "";
    this.#toldUs = nowUs;
    this.#told.set(this.#counts);
    event.origin = new SeenPacket(this.#last);
    const seen = UNREAD_TEXTS.flatMap((what, reason) => {
      const count = since[reason] as number;
      return count > 0 ? [{ what, expected: "none", seen: `${count} packets` }] : [];
    });
    event.evidence = seen;
    return seen.map(({ what, seen }) => `${what}: ${seen}`).join(", ");
  }
}
