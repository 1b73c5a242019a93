import { HEADER_ID_COUNT } from "./headers.ts";
import type { SipMessageView } from "./message.ts";

/** Values of a head up to this long are read whole, however it is made up. */
export const HEAD_BYTES_WHOLE = 8192;
/** Of a longer head: what is read of each kind of header, and of the Request-URI, in any case, */
const KIND_BYTES = 1024;
/** and what is read beyond that of all together, in their order. */
const MORE_BYTES = 8192;

const kindLeft = new Int32Array(HEADER_ID_COUNT);

/**
 * Makes the values of a message end where its budget does: each of the many readers of a value takes time in proportion to it, and
 * none may hold up the packets that follow. No device needs as much: with ten hops, a certificate's signature and a list of diversions a
 * head has some 10 KiB, of which most is free. Padding in one kind of header takes nothing from the first kilobyte of another.
 * True when something was cut. For a message whose headers are filed.
 */
export function cutLongValues(message: SipMessageView): boolean {
  const { uri, valueSpans } = message;
  kindLeft.fill(KIND_BYTES);
  let moreLeft = MORE_BYTES + KIND_BYTES;
  let isCut = false;
  const uriBytes = Math.min(uri.end - uri.start, moreLeft);
  if (uri.start + uriBytes < uri.end) isCut = true;
  uri.end = uri.start + uriBytes;
  moreLeft -= Math.max(KIND_BYTES, uriBytes);
  for (let i = 0; i < message.headerCount; i++) {
    const kind = message.headerIds[i] as number;
    const start = valueSpans[2 * i] as number;
    const length = (valueSpans[2 * i + 1] as number) - start;
    const free = Math.min(length, kindLeft[kind] as number);
    const more = Math.min(length - free, moreLeft);
    kindLeft[kind] = (kindLeft[kind] as number) - free;
    moreLeft -= more;
    if (free + more === length) continue;
    valueSpans[2 * i + 1] = start + free + more;
    isCut = true;
  }
  return isCut;
}
