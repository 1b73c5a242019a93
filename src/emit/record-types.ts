/** Kinds of EVE record that can be written, by `event_type`. */
export const EVE_TYPES = [
  "alert",
  "incident",
  "case",
  "call",
  "registration",
  "sip",
  "flow",
  "anomaly",
  "stats",
] as const;
export type EveType = (typeof EVE_TYPES)[number];

/** Those that network outputs can get; the others are as many as there are messages and flows. */
export const NETWORK_TYPES: readonly EveType[] = [
  "alert",
  "incident",
  "case",
  "call",
  "registration",
];

/** Those that a network output gets where nothing else is said. */
export const TOLD_TYPES: readonly EveType[] = ["alert", "incident", "case"];
