import { COLON, CR, isTokenByte, LF, SPACE } from "../base/ascii.ts";
import { SkipReason } from "./packet.ts";

const VERSION = "SIP/2.0";
/** Outer headers and the start line lie within this. */
const LOOK_BYTES = 512;
const REASONS: ReadonlySet<SkipReason> = new Set([
  SkipReason.LINK_TYPE_UNKNOWN,
  SkipReason.NOT_IP,
  SkipReason.OTHER_PROTOCOL,
  SkipReason.TUNNEL,
  SkipReason.EXTENSION_HEADERS_TOO_MANY,
]);

/** Packets left for that reason may hold packets in a tunnel that is not known. */
export function mayWrap(reason: SkipReason): boolean {
  return REASONS.has(reason);
}

/**
 * Does SIP stand somewhere in bytes that begin with something else: the end of a request line, or the start of a status
 * line (RFC 3261 7), and behind it a header line? Of an attacker's making that proves nothing; it is counted only.
 */
export function holdsSip(bytes: Buffer, start: number, end: number): boolean {
  const look = bytes.subarray(start, Math.min(end, start + LOOK_BYTES));
  for (let at = look.indexOf(VERSION); at >= 0; at = look.indexOf(VERSION, at + 1)) {
    const after = at + VERSION.length;
    const isRequest = look[at - 1] === SPACE && look[after] === CR && look[after + 1] === LF;
    if (isRequest && isHeaderLine(look, after + 2)) return true;
    if (look[after] !== SPACE) continue;
    const lineEnd = look.indexOf("\r\n", after);
    if (lineEnd > 0 && isHeaderLine(look, lineEnd + 2)) return true;
  }
  return false;
}

/** A token and a colon (RFC 3261 7.3.1). */
function isHeaderLine(bytes: Buffer, start: number): boolean {
  let at = start;
  while (at < bytes.length && isTokenByte(bytes[at] as number)) at++;
  return at > start && bytes[at] === COLON;
}
