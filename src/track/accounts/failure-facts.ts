import type { DetectionEvent, EventList, EventParties } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { PassedOn, type PassedOnParts } from "./passed-on.ts";
import { UnknownPhones } from "./unknown-phones.ts";

/** What is its asker's where a host has only passed a request on. */
const RELAYED: ReadonlySet<number> = new Set([
  EventKind.SIP_CHALLENGE_ABANDONED,
  EventKind.SIP_FAILED,
  EventKind.SIP_PROBE_FAILED,
  EventKind.SIP_USER_UNKNOWN,
]);

/** What a REGISTER meets that asks for a user whom the server does not know. */
const OF_UNKNOWN: ReadonlySet<number> = new Set([
  EventKind.SIP_CHALLENGE_ABANDONED,
  EventKind.SIP_USER_IGNORED,
  EventKind.SIP_USER_UNKNOWN,
]);

export interface FailureFactParts extends PassedOnParts {
  readonly events: EventList;
}

/** Facts about failures: at once, or once it is known whose they are. */
export class FailureFacts {
  readonly #events: EventList;
  readonly passedOn: PassedOn;
  readonly #phones: UnknownPhones;
  nowUs = 0.5;

  constructor(parts: FailureFactParts) {
    this.#events = parts.events;
    const tell = (kind: number, parties: EventParties, value: number): void => {
      parts.events.raise(kind, this.nowUs, value)?.aimAtTransaction(parties);
    };
    this.passedOn = new PassedOn(parts, tell);
    this.#phones = new UnknownPhones({
      asked: tell,
      stuck: (transaction, nth) => tell(EventKind.SIP_USER_STUCK, transaction, nth),
    });
  }

  isDue(nowUs: number): boolean {
    return this.passedOn.isDue(nowUs) || this.#phones.isDue(nowUs);
  }

  advance(nowUs: number): void {
    this.nowUs = nowUs;
    this.passedOn.advance(nowUs);
    this.#phones.advance(nowUs);
  }

  /** The input ends. */
  end(nowUs: number): void {
    this.passedOn.end(nowUs);
    this.#phones.end(nowUs);
  }

  registered(transaction: Transaction): void {
    this.#phones.registered(transaction);
  }

  /** Null also where it is told later, or is nobody's fault. */
  raise(kind: number, transaction: Transaction, value: number): DetectionEvent | null {
    if (RELAYED.has(kind) && this.passedOn.holds(kind, transaction, value, this.nowUs)) {
      return null;
    }
    if (OF_UNKNOWN.has(kind) && this.#phones.holds(kind, transaction, value, this.nowUs)) {
      return null;
    }
    const event = this.#events.raise(kind, this.nowUs, value);
    event?.aimAtTransaction(transaction);
    return event;
  }
}
