import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import { CALLEE, CALLER, type Call } from "../calls/calls.ts";
import { type EventSubject, NO_SUBJECT } from "../facts/event.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { Deed, DeedKind } from "./deed.ts";
import { wayOf } from "./way.ts";

/** A request inside a dialog. */
export function requestDeed(
  kind: DeedKind,
  packet: PacketView,
  keys: MessageKeys,
  transaction: Transaction,
  call: Call,
): Deed {
  const { methodId, cseq, startUs } = transaction;
  const deed = new Deed(kind, call, { methodId, cseq, sentUs: startUs });
  setDialog(deed, keys);
  deed.client = transaction.client;
  deed.clientPort = transaction.clientPort;
  deed.server = transaction.server;
  deed.serverPort = transaction.serverPort;
  deed.hopKey = keys.hopKey;
  deed.way = wayOf(packet);
  deed.hasCredentials = transaction.hasIssuedNonce;
  deed.digestAccountKey = transaction.hasCredentials ? transaction.accountKey : 0;
  deed.origin = transaction.origin();
  return deed;
}

export function cancelDeed(
  packet: PacketView,
  keys: MessageKeys,
  request: { cseq: number; subject: EventSubject },
  call: Call,
): Deed {
  const methodId = SipMethod.CANCEL;
  const deed = new Deed(DeedKind.CANCEL, call, {
    methodId,
    cseq: request.cseq,
    sentUs: packet.timeUs,
  });
  describeSender(deed, packet);
  deed.hopKey = keys.hopKey;
  deed.subject = request.subject;
  return deed;
}

/** An ACK is no transaction, and nobody answers it. */
export function ackDeed(
  packet: PacketView,
  keys: MessageKeys,
  request: { cseq: number; subject: EventSubject },
  call: Call,
): Deed {
  const { timeUs } = packet;
  const deed = new Deed(DeedKind.MOVE, call, {
    methodId: SipMethod.ACK,
    cseq: request.cseq,
    sentUs: timeUs,
  });
  describeSender(deed, packet);
  setDialog(deed, keys);
  deed.hopKey = keys.hopKey;
  deed.subject = request.subject;
  deed.acceptedUs = timeUs;
  return deed;
}

/** The ACK in which the same host has answered the same offer before, and was believed; undefined when there was none. */
export function answeredBefore(deed: Deed): Deed | undefined {
  return deed.call.deeds.find(
    (old) =>
      old.methodId === SipMethod.ACK &&
      !old.isAccused &&
      old.client === deed.client &&
      old.cseq === deed.cseq &&
      old.side === deed.side &&
      old.dialogTagKey === deed.dialogTagKey,
  );
}

/** Its sender was suspected of the same before. */
export function isToldOf({ call, client, cseq, methodId }: Deed): boolean {
  return call.deeds.some(
    (old) =>
      old.isAccused && old.methodId === methodId && old.client === client && old.cseq === cseq,
  );
}

/** An answer to an INVITE, or to a request in a call, from somebody. */
export function answerDeed(
  packet: PacketView,
  transaction: Transaction,
  status: number,
  call: Call,
): Deed {
  const { methodId, cseq } = transaction;
  // What waits is the answer: its INVITE may have rung for long.
  const deed = new Deed(DeedKind.ANSWER, call, { methodId, cseq, sentUs: packet.timeUs });
  describeSender(deed, packet);
  deed.status = status;
  deed.subject = textsOf(transaction);
  return deed;
}

function setDialog(deed: Deed, keys: MessageKeys): void {
  deed.side = keys.fromTagKey === deed.call.fromTagKey ? CALLER : CALLEE;
  deed.dialogTagKey = deed.side === CALLER ? keys.toTagKey : keys.fromTagKey;
  deed.fromTagKey = keys.fromTagKey;
}

function describeSender(deed: Deed, packet: PacketView): void {
  deed.client = packet.srcHost;
  deed.clientPort = packet.srcPort;
  deed.server = packet.dstHost;
  deed.serverPort = packet.dstPort;
  deed.way = wayOf(packet);
}

/** The next hop of a request that is judged already, or its copy beyond a NAT. */
export function isCopy(
  call: Call,
  keys: MessageKeys,
  { methodId, cseq, client }: Transaction,
): boolean {
  return call.deeds.some(
    (deed) =>
      deed.methodId === methodId &&
      deed.cseq === cseq &&
      deed.fromTagKey === keys.fromTagKey &&
      (deed.hopKey === keys.hopKey || (deed.server === client && call.isParty(client))),
  );
}

/** The deed that a transaction is about: its own request, or the hop before it. */
export function deedOf(call: Call, transaction: Transaction, keys: MessageKeys): Deed | null {
  const { client, cseq, methodId } = transaction;
  let relayed: Deed | null = null;
  for (const deed of call.deeds) {
    if (deed.methodId !== methodId || deed.cseq !== cseq) continue;
    if (deed.kind === DeedKind.ANSWER || deed.fromTagKey !== keys.fromTagKey) continue;
    if (deed.client === client && deed.hopKey === keys.hopKey) return deed;
    if (deed.server === client) relayed = deed;
  }
  return relayed;
}

/** Texts of the request as they are now: its transaction's row is used again before the verdict. */
export function textsOf(transaction: Transaction): EventSubject {
  return {
    ...NO_SUBJECT,
    callId: transaction.callId,
    method: transaction.method,
    fromUser: transaction.fromUser,
    toUser: transaction.toUser,
    account: transaction.account,
    userAgent: transaction.userAgent,
  };
}

/** Null for methods that do nothing to a call. */
export function deedKindOf(methodId: SipMethod): DeedKind | null {
  switch (methodId) {
    case SipMethod.BYE:
      return DeedKind.BYE;
    case SipMethod.INVITE:
    case SipMethod.UPDATE:
      return DeedKind.MOVE;
    case SipMethod.REFER:
      return DeedKind.REFER;
    case SipMethod.INFO:
    case SipMethod.NOTIFY:
    case SipMethod.MESSAGE:
    case SipMethod.PRACK:
    case SipMethod.SUBSCRIBE:
    case SipMethod.OPTIONS:
    case SipMethod.PUBLISH:
      return DeedKind.OTHER;
    default:
      return null;
  }
}

/** Nothing more is asked of it; what comes later may tell that it was not its sender's. */
export function settled(deed: Deed): void {
  deed.isSettled = true;
  deed.call.addDeed(deed);
}

/** An INVITE is answered in many ways, and again and again; of other requests each is answered once. */
export function isAnswered({ cseq, methodId }: Deed, message: SipMessageView): boolean {
  if (methodId !== message.cseqMethod) return false;
  return methodId === SipMethod.INVITE || cseq === message.cseq;
}
