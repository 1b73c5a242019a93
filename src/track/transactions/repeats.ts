import { combine53 } from "../../base/hash.ts";
import { WindowCounts } from "../../base/window-counts.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";

const PAIRS_MAX = 16_384;
const SECOND_US = 1_000_000;
/** A busy proxy whose next hop is dead sends some tens of retransmissions a second; below this nothing is said. */
const REPORT_FROM = 64;
/** 64 x T1, for which a request is repeated: 11 copies at most (RFC 3261 17.1.2.2), 64 of devices that send one each half second. */
const LIFETIME_US = 32_000_000;
const COPIES_FROM = 128;

/** Repeated requests: a flood of one packet opens no transaction. By the second between two hosts, and by request within its lifetime. */
export class Repeats {
  readonly #events: EventList;
  readonly #ofPairs = new WindowCounts(PAIRS_MAX, SECOND_US);
  readonly #ofRequests = new WindowCounts(PAIRS_MAX, LIFETIME_US);

  constructor(events: EventList) {
    this.#events = events;
  }

  /** The same request again, on the same hop: a retransmission, or a flood of one packet. */
  seen(packet: PacketView, message: SipMessageView, hopKey: number): void {
    const { dstHost, srcHost, timeUs } = packet;
    const rate = this.#ofPairs.add(combine53(srcHost, dstHost), timeUs);
    this.#tell(EventKind.SIP_REPEATED, rate, REPORT_FROM, packet, message);
    const copies = this.#ofRequests.add(combine53(hopKey, srcHost), timeUs);
    this.#tell(EventKind.SIP_HAMMERED, copies, COPIES_FROM, packet, message);
  }

  /** At powers of two. */
  #tell(
    kind: number,
    count: number,
    from: number,
    packet: PacketView,
    message: SipMessageView,
  ): void {
    if (count < from || (count & (count - 1)) !== 0) return;
    const event = this.#events.raise(kind, packet.timeUs, count);
    event?.aimAtPacket(packet);
    event?.showIn(packet, message);
  }
}
