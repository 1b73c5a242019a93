import { hashText53 } from "../../base/hash.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { RelatedFact } from "../facts/related.ts";
import { destinationText } from "../numbers/destination-text.ts";
import type { NumberPlan, NumberReading } from "../numbers/number-plan.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { dialledIn, SentOnCalls } from "./sent-on-calls.ts";

export interface ForwardParts {
  readonly events: EventList;
  readonly plan: NumberPlan;
  isMisread(reading: NumberReading, transaction: Transaction): boolean;
  /** The break-in that what an account or host does follows. */
  relatedTo(accountKey: number, client: number, nowUs: number): RelatedFact | null;
}

/** How a call was sent on, for people. */
type Way = "redirected (3xx)" | "transferred (REFER)" | "forwarded (Diversion, History-Info)";

/** A break-in weighs more than all other signs together. */
const BREAK_IN = 4;

/** Calls sent on to high-cost destinations at somebody else's expense. Transfers to all other numbers raise nothing. */
export class ForwardJudge {
  readonly #parts: ForwardParts;
  readonly #sentOn = new SentOnCalls();

  constructor(parts: ForwardParts) {
    this.#parts = parts;
  }

  /** An INVITE was answered 3xx: who was asked names where else to call (RFC 3261 21.3). */
  redirected(message: SipMessageView, transaction: Transaction, nowUs: number): void {
    for (const dialled of dialledIn(message.headerText(HeaderId.CONTACT))) {
      const reading = this.#toHighCost(dialled, transaction);
      if (reading === null) continue;
      const forwarder = { userKey: transaction.toUserKey, host: transaction.server };
      this.#tell("redirected (3xx)", forwarder, reading, transaction, nowUs);
      return;
    }
  }

  /** A REFER was accepted: the other end will call what it names (RFC 3515). */
  transferred(transaction: Transaction, nowUs: number): void {
    const [dialled] = dialledIn(transaction.header(HeaderId.REFER_TO));
    const reading = dialled === undefined ? null : this.#toHighCost(dialled, transaction);
    if (reading === null) return;
    const forwarder = { userKey: transaction.accountKey, host: transaction.client };
    this.#tell("transferred (REFER)", forwarder, reading, transaction, nowUs);
  }

  /** A call to a high-cost number was answered: did somebody forward it (RFC 5806, RFC 7044)? */
  answered(transaction: Transaction, reading: NumberReading, nowUs: number): void {
    const diversion = transaction.header(HeaderId.DIVERSION);
    const history = diversion === "" ? transaction.header(HeaderId.HISTORY_INFO) : diversion;
    if (history === "") return;
    // The first address is who forwarded last (Diversion), or was called first (History-Info).
    const user = /sips?:([^@>;\s]{1,64})/i.exec(history)?.[1] ?? history.slice(0, 64);
    const forwarder = { userKey: hashText53(user), host: transaction.server };
    const way = "forwarded (Diversion, History-Info)";
    this.#tell(way, forwarder, reading, transaction, nowUs, user);
  }

  #toHighCost(dialled: string, transaction: Transaction): NumberReading | null {
    const reading = this.#parts.plan.read(dialled);
    if (reading === null || reading.entry === null) return null;
    return this.#parts.isMisread(reading, transaction) ? null : reading;
  }

  #tell(
    way: Way,
    { userKey, host }: { userKey: number; host: number },
    reading: NumberReading,
    transaction: Transaction,
    nowUs: number,
    user = "",
  ): void {
    const { events } = this.#parts;
    const { numbers, value } = this.#sentOn.note(userKey, host, reading, nowUs);
    const isRedirect = way === "redirected (3xx)";
    const related = this.#parts.relatedTo(
      transaction.accountKey,
      isRedirect ? transaction.server : transaction.client,
      nowUs,
    );
    const sum = value + (related === null ? 0 : BREAK_IN);
    const event = events.raise(EventKind.CALL_SENT_ON, nowUs, sum);
    if (event === null) return;
    event.aimAtTransaction(transaction);
    if (isRedirect) {
      // Whoever redirects is the one who does it.
      [event.srcHost, event.dstHost] = [transaction.server, transaction.client];
      [event.srcPort, event.dstPort] = [transaction.serverPort, transaction.clientPort];
      event.isReturned = false;
    }
    event.related = related;
    event.evidence = [
      destinationText(reading),
      {
        what: "how the call was sent on",
        expected: "",
        seen: user === "" ? way : `${way} by ${user}`,
      },
      {
        what: "high-cost numbers that this user has sent calls on to within a day",
        expected: "none, or the user's own telephone abroad",
        seen: `${numbers}`,
      },
    ];
  }
}
