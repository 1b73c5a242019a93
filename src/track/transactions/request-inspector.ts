import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { MessageKeys } from "./message-keys.ts";
import type { Transaction } from "./transaction.ts";

/** Looks at each new request once on each hop (`transaction.isFirstHop`): what repeats it, ACK and CANCEL are left out. */
export interface RequestInspector {
  request(
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    keys: MessageKeys,
  ): void;
}
