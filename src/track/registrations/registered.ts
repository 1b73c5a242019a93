import { parseUint } from "../../base/ascii.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { Transaction } from "../transactions/transaction.ts";

/** RFC 3261 10.2.1.1 leaves the default to the registrar; most bindings name theirs in the Contact. */
const EXPIRES_DEFAULT_S = 3600;

/** Who a REGISTER binds. */
export function bindingOf({ aorKey, callKey, client, clientPort }: Transaction) {
  return { aorKey, callKey, host: client, port: clientPort };
}

/** How long a registration holds: the Expires header of the 2xx, in seconds (RFC 3261 10.3). */
export function expiresOf(message: SipMessageView): number {
  const span = { start: 0, end: 0 };
  if (!message.value(HeaderId.EXPIRES, span)) return EXPIRES_DEFAULT_S;
  const seconds = parseUint(message.bytes, span.start, span.end, 2 ** 31);
  return seconds < 0 ? EXPIRES_DEFAULT_S : seconds;
}
