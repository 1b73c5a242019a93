import { combine53 } from "../../base/hash.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { Contradiction, EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import { CalledNumbers } from "../fraud/called-numbers.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { type Flood, hasNoRedials, isInOrder, isInVain, isPaced, spreadOf } from "./flood.ts";
import { FloodedNumbers } from "./flooded-numbers.ts";
import { numberIn } from "./number-in.ts";

/** Numbers of one site differ in their last three digits. */
const BLOCK = 1000;
/** Keys of blocks are none of numbers. */
const OF_BLOCK = 0xb10c;
/** Where nothing is known of what is usual, only what no crowd does is told: as grave as what a machine does elsewhere. */
const NO_CROWD = 2;

/** Everybody at one number, or at many of one site: crowds, and machines that keep others from getting through (TDoS). */
export class FloodWatch {
  readonly #events: EventList;
  readonly #numbers = new CalledNumbers();
  readonly #flooded = new FloodedNumbers(false);
  readonly #sites = new FloodedNumbers(true);

  constructor(events: EventList) {
    this.#events = events;
  }

  /** An INVITE outside a dialog, at its first hop. */
  call(
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    keys: MessageKeys,
  ): void {
    const { timeUs } = packet;
    const { fromUserKey, toUserKey } = transaction;
    const called = numberIn(message.bytes, keys.to.user);
    const caller = numberIn(message.bytes, keys.from.user);
    const call = { callKey: keys.callKey, caller, callerKey: fromUserKey, called: toUserKey };
    if (called >= 0) {
      const block = combine53(Math.floor(called / BLOCK) + OF_BLOCK, packet.dstHost);
      this.#numbers.call(block, fromUserKey, timeUs);
      if (this.#numbers.isMany) this.#sites.begin(block, timeUs, true);
      const flood = this.#sites.isIdle(timeUs) ? null : this.#sites.call(block, call, timeUs);
      if (flood !== null) this.#tell(true, packet, message, transaction, flood);
    }
    const number = combine53(toUserKey, packet.dstHost);
    const callers = this.#numbers.call(number, fromUserKey, timeUs);
    const { isCrowded, isMany } = this.#numbers;
    if (isCrowded || isMany) this.#flooded.begin(number, timeUs, !isCrowded);
    if (!this.#flooded.isIdle(timeUs)) {
      const flood = this.#flooded.call(number, call, timeUs);
      if (flood !== null) this.#tell(false, packet, message, transaction, flood);
    }
    if (callers > 0) this.#tellCallers(packet, message, transaction, callers);
  }

  answer(callKey: number, status: number, nowUs: number): void {
    if (!this.#flooded.isIdle(nowUs)) this.#flooded.answer(callKey, status, nowUs);
    if (!this.#sites.isIdle(nowUs)) this.#sites.answer(callKey, status, nowUs);
  }

  bye(callKey: number, nowUs: number): void {
    if (!this.#flooded.isIdle(nowUs)) this.#flooded.bye(callKey, nowUs);
    if (!this.#sites.isIdle(nowUs)) this.#sites.bye(callKey, nowUs);
  }

  #tellCallers(
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    callers: number,
  ): void {
    const event = this.#events.raise(EventKind.CALL_MANY_CALLERS, packet.timeUs, callers);
    if (event === null) return;
    event.aimAtTransaction(transaction);
    event.showInRequest(packet, message);
    const usual = `${Math.round(this.#numbers.usual)} in its busiest minute`;
    const seen = `${callers} within a minute`;
    event.evidence = [{ what: `callers of ${transaction.toUser}`, expected: usual, seen }];
  }

  /** One that grew is a crowd. In vain, or by the clock: a machine that keeps others from getting through. */
  #tell(
    isSite: boolean,
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    flood: Flood,
  ): void {
    const grown = 1 + Number(isInVain(flood)) + Number(isPaced(flood));
    const kind = isSite ? EventKind.CALL_SITE_FLOODED : EventKind.CALL_NUMBER_FLOODED;
    const value = isSite ? flood.numbers.size : flood.isNew ? NO_CROWD : grown;
    const event = this.#events.raise(kind, packet.timeUs, value);
    if (event === null) return;
    event.aimAtTransaction(transaction);
    event.showInRequest(packet, message);
    event.sinceUs = flood.sinceUs;
    const usual = `callers of ${Math.round(this.#numbers.usual)} in the busiest minute before`;
    const { toUser } = transaction;
    const whom = isSite ? `${flood.numbers.size} numbers beside ${toUser}` : toUser;
    event.evidence = evidenceOf(flood, whom, flood.isNew ? "" : usual, packet.timeUs);
  }
}

function evidenceOf(flood: Flood, whom: string, usual: string, nowUs: number): Contradiction[] {
  const { calls, redials, sinceUs, talks } = flood;
  const seconds = Math.round((nowUs - sinceUs) / 1e6);
  const evidence = [
    { what: `calls to ${whom}`, expected: usual, seen: `${calls} in ${seconds} s` },
    {
      what: "calls that led to a talk",
      expected: flood.isNew ? "a twentieth and more" : "a fifth and more",
      seen: `${talks}`,
    },
    {
      what: "spread of the gaps between calls, by their mean",
      expected: "about 1: callers do not know each other",
      seen: spreadOf(flood).toFixed(2),
    },
  ];
  if (!flood.isNew) return evidence;
  if (hasNoRedials(flood)) {
    const what = "calls of somebody who had called before";
    evidence.push({ what, expected: "a tenth, where it is busy", seen: `${redials}` });
  }
  if (isInOrder(flood)) {
    const what = "callers' numbers";
    evidence.push({ what, expected: "from everywhere", seen: "neighbours of the one before" });
  }
  return evidence;
}
