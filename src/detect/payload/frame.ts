import type { Span } from "../../base/ascii.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { Signature } from "../rules/signature.ts";
import { BufferId, frameType } from "./buffers.ts";

/** The part of a message that a rule with `frame` matched (EVE `frame`). */
export interface AlertFrame {
  /** Such as `request.headers`. */
  readonly type: string;
  /** Bytes. */
  readonly length: number;
}

/** Where the values of buffers begin and end. */
interface Values {
  count(buffer: number): number;
  start(buffer: number, index: number): number;
  end(buffer: number, index: number): number;
}

/** The frame that a signature has just matched; null for a rule without one. */
export function frameOf({ sections }: Signature, values: Values): AlertFrame | null {
  for (const { buffer } of sections) {
    const type = frameType(buffer);
    if (type === "" || values.count(buffer) === 0) continue;
    return { type, length: values.end(buffer, 0) - values.start(buffer, 0) };
  }
  return null;
}

const OF_RESPONSES: ReadonlySet<number> = new Set([
  BufferId.FRAME_RESPONSE_LINE,
  BufferId.FRAME_RESPONSE_HEADERS,
  BufferId.FRAME_RESPONSE_BODY,
]);

/**
 * Sets `span` to the part of the message that a frame is; false when the message has none. Lines and headers end
 * behind their line end, as Suricata's frames do; the whole of it ends where its packet's payload does.
 */
export function framePart(
  buffer: number,
  message: SipMessageView,
  pduEnd: number,
  span: Span,
): boolean {
  const { bodyEnd, bodyStart, headersEnd, headersStart, isRequest, startLine } = message;
  span.start = startLine.start;
  if (buffer === BufferId.FRAME_PDU) {
    span.end = pduEnd;
    return true;
  }
  if (isRequest === OF_RESPONSES.has(buffer)) return false;
  switch (buffer) {
    case BufferId.FRAME_REQUEST_LINE:
    case BufferId.FRAME_RESPONSE_LINE:
      span.end = headersStart;
      return true;
    case BufferId.FRAME_REQUEST_HEADERS:
    case BufferId.FRAME_RESPONSE_HEADERS:
      span.start = headersStart;
      span.end = headersEnd;
      return true;
    default:
      span.start = bodyStart;
      span.end = bodyEnd;
      return true;
  }
}
