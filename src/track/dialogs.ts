import type { Span } from "../base/ascii.ts";
import { DelayQueue } from "../base/delay-queue.ts";
import { type HostKey, type HostNames, NO_HOST } from "../decode/host.ts";
import { hostKeyOfText } from "../decode/host-text.ts";
import type { PacketView } from "../decode/packet.ts";
import { SdpView } from "../decode/sdp.ts";
import { HeaderId } from "../decode/sip/headers.ts";
import type { SipMessageView } from "../decode/sip/message.ts";
import { SipMethod } from "../decode/sip/methods.ts";
import { AddressView } from "../decode/sip/params.ts";
import { type Bye, CALLEE, CALLER, Call, type CallSide, CallTable } from "./calls.ts";
import type { Contradiction, DetectionEvent, EventList } from "./event.ts";
import { EventKind } from "./event-kind.ts";
import type { HostTable } from "./hosts.ts";
import type { MediaTracker } from "./media.ts";
import type { TrackSettings } from "./settings.ts";
import { aimAt } from "./sip-tracker.ts";
import type { Statistics } from "./statistics.ts";
import type { MessageKeys, Transaction, TransactionTable } from "./transaction.ts";

/** Media that goes on this long after its BYE is looked for; honest senders stop within 0.12 s. */
const AFTER_BYE_US = 1_500_000;
/** Media counts as going on when it was heard this shortly before the look. */
const STILL_SENDING_US = 300_000;
/** Two BYEs of one side closer than this are glare or a retry, not a contradiction. */
const GLARE_US = 2_000_000;

export interface DialogParts {
  readonly hosts: HostTable;
  readonly names: HostNames;
  readonly events: EventList;
  readonly statistics: Statistics;
  readonly media: MediaTracker;
}

interface Watch {
  readonly call: Call;
  readonly bye: Bye;
}

/**
 * Calls and who may speak in them (RFC 3261 12, 15, 9): BYE, CANCEL and re-INVITE from hosts that are
 * no party, or in a party's name by another path, or disproved by what the party does afterwards.
 */
export class DialogTracker {
  readonly calls: CallTable;
  readonly #parts: DialogParts;
  readonly #watches: DelayQueue<Watch>;
  readonly #sdp = new SdpView();
  readonly #address = new AddressView();
  readonly #span: Span = { start: 0, end: 0 };

  constructor(settings: TrackSettings, parts: DialogParts) {
    this.#parts = parts;
    this.calls = new CallTable(settings.callsMax, {
      idleMs: settings.callIdleMs,
      lingerMs: settings.callLingerMs,
    });
    this.#watches = new DelayQueue(AFTER_BYE_US, settings.callsMax);
  }

  isDue(nowUs: number): boolean {
    return this.#watches.isDue(nowUs);
  }

  advance(nowUs: number): void {
    const { events } = this.#parts;
    while (!events.isHalfFull) {
      const due = this.#watches.takeDue(nowUs);
      if (due === undefined) break;
      this.#watchDue(due, nowUs);
    }
  }

  /** A new transaction's request. False when its sender is not believed to be who it says. */
  request(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): boolean {
    const nowUs = packet.frame.timeUs;
    let call = this.calls.get(keys.callKey, nowUs);
    if (call === undefined) {
      if (message.method !== SipMethod.INVITE || keys.hasToTag) return true;
      call = new Call(keys.callKey, transaction, keys.fromTagKey, nowUs);
      this.calls.expire(nowUs);
      this.calls.add(call);
    }
    if (
      transaction.isFirstHop &&
      keys.hasToTag &&
      !this.#isBelieved(packet, message, keys, call, transaction)
    ) {
      return false;
    }
    this.calls.touch(call, nowUs);
    this.#join(packet, message, call);
    const side = call.sideOf(keys.fromTagKey);
    if (side !== null) {
      call.cseq[side] = Math.max(call.cseq[side], transaction.cseq);
      this.#session(message, call, side);
    }
    return true;
  }

