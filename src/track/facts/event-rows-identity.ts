import type { EventRow } from "./event-row.ts";

/** Identity headers of new calls (RFC 8224, STIR/SHAKEN). */
export const IDENTITY_ROWS = {
  SIP_IDENTITY_NUMBER: {
    name: "sip.identity_number",
    about:
      "a PASSporT names other numbers than the message: orig fits neither From nor P-Asserted-Identity, dest neither To nor the Request-URI of a call that was not forwarded, or a div none of the others. Country codes and prefixes may be missing; extensions are not compared",
    value: "2 another caller, 1 another called number",
  },
  SIP_IDENTITY_REPLAYED: {
    name: "sip.identity_replayed",
    about:
      "a PASSporT comes again more than 60 s later in another call, from a host that did not get it from the call before",
    value: "calls with it so far",
  },
  SIP_IDENTITY_STALE: {
    name: "sip.identity_stale",
    about: "iat is more than 60 s before or after the packet's time (RFC 8224 6.2.1)",
    value: "seconds",
  },
  SIP_IDENTITY_LOWERED: {
    name: "sip.identity_lowered",
    about: "whoever passes a call on attests less than was attested to it: A becomes B or C",
    value: "steps",
  },
  SIP_IDENTITY_SIGNATURE: {
    name: "sip.identity_signature",
    about:
      "the signature does not fit the signer's certificate, or comes outside its time; judged only with policy.certificates",
  },
  SIP_IDENTITY_UNVERIFIED: {
    name: "sip.identity_unverified",
    about: "policy.certificates has no certificate of the address that the PASSporT names",
  },
  SIP_IDENTITY_MALFORMED: {
    name: "sip.identity_malformed",
    about:
      "an Identity header that is no PASSporT, or lacks what its kind needs (RFC 8225, RFC 8588)",
  },
} as const satisfies Record<string, EventRow>;
