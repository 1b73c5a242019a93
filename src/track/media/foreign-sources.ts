import { DelayQueue } from "../../base/delay-queue.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { Contradiction, EventSubject } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import { SeenPacket } from "../facts/packet-origin.ts";
import { PROOF, SUSTAINED } from "../hosts/standing.ts";
import { wayTextOf } from "../hosts/way.ts";
import type { RtpSourceTable } from "../rtp/rtp-sources.ts";
import { HeldMedia } from "./held-media.ts";
import type { MediaParts } from "./media.ts";
import { MediaAim } from "./media-aim.ts";
import { type Feed, type MediaEndpoint, Trust } from "./media-endpoints.ts";
import type { MediaFlows } from "./media-flows.ts";
import { isSameStream, isStranger } from "./media-strangers.ts";
import { MovedByDeed, movedByDeed } from "./moved-by-deed.ts";

/** By then turns that go on are lasting (`Turns`), and the same deed is told as the proof that it is. */
const WAIT_US = 2_500_000;
/** A sender that comes seldom needs longer: it is waited for as long as its turns go on. */
const LOOKS_MAX = 10;
/** A re-INVITE is weighed by then; who sends one after the other gains no more. */
const WEIGHED_LOOKS_MAX = 3;
const WAITING_MAX = 1024;

/** A call rings for no longer (RFC 3261 16.6, timer C): then one of its forks was answered, and the others are gone. */
const RINGING_US = 180_000_000;

/** Streams that run when the capture begins show within this of each other. */
const TOGETHER_US = 1_000_000;

/** A stranger that begins so long after the own sender comes in the middle of the call: the answer's announcements are over. */
const MID_CALL_US = 3_000_000;
/** Value of a stranger of another network in the middle of an answered call, for more than a second but not long enough for a proof. */
const STRANGER = 3;

const AFTER_RINGING: Contradiction = {
  what: "both senders, once no call rings any more (RFC 3261 16.6)",
  expected: "one: the fork that was answered",
  seen: "both go on after three minutes",
};

/** A sign that is not told yet, or not with proof. */
export interface WaitingSource {
  readonly receiver: MediaEndpoint;
  readonly value: number;
  readonly origin: SeenPacket;
  readonly subject: EventSubject;
  readonly evidence: readonly Contradiction[];
  /** Both may be gateways of forks until then; 0 when they are none. */
  readonly forksUntilUs: number;
  looks: number;
  isTold: boolean;
  /** By another way than its address's own packets. */
  readonly isForged: boolean;
}

/** Strangers beside a stream's own sender. One deed is told once: a single sign waits for the proof that may follow. */
export class ForeignSources {
  /** First RTP source of a directed flow; -1 when there is none. */
  headOf: (directedFlow: number) => number = () => -1;
  readonly held: HeldMedia;
  readonly #parts: MediaParts;
  readonly #sources: RtpSourceTable;
  readonly #aim: MediaAim;
  readonly #waiting = new DelayQueue<WaitingSource>(WAIT_US, WAITING_MAX);

  constructor(
    parts: MediaParts,
    own: { readonly sources: RtpSourceTable; readonly flows: MediaFlows },
  ) {
    this.#parts = parts;
    this.#sources = own.sources;
    this.held = new HeldMedia(parts, { ...own, headOf: (flow) => this.headOf(flow) });
    this.#aim = new MediaAim(parts);
  }

  isDue(nowUs: number): boolean {
    return this.#waiting.isDue(nowUs) || this.held.isDue(nowUs);
  }

  advance(nowUs: number): void {
    this.held.advance(nowUs);
    const { events } = this.#parts;
    while (!events.isHalfFull) {
      const due = this.#waiting.takeDue(nowUs);
      if (due === undefined) break;
      this.#due(due, nowUs);
    }
  }

