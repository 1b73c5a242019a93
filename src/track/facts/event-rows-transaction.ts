import type { EventRow } from "./event-row.ts";

/**
 * Transactions (RFC 3261 17), once each: retransmissions, mirror copies and later hops do not count.
 */
export const TRANSACTION_ROWS = {
  SIP_REQUEST: {
    name: "sip.request",
    about: "a new client transaction, seen at its first hop (not ACK, not CANCEL)",
  },
  SIP_NEW_SOURCE: {
    name: "sip.new_source",
    about:
      "the first request of a host that is none of those remembered (limits.hostsMax); raised once the sensor has watched SIP for a day, as before that all hosts are new to it",
  },
  SIP_NEW_PINGER: {
    name: "sip.new_pinger",
    about:
      "OPTIONS as the first request of a host that is none of those remembered (limits.hostsMax); in the first two minutes of a run, while telephones are new to it, only where nobody of the same network (16 bits of IPv4) has sent any before",
  },
  SIP_STRANGER_SERVED: {
    name: "sip.stranger_served",
    about:
      "a request without credentials and out of any dialog, neither REGISTER nor INVITE, was accepted (OPTIONS: answered) of a host of which nothing was proven: it has not registered, no login or call of it was taken, it has answered none, and it is no server",
    value: "such requests of this client that this server has served within ten seconds",
  },
  SIP_REQUEST_BLIND: {
    name: "sip.request_blind",
    about:
      "a new transaction where the sensor sees no answers: neither of that server nor to that client",
  },
  SIP_REFUSAL_ALONE: {
    name: "sip.refusal_alone",
    about:
      "a REGISTER was challenged, or refused for its user or credentials, of a host whose own requests the sensor does not see; only the answer is known",
    value: "status code; 401 also for 407",
  },
  SIP_RESPONSE: {
    name: "sip.response",
    about: "the first final response of a transaction, to the client that asked",
    value: "status code",
  },
  SIP_CHALLENGED: {
    name: "sip.challenged",
    about: "401/407 to a request without credentials: the normal handshake (RFC 3261 22.2, 22.3)",
    value: "status code",
  },
  SIP_CHALLENGE_ABANDONED: {
    name: "sip.challenge_abandoned",
    about:
      "a challenge that its client did not take up: no credentials for that user from that host within the wait; no call to a long number, which is dialling",
    value: "status code",
  },
  SIP_UNANSWERED: {
    name: "sip.unanswered",
    about:
      "a request without any response within the wait, to a server whose responses are otherwise seen",
    value: "waited, milliseconds",
  },
  SIP_UNANSWERED_NEWCOMER: {
    name: "sip.unanswered_newcomer",
    about:
      "the same, out of any dialog, from an IPv4 address before whose request nobody of its network (16 bits) had asked anything in the run",
    value: "waited, milliseconds",
  },
  SIP_CREDENTIALS_SENT: {
    name: "sip.credentials_sent",
    about: "a request with a digest response, whatever becomes of it",
  },
  SIP_FAILED: {
    name: "sip.failed",
    about:
      "a transaction that did not end well: challenge abandoned, unanswered, credentials rejected, or any failure that is not ordinary call business (408, 480, 482, 483, 486, 487, 491, 600, 603); no refused call of a trunk, as `call.number_refused` tells it",
    value: "status code; 0 without an answer",
  },
  SIP_PROBE_FAILED: {
    name: "sip.probe_failed",
    about:
      "a request without credentials and outside a dialog that got no answer or was refused, from a host that is no registrar; no refused call of who brings those of eight callers and more, dialled alike and at no more than thirty a second, and acknowledges refusals as a trunk does",
    value: "status code; 0 without an answer",
  },
  SIP_PROBE_ANSWERED: {
    name: "sip.probe_answered",
    about:
      "the same, accepted or redirected; or a ping (OPTIONS, NOTIFY) to which its receiver says that it takes no such method (405, 501)",
    value: "status code",
  },
  SIP_AUTH_FAILED: {
    name: "sip.auth_failed",
    about:
      "credentials were refused: 401, 407 or 403, and to REGISTER whatever the server says instead, or silence. stale=TRUE and a digest seen before do not count; a burst on one Call-ID is one; held until the next one or the settle time",
    value:
      "tries of this client on this account since their last success, within a day; of a burst only the last adds to those before it",
  },
  SIP_AUTH_OK: {
    name: "sip.auth_ok",
    about:
      "a request with credentials accepted (2xx, or a call that rings); after tries only once no other answer has contradicted it",
    value:
      "tries before this success within a day, by this client or, when many share them, by all; 0 for who was at home there before and for a phone that was stuck",
  },
  SIP_AUTH_STUCK: {
    name: "sip.auth_stuck",
    about:
      "the same at a phone's pace, or by who had succeeded with that account from that host within the day: a changed password rather than guesses. Also of one of several telephones behind one address with one account: each comes back on its Call-ID at its interval, or the input ended before it could",
    value: "tries of this client on this account since their last success, within a day",
  },
  SIP_AUTH_UNDECIDED: {
    name: "sip.auth_undecided",
    about:
      "a call with credentials that met an answer which some servers give in place of a refusal (404, 480, 603, 5xx, none), from where the account was never accepted, and like most of its calls to one of few numbers. Where such calls are guesses by their pace, by where the user is at home, by how many hosts share them or by how many accounts one host has, they are `sip.auth_failed` instead",
    value: "such calls of this client with this account within a day",
  },
  SIP_AUTH_TRIED_ANEW: {
    name: "sip.auth_tried_anew",
    about:
      "refused credentials at a phone's pace (25 s and slower), nearly each on a Call-ID of its own, from a host where that account was never accepted: a phone stays on one (RFC 3261 10.2)",
    value: "tries of this client on this account within the day",
  },
  SIP_AUTH_RECOVERED: {
    name: "sip.auth_recovered",
    about: "a stuck client, or one that was at home there before, has succeeded again",
    value: "tries before it",
  },
  SIP_AUTH_TRIED_ONCE: {
    name: "sip.auth_tried_once",
    about:
      "a host's first try on an account was refused, and it is no telephone that was set up wrongly: three users and more were tried from one address and port, or within five minutes and a half nothing came behind it on its Call-ID, nor, of a host of the own network with one account, on its port",
    value: "always 1",
  },
  SIP_AUTH_GUESSED: {
    name: "sip.auth_guessed",
    about:
      "refused credentials that are no telephone's, which tries what it was given again and again on one Call-ID, at 25 s and slower: a first try that was left (sip.auth_tried_once), or followed on another Call-ID, and from the third on each at another pace or from where the account never succeeded",
    value: "tries of this client on this account within the day",
  },
  SIP_AUTH_IN_TURNS: {
    name: "sip.auth_in_turns",
    about:
      "a first try on an account was refused, of a host that has tried others two times and more and left them for good: silent for four times their longest pause (two minutes at least; of two tries fifteen). Telephones with wrong passwords go on, and begin or end together",
    value:
      "accounts that this client had left within the day when it began this one, less three for each that got in from there",
  },
  SIP_UNREPEATED: {
    name: "sip.unrepeated",
    about:
      "a request by UDP, of which the sensor sees no answer, was not sent again within the wait: it was answered out of sight, or its sender awaits no answer. Of INVITE where its host has sent nothing else",
  },
  SIP_USER_UNKNOWN: {
    name: "sip.user_unknown",
    about:
      "the server refused the user that was asked for: 404, 410, 484, 485, 604, or what it says instead to a request without credentials (403, 480, 603, to REGISTER also 5xx where it is no outage); not of a customer within proportion, and no call to a long number, which is dialling",
    value: "status code",
  },
  SIP_USER_IGNORED: {
    name: "sip.user_ignored",
    about:
      "a server that answers others said nothing to a REGISTER without credentials, which was not sent again as telephones do over UDP: some drop what is for users that they do not know. Not of a customer within proportion",
  },
  SIP_USER_STUCK: {
    name: "sip.user_stuck",
    about:
      "a REGISTER without credentials asks again for a user that the server does not know, as telephones do: at 20 s and slower, on its Call-ID or port, which has asked for no other. The first one waits: it is told as sip.user_unknown, sip.user_ignored or sip.challenge_abandoned unless it comes back three times",
    value: "how often it came back",
  },
  SIP_CUSTOMER_FAILED: {
    name: "sip.customer_failed",
    about:
      "a failure that its customer's own proof clears: credentials accepted, or calls answered, within the hour, and not many more failures than successes",
    value: "status code; 0 without an answer",
  },
  SIP_OUTAGE: {
    name: "sip.outage",
    about:
      "a server fails customers, or phones by their shape, with 5xx or silence; such failures raise nothing else. Source is the client that was failed last",
    value: "clients, or calls of a trunk, failed so far; raised at powers of two",
  },
  SIP_CREDENTIALS_REPLAYED: {
    name: "sip.credentials_replayed",
    about:
      "credentials with the nonce and response of a request that another host sent before on another Call-ID (RFC 7616 5.5): sniffed and sent again. Raised with the answer to it",
    value: "status code",
  },
  SIP_CREDENTIALS_LURED: {
    name: "sip.credentials_lured",
    about:
      "a phone that was called sent credentials to the host that had called it, which challenged its BYE, re-INVITE or other request inside the call (401, 407) and is no registrar. Source is that host, destination the phone",
    value:
      "2: the phone is registered elsewhere; 1: that was not seen, or in the same network of the Internet",
  },
  SIP_REPEATED: {
    name: "sip.repeated",
    about: "a request that is the same as one before, far more often than retransmissions are",
    value: "repeated requests between the two within one second; raised at powers of two from 64",
  },
  SIP_HAMMERED: {
    name: "sip.hammered",
    about:
      "one and the same request was sent more often than any phone repeats it within its lifetime of 32 s (RFC 3261 17.1)",
    value: "copies after the first so far; raised at powers of two from 128",
  },
  SIP_UNMATCHED: {
    name: "sip.unmatched",
    about:
      "an ACK or CANCEL that belongs to no INVITE and no call that the sensor has seen, or is beyond the 64th of one host with one Call-ID within 32 s: a 2xx is repeated eleven times (RFC 3261 13.3.1.4)",
  },
  SIP_INJECTION_STRING: {
    name: "sip.injection_string",
    about:
      "a request with a text in it that speaks to a database, a shell, a browser or a logger behind the server",
  },
  SIP_REGISTERED: {
    name: "sip.registered",
    about: "2xx to REGISTER: a binding exists (RFC 3261 10.3)",
  },
  SIP_TOOL_FINGERPRINT: {
    name: "sip.tool_fingerprint",
    about: "a message that a known attack tool wrote, told by what survives a changed User-Agent",
  },
} as const satisfies Record<string, EventRow>;
