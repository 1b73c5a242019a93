import { sdpLines } from "../decode/sdp-lines.ts";
import { CredentialsView } from "../decode/sip/credentials.ts";
import { HeaderId } from "../decode/sip/headers.ts";
import type { SipMessageView } from "../decode/sip/message.ts";
import { SIP_METHOD_NAMES, SipMethod } from "../decode/sip/methods.ts";
import { accountText } from "./account-keys.ts";
import type { MessageKeys } from "./message-keys.ts";
import type { SipDialogFields, SipFields } from "./records.ts";

/** EVE `sip` object of a message (Suricata's EVE JSON format). Allocates: for alerts and records only. */
export function sipFieldsOf(message: SipMessageView): SipFields {
  const sdp = sdpLines(message);
  if (message.isRequest) {
    return {
      method: message.text(message.methodSpan),
      uri: message.text(message.uri),
      version: message.text(message.version),
      ...(sdp !== null && { sdp }),
      request_line: message.text(message.startLine),
    };
  }
  return {
    version: message.text(message.version),
    code: message.text(message.statusCodeSpan),
    reason: message.text(message.reason),
    ...(sdp !== null && { sdp }),
    response_line: message.text(message.startLine),
  };
}

const credentials = new CredentialsView();

/** What a message says of its dialog and account; `keys` are those of the message. Allocates. */
export function dialogFieldsOf(
  message: SipMessageView,
  { from, to }: MessageKeys,
  serverAddress: string,
): SipDialogFields {
  const fromUser = message.text(from.user);
  return {
    callId: message.headerText(HeaderId.CALL_ID),
    fromTag: message.text(from.tag),
    toTag: message.text(to.tag),
    cseq: message.cseq,
    cseqMethod: methodText(message),
    fromUser,
    toUser: message.text(to.user),
    account: accountText(digestUser(message) || fromUser, serverAddress),
  };
}

function methodText({ cseqMethod }: SipMessageView): string {
  return cseqMethod === SipMethod.OTHER ? "" : (SIP_METHOD_NAMES[cseqMethod] ?? "");
}

function digestUser(message: SipMessageView): string {
  const isAsked = message.has(HeaderId.AUTHORIZATION) || message.has(HeaderId.PROXY_AUTHORIZATION);
  if (!isAsked || credentials.decode(message) === 0) return "";
  return message.text(credentials.at(0).username);
}
