import type { EventRow } from "./event-row.ts";

/** What a message carries that is no signalling. */
export const CONTENT_ROWS = {
  SIP_HIDDEN_TEXT: {
    name: "sip.hidden_text",
    about:
      "a new request carries a text where software writes random tokens (base64, base32, hex or decimal digits that read as words in Call-ID, tag, branch, boundary, Subject, User-Agent, names and parameters of From and To, the session part and unknown attributes of the SDP, or as a whole text message; sentences also in users, the Request-URI and all other headers), letters that are escaped without need, characters without width, bits in blanks, or a header that calls itself hidden data",
    value:
      "2 where nobody writes text; 1 in an unknown header, which applications fill as they like",
  },
  SIP_BEACON: {
    name: "sip.beacon",
    about:
      "requests out of any dialog go from one host to another by the clock (twelve intervals, all but one within 0.45 and 2 times their mean, 1 s to 2 h), and at least half of them carry a token of 16 characters and more that the ones before did not, outside Call-ID, tags, branch and credentials. Not to registrars, nor where a password was proven or a call answered. Text messages, which people write, only after an hour without a pause of three times the mean",
    value: "requests so far; raised again each time they have doubled",
  },
  SIP_HABIT_BROKEN: {
    name: "sip.habit_broken",
    about:
      "a sender writes something now one way, now another that software writes one way, or that it wrote one way before: order, spelling or blanks of its headers and of its SDP, letters and lengths of its tokens, Max-Forwards, reasons, name of the software, which headers there are; a number of times among 64 messages of one method with the same headers",
    value: "how often, among the messages that were held against each other",
  },
  SDP_BAD_VERSION: {
    name: "sdp.bad_version",
    about: "a session description whose v= is not 0 (RFC 8866 5.1)",
  },
} as const satisfies Record<string, EventRow>;
