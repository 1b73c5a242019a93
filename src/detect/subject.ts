import type { Span } from "../base/ascii.ts";
import { AddressView } from "../decode/sip/address.ts";
import { CredentialsView } from "../decode/sip/credentials.ts";
import { HeaderId } from "../decode/sip/headers.ts";
import type { SipMessageView } from "../decode/sip/message.ts";
import { SIP_METHOD_NAMES, SipMethod } from "../decode/sip/methods.ts";
import { accountText } from "../track/accounts/account-keys.ts";
import type { EventSubject } from "../track/facts/event.ts";

const address = new AddressView();
const credentials = new CredentialsView();
const span: Span = { start: 0, end: 0 };

/**
 * What one SIP message is about, for rules that match the message itself and not a fact about it.
 * In a response the method is that of CSeq. `server`: address of the end that was asked. Allocates: only called once a rule has matched.
 */
export function subjectOfMessage(message: SipMessageView, server: string): EventSubject {
  const from = userAndHost(message, HeaderId.FROM);
  const to = userAndHost(message, HeaderId.TO);
  const digest = credentialsOf(message);
  const method = message.isRequest ? message.method : message.cseqMethod;
  return {
    callId: message.headerText(HeaderId.CALL_ID),
    method: message.isRequest ? message.text(message.methodSpan) : (SIP_METHOD_NAMES[method] ?? ""),
    fromUser: from.user,
    toUser: to.user,
    uriUser: uriUserOf(message),
    authUser: digest.username,
    realm: digest.realm,
    account: accountText(digest.username === "" ? from.user : digest.username, server),
    aor: method === SipMethod.REGISTER ? to.address : "",
    userAgent: message.headerText(HeaderId.USER_AGENT),
    contact: message.headerText(HeaderId.CONTACT),
    digestResponse: digest.response,
    stream: "",
    destination: "",
    callKey: 0,
    fromUserKey: 0,
    toUserKey: 0,
    uriUserKey: 0,
    accountKey: 0,
    aorKey: 0,
    digestKey: 0,
  };
}

function userAndHost(message: SipMessageView, headerId: number): { user: string; address: string } {
  if (!message.value(headerId, span) || !address.decode(message.bytes, span.start, span.end)) {
    return { user: "", address: "" };
  }
  const user = message.text(address.user);
  const host = message.text(address.host);
  return { user, address: user === "" ? host : `${user}@${host}` };
}

function uriUserOf(message: SipMessageView): string {
  if (!message.isRequest) return "";
  const { start, end } = message.uri;
  return address.decodeUri(message.bytes, start, end) ? message.text(address.user) : "";
}

function credentialsOf(message: SipMessageView): {
  username: string;
  realm: string;
  response: string;
} {
  if (credentials.decode(message) > 0) {
    const digest = credentials.at(0);
    return {
      username: message.text(digest.username),
      realm: message.text(digest.realm),
      response: message.text(digest.response),
    };
  }
  return { username: "", realm: "", response: "" };
}
