import type { EventRow } from "./event-row.ts";

const BALANCE = "balance: 1 for each sign against the sender, less 1 for each sign for it";

/** Bindings of a user at its registrar (RFC 3261 10), and who else than the owner changes them. */
export const REGISTRATION_ROWS = {
  SIP_BINDING_ADDED_BY_STRANGER: {
    name: "sip.binding_added_by_stranger",
    about:
      "a host that never had a binding of that user is bound beside the owner, which lives on where it was: calls reach both. Another network is a sign against it; that users of this registrar often have phones in several, and that the registrar knows the host, signs for it",
    value: BALANCE,
  },
  SIP_BINDING_TAKEN_OVER: {
    name: "sip.binding_taken_over",
    about:
      "a host that never had a binding of that user was bound in the owner's place, and the owner registers again from where it was, or the owner's binding was removed by its Contact just before, from another network and on another Call-ID than a phone that moves would use. Signs: another network, another phone than the owner's, bindings removed first, a Contact of a third party. Or somebody in the phone's name, by another way (MAC or TTL), bound another host, and the phone registers again by its own",
    value: BALANCE,
  },
  SIP_BINDING_KEPT: {
    name: "sip.binding_kept",
    about:
      "a host that registers for users while their apps sleep (RFC 8599) had this binding until the owner came back: for most of its users the owner's registration had run out, or the owner came at a call that the host was sent and took it, or the host gave up just as the owner came",
    value: "users whose bindings it kept so",
  },
  SIP_BINDING_REMOVED_BY_STRANGER: {
    name: "sip.binding_removed_by_stranger",
    about:
      "a host that never had a binding of that user had the registrar forget bindings (Contact *, expires 0 or beyond 32 bits) and bound nothing. Signs: another network, an owner that was bound, another phone that comes back or nobody at all. Or somebody did in the phone's name, by another way (MAC or TTL), and the phone registers again by its own; signs: that way, the phone's return, another User-Agent",
    value: BALANCE,
  },
  SIP_BINDING_OF_THIRD_PARTY: {
    name: "sip.binding_of_third_party",
    about:
      "an accepted Contact names a public address that is neither the sender's nor near it: calls go to somebody else",
    value:
      "1 from a private address, which may have learned its public one (STUN); 2 from a public one",
  },
  SIP_BINDINGS_GATHERED: {
    name: "sip.bindings_gathered",
    about:
      "a user is bound at a host whose first registration of anybody was accepted within the hour, and so are others who had been bound within the day from networks that have nothing to do with each other: somebody uses a list of passwords, or many people have come to one place",
    value: "networks that they came from, from 3 on",
  },
  SIP_BINDING_FLIPS: {
    name: "sip.binding_flips",
    about:
      "two hosts that are both known for a user take its one binding from each other: two phones at a registrar that keeps one binding, or a thief and the owner",
    value: "changes within ten minutes, from 3 on",
  },
  SIP_AFTER_BREAK_IN: {
    name: "sip.after_break_in",
    about:
      "a REGISTER, REFER, NOTIFY or MESSAGE was accepted, within a day, of the host that guessed a login, or of that account from a host where its user never was before. The link (voip.related) names the login",
    value: "1 a binding at the sender, 2 a binding elsewhere, 3 NOTIFY or MESSAGE, 4 REFER",
  },
  SIP_REGISTERED_UNCHALLENGED: {
    name: "sip.registered_unchallenged",
    about:
      "2xx to a REGISTER without credentials, of a user who registered with credentials until now and from elsewhere, at a registrar that challenges",
    value: "1 near the user's known address, 2 from another network",
  },
  SIP_CHALLENGE_FORGED: {
    name: "sip.challenge_forged",
    about:
      "a 401 or 407 to a REGISTER from a host that was not asked, or in the name of who was asked by another way (MAC or TTL), ahead of its own answer; the phone sent a digest for its nonce, and who was asked refused it",
    value: "status code of the challenge",
  },
  SIP_REGISTER_REDIRECTED: {
    name: "sip.register_redirected",
    about:
      "a 3xx to a REGISTER, which sends the phone to another registrar (RFC 3261 8.1.3.4), from a host that was not asked, or in the name of who was asked by another way (MAC or TTL); what is neither followed nor contradicted is not told",
    value:
      "1 the phone went where it was sent, 2 who was asked answered for itself, by its own way",
  },
} as const satisfies Record<string, EventRow>;
