import type { PacketView } from "./packet.ts";

/** RFC 1035 4.1.1, RFC 3403 4. */
const HEADER_BYTES = 12;
const TYPE_NAPTR = 35;
const NXDOMAIN = 3;
const LABELS_MAX = 40;
/** E.164: fifteen digits; fewer than seven are no number of the telephone network. */
const DIGITS_MAX = 15;
const DIGITS_MIN = 7;
const DOT_TREES = new Set(["e164.arpa", "e164.org"]);

/** One question for a telephone number (ENUM, RFC 6116 3.2): the number's digits, turned round, are labels of their own. */
export interface EnumQuestion {
  readonly isResponse: boolean;
  readonly isUnknown: boolean;
  /** Digits in the order of the telephone. */
  readonly number: string;
  /** Domain that the digits hang in. */
  readonly tree: string;
}

/**
 * The first question of a DNS message when it asks for a telephone number, else null. Without compression pointers, which no
 * question has (RFC 1035 4.1.4); linear in the name's 255 bytes.
 */
export function enumQuestionIn({
  bytes,
  payloadEnd,
  payloadStart,
  view,
}: PacketView): EnumQuestion | null {
  if (payloadEnd - payloadStart < HEADER_BYTES + 5 || view.getUint16(payloadStart + 4) === 0)
    return null;
  let at = payloadStart + HEADER_BYTES;
  let digits = "";
  const rest: string[] = [];
  for (let labels = 0; labels < LABELS_MAX; labels++) {
    const length = bytes[at] as number;
    if (length === 0) break;
    if (length > 63 || at + 1 + length >= payloadEnd) return null;
    const label = bytes.toString("latin1", at + 1, at + 1 + length).toLowerCase();
    if (rest.length === 0 && /^\d$/.test(label) && digits.length < DIGITS_MAX)
      digits = label + digits;
    else rest.push(label);
    at += 1 + length;
  }
  if (bytes[at] !== 0 || at + 5 > payloadEnd || digits.length < DIGITS_MIN) return null;
  const tree = rest.join(".");
  const isNumber = DOT_TREES.has(tree) || view.getUint16(at + 1) === TYPE_NAPTR;
  if (!isNumber || tree.endsWith("ip6.arpa") || tree === "") return null;
  const flags = view.getUint16(payloadStart + 2);
  const isResponse = flags >= 0x8000;
  return { isResponse, isUnknown: isResponse && (flags & 15) === NXDOMAIN, number: digits, tree };
}
