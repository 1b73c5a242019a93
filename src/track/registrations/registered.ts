import { parseUint } from "../../base/ascii.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { asksRemoval } from "./binding-suspect.ts";
import { ContactList } from "./contact-list.ts";

/** RFC 3261 10.2.1.1 leaves the default to the registrar; most bindings name theirs in the Contact. */
const EXPIRES_DEFAULT_S = 3600;

const LISTED = new ContactList();

/** Who a REGISTER binds. */
export function bindingOf({ aorKey, callKey, client, clientPort }: Transaction) {
  return { aorKey, callKey, host: client, port: clientPort };
}

/**
 * How long a registration holds, in seconds: the Expires header of the 2xx, else what its list says of the client's
 * binding (RFC 3261 10.3). 0 when that is in the list no more as it was removed.
 */
export function expiresOf(message: SipMessageView, transaction: Transaction): number {
  const span = { start: 0, end: 0 };
  if (message.value(HeaderId.EXPIRES, span)) {
    const seconds = parseUint(message.bytes, span.start, span.end, 2 ** 31);
    return seconds < 0 ? EXPIRES_DEFAULT_S : seconds;
  }
  LISTED.decode(message);
  let longest = -1;
  for (let i = 0; i < LISTED.length; i++) {
    const seconds = LISTED.expires[i] as number;
    if (seconds >= 0 && LISTED.isOf(i, transaction.client)) return seconds;
    longest = Math.max(longest, seconds);
  }
  if (asksRemoval(transaction.contact, transaction.expires)) return 0;
  return longest < 0 ? EXPIRES_DEFAULT_S : longest;
}
