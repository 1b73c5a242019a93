import type { EventRow } from "./event-row.ts";

/** Value of a fact that was weighed. */
const BALANCE =
  "balance: 1 for each sign against the sender, less 1 for each sign for it, and 10 for a proof";

/** Dialogs (RFC 3261 12). */
export const DIALOG_ROWS = {
  SIP_BYE_FOREIGN_SOURCE: {
    name: "sip.bye_foreign_source",
    about: "BYE for a live dialog from a host that is no party, proxy or route of it",
    value: BALANCE,
  },
  SIP_BYE_UNKNOWN_DIALOG: {
    name: "sip.bye_unknown_dialog",
    about: "BYE answered 481 although its dialog was live when seen last, or for no dialog at all",
  },
  SIP_BYE_TAG_MISMATCH: {
    name: "sip.bye_tag_mismatch",
    about: "BYE with the Call-ID of a live dialog and tags of none of its legs",
    value: BALANCE,
  },
  SIP_BYE_CSEQ_OUT_OF_ORDER: {
    name: "sip.bye_cseq_out_of_order",
    about: "BYE whose CSeq is not above the last of its direction (RFC 3261 12.2.2)",
    value: BALANCE,
  },
  SIP_BYE_PATH_CHANGED: {
    name: "sip.bye_path_changed",
    about: "BYE from the address of a party, by another way: MAC or TTL unlike its own packets",
    value: BALANCE,
  },
  SIP_BYE_MEDIA_CONTINUES: {
    name: "sip.bye_media_continues",
    about:
      "the alleged sender of a BYE went on sending media for a second and 25 packets after the BYE was accepted; where no answers of the call are seen, after the BYE, which counts 2. Of a BYE of which nothing but the answer is seen nobody knows whose it was",
    value: BALANCE,
  },
  SIP_BYE_DISOWNED: {
    name: "sip.bye_disowned",
    about:
      "the party that allegedly hung up hangs up again more than 2 s later (own BYE, new branch) and meets 481: one sign, and a proof when the first was odd for another reason",
    value: BALANCE,
  },
  SIP_CANCEL_FOREIGN_SOURCE: {
    name: "sip.cancel_foreign_source",
    about: "CANCEL for a pending INVITE from a host that did not send that INVITE (RFC 3261 9.1)",
    value: BALANCE,
  },
  SIP_CANCEL_PATH_CHANGED: {
    name: "sip.cancel_path_changed",
    about: "CANCEL from the INVITE's address by another way: MAC or TTL unlike the INVITE's",
    value: BALANCE,
  },
  SIP_MEDIA_REDIRECTED_BY_STRANGER: {
    name: "sip.media_redirected_by_stranger",
    about:
      "re-INVITE or UPDATE in a call, or an ACK with a session description, from a host that is no party, or in a party's name by another way",
    value: BALANCE,
  },
  SIP_REFER_BY_STRANGER: {
    name: "sip.refer_by_stranger",
    about:
      "REFER in a call from a host that is no party, or in a party's name by another way: it makes the other end call somebody (RFC 3515); or one outside any call that is accepted without credentials, from a host of another network that its receiver has no dealings with: 2",
    value: BALANCE,
  },
  SIP_DIALOG_REQUEST_BY_STRANGER: {
    name: "sip.dialog_request_by_stranger",
    about:
      "INFO, NOTIFY, MESSAGE, PRACK, SUBSCRIBE or OPTIONS in a call from a host that is no party, or in a party's name by another way",
    value: BALANCE,
  },
  SIP_ANSWER_BY_STRANGER: {
    name: "sip.answer_by_stranger",
    about:
      "an answer to an INVITE or a final one to a request in a call, with its branch, from a host that was not asked (RFC 3261 18.1.2)",
    value: BALANCE,
  },
  SIP_ANSWER_PATH_CHANGED: {
    name: "sip.answer_path_changed",
    about:
      "a final answer to an INVITE, or to a request in a call, in the name of who was asked, by another way (MAC or TTL) than its own packets, and it goes on by its own: it rings on, or gives another final answer",
    value: BALANCE,
  },
  SIP_CALL_REPLACED_BY_STRANGER: {
    name: "sip.call_replaced_by_stranger",
    about:
      "an INVITE with Replaces (RFC 3891) or Join (RFC 3911) for an answered call was accepted by a party of it; its sender is none, sent no credentials, and no party has dealt with it, or by calls alone and nobody was seen to refer it",
    value:
      "2: these two signs; 1 where it has had calls with a party, and for who joins a call of its own network",
  },
} as const satisfies Record<string, EventRow>;
