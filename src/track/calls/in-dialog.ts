import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import type { CallLog } from "../call-records/call-log.ts";
import { type Deed, dialogOf } from "../deeds/deed.ts";
import { deedOf, textsOf } from "../deeds/deed-requests.ts";
import type { TeardownJudge } from "../deeds/teardown.ts";
import { wayOf } from "../deeds/way.ts";
import type { Peers } from "../hosts/peers.ts";
import { Rank } from "../hosts/standing.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { CallStages } from "./call-stages.ts";
import { CALLEE, CALLER, type Call } from "./calls.ts";
import type { LuredCredentials } from "./lured-credentials.ts";
import type { FoundCall, MessageCalls } from "./message-calls.ts";
import { hostsNamedIn } from "./party-names.ts";
import type { SessionOffers } from "./session-offers.ts";

export interface InDialogParts {
  /** Null where no call records are wanted. */
  readonly log: CallLog | null;
  readonly found: MessageCalls;
  readonly stages: CallStages;
  readonly offers: SessionOffers;
  readonly judge: TeardownJudge;
  readonly peers: Peers;
  readonly lures: LuredCredentials;
}

/** Requests with both tags, and what their answers prove of who took part (RFC 3261 12.2, 14, 15). */
export class InDialog {
  readonly #own: InDialogParts;

  constructor(own: InDialogParts) {
    this.#own = own;
  }

  /** False when its sender is not believed to be who it says. */
  request(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): boolean {
    const found =
      this.#find(packet, message, keys) ?? this.#begunBefore(packet, message, keys, transaction);
    if (found === null) return true;
    const { call, isMatching } = found;
    const side = keys.fromTagKey === call.fromTagKey ? CALLER : CALLEE;
    this.#own.lures.request(packet, message, transaction, call);
    const findings = { isMatching, ...this.#own.offers.changesIn(message, call, side) };
    const deed = this.#own.judge.request(packet, keys, transaction, call, findings);
    if (deed !== null && (deed.isAccused || deed.move !== null || call.isPartial)) {
      deed.subject = {
        ...textsOf(transaction),
        account: this.#own.found.accountIn(call, transaction),
      };
    }
    // A party that has moved, and has registered from there.
    const hasMoved = deed !== null && this.#own.judge.isRegistered(deed);
    const isParty = hasMoved || call.isParty(packet.srcHost);
    if (!isParty || !isMatching) return false;
    const tagKey = side === CALLER ? keys.toTagKey : keys.fromTagKey;
    const row = call.dialogs.findDialog(tagKey);
    if (row >= 0) call.dialogs.noteCseq(row, side, transaction.cseq);
    // What it names is proven by its answer.
    for (const host of hostsNamedIn(message)) call.parties.add(host, Rank.SEEN, -keys.hopKey);
    call.parties.add(packet.dstHost, Rank.SEEN, -keys.hopKey);
    this.#own.stages.touch(call, packet.timeUs);
    this.#own.offers.announce(message, call, { side, tagKey });
    const isTrusted = deed === null || !deed.isAccused;
    if (isTrusted && transaction.methodId === SipMethod.BYE) {
      this.#own.log?.hangsUp(call, side, packet.captureUs);
    }
    return isTrusted;
  }

  /** An answer of the host that was asked. */
  response(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): void {
    const call = this.#callOfAnswer(message, keys, transaction);
    if (call === null) return;
    const status = message.statusCode;
    const nowUs = packet.timeUs;
    // Of two answers one is not of who was asked.
    if (status > 100 && transaction.methodId !== SipMethod.BYE) {
      this.#own.judge.answered(call, message, nowUs);
    }
    const deed =
      status < 200 ? null : this.#own.judge.final(call, transaction, keys, packet, status);
    if (status >= 300 || status < 180) return;
    const isFirst = keys.fromTagKey === call.fromTagKey;
    const isParty = call.isParty(transaction.client);
    if (status >= 200 && transaction.methodId === SipMethod.BYE)
      this.#byeAccepted(call, deed, nowUs);
    if (!isParty && !call.isPartial) return;
    if (deed === null || !deed.isAccused) {
      if (status >= 200) this.#accepted(packet, keys, transaction, call);
      const tagKey = isFirst ? keys.toTagKey : keys.fromTagKey;
      this.#own.offers.announce(message, call, { side: isFirst ? CALLEE : CALLER, tagKey });
    }
    this.#own.stages.touch(call, nowUs);
  }

  /**
   * The call that a request is in. With the tags of another Call-ID's call it is in that one where none of its own sends it: phones of
   * pjsip, and so Asterisk, find a dialog by its tags alone, against RFC 3261 12. A proxy that hides Call-IDs and robots whose
   * tags are always the same ask for themselves.
   */
  #find(packet: PacketView, message: SipMessageView, keys: MessageKeys): FoundCall | null {
    const found = this.#own.found.find(message, keys, packet);
    if (found?.isMatching) return found;
    const call = this.#own.found.calls.ofTags(keys);
    if (call === null || isOwn(call, packet)) return found;
    return { call, isMatching: true };
  }

