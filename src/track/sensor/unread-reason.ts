/** Why SIP that the sensor sees says nothing to it, or not all. */
export const Unread = {
  /** A TLS record on the port of SIP over TLS. */
  TLS: 0,
  /** The capture holds less of a message than the wire did. */
  CUT: 1,
} as const;
export type Unread = (typeof Unread)[keyof typeof Unread];

/** Labels of metrics, by `Unread`. */
export const UNREAD_NAMES: readonly string[] = ["tls", "cut"];
