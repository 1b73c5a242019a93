import type { HostKey } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { Challenges } from "./challenges.ts";
import type { Transaction } from "./transaction.ts";
import type { TransactionTable } from "./transaction-table.ts";

const CONTACT_HOST = /sips?:(?:[^@>]{0,256}@)?(\[[^\]]{1,64}\]|[^:;>\s]{1,256})/i;

/**
 * Credentials that somebody else has sent before, on another Call-ID. From the very address, as behind one NAT, it is a replay
 * where it binds another host: a phone whose NAT gave it another port keeps its Contact, and one that starts anew has
 * no nonce left.
 */
export function isReplay(
  transaction: Transaction,
  sender: { readonly client: HostKey; readonly ref: number },
  transactions: TransactionTable,
): boolean {
  if (sender.client !== transaction.client) return true;
  const first = transactions.at(sender.ref);
  if (first === null) return false;
  const own = contactHost(first.contact);
  const asked = contactHost(transaction.contact);
  return own !== "" && asked !== "" && own !== asked;
}

/** Credentials that somebody else had sent before: what became of them. */
export function tellReplay(
  { events, names }: { readonly events: EventList; readonly names: HostNames },
  challenges: Challenges,
  packet: PacketView,
  message: SipMessageView,
  transaction: Transaction,
): void {
  const { client, clientPort, contact, finalStatus } = transaction;
  const event = events.raise(EventKind.SIP_CREDENTIALS_REPLAYED, packet.timeUs, finalStatus);
  if (event === null) return;
  event.aimAtTransaction(transaction);
  event.showIn(packet, message);
  const sender = challenges.sentBefore(transaction);
  if (sender === null) return;
  const isNear = sender.client === client;
  event.evidence = [
    {
      what: "host that sent these credentials (nonce and response)",
      expected: `${names.text(sender.client)}${isNear ? `, port ${sender.clientPort}` : ""}`,
      seen: `${names.text(client)}${isNear ? `, port ${clientPort}, Contact ${contact}` : ""}`,
    },
  ];
}

function contactHost(contact: string): string {
  return CONTACT_HOST.exec(contact)?.[1]?.toLowerCase() ?? "";
}
