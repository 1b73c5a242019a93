import { KeyMap } from "../../base/key-map.ts";
import type { HostKey } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { RelatedFact } from "../facts/related.ts";
import type { Registrations } from "../registrations/registrations.ts";
import type { Transaction } from "../transactions/transaction.ts";

const ACCOUNTS_MAX = 4096;
/** How long what a cracked account does belongs to the break-in. */
const AFTER_US = 24 * 3_600_000_000;
/** People give up before so many wrong passwords. */
export const TRIES_GUESSED = 8;
/** So few are a break-in only from where the account was never at home. */
const TRIES_DOUBTFUL = 3;

export interface BreakIn {
  readonly client: HostKey;
  readonly tries: number;
  readonly timeUs: number;
  readonly related: RelatedFact;
}

/** Accounts that logged in after guesses, and from where: what follows is watched for a day. */
export class BreakIns {
  readonly #names: HostNames;
  readonly #registrations: Registrations;
  readonly #byAccount = new KeyMap<BreakIn>(ACCOUNTS_MAX);
  readonly #byClient = new KeyMap<BreakIn>(ACCOUNTS_MAX);
  readonly #patient = new KeyMap<BreakIn>(ACCOUNTS_MAX);

  constructor(names: HostNames, registrations: Registrations) {
    this.#names = names;
    this.#registrations = registrations;
  }

  /** Credentials were taken after that many tries, none of them the owner's own. */
  loggedIn(transaction: Transaction, tries: number, nowUs: number): void {
    if (tries < TRIES_DOUBTFUL) return;
    if (tries < TRIES_GUESSED && !this.livesElsewhere(transaction, nowUs)) return;
    const breakIn = this.#breakIn(transaction, tries, nowUs);
    this.#byAccount.set(transaction.accountKey, breakIn);
    this.#byClient.set(transaction.client, breakIn);
  }

  /**
   * Credentials were taken where the account was never at home, after that many tries like those of a phone with a
   * wrong password: only what fraudsters do next tells the two apart.
   */
  loggedInPatiently(transaction: Transaction, tries: number, nowUs: number): void {
    if (tries < TRIES_GUESSED) return;
    this.#patient.set(transaction.accountKey, this.#breakIn(transaction, tries, nowUs));
  }

  #breakIn(transaction: Transaction, tries: number, nowUs: number): BreakIn {
    const { client } = transaction;
    return {
      client,
      tries,
      timeUs: nowUs,
      related: {
        event: "sip.auth_ok",
        timeUs: nowUs,
        srcIp: this.#names.text(client),
        account: transaction.account,
        value: tries,
      },
    };
  }

  get hasAny(): boolean {
    return this.#byAccount.size > 0;
  }

  /** The break-in that this request of an account or a source follows; null when there was none. */
  before(
    { accountKey, client }: Pick<Transaction, "accountKey" | "client">,
    nowUs: number,
  ): BreakIn | null {
    if (this.#byAccount.size === 0) return null;
    const found = this.#byAccount.get(accountKey) ?? this.#byClient.get(client);
    return found !== undefined && nowUs - found.timeUs <= AFTER_US ? found : null;
  }

  /** The login of this account at the end of tries that may have been a phone's own. */
  patientBefore({ accountKey }: Transaction, nowUs: number): BreakIn | null {
    const found = this.#patient.get(accountKey);
    return found !== undefined && nowUs - found.timeUs <= AFTER_US ? found : null;
  }

  /** Another host has a binding of the user that has not run out. */
  livesElsewhere({ client, fromUserKey, server }: Transaction, nowUs: number): boolean {
    return this.#registrations.elsewhere(server, fromUserKey, client, nowUs).length > 0;
  }
}
