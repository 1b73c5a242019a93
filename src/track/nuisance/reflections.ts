import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { DetectionEvent, EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { HostTable } from "../hosts/hosts.ts";
import type { Peers } from "../hosts/peers.ts";
import { Rank } from "../hosts/standing.ts";

const PAIRS_MAX = 8192;
const VICTIMS_MAX = 4096;
const WINDOW_US = 10_000_000;
/** Requests and answers within a window, from which on their sizes are compared. */
const REQUESTS_MIN = 50;
const ANSWERS_MIN = 200;
/** A call's answers together are about twice as long as its INVITE and ACK. */
const FACTOR_MIN = 4;
/** So many requests of a host show that the sensor sees what it asks. */
const SIGHT_MIN = 10;
const UNASKED_MIN = 64;
const MINUTE_US = 60_000_000;

interface Pair {
  startUs: number;
  requests: number;
  requestBytes: number;
  answers: number;
  answerBytes: number;
}

interface Victim {
  startUs: number;
  answers: number;
}

/**
 * Servers that are made to answer somebody who did not ask: requests in a victim's name bring it answers that are larger, or more
 * (reflection, amplification). At the server's mirror both are seen; at the victim's the answers only.
 */
export class Reflections {
  readonly #events: EventList;
  readonly #hosts: HostTable;
  readonly #peers: Peers;
  readonly #pairs = new KeyMap<Pair>(PAIRS_MAX);
  /** Of the latest message: its answer is about the same two. */
  #lastKey = -1;
  #lastPair: Pair | undefined;
  readonly #victims = new KeyMap<Victim>(VICTIMS_MAX);

  constructor(parts: { events: EventList; hosts: HostTable; peers: Peers }) {
    this.#events = parts.events;
    this.#hosts = parts.hosts;
    this.#peers = parts.peers;
  }

  /** Each message; `wasAsked`: of an answer, that its request was seen. */
  message(packet: PacketView, message: SipMessageView, wasAsked: boolean): void {
    const { dstHost, srcHost } = packet;
    if (message.isRequest) {
      const pair = this.#pairOf(dstHost, srcHost, packet.timeUs);
      pair.requests++;
      pair.requestBytes += packet.payloadWireLength;
      return;
    }
    if (!wasAsked) this.#unasked(packet, message);
    const pair = this.#pairOf(srcHost, dstHost, packet.timeUs);
    pair.answers++;
    pair.answerBytes += packet.payloadWireLength;
    const { answers, answerBytes, requestBytes, requests } = pair;
    // At powers of two: who goes on is told again.
    if (answers < ANSWERS_MIN || (answers & (answers - 1)) !== 0) return;
    if (requests < REQUESTS_MIN || answerBytes < FACTOR_MIN * requestBytes) return;
    // Who has proven to receive what it asked for is nobody's victim, though its server repeats itself.
    if (this.#peers.rank(srcHost, dstHost, packet.timeUs) >= Rank.RETURNED) return;
    const factor = Math.floor(answerBytes / requestBytes);
    const event = this.#raise(EventKind.SIP_AMPLIFIED, packet, message, factor);
    if (event === null) return;
    event.evidence = [
      {
        what: "answers within ten seconds",
        expected: "about as much as was asked",
        seen: `${answers} with ${answerBytes} bytes to ${requests} requests with ${requestBytes}`,
      },
    ];
  }

  #pairOf(server: number, client: number, nowUs: number): Pair {
    const key = combine53(server, client);
    let pair = key === this.#lastKey ? this.#lastPair : this.#pairs.get(key);
    if (pair === undefined) {
      pair = { startUs: nowUs, requests: 0, requestBytes: 0, answers: 0, answerBytes: 0 };
      this.#pairs.set(key, pair);
    } else if (nowUs - pair.startUs > WINDOW_US) {
      this.#pairs.touch(key);
      Object.assign(pair, { startUs: nowUs, requests: 0, requestBytes: 0 });
      Object.assign(pair, { answers: 0, answerBytes: 0 });
    }
    this.#lastKey = key;
    this.#lastPair = pair;
    return pair;
  }

  /** Answers without a request, to a host whose requests are seen otherwise. */
  #unasked(packet: PacketView, message: SipMessageView): void {
    const { dstHost, timeUs } = packet;
    const host = this.#hosts.get(dstHost);
    if (host === undefined || host.sentRequests < SIGHT_MIN) return;
    let victim = this.#victims.get(dstHost);
    if (victim === undefined) {
      victim = { startUs: timeUs, answers: 0 };
      this.#victims.set(dstHost, victim);
    } else if (timeUs - victim.startUs > MINUTE_US) {
      victim.startUs = timeUs;
      victim.answers = 0;
      this.#victims.touch(dstHost);
    }
    const answers = ++victim.answers;
    if (answers < UNASKED_MIN || (answers & (answers - 1)) !== 0) return;
    const event = this.#raise(EventKind.SIP_ANSWERS_UNASKED, packet, message, answers);
    if (event === null) return;
    event.evidence = [
      {
        what: "answers that nobody asked for",
        expected: "none",
        seen: `${answers} within a minute`,
      },
    ];
  }

  /** The victim is who is answered. */
  #raise(
    kind: number,
    packet: PacketView,
    message: SipMessageView,
    value: number,
  ): DetectionEvent | null {
    const event = this.#events.raise(kind, packet.timeUs, value);
    if (event === null) return null;
    event.aimAtPacket(packet);
    event.showIn(packet, message);
    return event;
  }
}
