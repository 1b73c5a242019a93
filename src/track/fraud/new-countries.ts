import { combine53, hashText53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import { callingCodeOf } from "../numbers/calling-codes.ts";
import type { NumberReading } from "../numbers/number-plan.ts";
import type { Transaction } from "../transactions/transaction.ts";

const ACCOUNTS_MAX = 16_384;
const SITE_MAX = 65_536;
const HOUR_US = 3_600_000_000;
/** Countries of one account that are remembered; who calls more is told no news. */
const KEPT_MAX = 64;

interface Traveller {
  readonly countries: Set<string>;
  /** Those of the last hour. */
  fresh: { readonly country: string; readonly timeUs: number }[];
}

export interface NewCountry {
  /** Countries that the account called for the first time within the hour, and their names. */
  readonly fresh: readonly string[];
  /** Nobody else of that server has called there before. */
  readonly isNewForSite: boolean;
}

/**
 * Countries that an account calls for the first time. One is nothing; several within an hour are what stolen accounts do, also on
 * the first day, since nobody begins with six countries at once.
 */
export class NewCountries {
  readonly #accounts = new KeyMap<Traveller>(ACCOUNTS_MAX);
  readonly #site = new KeyMap<true>(SITE_MAX);

  /** An answered call that leaves the country; null when the account has called there before. */
  answered(
    { accountKey, server }: Pick<Transaction, "accountKey" | "server">,
    reading: NumberReading,
    nowUs: number,
  ): NewCountry | null {
    const code = callingCodeOf(reading.e164);
    const country = reading.country === "" ? `+${code}` : reading.country;
    const siteKey = combine53(hashText53(country), server);
    const isNewForSite = !this.#site.has(siteKey);
    this.#site.set(siteKey, true);
    this.#site.touch(siteKey);
    let traveller = this.#accounts.get(accountKey);
    if (traveller === undefined) {
      traveller = { countries: new Set(), fresh: [] };
      this.#accounts.set(accountKey, traveller);
    }
    this.#accounts.touch(accountKey);
    const { countries } = traveller;
    if (countries.has(country) || countries.size >= KEPT_MAX) return null;
    countries.add(country);
    const recent = traveller.fresh.filter(({ timeUs }) => nowUs - timeUs <= HOUR_US);
    traveller.fresh = [...recent, { country, timeUs: nowUs }];
    return { fresh: traveller.fresh.map((one) => one.country), isNewForSite };
  }
}
