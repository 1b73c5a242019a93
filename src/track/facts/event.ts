import { type HostKey, NO_HOST } from "../../decode/host.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import { EVENT_ROWS } from "./event-kind.ts";
import type { PacketOrigin } from "./packet-origin.ts";
import type { RelatedFact } from "./related.ts";

/** What a SIP or media fact is about, in words for people and for `sip.*` buffers; "" where unknown. */
export interface SubjectTexts {
  readonly callId: string;
  /** Method of the request, as sent. */
  readonly method: string;
  readonly fromUser: string;
  readonly toUser: string;
  readonly uriUser: string;
  /** Digest username. */
  readonly authUser: string;
  readonly realm: string;
  /** Digest `user@realm`, else From's `user@host`. */
  readonly account: string;
  /** To's `user@host` of a REGISTER, else "". */
  readonly aor: string;
  readonly userAgent: string;
  readonly contact: string;
  /** Digest response; only compared, never written out. */
  readonly digestResponse: string;
  /** `source > destination SSRC` of a media stream, else "". */
  readonly stream: string;
  /** Digits of the international number that a call goes to, of facts that read it; else "". */
  readonly destination: string;
}

/** The same as 53-bit keys, which counters use; 0: make it from the text. */
interface SubjectKeys {
  readonly callKey: number;
  readonly fromUserKey: number;
  readonly toUserKey: number;
  readonly uriUserKey: number;
  readonly accountKey: number;
  readonly aorKey: number;
  readonly digestKey: number;
}

export interface EventSubject extends SubjectTexts, SubjectKeys {}

export const NO_SUBJECT: EventSubject = {
  callId: "",
  method: "",
  fromUser: "",
  toUser: "",
  uriUser: "",
  authUser: "",
  realm: "",
  account: "",
  aor: "",
  userAgent: "",
  contact: "",
  digestResponse: "",
  stream: "",
  destination: "",
  callKey: 0,
  fromUserKey: 0,
  toUserKey: 0,
  uriUserKey: 0,
  accountKey: 0,
  aorKey: 0,
  digestKey: 0,
};

/** One contradiction: what the observed state leads to expect, and what was seen instead. */
export interface Contradiction {
  readonly what: string;
  readonly expected: string;
  readonly seen: string;
}

/** The two ends of a transaction and what it is about. */
export interface EventParties extends EventSubject, PacketOrigin {
  readonly client: HostKey;
  readonly clientPort: number;
  readonly server: HostKey;
  readonly serverPort: number;
  /** See `DetectionEvent.isReturned`. */
  readonly hasProof?: boolean;
  /** See `DetectionEvent.isForged`. */
  readonly isForged?: boolean;
  /** Number of its `method`. */
  readonly methodId?: SipMethod;
}

const NO_CONTRADICTION: readonly Contradiction[] = [];

/**
 * A fact that a tracker raised. Slots are reused: valid until the engine has inspected the packet.
 * `src` is the offender (the client that asked, the sender of the foreign packet), `dst` its victim,
 * whichever way the packet at hand flows.
 */
export class DetectionEvent {
  kind = 0;
  timeUs = 0.5;
  value = 0.5;
  srcHost: HostKey = NO_HOST;
  srcPort = 0;
  dstHost: HostKey = NO_HOST;
  dstPort = 0;
  /** Ends of the transaction: `by_client`, `by_server`. Equal to src and dst unless said otherwise. */
  client: HostKey = NO_HOST;
  server: HostKey = NO_HOST;
  subject: EventSubject = NO_SUBJECT;
  evidence: readonly Contradiction[] = NO_CONTRADICTION;
  /** The packet in which the fact showed; null when time passing raised it. */
  packet: PacketView | null = null;
  sip: SipMessageView | null = null;
  /** The packet that decided it, when that is not the one at hand; null when there is none of its own. */
  origin: PacketOrigin | null = null;
  /** `sip` is the very request that the fact is about: buffers need not ask the subject. */
  isOwnRequest = false;
  /** The earlier fact that it follows from; null when there is none. */
  related: RelatedFact | null = null;
  /** The source address is somebody else's, who did not send it: the offender is known by its way at most. */
  isForged = false;
  /** Since when what its value counts was counted; 0 when nobody noted it. */
  sinceUs = 0.5;