  /** A stranger's packets run between those of the stream's own sender. */
  seen(packet: PacketView, receiver: MediaEndpoint, rival: Feed, own: Feed): void {
    const { hosts } = this.#parts;
    const rivalry = receiver.makeRivalry();
    const change =
      rival.host === own.host && own.directedFlow >= 0
        ? this.#otherWay(packet, own)
        : hosts.pathChange(hosts.source(packet), packet);
    const isParty = rival.trust === Trust.PARTY;
    // Gateways of forks run side by side until one answers; an announcement's end may overlap for a second.
    const isForeign =
      !rivalry.isEarly &&
      !isOfForks(receiver, rival, own, packet.timeUs) &&
      (!isParty || change !== null);
    const isProof = isForeign && rivalry.turns?.isLasting === true;
    const isSustained = isForeign && rivalry.turns?.isSustained === true;
    const isIntruder =
      isForeign &&
      rivalry.turns?.isProven === true &&
      !rivalry.wasEarly &&
      rival.firstUs - own.firstUs >= MID_CALL_US &&
      isStranger(this.#parts.names, receiver, rival, own);
    const least = isIntruder ? STRANGER : 1;
    const value = isProof ? PROOF + 1 + (change === null ? 0 : 1) : isSustained ? SUSTAINED : least;
    const moved = movedByDeed(receiver.ownerCall, rival.host);
    const isFull = this.#waiting.size === WAITING_MAX;
    if ((!isProof || moved !== MovedByDeed.NO) && !isFull) {
      const isWaiting = rivalry.waiting !== null && rivalry.waiting.value >= value;
      if (!isWaiting) this.#wait(packet, receiver, value, { rival, own, change });
      return;
    }
    rivalry.waiting = null;
    const event = this.#parts.events.raise(EventKind.RTP_FOREIGN_SOURCE, packet.timeUs, value);
    if (event === null) return;
    this.#aim.atPacket(event, packet, receiver);
    event.isForged = change !== null;
    event.evidence = this.#evidence(receiver, { rival, own, change });
  }

  /** A stranger speaks in the pauses of the stream's own sender, again and again. */
  inPauses(packet: PacketView, receiver: MediaEndpoint, rival: Feed, own: Feed): void {
    const rivalry = receiver.makeRivalry();
    const { pauses, waiting } = rivalry;
    // At powers of two.
    if (waiting !== null || (pauses & (pauses - 1)) !== 0) return;
    const isIntruder =
      !isSameStream(this.#sources, this.headOf, rival, own) &&
      isStranger(this.#parts.names, receiver, rival, own);
    const value = isIntruder ? STRANGER : 1;
    this.#wait(packet, receiver, value, { rival, own, change: null });
  }

  #wait(packet: PacketView, receiver: MediaEndpoint, value: number, of: Rivals): void {
    const { hosts } = this.#parts;
    hosts.source(packet);
    hosts.destination(packet);
    const rivalry = receiver.makeRivalry();
    rivalry.waiting = {
      receiver,
      value,
      origin: new SeenPacket(packet),
      subject: this.#aim.subjectOf(receiver, packet.dstHost, packet.dstPort),
      evidence: this.#evidence(receiver, of),
      forksUntilUs:
        of.own.trust >= Trust.PARTY && isOfForks(receiver, of.rival, of.own, packet.timeUs)
          ? Math.max(of.rival.firstUs, of.own.firstUs) + RINGING_US
          : 0,
      looks: 0,
      isTold: false,
      isForged: of.change !== null,
    };
    this.#waiting.push(rivalry.waiting, packet.timeUs);
  }

  #due(waiting: WaitingSource, nowUs: number): void {
    const { receiver, origin } = waiting;
    const value = this.#valueNow(waiting);
    const rivalry = receiver.makeRivalry();
    // Told meanwhile, with proof.
    if (rivalry.waiting !== waiting) return;
    const goesOn = value < PROOF && rivalry.turns?.goesOn(nowUs, WAIT_US) === true;
    const moved = movedByDeed(receiver.ownerCall, origin.srcHost);
    waiting.looks++;
    const isWeighed = moved === MovedByDeed.WEIGHED && waiting.looks < WEIGHED_LOOKS_MAX;
    if (isWeighed || (goesOn && waiting.looks < LOOKS_MAX)) {
      this.#waiting.push(waiting, nowUs);
      return;
    }
    const mayBeForks = goesOn && waiting.forksUntilUs > 0;
    if (mayBeForks && nowUs <= waiting.forksUntilUs) {
      if (!waiting.isTold && moved !== MovedByDeed.TOLD) this.#tell(waiting, value, nowUs);
      waiting.isTold = true;
      this.#waiting.push(waiting, nowUs);
      return;
    }
    rivalry.waiting = null;
    if (moved === MovedByDeed.TOLD || (waiting.isTold && !mayBeForks)) return;
    this.#tell(waiting, mayBeForks ? PROOF + 1 : value, nowUs);
  }

  /** A session description that came since has named who looked like a stranger: the end of a transfer. */
  #valueNow({ origin, receiver, value }: WaitingSource): number {
    if (value !== STRANGER) return value;
    const { srcHost, srcPort } = origin;
    const isNamed = receiver.feeds.some(
      ({ host, port, trust }) => host === srcHost && port === srcPort && trust >= Trust.PARTY,
    );
    return isNamed ? 1 : value;
  }

