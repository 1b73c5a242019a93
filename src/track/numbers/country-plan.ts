import { loadLater } from "../../base/load-later.ts";

type Library = typeof import("libphonenumber-js/max");
type Core = typeof import("libphonenumber-js/core");

/** How one country dials, and what its numbers are: ITU-T E.164 numbers by libphonenumber's metadata. */
export interface CountryDialling {
  readonly callingCode: string;
  /** Matches the prefix for abroad at the start of what is dialled. */
  readonly abroad: RegExp;
  /** Prefix of national numbers; "" where there is none. */
  readonly trunk: string;
}

/** What the metadata says of a number. */
export interface NumberFacts {
  /** Without "+". */
  readonly e164: string;
  /** ISO 3166-1; "" of what belongs to no country or to none for sure. */
  readonly country: string;
  /** `MOBILE`, `PREMIUM_RATE` and so on; "" when the number is of no known range. */
  readonly type: string;
  readonly isValid: boolean;
  /** It is as long as such numbers are. */
  readonly isPossible: boolean;
}

/**
 * libphonenumber with all its metadata. It takes some 0.2 s to load, so that is done when the first number is asked for, which a
 * sensor without a declared plan never does.
 */
export class CountryPlans {
  #library: Library | null = null;
  #core: Core | null = null;

  isCountry(country: string): boolean {
    return this.#max().isSupportedCountry(country);
  }

  /** Null for what is no country. */
  dialling(country: string): CountryDialling | null {
    if (!this.#max().isSupportedCountry(country)) return null;
    this.#core ??= loadLater("libphonenumber-js/core") as Core;
    const json = loadLater(
      "libphonenumber-js/metadata.max.json",
    ) as import("libphonenumber-js/core").MetadataJson;
    const metadata = new this.#core.Metadata(json);
    metadata.selectNumberingPlan(country);
    const plan = metadata.numberingPlan as unknown as {
      IDDPrefix(): string | undefined;
      nationalPrefix(): string | undefined;
      callingCode(): string;
    };
    return {
      callingCode: plan.callingCode(),
      abroad: new RegExp(`^(?:${plan.IDDPrefix() ?? "00"})(?=[1-9])`),
      trunk: plan.nationalPrefix() ?? "",
    };
  }

  /** Of an international number, digits only; null when it has no calling code. */
  international(e164: string): NumberFacts | null {
    return factsOf(this.#max().parsePhoneNumberFromString(`+${e164}`));
  }

  /** Of a number as people of that country dial it. */
  national(digits: string, country: string): NumberFacts | null {
    const library = this.#max();
    if (!library.isSupportedCountry(country)) return null;
    return factsOf(library.parsePhoneNumberFromString(digits, country));
  }

  #max(): Library {
    this.#library ??= loadLater("libphonenumber-js/max") as Library;
    return this.#library;
  }
}

function factsOf(
  number: import("libphonenumber-js/max").PhoneNumber | undefined,
): NumberFacts | null {
  if (number === undefined) return null;
  return {
    e164: number.number.slice(1),
    country: number.country ?? "",
    type: number.getType() ?? "",
    isValid: number.isValid(),
    isPossible: number.isPossible(),
  };
}