  /** What it is about repeats what only its source's address was sent, or came by TCP: the source is not forged. */
  isReturned = false;
  /** Of the transaction that it was aimed at last. */
  #methodId: SipMethod = SipMethod.OTHER;

  /** The method that `sip.method` has on it, as a number; OTHER where it is another one, or not known without its text. */
  get method(): SipMethod {
    if (this.isOwnRequest && this.sip !== null) return this.sip.method;
    // Some facts are aimed at a transaction and then about something else.
    const aimedAt: object | null = this.origin;
    return this.subject === aimedAt ? this.#methodId : SipMethod.OTHER;
  }

  /** The packet's sender is the offender, its receiver the victim. */
  aimAtPacket(packet: PacketView): void {
    this.srcHost = packet.srcHost;
    this.srcPort = packet.srcPort;
    this.dstHost = packet.dstHost;
    this.dstPort = packet.dstPort;
    this.client = packet.srcHost;
    this.server = packet.dstHost;
    this.packet = packet;
    this.isReturned = packet.isReturned;
  }

  /** The fact shows in this message. */
  showIn(packet: PacketView, message: SipMessageView): void {
    this.packet = packet;
    this.sip = message;
  }

  /** The fact shows in the request that it is about. */
  showInRequest(packet: PacketView, message: SipMessageView): void {
    this.showIn(packet, message);
    this.isOwnRequest = true;
  }

  /** The client of a transaction is the offender, its server the victim. */
  aimAtTransaction(transaction: EventParties): void {
    this.srcHost = transaction.client;
    this.srcPort = transaction.clientPort;
    this.dstHost = transaction.server;
    this.dstPort = transaction.serverPort;
    this.client = transaction.client;
    this.server = transaction.server;
    this.subject = transaction;
    this.origin = transaction;
    this.#methodId = transaction.methodId ?? SipMethod.OTHER;
    this.isReturned = transaction.hasProof === true;
    this.isForged = transaction.isForged === true;
  }
}

/** Events of one packet. Beyond the limit they are dropped and counted. */
const EVENTS_MAX = 256;

/** The reused list that trackers fill and the engine reads, emptied for each packet. */
export class EventList {
  length = 0;
  dropped = 0;
  readonly #slots: DetectionEvent[] = [];
  /** Count of all events by kind, for the summary and metrics. */
  readonly counts = new Float64Array(EVENT_ROWS.length);

  /** Time-driven trackers stop here, are inspected, and go on: nothing they find is dropped. */
  get isHalfFull(): boolean {
    return this.length >= EVENTS_MAX / 2;
  }

  at(index: number): DetectionEvent {
    return this.#slots[index] as DetectionEvent;
  }

  clear(): void {
    this.length = 0;
  }

  /** A fact that nobody asks for: it is counted, and that is all. */
  count(kind: number): void {
    this.counts[kind] = (this.counts[kind] as number) + 1;
  }

  /** A slot with every field reset but the ones given; null when the list is full. */
  raise(kind: number, timeUs: number, value: number): DetectionEvent | null {
    this.count(kind);
    if (this.length === EVENTS_MAX) {
      this.dropped++;
      return null;
    }
    let event = this.#slots[this.length];
    if (event === undefined) {
      event = new DetectionEvent();
      this.#slots.push(event);
    }
    this.length++;
    event.kind = kind;
    event.timeUs = timeUs;
    event.value = value;
    event.srcHost = NO_HOST;
    event.srcPort = 0;
    event.dstHost = NO_HOST;
    event.dstPort = 0;
    event.client = NO_HOST;
    event.server = NO_HOST;
    event.subject = NO_SUBJECT;
    event.evidence = NO_CONTRADICTION;
    event.packet = null;
    event.sip = null;
    event.origin = null;
    event.isOwnRequest = false;
    event.related = null;
    event.isForged = false;
    event.sinceUs = 0;
    event.isReturned = false;
    return event;
  }
}