  response(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): void {
    const nowUs = packet.frame.timeUs;
    const call = this.calls.get(keys.callKey, nowUs);
    const status = message.statusCode;
    if (call === undefined) {
      if (transaction.methodId !== SipMethod.BYE || status !== 481) return;
      this.#raise(EventKind.SIP_BYE_UNKNOWN_DIALOG, packet, message, transaction, status, []);
      return;
    }
    if (transaction.methodId === SipMethod.INVITE && status > 100) {
      this.#inviteAnswered(packet, message, keys, transaction, call);
    } else if (transaction.methodId === SipMethod.BYE && status >= 200) {
      this.#byeAnswered(call, transaction, status, nowUs);
    } else if (status < 300) {
      const side = call.sideOf(keys.fromTagKey);
      if (side !== null) this.#session(message, call, side === CALLER ? CALLEE : CALLER);
    }
  }

  /** ACK carries the answer when the 2xx carried the offer (RFC 3261 13.2.2.4). */
  ack(packet: PacketView, message: SipMessageView, keys: MessageKeys): void {
    if (message.bodyEnd === message.bodyStart) return;
    const call = this.calls.get(keys.callKey, packet.frame.timeUs);
    if (call === undefined || !call.parties.has(packet.srcHost)) return;
    const side = call.sideOf(keys.fromTagKey);
    if (side !== null) this.#session(message, call, side);
  }

  /** CANCEL repeats the INVITE's branch and comes from the INVITE's sender (RFC 3261 9.1). */
  cancel(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transactions: TransactionTable,
  ): void {
    const { hosts, events, names } = this.#parts;
    const hop = keys.hopKeyOf(message, SipMethod.INVITE);
    const own = transactions.find(hop, packet.srcHost);
    const call = this.calls.get(keys.callKey, packet.frame.timeUs);
    if (own !== undefined) {
      const change = hosts.pathChange(hosts.source(packet), packet);
      if (change === null) return;
      const event = events.raise(EventKind.SIP_CANCEL_PATH_CHANGED, packet.frame.timeUs, 1);
      if (event === null) return;
      this.#aim(event, packet, message, own);
      event.evidence = [{ what: "path of the sender", ...textOf(change) }];
      return;
    }
    if (call === undefined || !call.isLive || call.answeredUs > 0) return;
    if (call.parties.has(packet.srcHost)) return;
    const event = events.raise(EventKind.SIP_CANCEL_FOREIGN_SOURCE, packet.frame.timeUs, 0);
    if (event === null) return;
    this.#aim(event, packet, message, call.invite);
    event.evidence = [
      {
        what: "sender of CANCEL",
        expected: this.#partiesText(call),
        seen: names.text(packet.srcHost),
      },
    ];
  }

