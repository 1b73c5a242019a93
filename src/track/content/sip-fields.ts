import { sdpLines } from "../../decode/sdp-lines.ts";
import { CredentialsView } from "../../decode/sip/credentials.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SIP_METHOD_NAMES, SipMethod } from "../../decode/sip/methods.ts";
import { accountText } from "../accounts/account-keys.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";

/** Start line of a message and its parts, and its session description by lines (`sdpLines`). Texts from the packet. */
export interface SipFields {
  readonly method?: string;
  readonly uri?: string;
  readonly version?: string;
  readonly code?: string;
  readonly reason?: string;
  readonly sdp?: object;
  readonly requestLine?: string;
  readonly responseLine?: string;
}

/** Which call or registration a message belongs to, and whose it is. Texts from the packet, "" when absent. */
export interface SipDialogFields {
  readonly callId: string;
  readonly fromTag: string;
  readonly toTag: string;
  /** -1 when it cannot be read. */
  readonly cseq: number;
  /** The method that CSeq names. */
  readonly cseqMethod: string;
  readonly fromUser: string;
  readonly toUser: string;
  /** Digest's user, else From's, at the server that is asked or answers. */
  readonly account: string;
}

/** Allocates: for alerts and records only. */
export function sipFieldsOf(message: SipMessageView): SipFields {
  const sdp = sdpLines(message);
  if (message.isRequest) {
    return {
      method: message.text(message.methodSpan),
      uri: message.text(message.uri),
      version: message.text(message.version),
      ...(sdp !== null && { sdp }),
      requestLine: message.text(message.startLine),
    };
  }
  return {
    version: message.text(message.version),
    code: message.text(message.statusCodeSpan),
    reason: message.text(message.reason),
    ...(sdp !== null && { sdp }),
    responseLine: message.text(message.startLine),
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
