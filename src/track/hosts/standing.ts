/**
 * How much of what a tracker keeps was proven (ARCHITECTURE.md, "Standing"). A packet
 * that parses is a claim; only what its sender could not know or do from elsewhere lifts it. Claiming,
 * joining, teaching, clearing, replacing and evicting go by rank.
 */
export const Rank = {
  /** Anybody can send this from any address. */
  SEEN: 0,
  /** Its sender receives at its address: it repeated what only that address was sent. */
  RETURNED: 1,
  /** Who is in charge took it: 2xx from the host that was asked. */
  ACCEPTED: 2,
  /** Accepted for some time, with traffic both ways since. */
  PARTY: 3,
} as const;
export type Rank = (typeof Rank)[keyof typeof Rank];

/** What weighs as proof in the balance of a verdict (`event_value`): rules take it from here on. */
export const PROOF = 10;
/** The same sign again and again, where once would be one sign. */
export const SUSTAINED = 5;