  /** The call of the request that is answered. */
  #callOfAnswer(message: SipMessageView, keys: MessageKeys, transaction: Transaction): Call | null {
    const { client, server } = transaction;
    const found = this.#own.found.find(message, keys, { srcHost: client, dstHost: server });
    if (found?.isMatching) return found.call;
    const call = this.#own.found.calls.ofTags(keys);
    if (call !== null && deedOf(call, transaction, keys) !== null) return call;
    return found?.call ?? null;
  }

  /** 2xx inside a dialog: both ends and the call have proven more. */
  #accepted(packet: PacketView, keys: MessageKeys, transaction: Transaction, call: Call): void {
    const { parties } = call;
    const { client } = transaction;
    const { stages, peers } = this.#own;
    parties.prove(-keys.hopKey, Rank.ACCEPTED);
    parties.add(packet.srcHost, Rank.ACCEPTED, -keys.hopKey);
    parties.add(client, Rank.ACCEPTED, -keys.hopKey);
    parties.learnWay(packet.srcHost, wayOf(packet));
    peers.prove(packet.srcHost, client, Rank.ACCEPTED, packet.timeUs);
    if (call.rank === Rank.ACCEPTED) stages.lift(call, Rank.PARTY);
    // Who was asked took a session inside the dialog: the call was up before the sensor was.
    else if (call.isPartial && isSession(transaction.methodId)) stages.lift(call, Rank.ACCEPTED);
  }

  #byeAccepted(call: Call, deed: Deed | null, nowUs: number): void {
    if (deed === null) return;
    if (call.isDisputed && !deed.isAccused) {
      this.#own.log?.hungUp(call, nowUs, true);
      this.#own.stages.hungUpAgain(call, nowUs);
    }
    const row = dialogOf(deed);
    if (row >= 0) {
      call.dialogs.dialogOver(row);
      if (call.dialogs.hasOtherLiveDialog(row)) {
        this.#own.log?.forkHungUp(call);
        return;
      }
    } else if (!call.isPartial) return;
    this.#own.stages.hungUp(call, nowUs);
    this.#own.log?.hungUp(call, nowUs);
  }

  /** The dialog was up before the sensor was: whoever asks and who answers are taken for its ends. */
  #begunBefore(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): FoundCall | null {
    const { methodId } = transaction;
    if (!isOfCall(methodId)) return null;
    const hop = { client: packet.srcHost, viaCount: transaction.viaCount, cseq: transaction.cseq };
    const call = this.#own.found.open(message, keys, hop, packet.timeUs);
    if (call === null) return null;
    call.isPartial = true;
    call.dialogs.addDialog(keys.toTagKey, Rank.RETURNED, -1);
    call.parties.add(packet.srcHost, Rank.RETURNED, 0);
    call.parties.add(packet.dstHost, Rank.RETURNED, 0);
    call.server = packet.dstHost;
    call.setTexts(this.#own.found.textsOf(message, keys, call));
    this.#own.log?.begunBefore(call, packet, message, keys, transaction);
    return { call, isMatching: true };
  }
}

/** A party of the call, or where its media comes from, by no other way than always. */
function isOwn(call: Call, packet: PacketView): boolean {
  const { srcHost } = packet;
  if (call.parties.otherWay(srcHost, wayOf(packet)) !== null) return false;
  return call.isParty(srcHost) || call.endpoints.some(({ host }) => host === srcHost);
}

/** Only calls have such requests: others are those of subscriptions, too. */
function isOfCall(methodId: SipMethod): boolean {
  switch (methodId) {
    case SipMethod.BYE:
    case SipMethod.INFO:
    case SipMethod.INVITE:
    case SipMethod.REFER:
    case SipMethod.UPDATE:
      return true;
    default:
      return false;
  }
}

/** Its answer describes a session (RFC 3261 14, RFC 3311 5.2). */
function isSession(methodId: SipMethod): boolean {
  return methodId === SipMethod.INVITE || methodId === SipMethod.UPDATE;
}
