import { HeaderId } from "../../decode/sip/headers.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { Registrations } from "../registrations/registrations.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { BreakIn, BreakIns } from "./break-ins.ts";

/** Weights of `sip.after_break_in`. */
const Value = { REGISTERED: 1, BOUND_ELSEWHERE: 2, SENT: 3, TRANSFERRED: 4 } as const;

/** Addresses behind a NAT (RFC 1918, RFC 6598), which phones write into their Contact. */
const PRIVATE =
  /^(?:10\.|127\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/;

/** What an intruder does after a guessed login beside calls: bindings, transfers, orders to phones. */
export class BreakInDeeds {
  readonly #parts: {
    readonly events: EventList;
    readonly registrations: Registrations;
    readonly breakIns: BreakIns;
  };

  constructor(parts: {
    readonly events: EventList;
    readonly registrations: Registrations;
    readonly breakIns: BreakIns;
  }) {
    this.#parts = parts;
  }

  /** A request other than INVITE was accepted, at its first hop. */
  accepted(transaction: Transaction, nowUs: number): void {
    const { breakIns } = this.#parts;
    if (!breakIns.hasAny) return;
    const breakIn = breakIns.before(transaction, nowUs);
    if (breakIn === null || !this.#isIntruder(transaction, breakIn)) return;
    const [value, what, seen] = deedOf(transaction);
    if (value === 0) return;
    const event = this.#parts.events.raise(EventKind.SIP_AFTER_BREAK_IN, nowUs, value);
    if (event === null) return;
    event.aimAtTransaction(transaction);
    event.related = breakIn.related;
    event.evidence = [
      { what, expected: "", seen: seen.slice(0, 200) },
      {
        what: "login of this account",
        expected: "by its owner",
        seen: `after ${breakIn.tries} tries, from ${breakIn.related.srcIp}`,
      },
    ];
  }

  /** The host that guessed, or one that the user was never at before: the owner goes on using the account. */
  #isIntruder(transaction: Transaction, { client, timeUs }: BreakIn): boolean {
    if (transaction.client === client) return true;
    const { fromUserKey, server } = transaction;
    const before = this.#parts.registrations
      .of(server, fromUserKey)
      .filter((binding) => binding.firstUs < timeUs);
    return before.length > 0 && !before.some(({ host }) => host === transaction.client);
  }
}

function deedOf(transaction: Transaction): [value: number, what: string, seen: string] {
  switch (transaction.methodId) {
    case SipMethod.REGISTER: {
      const { contact } = transaction;
      const host = /@?(\d{1,3}(?:\.\d{1,3}){3})/.exec(contact)?.[1] ?? "";
      const isElsewhere = host !== "" && host !== transaction.clientText && !PRIVATE.test(host);
      const value = isElsewhere ? Value.BOUND_ELSEWHERE : Value.REGISTERED;
      return [contact === "" ? 0 : value, "binding (Contact)", contact];
    }
    case SipMethod.REFER:
      return [Value.TRANSFERRED, "Refer-To", transaction.header(HeaderId.REFER_TO)];
    case SipMethod.NOTIFY:
      return [Value.SENT, "NOTIFY, Event", transaction.header(HeaderId.EVENT)];
    case SipMethod.MESSAGE:
      return [Value.SENT, "MESSAGE to", transaction.toUser];
    default:
      return [0, "", ""];
  }
}
