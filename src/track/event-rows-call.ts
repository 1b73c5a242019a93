import type { EventRow } from "./event-row.ts";

/** Calls and their callers. */
export const CALL_ROWS = {
  CALL_ANSWERED: { name: "call.answered", about: "2xx to INVITE" },
  CALL_RINGING: { name: "call.ringing", about: "180 to 183 to INVITE", value: "status code" },
  CALL_ACKNOWLEDGED: {
    name: "call.acknowledged",
    about: "the caller's first ACK to that 2xx (RFC 3261 13.2.2.4), on one hop",
  },
  CALL_ENDED: {
    name: "call.ended",
    about:
      "the last dialog of an answered call was hung up, and the BYE was answered. Source is the caller, whoever hung up",
    value: "seconds since it was answered",
  },
  CALL_PREFIX_WALK: {
    name: "call.prefix_walk",
    about:
      "a call to a number that failed before behind another prefix: the same last nine digits, whatever the answers were",
    value: "different prefixes of this client for this number so far, within a day",
  },
  CALL_PREFIX_WALK_SHARED: {
    name: "call.prefix_walk_shared",
    about: "the same, by several clients of one server together",
    value: "different prefixes of all clients for this number so far, within a day",
  },
  CALL_NUMBER_REFUSED: {
    name: "call.number_refused",
    about:
      "a call without credentials to a number of nine digits or more was refused: by 4xx, or by 480, 600 and 603 before it rang where nothing is known of the caller. 5xx and silence are as well an outage's",
    value: "status code",
  },
  CALL_GHOST: {
    name: "call.ghost",
    about:
      "a call that was not taken, straight to a phone that is registered elsewhere, from a host that never had a call taken there or by its registrar",
    value: "such calls of this caller to this phone so far, within a day",
  },
} as const satisfies Record<string, EventRow>;
