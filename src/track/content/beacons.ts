import { column } from "../../base/column.ts";
import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import { KeyTable } from "../../base/key-table.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { HostTable } from "../hosts/hosts.ts";
import type { Peers } from "../hosts/peers.ts";
import { Rank } from "../hosts/standing.ts";
import type { RequestInspector } from "../transactions/request-inspector.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { OpaqueTokens } from "./opaque-tokens.ts";

/** Two hosts that are followed: half a kilobyte each. */
const PAIRS_MAX = 2048;
/** Two hosts of which only the latest request is noted: most send one, or one behind the other. */
const SEEN_MAX = 16_384;
/** Intervals that are held against each other. */
const WINDOW = 12;
/** Of so many requests of a window half say something new. */
const FRESH_MIN = 6;
/** Regular is what lies within these times the mean: a jitter of half the interval, as implants have it. */
const SHORT = 0.45;
const LONG = 2;
/** A message that was lost, or one more. */
const ODD_MAX = 1;
/** More often is a flood, of which nothing but the time is kept; longer is not worth to wait for. */
const INTERVAL_MIN_US = 1_000_000;
const INTERVAL_MAX_US = 7_200_000_000;
const SUMS = 8;
/** People who write to each other pause for as many times the mean within as long; software does not. */
const PAUSE = 3;
const PAUSE_WITHIN_US = 3_600_000_000;

class Beacon {
  /** Requests so far. */
  requests = 1;
  told = 0;
  readonly firstUs: number;
  lastUs: number;
  /** Since when there was no pause. */
  steadyUs: number;
  /** The last `WINDOW` intervals, and whether the request at their end said something new. */
  readonly intervalsUs = new Float64Array(WINDOW);
  readonly isFresh = new Uint8Array(WINDOW);
  /** What the last requests said: a poll that goes round among a few texts says nothing new. */
  readonly sums = new Int32Array(SUMS);
  readonly tokens = new Int32Array(16);
  tokenCount = 0;

  /** After the first request, of which only the time was noted. */
  constructor(firstUs: number) {
    this.firstUs = firstUs;
    this.lastUs = firstUs;
    this.steadyUs = firstUs;
  }

  /** The next request: its interval, and whether it says something new. */
  note(timeUs: number, isFresh: boolean): void {
    const intervalUs = timeUs - this.lastUs;
    const known = Math.min(this.requests - 1, WINDOW);
    let sum = 0;
    for (let i = 0; i < known; i++)
      sum += this.intervalsUs[(this.requests - 1 - i) % WINDOW] as number;
    if (known > 0 && intervalUs * known > PAUSE * sum) this.steadyUs = timeUs;
    const at = this.requests % WINDOW;
    this.intervalsUs[at] = intervalUs;
    this.isFresh[at] = isFresh ? 1 : 0;
    this.requests++;
    this.lastUs = timeUs;
  }

  /** Mean interval when the window is full and regular; 0 otherwise. */
  get intervalUs(): number {
    if (this.requests <= WINDOW) return 0;
    let sum = 0;
    let fresh = 0;
    for (let i = 0; i < WINDOW; i++) {
      sum += this.intervalsUs[i] as number;
      fresh += this.isFresh[i] as number;
    }
    const mean = sum / WINDOW;
    if (fresh < FRESH_MIN || mean < INTERVAL_MIN_US || mean > INTERVAL_MAX_US) return 0;
    let odd = 0;
    for (const us of this.intervalsUs) if (us < SHORT * mean || us > LONG * mean) odd++;
    return odd > ODD_MAX ? 0 : mean;
  }
}

/**
 * Requests that go out by the clock with something new in each, where keep-alives and polls of telephony say the same every time:
 * what an implant reports to its master, or asks it for. Only to hosts that are no known server of the sender: none that it has
 * proven a password to, had a call with, or that is a registrar.
 */
export class Beacons implements RequestInspector {
  readonly #events: EventList;
  readonly #hosts: HostTable;
  readonly #peers: Peers;
  readonly #pairs = new KeyMap<Beacon>(PAIRS_MAX);
  readonly #seen = new KeyTable(SEEN_MAX);
  /** Time of the latest request, by row. */
  readonly #seenUs = column(Float64Array, SEEN_MAX);
  readonly #tokens = new OpaqueTokens();

  constructor(parts: { events: EventList; hosts: HostTable; peers: Peers }) {
    this.#events = parts.events;
    this.#hosts = parts.hosts;
    this.#peers = parts.peers;
  }

  request(packet: PacketView, message: SipMessageView, transaction: Transaction): void {
    if (message.method === SipMethod.INVITE || transaction.isInDialog) return;
    if (!transaction.isFirstHop) return;
    const { timeUs } = packet;
    const key = combine53(packet.srcHost, packet.dstHost);
    const beforeUs = this.#noteTime(key, timeUs);
    if (timeUs - beforeUs < SHORT * INTERVAL_MIN_US || this.#isServer(packet)) return;
    let beacon = this.#pairs.get(key);
    if (beacon === undefined) {
      beacon = new Beacon(beforeUs);
      this.#pairs.set(key, beacon);
    } else this.#pairs.touch(key);
    const tokens = this.#tokens;
    tokens.read(message);
    const changed = tokens.indexOfNew(beacon.tokens, beacon.tokenCount);
    const { sum } = tokens;
    const isFresh = changed >= 0 && !beacon.sums.includes(sum);
    if (isFresh) beacon.sums[beacon.requests % SUMS] = sum;
    beacon.tokens.set(tokens.hashes);
    beacon.tokenCount = tokens.count;
    beacon.note(timeUs, isFresh);
    if (message.method === SipMethod.MESSAGE && timeUs - beacon.steadyUs < PAUSE_WITHIN_US) return;
    if (isFresh && beacon.requests >= 2 * beacon.told) {
      this.#judge(packet, message, transaction, { beacon, changed });
    }
  }

  /** The time of the request before, which is this one's own when there was none. */
  #noteTime(key: number, timeUs: number): number {
    let row = this.#seen.find(key);
    let beforeUs = timeUs;
    if (row < 0) row = this.#seen.add(key);
    else {
      beforeUs = this.#seenUs[row] as number;
      if (timeUs - beforeUs >= SHORT * INTERVAL_MIN_US) this.#seen.touch(row);
    }
    this.#seenUs[row] = timeUs;
    return beforeUs;
  }

  /** `changed`: the token that is new in this request. */
  #judge(
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    { beacon, changed }: { readonly beacon: Beacon; readonly changed: number },
  ): void {
    const { intervalUs } = beacon;
    if (intervalUs === 0) return;
    const event = this.#events.raise(EventKind.SIP_BEACON, packet.timeUs, beacon.requests);
    if (event === null) return;
    beacon.told = beacon.requests;
    event.aimAtTransaction(transaction);
    event.showInRequest(packet, message);
    event.sinceUs = beacon.firstUs;
    event.evidence = [
      {
        what: "requests to a host that is no known server of this one",
        expected: "none by the clock, or the same each time",
        seen: `${beacon.requests}, the last ${WINDOW} every ${(intervalUs / 1e6).toFixed(1)} s`,
      },
      {
        what: "what is new in this one",
        expected: "nothing but Call-ID, tags and branch",
        seen: this.#tokens.text(message.bytes, changed),
      },
    ];
  }

  #isServer({ dstHost, srcHost, timeUs }: PacketView): boolean {
    if (this.#hosts.get(dstHost)?.isRegistrar === true) return true;
    return this.#peers.rank(srcHost, dstHost, timeUs) >= Rank.ACCEPTED;
  }
}
