import { sdpLines } from "../decode/sdp-lines.ts";
import type { SipMessageView } from "../decode/sip/message.ts";
import type { SipFields } from "./records.ts";

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
