import type { Span } from "../base/ascii.ts";
import { type HostKey, type HostNames, NO_HOST } from "../decode/host.ts";
import { hostKeyOfBytes } from "../decode/host-text.ts";
import type { PacketView } from "../decode/packet.ts";
import { SdpView } from "../decode/sdp.ts";
import { HeaderId } from "../decode/sip/headers.ts";
import type { SipMessageView } from "../decode/sip/message.ts";
import { SipMethod } from "../decode/sip/methods.ts";
import { AddressView } from "../decode/sip/params.ts";
import { sessionBodyOf } from "../decode/sip/session-body.ts";
import { CALLEE, CALLER, Call, type CallSide, CallTable } from "./calls.ts";
import type { EventList } from "./event.ts";
import type { HostTable } from "./hosts.ts";
import type { MediaTracker } from "./media.ts";
import type { TrackSettings } from "./settings.ts";
import type { Statistics } from "./statistics.ts";
import { TeardownJudge } from "./teardown.ts";
import type { MessageKeys, Transaction, TransactionTable } from "./transaction.ts";

export interface DialogParts {
  readonly hosts: HostTable;
  readonly names: HostNames;
  readonly events: EventList;
  readonly statistics: Statistics;
  readonly media: MediaTracker;
}

/**
 * Calls: who takes part in them, on which hosts, with which tags and media (RFC 3261 12, 13, 15).
 * Whether a request inside a dialog is to be believed, `TeardownJudge` says.
 */
export class DialogTracker {
  readonly calls: CallTable;
  readonly #parts: DialogParts;
  readonly #judge: TeardownJudge;
  readonly #sdp = new SdpView();
  readonly #address = new AddressView();
  readonly #span: Span = { start: 0, end: 0 };

  constructor(settings: TrackSettings, parts: DialogParts) {
    this.#parts = parts;
    this.calls = new CallTable(settings.callsMax, {
      idleMs: settings.callIdleMs,
      lingerMs: settings.callLingerMs,
    });
    this.#judge = new TeardownJudge(parts, settings.callsMax);
  }

  isDue(nowUs: number): boolean {
    return this.#judge.isDue(nowUs);
  }

  advance(nowUs: number): void {
    this.#judge.advance(nowUs);
  }

  /** A new transaction's request. False when its sender is not believed to be who it says. */
  request(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): boolean {
    const nowUs = packet.timeUs;
    let call = this.calls.get(keys.callKey, nowUs);
    if (call === undefined) {
      if (message.method !== SipMethod.INVITE || keys.hasToTag) return true;
      call = new Call(keys.callKey, transaction, keys.fromTagKey, nowUs);
      this.calls.expire(nowUs);
      this.calls.add(call);
      this.#parts.statistics.callAttempts++;
    }
    if (
      transaction.isFirstHop &&
      keys.hasToTag &&
      !this.#judge.isBelieved(packet, message, keys, call, transaction)
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
    const nowUs = packet.timeUs;
    const call = this.calls.get(keys.callKey, nowUs);
    const status = message.statusCode;
    if (call === undefined) {
      if (transaction.methodId === SipMethod.BYE && status === 481) {
        this.#judge.byeWithoutCall(packet, message, transaction);
      }
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
    const { hosts } = this.#parts;
    const call = this.calls.get(keys.callKey, packet.timeUs);
    if (call === undefined || !call.parties.has(packet.srcHost)) return;
    const side = call.sideOf(keys.fromTagKey);
    if (side === null) return;
    // The answer's To tag was only told to the party itself.
    if (keys.hasToTag && call.toTagKeys.includes(keys.toTagKey)) {
      hosts.learnPath(hosts.source(packet), packet);
    }
    this.#session(message, call, side);
  }

  cancel(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transactions: TransactionTable,
  ): void {
    const call = this.calls.get(keys.callKey, packet.timeUs);
    this.#judge.cancel(packet, message, keys, transactions, call);
  }

  #byeAnswered(call: Call, transaction: Transaction, status: number, nowUs: number): void {
    this.#judge.byeAnswered(call, transaction, status, nowUs);
    if (status >= 300 || !call.isLive) return;
    call.endedUs = nowUs;
    if (call.answeredUs > 0) this.#parts.statistics.callsEnded++;
  }

  #inviteAnswered(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
    call: Call,
  ): void {
    const status = message.statusCode;
    const nowUs = packet.timeUs;
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
    // The caller's own INVITE failed; a fork that fails further on does not end the call.
    const isOwn = transaction.isFirstHop && !transaction.isInDialog;
    if (isOver && isOwn && call.answeredUs === 0) call.endedUs = nowUs;
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
    return isLiteral ? hostKeyOfBytes(message.bytes, span.start, span.end) : NO_HOST;
  }

  #session(message: SipMessageView, call: Call, side: CallSide): void {
    const body = this.#span;
    if (!sessionBodyOf(message, body)) return;
    if (this.#sdp.decode(message.bytes, body.start, body.end)) {
      this.#parts.media.announce(this.#sdp, call, side);
    }
  }
}
