import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { fingerprintOf } from "./fingerprint.ts";

/** Raises the fact that a known attack tool wrote a request. */
export function tellFingerprint(
  events: EventList,
  packet: PacketView,
  message: SipMessageView,
  keys: MessageKeys,
  transaction: Transaction,
): void {
  const fingerprint = fingerprintOf(message, keys);
  if (fingerprint === null) return;
  const event = events.raise(EventKind.SIP_TOOL_FINGERPRINT, packet.timeUs, 0);
  if (event === null) return;
  event.aimAtTransaction(transaction);
  event.showIn(packet, message);
  const seen = fingerprint.reveals === "" ? fingerprint.habit : fingerprint.reveals;
  event.evidence = [
    { what: `habit of ${fingerprint.tool}`, expected: "no such habit", seen: fingerprint.habit },
    { what: "what the tool wrote into it", expected: "", seen },
  ];
}
