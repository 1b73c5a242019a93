import type { EventRow } from "./event-row.ts";

/** Calls that annoy rather than break in. Numbers have seven digits at least: what a PBX does inside is its own. */
export const NUISANCE_ROWS = {
  CALL_STEP: {
    name: "call.step",
    about: "a call to another number of the block of 1,000 in which this caller's last one was",
  },
  CALL_DROPPED: {
    name: "call.dropped",
    about:
      "a call that its caller gave up within 6 s (487), so that the other end can only call back",
  },
  CALL_MANY_CALLERS: {
    name: "call.many_callers",
    about:
      "different callers of one number within a minute, eight times as many as in the busiest minute that it had within the day before; not in the first ten minutes of a run",
    value: "callers, an estimate; raised at powers of two from 32",
  },
  SIP_PHONE_COMMAND: {
    name: "sip.phone_command",
    about:
      "NOTIFY that makes a phone reboot or load its configuration (check-sync, resync, ...), or REFER that makes it call, out of any dialog and without credentials, to a phone whose registration was seen, from a host that is no registrar and never dealt with it",
  },
} as const satisfies Record<string, EventRow>;
