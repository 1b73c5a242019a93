import { toLower } from "../../base/ascii.ts";

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
  RETRY_AFTER: { name: "Retry-After", single: true }, // RFC 3261 20.33
  WARNING: { name: "Warning" }, // RFC 3261 20.43
  PATH: { name: "Path" }, // RFC 3327
} as const satisfies Record<string, HeaderRow>;

export type HeaderName = keyof typeof ROWS;

/** Number of each header; 0 is a header that the table does not list. */
export const HeaderId = { OTHER: 0 } as { readonly OTHER: 0 } & {
  readonly [K in HeaderName]: number;
};
/** Canonical name by number. */
export const HEADER_NAMES: string[] = ["(other)"];
/** 1 where a second header of that number contradicts the first. */
export const HEADER_IS_SINGLE = new Uint8Array(64);
export const HEADER_ID_COUNT = Object.keys(ROWS).length + 1;

/** Ids by a hash of length, first and last byte. Rows that collide share a bucket. */
const BUCKETS = 1024;
const buckets: { readonly id: number; readonly lower: Uint8Array }[][] = Array.from(
  { length: BUCKETS },
  () => [],
);

function bucketOf(length: number, first: number, last: number): number {
  return (length * 67 + first * 31 + last) & (BUCKETS - 1);
}

for (const [index, [key, row]] of Object.entries(ROWS).entries()) {
  const id = index + 1;
  (HeaderId as Record<string, number>)[key] = id;
  HEADER_NAMES.push(row.name);
  if ("single" in row) HEADER_IS_SINGLE[id] = 1;
  for (const name of "compact" in row ? [row.name, row.compact] : [row.name]) {
    const lower = name.toLowerCase();
    const bucket = bucketOf(lower.length, lower.charCodeAt(0), lower.charCodeAt(lower.length - 1));
    buckets[bucket]?.push({ id, lower: Buffer.from(lower) });
  }
}

/** Number of the header whose name is bytes[start, end): any case, compact forms folded. */
export function headerIdOf(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length === 0) return HeaderId.OTHER;
  const first = toLower(bytes[start] as number);
  const last = toLower(bytes[end - 1] as number);
  const bucket = buckets[bucketOf(length, first, last)] as (typeof buckets)[number];
  for (let i = 0; i < bucket.length; i++) {
    const row = bucket[i] as (typeof bucket)[number];
    if (isName(bytes, start, row.lower)) return row.id;
  }
  return HeaderId.OTHER;
}

/** Case-insensitive; `lower` has letters and "-" only, which 0x20 keeps apart from all but CR. */
function isName(bytes: Uint8Array, start: number, lower: Uint8Array): boolean {
  const length = lower.length;
  for (let i = 0; i < length; i++) {
    const byte = bytes[start + i] as number;
    if ((byte | 0x20) !== lower[i] || byte <= 0x20) return false;
  }
  return true;
}
