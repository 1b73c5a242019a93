import { combine53 } from "../../base/hash.ts";
import type { HostKey } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import { BreakInDeeds } from "../accounts/break-in-deeds.ts";
import { BreakIns } from "../accounts/break-ins.ts";
import type { CallLives } from "../calls/call-lives.ts";
import type { CallOver } from "../calls/dialogs.ts";
import type { DetectionEvent, EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { HostTable } from "../hosts/hosts.ts";
import type { CallCosts } from "../numbers/call-costs.ts";
import { destinationText } from "../numbers/destination-text.ts";
import type { NumberPlan, NumberReading } from "../numbers/number-plan.ts";
import { partiesOf } from "../registrations/binding-suspect.ts";
import type { Registrations } from "../registrations/registrations.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { HIGH_COST_NUMBERS_MANY, weightAfterBreakIn } from "./after-break-in.ts";
import type { CostlyCall } from "./costly-call.ts";
import { CostlyCalls } from "./costly-calls.ts";
import { DialPlans } from "./dial-plans.ts";
import { ForwardJudge } from "./forward-judge.ts";
import { HighCostCalls, highCostEvidence } from "./high-cost-calls.ts";
import type { Residence } from "./high-cost-places.ts";
import { LuredCalls } from "./lured-calls.ts";
import { NewCountries } from "./new-countries.ts";
import { NumberHops } from "./number-hops.ts";
import type { PassedCalls } from "./passed-calls.ts";
import { Trunks } from "./trunks.ts";

export interface TollParts {
  readonly hosts: HostTable;
  readonly names: HostNames;
  readonly events: EventList;
  readonly registrations: Registrations;
  readonly plan: NumberPlan;
  readonly costs: CallCosts;
  readonly lives: CallLives;
}

/** Shorter users are extensions and services. */
const NUMBER_MIN = 7;
/** Nobody who means to be answered gives up so soon. */
const DROPPED_US = 6_000_000;
/** Read without a declared plan, and abroad for whoever writes so. */
const WRITTEN_ABROAD = "written with +";

/**
 * Calls that cost somebody money: what an answered call was dialled as, whether it follows a break-in, and whether whoever
 * made it was refused before. Only who asked first counts: a PBX that passes a call on to its carrier is no caller.
 */
export class TollJudge {
  readonly breakIns: BreakIns;
  /** Set once by the tracker that owns both. */
  passed: PassedCalls | null = null;
  readonly #parts: TollParts;
  readonly #highCost: HighCostCalls;
  readonly hops: NumberHops;
  readonly #costly: CostlyCalls;
  readonly #trunks = new Trunks();
  readonly countries = new NewCountries();
  readonly #lures = new LuredCalls();
  readonly #plans: DialPlans;
  readonly #forwards: ForwardJudge;
  readonly #deeds: BreakInDeeds;
  #nowUs = 0.5;

  constructor(parts: TollParts) {
    this.#parts = parts;
    this.breakIns = new BreakIns(parts.names, parts.registrations);
    const { lives, names, registrations } = parts;
    this.#highCost = new HighCostCalls(registrations, names, (callKey) => lives.isUp(callKey));
    this.hops = new NumberHops(parts.names);
    this.#plans = new DialPlans(parts.plan, parts.events);
    const relatedTo = (accountKey: number, client: HostKey, nowUs: number) =>
      this.breakIns.before({ accountKey, client }, nowUs)?.related ?? null;
    this.#costly = new CostlyCalls({
      events: parts.events,
      currency: parts.costs.currency,
      lastMediaUs: (callKey) => parts.lives.lastMediaUs(callKey),
      relatedTo: (call, nowUs) => relatedTo(call.accountKey, call.parties.client, nowUs),
    });
    this.#forwards = new ForwardJudge({
      events: parts.events,
      plan: parts.plan,
      isMisread: (reading, transaction) => this.#highCost.isMisread(reading, transaction),
      relatedTo,
    });
    this.#deeds = new BreakInDeeds({ ...parts, breakIns: this.breakIns });
  }

  isDue(nowUs: number): boolean {
    return this.#costly.isDue(nowUs) || this.passed?.isDue(nowUs) === true;
  }

  advance(nowUs: number): void {
    const own = this.passed?.take(nowUs) ?? null;
    if (own !== null) {
      this.#answered(own, nowUs);
      if (!this.#parts.lives.isUp(own.callKey)) this.#costly.ended(own.callKey, nowUs, true);
    }
    this.#costly.advance(nowUs);
  }

  /** Something became of a call with that Call-ID; another one may go on. */
  ended(callKey: number, nowUs: number, why: CallOver): void {
    if (!this.#costly.isFollowed(callKey)) return;
    if (why === "disputed") this.#costly.resumed(callKey, nowUs);
    else if (why === "over" || !this.#parts.lives.isUp(callKey)) {
      this.#costly.ended(callKey, nowUs, why !== "forgotten");
    }
  }

  /** A request was accepted, at its first hop. */
  accepted(transaction: Transaction, nowUs: number): void {
    if (transaction.methodId === SipMethod.INVITE && !transaction.isInDialog) {
      if (this.passed?.holds(transaction, nowUs) !== true) this.#answered(transaction, nowUs);
      return;
    }
    this.#deeds.accepted(transaction, nowUs);
    if (transaction.methodId === SipMethod.REFER) this.#forwards.transferred(transaction, nowUs);
  }

  /** An INVITE outside a dialog was answered 3xx or more, at its first hop. */
  failed(message: SipMessageView, transaction: Transaction, nowUs: number): void {
    const status = message.statusCode;
    if (status < 400) this.#forwards.redirected(message, transaction, nowUs);
    const isDropped = status === 487 && nowUs - transaction.startUs < DROPPED_US;
    if (!isDropped || this.#isRegistrar(transaction)) return;
    const reading = this.#parts.plan.read(transaction.fromUser);
    if (reading === null || reading.e164 === "" || reading.isAbroad === false) return;
    this.#lures.dropped(reading.e164, transaction.toUserKey, nowUs);
  }

  /** A call was answered, outside a dialog, at its first hop. */
  #answered(transaction: Transaction, nowUs: number): void {
    if (transaction.uriUserBytes < NUMBER_MIN) return;
    const isRegistrar = this.#isRegistrar(transaction);
    this.#nowUs = nowUs;
    const reading = this.#plans.read(transaction);
    if (isRegistrar) this.#plans.sent(transaction, nowUs);
    else this.#plans.connected(transaction, reading, nowUs);
    if (reading === null) return;
    if (reading.entry !== null && !this.#highCost.isMisread(reading, transaction)) {
      this.#forwards.answered(transaction, reading, nowUs);
    }
    if (isRegistrar) return;
    if (!transaction.hasCredentials) this.#open(transaction, reading);
    const call = this.#highCost.answered(transaction, reading, nowUs);
    this.#afterBreakIn(transaction, reading, call?.numbers ?? 0);
    this.#follow(transaction, reading, call?.residence ?? null);
    if (call === null) return;
    if (call.places > 1) {
      const event = this.#raise(EventKind.CALL_HIGH_COST_PLACE, transaction, call.places);
      if (event !== null) event.evidence = [destinationText(reading)];
    }
    const event = this.#raise(EventKind.CALL_HIGH_COST, transaction, call.value);
    if (event === null) return;
    event.evidence = [destinationText(reading), ...highCostEvidence(call)];
  }

  /** A call without credentials was refused, or nobody answered it. `status`: 0 for silence. */
  refused(transaction: Transaction, status: number, nowUs: number): void {
    if (transaction.hasCredentials || transaction.uriUserBytes < NUMBER_MIN) return;
    this.#nowUs = nowUs;
    const servers = this.hops.refused(transaction, status, nowUs);
    if (servers > 1) this.#hopped(transaction, servers);
  }

  #isRegistrar({ client }: Transaction): boolean {
    return this.#parts.hosts.get(client)?.isRegistrar === true;
  }

  /** Follows a call that costs until it ends. */
  #follow(transaction: Transaction, reading: NumberReading, residence: Residence | null): void {
    const isHighCost = residence !== null;
    const isTrunk = this.#trunks.note(transaction, isHighCost, this.#nowUs);
    const rate = this.#parts.costs.rateFor(reading);
    const isFar = isHighCost || reading.isAbroad === true;
    if (isFar || reading.how === WRITTEN_ABROAD) this.#travelled(transaction, reading, isTrunk);
    if (rate === null && !isFar) return;
    const { accountKey, callKey, hasCredentials } = transaction;
    // Callers may be made up where a number is worth it; else each is a customer of a PBX.
    const callerKey = combine53(accountKey, transaction.fromUserKey);
    const call: CostlyCall = {
      sumKeys: isHighCost ? [accountKey, callerKey] : [callerKey],
      accountKey,
      callKey,
      // What a call comes to is told when it does, not as of its beginning.
      parties: { ...partiesOf(transaction), destination: reading.e164, seenUs: 0 },
      reading,
      rate,
      isFar,
      isTrunk,
      hasCredentials,
      residence,
      answeredUs: this.#nowUs,
      endedUs: 0,
      charged: 0,
      mediaUs: 0,
      toldUs: this.#nowUs,
      isWatched: false,
    };
    this.#costly.answered(call, this.#nowUs);
  }

  /** A call that leaves the country: where the account never called, or where somebody asked to be called back from. */
  #travelled(transaction: Transaction, reading: NumberReading, isTrunk: boolean): void {
    const { accountKey } = transaction;
    const back = this.#lures.answered(reading.e164, accountKey, this.#nowUs);
    if (back !== null) {
      const event = this.#raise(EventKind.CALL_CALLED_BACK, transaction, back.accounts);
      if (event !== null) {
        const what = "phones that this number rang for a moment before";
        event.evidence = [
          destinationText(reading),
          { what, expected: "none", seen: `${back.victims}` },
        ];
      }
    }
    if (isTrunk || reading.isAbroad === false) return;
    const travel = this.countries.answered(transaction, reading, this.#nowUs);
    if (travel === null) return;
    const event = this.#raise(EventKind.CALL_NEW_COUNTRY, transaction, travel.fresh.length);
    if (event === null) return;
    event.evidence = [
      destinationText(reading),
      {
        what: "countries that this account called for the first time within the hour",
        expected: "one now and then",
        seen: `${travel.fresh.slice(-16).join(" ")}${travel.isNewForSite ? "; nobody else of the server has called the last one before" : ""}`,
      },
    ];
  }

  /** `highCostNumbers` of the account, with this call. */
  #afterBreakIn(transaction: Transaction, reading: NumberReading, highCostNumbers: number): void {
    const certain = this.breakIns.before(transaction, this.#nowUs);
    const isFraud = certain === null && highCostNumbers >= HIGH_COST_NUMBERS_MANY;
    const breakIn = isFraud ? this.breakIns.patientBefore(transaction, this.#nowUs) : certain;
    if (breakIn === null) return;
    const value = weightAfterBreakIn(breakIn, reading);
    const event = this.#raise(EventKind.CALL_AFTER_BREAK_IN, transaction, value);
    if (event === null) return;
    event.related = breakIn.related;
    event.evidence = [
      destinationText(reading),
      {
        what: "login of this account",
        expected: "by its owner",
        seen: `after ${breakIn.tries} tries, from ${breakIn.related.srcIp}`,
      },
    ];
  }

  /** A call without credentials that was connected: signs are refusals before it. */
  #open(transaction: Transaction, reading: NumberReading): void {
    const history = this.hops.answered(transaction, this.#nowUs);
    if (history === null) return;
    if (history.servers > 1) this.#hopped(transaction, history.servers);
    let value = 0;
    if (history.challenges > 0) value++;
    if (history.forms > 2) value++;
    if (history.servers > 2) value++;
    if (reading.entry !== null) value++;
    if (value === 0) return;
    const event = this.#raise(EventKind.CALL_OPEN_DIAL_PLAN, transaction, value);
    if (event === null) return;
    event.evidence = [
      destinationText(reading),
      {
        what: "tries of this caller before it was connected without credentials",
        expected: "none",
        seen: `${history.challenges} refused for want of credentials, this number in ${history.forms} ways at ${history.servers} servers`,
      },
    ];
  }

  #hopped(transaction: Transaction, servers: number): void {
    const event = this.#raise(EventKind.CALL_NUMBER_HOPS, transaction, servers);
    if (event === null) return;
    event.evidence = [
      {
        what: "servers in different networks that this caller tried the number at, without credentials",
        expected: "1",
        seen: `${servers}`,
      },
    ];
  }

  #raise(kind: number, transaction: Transaction, value: number): DetectionEvent | null {
    const event = this.#parts.events.raise(kind, this.#nowUs, value);
    event?.aimAtTransaction(transaction);
    return event;
  }
}
