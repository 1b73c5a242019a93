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
  CALL_NUMBER_FLOODED: {
    name: "call.number_flooded",
    about:
      "at least twenty callers of one number within a minute, six times as many as in its busiest minute before, and for a minute and a half after it at least forty calls more. Signs beside: fewer than a fifth of the calls lead to a talk of ten seconds; they come by the clock. Where nobody knows what is usual only what no crowd does is told: in vain, refused as busy or not there, and hardly anybody calls again",
    value:
      "1 and one more for each sign; 2 where nobody knows what is usual; once as long as it lasts",
  },
  CALL_SITE_FLOODED: {
    name: "call.site_flooded",
    about:
      "the same to at least four numbers by turns that differ in their last three digits: calls of at least twenty callers within a minute, forty within a minute and a half, in vain, refused as busy or not there, and hardly anybody calls again. A caller is a number, whatever address it comes from",
    value: "numbers that were called",
  },
  SIP_PHONE_MESSAGE: {
    name: "sip.phone_message",
    about:
      "a MESSAGE straight to a registered phone, without credentials and out of any dialog, from a host that has never dealt with it and is no registrar",
  },
  SIP_AMPLIFIED: {
    name: "sip.amplified",
    about:
      "a server's answers to one address are at least four times as large as the requests in its name, over 50 requests and 200 answers within ten seconds, and that address has never proven to receive them. Source is the server, destination the victim",
    value: "how many times as large; raised at powers of two of the answers",
  },
  SIP_ANSWERS_UNASKED: {
    name: "sip.answers_unasked",
    about:
      "answers without a request, to a host whose requests are seen otherwise: at least 64 within a minute",
    value: "answers within the minute; raised at powers of two",
  },
  SIP_PHONE_COMMAND: {
    name: "sip.phone_command",
    about:
      "NOTIFY that makes a phone reboot or load its configuration (check-sync, resync, ...), or REFER that makes it call, out of any dialog and without credentials, to a phone whose registration was seen, from a host that is no registrar and never dealt with it",
  },
} as const satisfies Record<string, EventRow>;
