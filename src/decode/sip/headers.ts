import { numbersOf } from "../../base/numbers-of.ts";

interface HeaderRow {
  readonly name: string;
  readonly compact?: string;
  /** RFC 3261 table 2: may appear once only, so a second one is a contradiction. */
  readonly single?: true;
}

/** Header fields that trackers or rules ask for; all others are found as `OTHER`. */
const ROWS = {
  VIA: { name: "Via", compact: "v" }, // RFC 3261 20.42
  FROM: { name: "From", compact: "f", single: true }, // RFC 3261 20.20
  TO: { name: "To", compact: "t", single: true }, // RFC 3261 20.39
  CALL_ID: { name: "Call-ID", compact: "i", single: true }, // RFC 3261 20.8
  CSEQ: { name: "CSeq", single: true }, // RFC 3261 20.16
  CONTACT: { name: "Contact", compact: "m" }, // RFC 3261 20.10
  MAX_FORWARDS: { name: "Max-Forwards", single: true }, // RFC 3261 20.22
  CONTENT_LENGTH: { name: "Content-Length", compact: "l", single: true }, // RFC 3261 20.14
  CONTENT_TYPE: { name: "Content-Type", compact: "c", single: true }, // RFC 3261 20.15
  CONTENT_ENCODING: { name: "Content-Encoding", compact: "e" }, // RFC 3261 20.12
  USER_AGENT: { name: "User-Agent", single: true }, // RFC 3261 20.41
  SERVER: { name: "Server", single: true }, // RFC 3261 20.35
  EXPIRES: { name: "Expires", single: true }, // RFC 3261 20.19
  AUTHORIZATION: { name: "Authorization" }, // RFC 3261 20.7
  PROXY_AUTHORIZATION: { name: "Proxy-Authorization" }, // RFC 3261 20.28
  WWW_AUTHENTICATE: { name: "WWW-Authenticate" }, // RFC 3261 20.44
  PROXY_AUTHENTICATE: { name: "Proxy-Authenticate" }, // RFC 3261 20.27
  ROUTE: { name: "Route" }, // RFC 3261 20.34
  RECORD_ROUTE: { name: "Record-Route" }, // RFC 3261 20.30
  SUBJECT: { name: "Subject", compact: "s" }, // RFC 3261 20.36
  SUPPORTED: { name: "Supported", compact: "k" }, // RFC 3261 20.37
  ALLOW_EVENTS: { name: "Allow-Events", compact: "u" }, // RFC 6665
  EVENT: { name: "Event", compact: "o" }, // RFC 6665
  REFER_TO: { name: "Refer-To", compact: "r", single: true }, // RFC 3515
  REFERRED_BY: { name: "Referred-By", compact: "b", single: true }, // RFC 3892
  REPLACES: { name: "Replaces" }, // RFC 3891
  SESSION_EXPIRES: { name: "Session-Expires", compact: "x" }, // RFC 4028
  ACCEPT_CONTACT: { name: "Accept-Contact", compact: "a" }, // RFC 3841
  REQUEST_DISPOSITION: { name: "Request-Disposition", compact: "d" }, // RFC 3841
  REJECT_CONTACT: { name: "Reject-Contact", compact: "j" }, // RFC 3841
  IDENTITY: { name: "Identity", compact: "y" }, // RFC 8224
  IDENTITY_INFO: { name: "Identity-Info", compact: "n" }, // RFC 4474
  P_ASSERTED_IDENTITY: { name: "P-Asserted-Identity" }, // RFC 3325
  REASON: { name: "Reason" }, // RFC 3326
  DATE: { name: "Date", single: true }, // RFC 3261 20.17
  RETRY_AFTER: { name: "Retry-After", single: true }, // RFC 3261 20.33
  WARNING: { name: "Warning" }, // RFC 3261 20.43
  PATH: { name: "Path" }, // RFC 3327
  DIVERSION: { name: "Diversion" }, // RFC 5806
  HISTORY_INFO: { name: "History-Info" }, // RFC 7044
  JOIN: { name: "Join" }, // RFC 3911
} as const satisfies Record<string, HeaderRow>;

