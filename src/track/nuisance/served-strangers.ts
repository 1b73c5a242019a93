import { column } from "../../base/column.ts";
import { combine53 } from "../../base/hash.ts";
import { KeyTable } from "../../base/key-table.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import type { HostTable } from "../hosts/hosts.ts";
import type { SourceStandings } from "../hosts/source-standings.ts";
import type { Transaction } from "../transactions/transaction.ts";

const PAIRS_MAX = 32_768;
const WINDOW_US = 10_000_000;
const COUNT_MAX = 65_535;

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
  readonly #pairs = new KeyTable(PAIRS_MAX);
  readonly #sinceUs = column(Float64Array, PAIRS_MAX);
  readonly #count = column(Uint16Array, PAIRS_MAX);

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
    return this.#counted(combine53(client, server), nowUs);
  }

  #counted(pair: number, nowUs: number): number {
    let row = this.#pairs.find(pair);
    if (row < 0) {
      row = this.#pairs.add(pair);
      this.#sinceUs[row] = 0;
    } else this.#pairs.touch(row);
    const isOver = nowUs - (this.#sinceUs[row] as number) > WINDOW_US;
    if (isOver) this.#sinceUs[row] = nowUs;
    const count = isOver ? 1 : Math.min(COUNT_MAX, (this.#count[row] as number) + 1);
    this.#count[row] = count;
    return count;
  }
}
