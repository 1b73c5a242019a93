import type { EventRow } from "./event-row.ts";

/** Calls and their callers. */
export const CALL_ROWS = {
  CALL_ANSWERED: { name: "call.answered", about: "2xx to INVITE" },
  CALL_RINGING: { name: "call.ringing", about: "180 to 183 to INVITE", value: "status code" },
  CALL_REDIRECTED: {
    name: "call.redirected",
    about: "3xx to INVITE outside a dialog: the number is known, and reached elsewhere",
    value: "status code",
  },
  CALL_TURNED_AWAY: {
    name: "call.turned_away",
    about:
      "a call that never rang was refused with 480, 486, 600 or 603: a phone is busy or off, or somebody is flooded",
    value: "status code",
  },
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
    value:
      "different prefixes of this client for this number so far, within a day; of a stranger half of those for numbers that differ in their last three digits only, where that is more; of an account or trunk that was seen to work two fewer",
  },
  CALL_PREFIX_WALK_SHARED: {
    name: "call.prefix_walk_shared",
    about: "the same, by several clients of one server together",
    value: "different prefixes of all clients for this number so far, within a day",
  },
  CALL_PREFIX_WALK_STRANGERS: {
    name: "call.prefix_walk_strangers",
    about:
      "one number (its last nine digits) was tried in another way by a host of which the server has taken no call and no credentials; at least three hosts share it, no line was busy (486, 600, 408, 487), and nobody got through to the number in any way",
    value:
      "different ways of all these hosts, within a day; one more where two of them lead out of a PBX first (9011, 900, 000), or one and four hosts share it",
  },
  CALL_NUMBER_REFUSED: {
    name: "call.number_refused",
    about:
      "a call without credentials to a number of nine digits or more was refused: by 4xx, or by 480, 600 and 603 before it rang where nothing is known of the caller. 5xx and silence are as well an outage's",
    value: "status code",
  },
  CALL_HIGH_COST_PLACE: {
    name: "call.high_cost_place",
    about:
      "an answered call of a caller with credentials to a high-cost destination (country, network or range of the list) that is new for it within a day",
    value:
      "such destinations of this account and caller within the day; two less where its telephone has long been registered, one more where its user is registered from another network",
  },
  CALL_HIGH_COST_HOURS: {
    name: "call.high_cost_hours",
    about:
      "an answered call of a caller with credentials to a high-cost destination has ended, and its calls to such have lasted three hours and more within a day",
    value:
      "signs: three hours, six hours, three numbers; one less where its telephone has been registered there for ten minutes before the call, one more where its user is registered from another network",
  },
  CALL_HIGH_COST: {
    name: "call.high_cost",
    about:
      "an answered call to a high-cost destination (rules/high-cost-prefixes.csv and numbers.prefixFiles). Signs: several numbers, countries or calls at once within the hour, premium and satellite numbers, an account that does little else, its user being registered from another network; against: it is registered from where it calls since ten minutes",
    value:
      "1 for the account's first such number within an hour; later 1 and a point for each sign. 3 for the sixth call to one premium or satellite number while its user is registered from another network",
  },
  CALL_FAR: {
    name: "call.far",
    about:
      "an answered call of an account to a high-cost destination, or abroad by the declared plan. Not of an account that eight callers and more share, which is a trunk (to high-cost destinations: and that is known for a day)",
    value:
      "calls that are up at once: to high-cost destinations those of the account, else those of its caller",
  },
  CALL_FAR_OF_TRUNK: {
    name: "call.far_of_trunk",
    about: "the same of such a trunk",
    value: "such calls of the trunk that are up at once",
  },
  CALL_SHORT_HIGH_COST: {
    name: "call.short_high_cost",
    about:
      "an answered call to a high-cost destination ended within a minute of its answer. Not without credentials, nor of an account that eight callers and more share",
    value: "seconds since it was answered",
  },
  CALL_LONG_PREMIUM: {
    name: "call.long_premium",
    about:
      "a call to a premium, satellite or revenue-share number is up for long; raised every ten minutes until it ends, or its media, where there was any, has been silent for two",
    value: "seconds since it was answered",
  },
  CALL_LONG_FAR: {
    name: "call.long_far",
    about: "the same of other calls to high-cost destinations, or abroad by the declared plan",
    value: "seconds since it was answered",
  },
  CALL_SPEND: {
    name: "call.spend",
    about:
      "what an account's calls have cost within the last hour by the operator's rate deck (numbers.rateDecks), while they are up: raised when it comes to 1, 1.5, 2, 2.5 ... 9.5, 10, 15, 20 ... of the deck's currency. Never without a deck",
    value: "the amount",
  },
  CALL_SPEND_ALL: {
    name: "call.spend_all",
    about: "the same of all accounts together. About the call that began last",
    value: "the amount",
  },
  CALL_AFTER_BREAK_IN: {
    name: "call.after_break_in",
    about:
      "an answered call, within a day, of an account that logged in after guesses, or of the host that guessed: eight tries and more, or three where the owner lives elsewhere",
    value:
      "1 after few tries, 2 after eight and more; to a high-cost destination 3 and 5, abroad 4",
  },
  CALL_BY_STRANGERS: {
    name: "call.by_strangers",
    about:
      "a call without credentials to a number of nine digits or more that no server took, whatever it answered, of one of five hosts and more that this server never took a call of. Not while it fails many customers",
    value: "numbers that they tried within a day, four of each host at most",
  },
  CALL_CAMPAIGN: {
    name: "call.campaign",
    about:
      "a call without credentials that no server took, to a number of a block (all but the last four of its last nine digits, in whichever way it is dialled) that hosts which are no trunks there have tried at two servers and more, none for a day between. Raised for each server and host that is new to it. Not of a host that half as many servers take calls of",
    value: "servers so far",
  },
  CALL_SENT_ON: {
    name: "call.sent_on",
    about:
      "a call was sent on to a high-cost destination: an INVITE answered 3xx with such a Contact, an accepted REFER to one, or an answered call there with Diversion or History-Info. Source is who sent it on (of the last one: who passed it on). Signs: premium and satellite numbers, several numbers or countries within a day, a login that was guessed",
    value: "1 and a point for each sign, 4 for a guessed login",
  },
  CALL_CALLED_BACK: {
    name: "call.called_back",
    about:
      "an answered call to a high-cost number or one abroad that rang three phones and more for under 6 s within two days before (wangiri)",
    value: "accounts that have called it back",
  },
  CALL_NEW_COUNTRY: {
    name: "call.new_country",
    about:
      "an answered call of an account, which is no trunk, to a country where it never called before: abroad by the declared plan, or written with +",
    value: "such countries of the account within the hour",
  },
  CALL_OPEN_DIAL_PLAN: {
    name: "call.open_dial_plan",
    about:
      "a call without credentials to a number of the public network was connected. Signs: the caller was refused for want of credentials before, tried the number in three ways and more, tried it at three servers and more, it is a high-cost destination",
    value: "signs, from 1 on",
  },
  CALL_NUMBER_HOPS: {
    name: "call.number_hops",
    about:
      "one number tried by one caller without credentials at several servers in different networks within a day",
    value: "servers so far",
  },
  CALL_GHOST: {
    name: "call.ghost",
    about:
      "a call that was not taken, straight to a phone that is registered elsewhere, from a host that never had a call taken there or by its registrar; or to a host nobody is seen to register from, for the same user as at another one just before",
    value: "such calls of this caller to this phone so far, within a day; 1 of the latter",
  },
} as const satisfies Record<string, EventRow>;
