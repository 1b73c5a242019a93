import type { Span } from "../base/ascii.ts";
import { DigestView } from "../decode/sip/digest.ts";
import { HeaderId } from "../decode/sip/headers.ts";
import type { SipMessageView } from "../decode/sip/message.ts";
import { SipMethod } from "../decode/sip/methods.ts";
import { AddressView } from "../decode/sip/params.ts";
import type { MessageKeys, Transaction } from "./transaction.ts";

const address = new AddressView();
const digest = new DigestView();
const span: Span = { start: 0, end: 0 };

/** The texts that alerts and `unique_on` need, made once per transaction. */
export function describeTransaction(
  transaction: Transaction,
  message: SipMessageView,
  { from, to }: MessageKeys,
): void {
  transaction.callId = message.headerText(HeaderId.CALL_ID);
  transaction.method = message.text(message.methodSpan);
  transaction.fromUser = message.text(from.user);
  transaction.toUser = message.text(to.user);
  transaction.userAgent = message.headerText(HeaderId.USER_AGENT);
  address.decodeUri(message.bytes, message.uri.start, message.uri.end);
  transaction.uriUser = message.text(address.user);
  transaction.account = `${transaction.fromUser}@${message.text(from.host)}`;
  if (message.method === SipMethod.REGISTER) {
    transaction.aor = `${transaction.toUser}@${message.text(to.host)}`;
    transaction.contact = message.headerText(HeaderId.CONTACT);
  }
  describeCredentials(transaction, message);
}

/** Digest credentials of the request (RFC 3261 22.4); without a response there are none. */
function describeCredentials(transaction: Transaction, message: SipMessageView): void {
  if (
    !message.value(HeaderId.AUTHORIZATION, span) &&
    !message.value(HeaderId.PROXY_AUTHORIZATION, span)
  ) {
    return;
  }
  if (!digest.decode(message.bytes, span.start, span.end)) return;
  if (digest.response.end === digest.response.start) return;
  transaction.hasCredentials = true;
  transaction.authUser = message.text(digest.username);
  transaction.realm = message.text(digest.realm);
  transaction.nonce = message.text(digest.nonce);
  transaction.digestResponse = message.text(digest.response);
  transaction.account = `${transaction.authUser}@${transaction.realm}`;
}

/** RFC 3261 22.3, RFC 7616 3.3: stale=TRUE says that the credentials were right, the nonce old. */
export function isStaleChallenge(message: SipMessageView): boolean {
  if (
    !message.value(HeaderId.WWW_AUTHENTICATE, span) &&
    !message.value(HeaderId.PROXY_AUTHENTICATE, span)
  ) {
    return false;
  }
  if (!digest.decode(message.bytes, span.start, span.end)) return false;
  return message.text(digest.stale).toLowerCase() === "true";
}
