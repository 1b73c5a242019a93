import type { EventRow } from "./event-row.ts";

/** What a message carries that is no signalling. */
export const CONTENT_ROWS = {
  SIP_HIDDEN_TEXT: {
    name: "sip.hidden_text",
    about:
      "a new request carries a text where software writes random tokens (base64 or hex that reads as words in Call-ID, tag, branch, boundary, Subject or the session part of the SDP), characters without width, bits in blanks, or a header that calls itself hidden data",
    value:
      "2 where nobody writes text; 1 in an unknown header, which applications fill as they like",
  },
  SDP_BAD_VERSION: {
    name: "sdp.bad_version",
    about: "a session description whose v= is not 0 (RFC 8866 5.1)",
  },
} as const satisfies Record<string, EventRow>;
