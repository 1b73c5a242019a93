import { column } from "../../base/column.ts";
import { combine53 } from "../../base/hash.ts";
import { KeyTable } from "../../base/key-table.ts";
import { WindowCounts } from "../../base/window-counts.ts";
import type { HostKey } from "../../decode/host.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import type { TransactionTable } from "../transactions/transaction-table.ts";

const CALLS_MAX = 16_384;
/** A 2xx is repeated eleven times within 64 x T1, and each copy is acknowledged (RFC 3261 13.3.1.4); forks and re-INVITEs have theirs. */
const LIFETIME_US = 32_000_000;
const OF_ONE_CALL_MAX = 64;

/**
 * ACK and CANCEL open no transaction, so whoever floods with them shows nowhere else: those of no INVITE and no call, and those beyond what
 * one call can have. What a proxy passes on is its sender's.
 */
export class UnmatchedRequests {
  readonly #events: EventList;
  readonly #ofCalls = new WindowCounts(CALLS_MAX, LIFETIME_US);
  readonly #asked = new KeyTable(CALLS_MAX);
  /** Who was sent the first one with that Call-ID, in rows of `#asked`. */
  readonly #askedHost = column(Float64Array, CALLS_MAX);

  constructor(events: EventList) {
    this.#events = events;
  }

  /** `isOfCall`: a call has its Call-ID. */
  seen(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    { isOfCall, transactions }: { isOfCall: boolean; transactions: TransactionTable },
  ): void {
    const { callKey } = keys;
    const { srcHost, timeUs } = packet;
    const isKnown =
      isOfCall ||
      transactions.find(keys.hopKeyOf(message, SipMethod.INVITE), srcHost) !== undefined;
    const isOrdinary = isKnown && this.#ofOne(callKey, srcHost, timeUs) <= OF_ONE_CALL_MAX;
    if (isOrdinary || this.#isPassedOn(callKey, packet)) return;
    const event = this.#events.raise(EventKind.SIP_UNMATCHED, timeUs, 0);
    event?.aimAtPacket(packet);
    event?.showInRequest(packet, message);
  }

  #ofOne(callKey: number, srcHost: HostKey, nowUs: number): number {
    return this.#ofCalls.add(combine53(callKey, srcHost), nowUs);
  }

  /** Its sender is the one that another with the Call-ID was sent to. */
  #isPassedOn(callKey: number, { srcHost, dstHost }: PacketView): boolean {
    const row = this.#asked.find(callKey);
    if (row >= 0) return this.#askedHost[row] === srcHost;
    this.#askedHost[this.#asked.add(callKey)] = dstHost;
    return false;
  }
}
