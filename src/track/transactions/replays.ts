import type { HostNames } from "../../decode/host-names.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { Challenges } from "./challenges.ts";
import type { Transaction } from "./transaction.ts";

/** Credentials that another host had sent before: what became of them. */
export function tellReplay(
  { events, names }: { readonly events: EventList; readonly names: HostNames },
  challenges: Challenges,
  packet: PacketView,
  message: SipMessageView,
  transaction: Transaction,
): void {
  const { finalStatus } = transaction;
  const event = events.raise(EventKind.SIP_CREDENTIALS_REPLAYED, packet.timeUs, finalStatus);
  if (event === null) return;
  event.aimAtTransaction(transaction);
  event.showIn(packet, message);
  event.evidence = [
    {
      what: "host that sent these credentials (nonce and response)",
      expected: names.text(challenges.replayedFrom(transaction)),
      seen: names.text(transaction.client),
    },
  ];
}