export type HeaderName = keyof typeof ROWS;

/** Number of each header; 0 is a header that the table does not list. */
export const HeaderId = numbersOf(["OTHER", ...(Object.keys(ROWS) as HeaderName[])], 0);
/** Canonical name by number. */
export const HEADER_NAMES: string[] = ["(other)"];
/** 1 where a second header of that number contradicts the first. */
export const HEADER_IS_SINGLE = new Uint8Array(64);
export const HEADER_ID_COUNT = Object.keys(ROWS).length + 1;

/**
 * Names by a hash of length, first and last letter: one name a bucket, by the choice of factors. A name of up to two
 * letters is told by that alone, of a longer one the words between are compared.
 */
const DASH = 0x2d;
const BUCKETS = 1024;
const NAME_WORDS_MAX = 5;
const bucketId = new Uint8Array(BUCKETS);
const bucketLength = new Uint8Array(BUCKETS);
const bucketEnds = new Uint16Array(BUCKETS);
const bucketWords = new Int32Array(BUCKETS * NAME_WORDS_MAX);
/** Of each word the case bits of its "-": without the bit one would be a CR. */
const bucketDashes = new Int32Array(BUCKETS * NAME_WORDS_MAX);

function bucketOf(length: number, first: number, last: number): number {
  return (length + first * 9 + last * 31) & (BUCKETS - 1);
}

/** Words of a name: each whole one, then the last four letters, which may overlap them. */
function wordCount(length: number): number {
  return length < 4 ? 0 : (length + 3) >>> 2;
}

function file(name: string, id: number): void {
  const lower = Buffer.from(name.toLowerCase());
  const { length } = lower;
  const first = lower[0] as number;
  const last = lower[length - 1] as number;
  const bucket = bucketOf(length, first, last);
  if (bucketLength[bucket] !== 0) throw new Error(`two header names in one bucket: ${name}`);
  bucketId[bucket] = id;
  bucketLength[bucket] = length;
  bucketEnds[bucket] = (first << 8) | last;
  const words = wordCount(length);
  for (let i = 0; i < words; i++) {
    const at = Math.min(4 * i, length - 4);
    bucketWords[bucket * NAME_WORDS_MAX + i] = lower.readInt32LE(at);
    let mask = 0;
    for (let letter = 0; letter < 4; letter++) {
      if (lower[at + letter] === DASH) mask |= 0x20 << (8 * letter);
    }
    bucketDashes[bucket * NAME_WORDS_MAX + i] = mask;
  }
}

for (const [index, row] of Object.values(ROWS).entries()) {
  const id = index + 1;
  HEADER_NAMES.push(row.name);
  if ("single" in row) HEADER_IS_SINGLE[id] = 1;
  file(row.name, id);
  if ("compact" in row) file(row.compact, id);
}

/** Number of the header whose name is bytes[start, end) of `view`: any case, compact forms folded. */
export function headerIdOf(view: DataView, start: number, end: number): number {
  const length = end - start;
  if (length === 0) return HeaderId.OTHER;
  const first = view.getUint8(start) | 0x20;
  const last = view.getUint8(end - 1) | 0x20;
  const bucket = bucketOf(length, first, last);
  if (bucketLength[bucket] !== length || bucketEnds[bucket] !== ((first << 8) | last)) {
    return HeaderId.OTHER;
  }
  if (length === 3) {
    // Only "Via" is as short and has a letter between.
    return (view.getUint8(start + 1) | 0x20) === 0x69 ? (bucketId[bucket] as number) : 0;
  }
  const words = wordCount(length);
  for (let i = 0, at = bucket * NAME_WORDS_MAX; i < words; i++, at++) {
    const word = view.getInt32(i === words - 1 ? end - 4 : start + 4 * i, true);
    const dashes = bucketDashes[at] as number;
    if ((word | 0x20202020) !== bucketWords[at] || (word & dashes) !== dashes)
      return HeaderId.OTHER;
  }
  return bucketId[bucket] as number;
}
