import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { Statistics } from "../facts/statistics.ts";
import type { Transaction } from "../transactions/transaction.ts";

/** All hosts are new to a sensor that has just been started: phones register at least once a day. */
const SETTLED_US = 86_400e6;

/** The first request of a host that is not remembered. */
export function tellNewSource(
  { events, statistics }: { readonly events: EventList; readonly statistics: Statistics },
  packet: PacketView,
  message: SipMessageView,
  transaction: Transaction,
): void {
  if (packet.timeUs - statistics.firstUs < SETTLED_US) return;
  const event = events.raise(EventKind.SIP_NEW_SOURCE, packet.timeUs, 0);
  event?.aimAtTransaction(transaction);
  event?.showInRequest(packet, message);
}
