import type { BreakIns } from "../accounts/break-ins.ts";
import type { EventList } from "../facts/event.ts";
import type { Statistics } from "../facts/statistics.ts";
import type { HostTable } from "../hosts/hosts.ts";
import type { Peers } from "../hosts/peers.ts";
import type { SourceStandings } from "../hosts/source-standings.ts";
import type { Registrations } from "../registrations/registrations.ts";
import type { Challenges } from "./challenges.ts";
import type { Transaction } from "./transaction.ts";
import type { TransactionTable } from "./transaction-table.ts";

/** What outcomes are judged with. */
export interface OutcomeParts {
  readonly hosts: HostTable;
  readonly peers: Peers;
  readonly registrations: Registrations;
  readonly events: EventList;
  readonly transactions: TransactionTable;
  readonly challenges: Challenges;
  readonly standings: SourceStandings;
  readonly breakIns: BreakIns;
  readonly statistics: Pick<Statistics, "firstUs">;
  /** That Call-ID belongs to a call that was seen to be answered. */
  isInCall(callKey: number): boolean;
  /** Nobody of its client's network had asked anything before it. */
  isNewcomer(transaction: Transaction): boolean;
}
