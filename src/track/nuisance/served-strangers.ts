import { combine53 } from "../../base/hash.ts";
import { WindowCounts } from "../../base/window-counts.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import type { HostTable } from "../hosts/hosts.ts";
import type { SourceStandings } from "../hosts/source-standings.ts";
import type { Transaction } from "../transactions/transaction.ts";

const PAIRS_MAX = 32_768;
const WINDOW_US = 10_000_000;

interface ServedStrangersParts {
  readonly hosts: HostTable;
  readonly standings: SourceStandings;
}

/**
 * Requests out of any dialog that a server serves without asking who it is, of hosts of which nothing was proven: who floods with what is
 * taken fails in nothing. Telephones, gateways and trunks show within the hour what they are: they register, or calls of theirs are taken.
 */
export class ServedStrangers {
  readonly #parts: ServedStrangersParts;
  readonly #pairs = new WindowCounts(PAIRS_MAX, WINDOW_US);

  constructor(parts: ServedStrangersParts) {
    this.#parts = parts;
  }

  /** Counts what was answered. Returns how many of this client the server has served within ten seconds; 0 where it is no stranger's. */
  served(transaction: Transaction, status: number, nowUs: number): number {
    const { client, hasCredentials, isInDialog, methodId, server } = transaction;
    if (hasCredentials || isInDialog) return 0;
    if (methodId === SipMethod.REGISTER || methodId === SipMethod.INVITE) return 0;
    // A ping is served by whatever it is answered.
    if (status >= 300 && methodId !== SipMethod.OPTIONS) return 0;
    const { hosts, standings } = this.#parts;
    const host = hosts.get(client);
    if (host?.isRegistrar === true || host?.registrar === server) return 0;
    if (standings.useOf(client, nowUs) !== "") return 0;
    return this.#pairs.add(combine53(client, server), nowUs);
  }
}