  #tell(
    { evidence, isForged, origin, receiver, subject }: WaitingSource,
    value: number,
    nowUs: number,
  ): void {
    const event = this.#parts.events.raise(EventKind.RTP_FOREIGN_SOURCE, nowUs, value);
    if (event === null) return;
    this.#aim.atEnds(event, origin);
    event.origin = origin;
    event.subject = subject;
    event.isForged = isForged;
    event.evidence = evidence;
    if (value >= PROOF && receiver.ownerCall === null) {
      event.evidence = [...evidence, AFTER_RINGING];
    }
  }

  #evidence(receiver: MediaEndpoint, { rival, own, change }: Rivals): readonly Contradiction[] {
    const { names } = this.#parts;
    const turns = receiver.rivalry?.turns?.rivalPackets ?? 0;
    return [
      {
        what: "media source",
        expected: `${names.text(own.host)}:${own.port}`,
        seen: `${names.text(rival.host)}:${rival.port}${strangeness(rival)}`,
      },
      {
        what: "own sender while the other one sends",
        expected: "silence, as after a handover",
        seen: `goes on between ${turns} packets of the other one`,
      },
      ...(change === null ? [] : [{ what: "way", expected: change.expected, seen: change.seen }]),
    ];
  }

  /** The rival has the own sender's address, at another port, and its packets come by another way. */
  #otherWay(packet: PacketView, own: Feed): OtherWay | null {
    const source = this.headOf(own.directedFlow);
    if (source < 0 || this.#sources.isOwnWay(source, packet)) return null;
    return {
      expected: `that of ${this.#parts.names.text(own.host)}:${own.port}, TTL ${this.#sources.ttl(source)}`,
      seen: wayTextOf(packet),
    };
  }
}

/**
 * Of a call whose signalling was not seen two senders may be gateways of its forks: where both were there from the start, or where nobody is seen to
 * send to the one that was there first, so that it may be an announcement. Who is answered talks by itself once nothing rings any more.
 */
function isOfForks({ ownerCall }: MediaEndpoint, rival: Feed, own: Feed, nowUs: number): boolean {
  if (ownerCall !== null) return false;
  if (own.trust < Trust.PARTY) return true;
  const ringsUntilUs = Math.max(rival.firstUs, own.firstUs) + RINGING_US;
  return Math.abs(rival.firstUs - own.firstUs) < TOGETHER_US && nowUs <= ringsUntilUs;
}

function strangeness({ trust }: Feed): string {
  if (trust === Trust.PARTY) return ", a host of the call at a port that nobody named";
  if (trust === Trust.CHECKED) {
    return ", in no session description: its ICE check was answered, with a password that was sent in clear";
  }
  return "";
}

interface OtherWay {
  readonly expected: string;
  readonly seen: string;
}

/** Two senders to one address, and how the rival's packets come, when that is another way than the own ones. */
interface Rivals {
  readonly rival: Feed;
  readonly own: Feed;
  readonly change: OtherWay | null;
}
