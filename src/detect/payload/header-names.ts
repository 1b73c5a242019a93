import type { SipMessageView } from "../../decode/sip/message.ts";

/**
 * Writes the names of a message's headers as Suricata's http.header_names has them: CRLF, each name and CRLF, a last
 * CRLF. Returns their end, or `start` when `out` has no room for them.
 */
export function writeHeaderNames(message: SipMessageView, out: Buffer, start: number): number {
  const { bytes, headerCount, headersEnd, headersStart, nameSpans } = message;
  if (start + headersEnd - headersStart + 4 > out.length) return start;
  let at = start + out.write("\r\n", start, "latin1");
  for (let i = 0; i < headerCount; i++) {
    at += bytes.copy(out, at, nameSpans[2 * i], nameSpans[2 * i + 1]);
    at += out.write("\r\n", at, "latin1");
  }
  return at + out.write("\r\n", at, "latin1");
}
