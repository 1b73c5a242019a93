/** Why a connection over TLS, or a part of it, stays closed although there is a key log. */
export const TlsUnread = {
  /** Its keys are not logged. */
  NO_KEY: 0,
  /** SSL 3.0 or older, or TLS 1.0 or 1.1 (RFC 8996) with a suite other than CBC with HMAC-SHA1. */
  OLD_VERSION: 1,
  /** Keys were agreed on anew, which no log of today tells (RFC 5246 7.4.1.1). */
  RENEGOTIATED: 2,
  /** Data before the server's answer (0-RTT, RFC 8446 2.3) whose secret is not logged. */
  EARLY_DATA: 3,
} as const;
export type TlsUnread = (typeof TlsUnread)[keyof typeof TlsUnread];
