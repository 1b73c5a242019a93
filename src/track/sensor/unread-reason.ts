/** Why SIP that the sensor sees says nothing to it, or not all. */
export const Unread = {
  /** A TLS record on the port of SIP over TLS. */
  TLS: 0,
  /** The capture holds less of a message than the wire did. */
  CUT: 1,
  /** A key log is there, and it is SSL, or an old TLS with a suite that cannot be opened. */
  TLS_OLD: 2,
  /** A key log is there, and keys were agreed on anew. */
  TLS_RENEGOTIATED: 3,
  /** A key log is there, without the secret of early data. */
  TLS_EARLY: 4,
  /** TURN inside TLS: whom relays send to. */
  TURN_TLS: 5,
  /** Inside a tunnel, or behind headers, that are not known here. */
  WRAPPED: 6,
} as const;
export type Unread = (typeof Unread)[keyof typeof Unread];

/** Labels of metrics, by `Unread`. */
export const UNREAD_NAMES: readonly string[] = [
  "tls",
  "cut",
  "tls_old_version",
  "tls_renegotiated",
  "tls_early_data",
  "turn_tls",
  "unknown_tunnel",
];

/** For people, by `Unread`. */
export const UNREAD_TEXTS: readonly string[] = [
  "SIP over TLS (port 5061)",
  "SIP messages cut by the capture's snaplen",
  "SIP over SSL, or over TLS older than 1.2 with RC4, which no key log opens here",
  "SIP over TLS from a renegotiation on, whose keys are in no log",
  "SIP over TLS before the server's answer (0-RTT), whose secret is not logged",
  "TURN over TLS (port 5349): its peers are not seen",
  "SIP in a tunnel, or behind headers, that are not known",
];
