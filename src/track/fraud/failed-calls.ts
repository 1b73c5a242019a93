import type { HostKey } from "../../decode/host.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import type { Customers } from "../accounts/customers.ts";
import type { FailureFacts } from "../accounts/failure-facts.ts";
import { isHeard, type Outages } from "../accounts/outages.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { HostTable } from "../hosts/hosts.ts";
import { GhostCalls } from "../nuisance/ghost-calls.ts";
import { FULL } from "../transactions/answer-classes.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { isLongInvite } from "./failed-request.ts";
import { NumberCampaigns } from "./number-campaigns.ts";
import { PrefixWalks, WAYS_OF_CUSTOMERS } from "./prefix-walks.ts";
import { StrangerCalls } from "./stranger-calls.ts";

export interface FailedCallParts {
  readonly events: EventList;
  readonly hosts: HostTable;
  readonly customers: Customers;
  readonly outages: Outages;
  readonly facts: FailureFacts;
}

/** What calls that nobody took say of who made them: a phone rung by strangers, a walk over prefixes, a search for numbers that connect. */
export class FailedCalls {
  readonly #parts: FailedCallParts;
  readonly #prefixes = new PrefixWalks();
  readonly #ghosts = new GhostCalls();
  readonly #strangers: StrangerCalls;
  readonly #campaigns: NumberCampaigns;

  constructor(parts: FailedCallParts) {
    this.#parts = parts;
    this.#strangers = new StrangerCalls(parts.events);
    this.#campaigns = new NumberCampaigns(parts.events);
  }

  /** Whose calls are not those of a stranger: it has registered there. */
  registered({ client, server }: Transaction): void {
    this.#ghosts.registered(client, server);
  }

  /** A call was answered. */
  answered(transaction: Transaction): void {
    this.#prefixes.answered(transaction);
    this.#strangers.taken(transaction);
    this.#campaigns.taken(transaction);
  }

  /** The caller acknowledged a call that was taken there. */
  acknowledged(client: HostKey, server: HostKey, nowUs: number): void {
    this.#ghosts.taken(client, server, nowUs);
  }

  /** A call that nobody took. */
  failed(transaction: Transaction): void {
    if (transaction.methodId !== SipMethod.INVITE || transaction.isInDialog) return;
    this.#ghost(transaction);
    this.#dialled(transaction, true);
  }

  /** A call of which nobody can say whether it was answered. */
  unseen(transaction: Transaction): void {
    if (transaction.methodId !== SipMethod.INVITE || transaction.isInDialog) return;
    // It registers and says nothing to whoever is not its server.
    if (this.#ghosts.isPhone(transaction.server)) this.#ghost(transaction);
    this.#dialled(transaction, false);
  }

  /** A call that was not taken of a host that the server may never have taken one of. */
  strange(transaction: Transaction): void {
    const { customers, facts, hosts, outages } = this.#parts;
    if (!isLongInvite(transaction) || customers.isKnown(transaction, facts.nowUs)) return;
    if (outages.isWide(transaction.server, facts.nowUs)) return;
    this.#strangers.failed(transaction, facts.nowUs);
    if (isHeard(transaction, hosts)) this.#campaigns.failed(transaction, facts.nowUs);
  }

  #ghost(transaction: Transaction): void {
    const { facts } = this.#parts;
    const calls = this.#ghosts.missed(transaction, facts.nowUs);
    if (calls > 0) facts.raise(EventKind.CALL_GHOST, transaction, calls);
  }

  /** `isSeen`: its answers would be. */
  #dialled(transaction: Transaction, isSeen: boolean): void {
    const { customers, facts } = this.#parts;
    const { finalStatus, hasCredentials } = transaction;
    const isKnown = customers.isKnown(transaction, facts.nowUs);
    const isStrange = isSeen && !isKnown && !hasCredentials && !FULL.has(finalStatus);
    const walk = this.#prefixes.failed(transaction, isStrange, facts.nowUs);
    if (walk === null) return;
    // Where no answer is seen, the last way may have been the right one. Customers redial.
    const unsure = isSeen ? 0 : 1;
    for (const [kind, ways] of [
      [EventKind.CALL_PREFIX_WALK_STRANGERS, walk.byStrangers],
      [EventKind.CALL_PREFIX_WALK, walk.byClient - unsure - (isKnown ? WAYS_OF_CUSTOMERS : 0)],
      [EventKind.CALL_PREFIX_WALK_SHARED, walk.byAll - unsure],
    ] as const) {
      if (ways > 1) facts.raise(kind, transaction, ways);
    }
  }
}
