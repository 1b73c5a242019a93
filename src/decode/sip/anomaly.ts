/**
 * What is wrong with a SIP message, as bits of `SipMessageView.anomalies`. A message with anomalies
 * is still decoded as far as it goes: malformed input is a fact, not an exception. The names become
 * `app-layer-event:sip.<name>`.
 */
export const SipAnomaly = {
  BAD_START_LINE: 1 << 0, // RFC 3261 7.1, 7.2
  MISSING_HEADER: 1 << 1, // RFC 3261 8.1.1: To, From, CSeq, Call-ID, Via
  BAD_HEADER_LINE: 1 << 2, // RFC 3261 7.3.1: a header line without a name and a colon
  DUPLICATE_HEADER: 1 << 3, // RFC 3261 7.3.1: a second value of a single-valued header
  BAD_CSEQ: 1 << 4, // RFC 3261 8.1.1.5: not a number below 2^31 and a method
  CSEQ_METHOD_MISMATCH: 1 << 5, // RFC 3261 8.1.1.5: CSeq names another method than the start line
  BAD_CONTENT_LENGTH: 1 << 6, // RFC 3261 20.14: not a number
  CONTENT_LENGTH_MISMATCH: 1 << 7, // RFC 3261 18.3: the datagram holds less than Content-Length
  TRAILING_BYTES: 1 << 8, // RFC 3261 18.3: bytes after the body, to be discarded
  HEADER_TOO_LONG: 1 << 9, // a header line above `HEADER_BYTES_MAX`
  TOO_MANY_HEADERS: 1 << 10, // more than `HEADERS_MAX`; of the rest only the first of each known kind
  INCOMPLETE_HEADERS: 1 << 11, // RFC 3261 7: the empty line is missing
  BARE_LF: 1 << 12, // RFC 3261 7: lines end in CRLF, not in LF or CR CR LF
  NUL_BYTE: 1 << 13, // a NUL in the start line or in a header
  BAD_STATUS_CODE: 1 << 14, // RFC 3261 7.2: outside 100..699
  BAD_VERSION: 1 << 15, // RFC 3261 7.1: not SIP/2.0
  BAD_URI: 1 << 16, // RFC 3261 25.1: Request-URI empty, with blanks, angle brackets or headers
  BAD_HEADER_VALUE: 1 << 17, // RFC 3261 25.1: a From, To, Via, Contact or Date that is none, see header-values.ts
  VALUES_TOO_LONG: 1 << 18, // more in its fields than one packet may cost; what is behind is not read, see long-values.ts
} as const;

/** Odd, but legal (RFC 3261 18.3, RFC 4475 3.1.1.8): a fact, not malformed. */
export const SIP_LEGAL_ODDITIES = SipAnomaly.TRAILING_BYTES;

/** Public name of each bit, by bit number. */
export const SIP_ANOMALY_NAMES: readonly string[] = Object.keys(SipAnomaly).map((name) =>
  name.toLowerCase(),
);

/** Bytes of a header field, and lines of a message, that are no anomaly. Real phones stay well below; the torture messages of RFC 4475 do not. */
export const HEADER_BYTES_MAX = 4096;
export const HEADERS_MAX = 128;
/** Beyond these lines, the first of each known kind and credentials are kept: padding must not hide them. */
export const HEADERS_KEPT_MAX = 256;