  /** Checks an in-dialog request against the dialog (RFC 3261 12.2.2). */
  #isBelieved(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    call: Call,
    transaction: Transaction,
  ): boolean {
    const { hosts, names } = this.#parts;
    const isBye = message.method === SipMethod.BYE;
    const side = call.sideOf(keys.fromTagKey);
    if (isBye) this.#noteBye(packet, message, keys, call, transaction, side);
    if (!call.parties.has(packet.srcHost)) {
      if (!call.isLive) return false;
      const kind = isBye
        ? EventKind.SIP_BYE_FOREIGN_SOURCE
        : message.method === SipMethod.INVITE || message.method === SipMethod.UPDATE
          ? EventKind.SIP_MEDIA_REDIRECTED_BY_STRANGER
          : 0;
      if (kind === 0) return false;
      this.#raise(kind, packet, message, transaction, 0, [
        {
          what: `sender of ${transaction.method}`,
          expected: this.#partiesText(call),
          seen: names.text(packet.srcHost),
        },
      ]);
      return false;
    }
    const change = hosts.pathChange(hosts.source(packet), packet);
    if (change === null || !call.isLive) return change === null;
    const movesMedia = message.method === SipMethod.INVITE || message.method === SipMethod.UPDATE;
    if (movesMedia) {
      this.#raise(EventKind.SIP_MEDIA_REDIRECTED_BY_STRANGER, packet, message, transaction, 1, [
        { what: "path of the sender", ...textOf(change) },
      ]);
    } else if (isBye) {
      this.#raise(EventKind.SIP_BYE_PATH_CHANGED, packet, message, transaction, 1, [
        { what: "path of the sender", ...textOf(change) },
      ]);
    }
    return false;
  }

  #noteBye(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    call: Call,
    transaction: Transaction,
    side: CallSide | null,
  ): void {
    if (call.isLive && (side === null || call.sideOf(keys.toTagKey) === null)) {
      this.#raise(EventKind.SIP_BYE_TAG_MISMATCH, packet, message, transaction, 0, [
        { what: "dialog tags", expected: "tags of the live dialog", seen: "other tags" },
      ]);
    }
    if (side === null) return;
    if (call.isLive && call.cseq[side] >= transaction.cseq) {
      this.#raise(
        EventKind.SIP_BYE_CSEQ_OUT_OF_ORDER,
        packet,
        message,
        transaction,
        transaction.cseq,
        [{ what: "CSeq", expected: `above ${call.cseq[side]}`, seen: String(transaction.cseq) }],
      );
    }
    call.addBye({ transaction, side, sentUs: packet.frame.timeUs, acceptedUs: 0 });
  }

  #byeAnswered(call: Call, transaction: Transaction, status: number, nowUs: number): void {
    const { statistics } = this.#parts;
    const bye = call.byes.find(
      (known) => known.transaction === transaction || known.transaction.cseq === transaction.cseq,
    );
    if (status < 300) {
      if (bye !== undefined && bye.acceptedUs === 0) {
        bye.acceptedUs = nowUs;
        this.#watches.push({ call, bye }, nowUs);
      }
      if (call.isLive) {
        call.endedUs = nowUs;
        if (call.answeredUs > 0) statistics.callsEnded++;
      }
    } else if (status === 481 && bye !== undefined && transaction.isFirstHop) {
      this.#disowned(
        call,
        call.byes.find((known) => known.transaction === transaction) ?? bye,
        nowUs,
      );
    }
  }

  /** A party hangs up and meets 481, because somebody had hung up in its name before. */
  #disowned(call: Call, own: Bye, nowUs: number): void {
    const { events, names } = this.#parts;
    const earlier = call.byes.find(
      (bye) =>
        bye !== own &&
        bye.acceptedUs > 0 &&
        bye.side === own.side &&
        own.sentUs - bye.sentUs > GLARE_US,
    );
    if (earlier === undefined) return;
    const lateMs = Math.round((own.sentUs - earlier.sentUs) / 1000);
    const event = events.raise(EventKind.SIP_BYE_DISOWNED, nowUs, lateMs);
    if (event === null) return;
    aimAt(event, earlier.transaction);
    event.evidence = [
      {
        what: "end of the call",
        expected: `BYE of ${names.text(own.transaction.client)} answered 200`,
        seen: `481: a BYE from ${names.text(earlier.transaction.client)} came ${lateMs} ms before`,
      },
    ];
  }

  #inviteAnswered(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
    call: Call,
  ): void {
    const status = message.statusCode;
    const nowUs = packet.frame.timeUs;
    if (status < 300) {
      const isFromCaller = keys.fromTagKey === call.fromTagKey;
      if (isFromCaller && keys.hasToTag) call.addToTag(keys.toTagKey);
      this.#join(packet, message, call);
      const side = call.sideOf(keys.fromTagKey);
      if (side !== null) this.#session(message, call, side === CALLER ? CALLEE : CALLER);
    }
    if (status >= 200 && status < 300 && call.answeredUs === 0) {
      call.answeredUs = nowUs;
      this.#parts.statistics.callsAnswered++;
    }
    const isOver = status >= 300 && status !== 401 && status !== 407 && status !== 491;
    if (isOver && transaction === call.invite && call.answeredUs === 0) call.endedUs = nowUs;
    this.calls.touch(call, nowUs);
  }

  /** The hosts that a message of a party names become parties. */
  #join(packet: PacketView, message: SipMessageView, call: Call): void {
    call.addParty(packet.srcHost);
    call.addParty(packet.dstHost);
    for (const header of [HeaderId.CONTACT, HeaderId.RECORD_ROUTE, HeaderId.ROUTE]) {
      for (let i = message.indexOf(header); i >= 0; i = message.indexOf(header, i + 1)) {
        const start = message.valueSpans[2 * i] as number;
        const end = message.valueSpans[2 * i + 1] as number;
        if (this.#address.decode(message.bytes, start, end)) {
          call.addParty(this.#hostOf(message, this.#address.host));
        }
      }
    }
  }

  #hostOf(message: SipMessageView, span: Span): HostKey {
    const first = message.bytes[span.start] ?? 0;
    const isLiteral = span.end > span.start && (first === 0x5b || (first >= 0x30 && first <= 0x39));
    return isLiteral ? hostKeyOfText(message.text(span)) : NO_HOST;
  }

  #session(message: SipMessageView, call: Call, side: CallSide): void {
    if (message.bodyEnd - message.bodyStart < 16) return;
    const type = this.#span;
    if (message.value(HeaderId.CONTENT_TYPE, type)) {
      if (!message.text(type).toLowerCase().startsWith("application/sdp")) return;
    }
    if (this.#sdp.decode(message.bytes, message.bodyStart, message.bodyEnd)) {
      this.#parts.media.announce(this.#sdp, call, side);
    }
  }

  /** Some time after a BYE was accepted: does its alleged sender still talk? */
  #watchDue({ call, bye }: Watch, nowUs: number): void {
    const { media, events, names } = this.#parts;
    for (const endpoint of call.endpoints) {
      if (endpoint.side !== bye.side || endpoint.call !== call) continue;
      const lastUs = media.lastSentUs(endpoint);
      if (lastUs - bye.acceptedUs < AFTER_BYE_US - STILL_SENDING_US) continue;
      const wentOnMs = Math.round((lastUs - bye.acceptedUs) / 1000);
      const event = events.raise(EventKind.SIP_BYE_MEDIA_CONTINUES, nowUs, wentOnMs);
      if (event === null) return;
      aimAt(event, bye.transaction);
      event.evidence = [
        {
          what: "media of the party that hung up",
          expected: "silence after its BYE",
          seen: `${names.text(endpoint.host)}:${endpoint.port} went on for ${wentOnMs} ms`,
        },
      ];
      return;
    }
  }

  #partiesText(call: Call): string {
    const { names } = this.#parts;
    return [...call.parties]
      .slice(0, 8)
      .map((host) => names.text(host))
      .join(", ");
  }

  #raise(
    kind: number,
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    value: number,
    evidence: readonly Contradiction[],
  ): void {
    const event = this.#parts.events.raise(kind, packet.frame.timeUs, value);
    if (event === null) return;
    this.#aim(event, packet, message, transaction);
    event.evidence = evidence;
  }

  #aim(
    event: DetectionEvent,
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
  ): void {
    aimAt(event, transaction);
    event.srcHost = packet.srcHost;
    event.srcPort = packet.srcPort;
    event.dstHost = packet.dstHost;
    event.dstPort = packet.dstPort;
    event.client = packet.srcHost;
    event.server = packet.dstHost;
    event.packet = packet;
    event.sip = message;
  }
}

function textOf(change: { expected: string; seen: string }): { expected: string; seen: string } {
  return { expected: change.expected, seen: change.seen };
}
