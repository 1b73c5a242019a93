import { BoundedMap } from "../../base/bounded-map.ts";
import { DelayQueue } from "../../base/delay-queue.ts";
import { combine53 } from "../../base/hash.ts";
import type { HostKey } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import { originOfFlow, type PacketOrigin } from "../facts/packet-origin.ts";
import type { FlowTable } from "../flow.ts";

/** Pairs of hosts that are remembered; the one longest without a stream goes. */
const PAIRS_MAX = 16_384;
/** A second of audio: a shorter stream says nothing about the other direction. */
const STREAM_PACKETS_MIN = 50;
/** One-way audio in one call is a fault of that call; in so many it is one of the sensor's sight. */
const STREAMS_MIN = 4;
/** Streams that begin together are one call (audio and video). */
const CALL_GAP_US = 1_000_000;
/**
 * Time for the other direction's flow to end too, where media does not return to the port it comes
 * from: a flow seen in one direction ends 30 s after its last packet.
 */
const WAIT_US = 60_000_000;

/** The direction from the lower host key to the higher one, as a bit; the other one is 2. */
const UP = 1;
const DOWN = 2;

interface HostPair {
  readonly low: HostKey;
  readonly high: HostKey;
  /** Directions in which any media was seen. */
  seen: number;
  /** Announced streams that ran one way only, one a call. */
  streams: number;
  lastStreamUs: number;
  /** The first packet of the latest of these. */
  origin: PacketOrigin | null;
}

/**
 * Hosts between which media is only ever seen one way, although the calls agreed on both: the mirror
 * shows one direction, or audio is really lost. Rules about media are blind there. Looks at flows
 * when they end, so a packet costs nothing.
 */
export class OneWayMedia {
  readonly #pairs = new BoundedMap<number, HostPair>(PAIRS_MAX);
  readonly #suspects = new DelayQueue<HostPair>(WAIT_US, PAIRS_MAX);
  readonly #names: HostNames;

  constructor(names: HostNames) {
    this.#names = names;
  }

  /** Call for each flow of RTP that ends. `isMutual`: SDP announced it, and as media both ways. */
  flowEnded(flows: FlowTable, slot: number, isMutual: boolean, nowUs: number): void {
    const forth = flows.packets(slot, true);
    const back = flows.packets(slot, false);
    const pair = this.#pairOf(flows.clientHost(slot), flows.serverHost(slot));
    const isUp = flows.clientHost(slot) === pair.low;
    if (forth > 0) pair.seen |= isUp ? UP : DOWN;
    if (back > 0) pair.seen |= isUp ? DOWN : UP;
    if (pair.seen === (UP | DOWN) || !isMutual || forth + back < STREAM_PACKETS_MIN) return;
    const startUs = flows.firstUs(slot);
    if (pair.streams > 0 && startUs - pair.lastStreamUs < CALL_GAP_US) return;
    pair.lastStreamUs = startUs;
    pair.origin = originOfFlow(flows, slot);
    pair.streams++;
    const isPowerOfTwo = (pair.streams & (pair.streams - 1)) === 0;
    if (pair.streams >= STREAMS_MIN && isPowerOfTwo) this.#suspects.push(pair, nowUs);
  }

  isDue(nowUs: number): boolean {
    return this.#suspects.isDue(nowUs);
  }

  advance(nowUs: number, events: EventList): void {
    while (!events.isHalfFull) {
      const pair = this.#suspects.takeDue(nowUs);
      if (pair === undefined) break;
      if (pair.seen !== (UP | DOWN)) this.#raise(pair, nowUs, events);
    }
  }

  #pairOf(one: HostKey, other: HostKey): HostPair {
    const low = Math.min(one, other);
    const high = Math.max(one, other);
    const key = combine53(low, high);
    let pair = this.#pairs.get(key);
    if (pair === undefined) {
      pair = { low, high, seen: 0, streams: 0, lastStreamUs: 0.5, origin: null };
      this.#pairs.set(key, pair);
    } else {
      this.#pairs.touch(key);
    }
    return pair;
  }

  #raise(pair: HostPair, nowUs: number, events: EventList): void {
    const event = events.raise(EventKind.SENSOR_ONE_WAY, nowUs, pair.streams);
    if (event === null) return;
    const [seen, unseen] = pair.seen === UP ? [pair.low, pair.high] : [pair.high, pair.low];
    event.srcHost = seen;
    event.dstHost = unseen;
    event.client = seen;
    event.server = unseen;
    event.origin = pair.origin;
    event.evidence = [
      {
        what: `media from ${this.#names.text(unseen)} to ${this.#names.text(seen)}`,
        expected: "packets, as the calls agreed on",
        seen: `none in ${pair.streams} calls whose media the other way was seen`,
      },
    ];
  }
}
