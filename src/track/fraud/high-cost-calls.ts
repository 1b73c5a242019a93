import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { Contradiction } from "../facts/event.ts";
import type { NumberReading } from "../numbers/number-plan.ts";
import type { Registrations } from "../registrations/registrations.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { HighCostPlaces, Residence } from "./high-cost-places.ts";

const ACCOUNTS_MAX = 8_192;
const HOUR_US = 3_600_000_000;
/** Numbers and calls of one account that are remembered. */
const KEPT_MAX = 16;
/** A phone that has been registered so long before it called was not set up for it. */
const SETTLED_US = 600_000_000;
/** Of the account's answered calls, the share to high-cost numbers from which on these are all it does. */
const SHARE_MIN = 0.8;
/** So many different numbers an hour are no family abroad. */
const NUMBERS_MANY = 3;
/** So many calls an hour to one premium or satellite number while its user is at home elsewhere are worth a look: as much as three signs. */
const REDIALS_MANY = 6;
const REDIALS_VALUE = 3;
/** Accounts that had numbers of no country answered behind 00: from so many on 00 means something else there. */
const IMPOSSIBLE_ACCOUNTS = 3;
/** Calling codes that ITU-T E.164 does not assign. */
const UNASSIGNED =
  /^(?:21[0457]|219|259|28|29[23456]|384|388|422|42[4-9]|69[3-9]|80[1-7]|83|85[1478]|86[5-9]|87[1-7]|879|88[45679]|89|969|978|990|99[179])/;

interface Caller {
  /** Answered calls since the hour began. */
  calls: number;
  sinceUs: number;
  /** High-cost numbers, their prefixes, and the Call-IDs of calls to them, within the hour. */
  highCost: number;
  readonly numbers: Set<string>;
  readonly prefixes: Set<string>;
  readonly callKeys: number[];
  hasGrave: boolean;
}

export interface HighCostCall {
  readonly value: number;
  readonly prefixes: readonly string[];
  readonly numbers: number;
  readonly atOnce: number;
  /** High-cost places of this caller within the day, when this one is new; 0 for calls without credentials. */
  readonly places: number;
  /** Whether it was called from where its user has been registered. */
  readonly residence: Residence;
}

/**
 * Answered calls to high-cost destinations by account: what tells fraud from a family abroad is how many numbers, in how many countries,
 * how many at once, and that the account does little else.
 */
export class HighCostCalls {
  readonly #registrations: Registrations;
  readonly #names: HostNames;
  readonly #isUp: (callKey: number) => boolean;
  readonly #callers = new KeyMap<Caller>(ACCOUNTS_MAX);
  readonly #places = new HighCostPlaces();
  readonly #impossible = new KeyMap<Set<number>>(256);

  /** `isUp`: a call of that Call-ID was answered and has not ended. */
  constructor(registrations: Registrations, names: HostNames, isUp: (callKey: number) => boolean) {
    this.#registrations = registrations;
    this.#names = names;
    this.#isUp = isUp;
  }

  /** Behind 00 the server connects numbers of no country: there 0 is an outside line, and a national number follows. */
  isMisread(reading: NumberReading, { accountKey, server }: Transaction): boolean {
    if (reading.how !== "international prefix 00") return false;
    const accounts = this.#impossible.get(server);
    if (!UNASSIGNED.test(reading.e164)) return (accounts?.size ?? 0) >= IMPOSSIBLE_ACCOUNTS;
    const known = accounts ?? new Set<number>();
    if (known.size < IMPOSSIBLE_ACCOUNTS) known.add(accountKey);
    this.#impossible.set(server, known);
    return true;
  }

