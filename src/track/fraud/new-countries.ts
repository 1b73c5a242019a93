import { combine53, hashText53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import { hostKeyOfText } from "../../decode/host-text.ts";
import { callingCodeOf } from "../numbers/calling-codes.ts";
import type { NumberReading } from "../numbers/number-plan.ts";
import type { Transaction } from "../transactions/transaction.ts";

/** Accounts that are remembered. */
export const TRAVELLERS_MAX = 16_384;
/** Countries of each; of who has called more of them none is news any more. */
export const COUNTRIES_MAX = 64;
const SITE_MAX = 65_536;
const HOUR_US = 3_600_000_000;
/** Longer names are not kept for the next run: they come from packets. */
const NAME_MAX = 256;

interface Traveller {
  readonly account: string;
  readonly countries: Set<string>;
  /** Those of the last hour. */
  fresh: readonly TravelTime[];
}

interface TravelTime {
  readonly country: string;
  readonly timeUs: number;
}

export interface NewCountry {
  /** Countries that the account called for the first time within the hour, and their names. */
  readonly fresh: readonly string[];
  /** Nobody else of that server has called there before. */
  readonly isNewForSite: boolean;
}

/** An account for the next run: by its name, since keys are hashed with a seed of the run. */
export interface KeptTraveller {
  readonly account: string;
  /** `timeUs` is 0 where it was more than an hour ago. */
  readonly countries: readonly TravelTime[];
}

/**
 * Countries that an account calls for the first time. One is nothing; several within an hour are what stolen accounts do, also on
 * the first day, since nobody begins with six countries at once.
 */
export class NewCountries {
  readonly #accounts = new KeyMap<Traveller>(TRAVELLERS_MAX);
  readonly #site = new KeyMap<true>(SITE_MAX);
  /** Of an earlier run, not seen since, by name. */
  readonly #restored = new Map<string, Traveller>();

  /** An answered call that leaves the country; null when the account has called there before. */
  answered(
    transaction: Pick<Transaction, "account" | "accountKey" | "server">,
    reading: NumberReading,
    nowUs: number,
  ): NewCountry | null {
    const code = callingCodeOf(reading.e164);
    const country = reading.country === "" ? `+${code}` : reading.country;
    const isNewForSite = this.#isNewForSite(country, transaction.server);
    const traveller = this.#travellerOf(transaction);
    const { countries } = traveller;
    if (countries.has(country) || countries.size >= COUNTRIES_MAX) return null;
    countries.add(country);
    const recent = traveller.fresh.filter(({ timeUs }) => nowUs - timeUs <= HOUR_US);
    traveller.fresh = [...recent, { country, timeUs: nowUs }];
    return { fresh: traveller.fresh.map((one) => one.country), isNewForSite };
  }

  kept(nowUs: number): KeptTraveller[] {
    return [...this.#accounts.values(), ...this.#restored.values()]
      .filter(({ account }) => account !== "" && account.length <= NAME_MAX)
      .slice(0, TRAVELLERS_MAX)
      .map(({ account, countries, fresh }) => {
        const times = new Map(fresh.map((one) => [one.country, one.timeUs]));
        const timeOf = (country: string) => {
          const timeUs = times.get(country) ?? 0;
          return nowUs - timeUs <= HOUR_US ? timeUs : 0;
        };
        const list = [...countries].map((country) => ({ country, timeUs: timeOf(country) }));
        return { account, countries: list };
      });
  }

  /** What an earlier run kept, before anything else happens. */
  restore(travellers: readonly KeptTraveller[]): void {
    for (const { account, countries } of travellers) {
      const fresh = countries.filter(({ timeUs }) => timeUs > 0);
      const names = countries.map(({ country }) => country);
      this.#restored.set(account, { account, countries: new Set(names), fresh });
      const server = hostKeyOfText(account.slice(account.lastIndexOf("@") + 1));
      for (const country of names) this.#isNewForSite(country, server);
    }
  }

  #isNewForSite(country: string, server: number): boolean {
    const key = combine53(hashText53(country), server);
    const isNew = !this.#site.has(key);
    this.#site.set(key, true);
    this.#site.touch(key);
    return isNew;
  }

  #travellerOf({ account, accountKey }: Pick<Transaction, "account" | "accountKey">): Traveller {
    let traveller = this.#accounts.get(accountKey);
    if (traveller === undefined) {
      traveller = this.#restored.get(account) ?? { account, countries: new Set(), fresh: [] };
      this.#restored.delete(account);
      this.#accounts.set(accountKey, traveller);
    }
    this.#accounts.touch(accountKey);
    return traveller;
  }
}