  /** Counts an answered call; gives its signs when it was to a high-cost number. */
  answered(
    transaction: Transaction,
    reading: NumberReading | null,
    nowUs: number,
  ): HighCostCall | null {
    const caller = this.#callerOf(transaction.accountKey, nowUs);
    caller.calls++;
    if (reading === null || reading.entry === null) return null;
    const { entry, e164 } = reading;
    if (this.isMisread(reading, transaction)) return null;
    caller.highCost++;
    if (caller.numbers.size < KEPT_MAX) caller.numbers.add(e164);
    if (caller.prefixes.size < KEPT_MAX) caller.prefixes.add(entry.prefix);
    if (entry.class !== "high_cost") caller.hasGrave = true;
    if (caller.callKeys.length === KEPT_MAX) caller.callKeys.shift();
    caller.callKeys.push(transaction.callKey);
    // The call at hand is answered with this packet.
    const { accountKey, fromUserKey, hasCredentials } = transaction;
    const callerKey = combine53(accountKey, fromUserKey);
    const isSettled = this.#isSettled(transaction, nowUs);
    const isAway = hasCredentials && !isSettled && this.#livesElsewhere(transaction, nowUs);
    const residence = isSettled ? Residence.SETTLED : isAway ? Residence.AWAY : Residence.UNKNOWN;
    const places = hasCredentials
      ? this.#places.called(callerKey, entry.prefix, residence, nowUs)
      : 0;
    const others = caller.callKeys.slice(0, -1).filter((key) => this.#isUp(key)).length;
    return {
      value: weigh(caller, others + 1, residence),
      prefixes: [...caller.prefixes],
      numbers: caller.numbers.size,
      atOnce: others + 1,
      places,
      residence,
    };
  }

  /** The user has a registration that holds, from another network than this one. */
  #livesElsewhere({ client, fromUserKey, server }: Transaction, nowUs: number): boolean {
    return this.#registrations
      .elsewhere(server, fromUserKey, client, nowUs)
      .some(({ host }) => !this.#names.areNear(host, client));
  }

  /** The account is registered now from where it calls, and was before. */
  #isSettled({ client, fromUserKey, server }: Transaction, nowUs: number): boolean {
    return this.#registrations.of(server, fromUserKey).some(({ host, firstUs, expiresUs }) => {
      return host === client && nowUs - firstUs > SETTLED_US && nowUs < expiresUs;
    });
  }

  #callerOf(accountKey: number, nowUs: number): Caller {
    let caller = this.#callers.get(accountKey);
    if (caller === undefined || nowUs - caller.sinceUs > HOUR_US) {
      caller = {
        calls: 0,
        sinceUs: nowUs,
        highCost: 0,
        numbers: new Set(),
        prefixes: new Set(),
        callKeys: [],
        hasGrave: false,
      };
      this.#callers.set(accountKey, caller);
    }
    this.#callers.touch(accountKey);
    return caller;
  }
}

function weigh(caller: Caller, atOnce: number, residence: Residence): number {
  const isAway = residence === Residence.AWAY;
  if (caller.numbers.size < 2) {
    const isRedialled = isAway && caller.hasGrave && caller.highCost >= REDIALS_MANY;
    return isRedialled ? REDIALS_VALUE : 1;
  }
  let value = 1;
  if (caller.prefixes.size > 1) value++;
  if (caller.hasGrave) value++;
  if (caller.numbers.size >= NUMBERS_MANY) value++;
  if (atOnce > 1) value++;
  if (atOnce > NUMBERS_MANY) value++;
  if (caller.highCost >= SHARE_MIN * caller.calls) value++;
  if (isAway) value++;
  return residence === Residence.SETTLED ? value - 1 : value;
}

/** What such a call was weighed by. */
export function highCostEvidence(call: HighCostCall): Contradiction[] {
  const where = call.prefixes.map((prefix) => `+${prefix}`).join(" ");
  return [
    {
      what: "high-cost numbers of this account that were answered within the hour",
      expected: "few, as for a family abroad",
      seen: `${call.numbers}, in ${where}; ${call.atOnce} at once`,
    },
    {
      what: "registration of its user",
      expected: "from where it calls, or none",
      seen:
        call.residence === Residence.AWAY
          ? "from another network, and it holds"
          : "from no other network",
    },
  ];
}
