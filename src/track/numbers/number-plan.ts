import { hashText53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import { type CountryDialling, CountryPlans } from "./country-plan.ts";
import { type DialString, dialStringOf } from "./dial-string.ts";
import { E164_DIGITS_MAX, type PrefixEntry, type PrefixList } from "./prefix-list.ts";

/** How the site dials, as its operator declares it. */
export interface DialPlanSettings {
  /** ISO 3166-1 code of the country that national numbers belong to; "" when it is not declared. */
  readonly country: string;
  /** Prefixes for abroad beside the country's own, such as a carrier's 00 in North America. */
  readonly internationalPrefixes: readonly string[];
  /** Digits for an outside line, such as 0 or 9. */
  readonly outsideLines: readonly string[];
  /** Numbers that stay inside or with the carrier: extensions, services. */
  readonly shortCodes: readonly string[];
}

export const NO_DIAL_PLAN: DialPlanSettings = {
  country: "",
  internationalPrefixes: [],
  outsideLines: [],
  shortCodes: [],
};

/** How a dialled text was read. */
export interface NumberReading {
  /** Digits of the international number without "+"; "" when it is none. */
  readonly e164: string;
  /** The steps, in words. */
  readonly how: string;
  /** ISO 3166-1 of a declared plan's readings; "" when nobody looked or it belongs to no country. */
  readonly country: string;
  /** libphonenumber's type of a declared plan's readings, such as `PREMIUM_RATE`; "" when unknown. */
  readonly type: string;
  /** What the lists of high-cost destinations say. */
  readonly entry: PrefixEntry | null;
  /** The declared plan's metadata know the range. */
  readonly isAssigned: boolean;
  /** It leaves the home country; null without a declared plan. */
  readonly isAbroad: boolean | null;
}

/** Ways to dial abroad that are tried where nobody declared one, after an outside line or without. */
const WAYS_ANYWHERE = ["", "9", "0", "8"].flatMap((line) =>
  ["011", "0011", "00"].map((prefix) => [line, prefix] as const),
);
/** Digits of an international number at least; shorter ones are national, or inside. */
const E164_DIGITS_MIN = 7;
/** Dialled after 011, which begins numbers of cities, too; and bare, without any prefix. */
const AFTER_011_MIN = 10;
const BARE_MIN = 11;
/** No number of a network is shorter: emergency calls and services. */
const SHORT_MAX = 6;
const KNOWN_MAX = 4096;

/** From dialled texts to international numbers, by a declared plan or, without one, as far as that is safe. */
export class NumberPlan {
  readonly settings: DialPlanSettings;
  readonly #countries = new CountryPlans();
  readonly #prefixes: () => PrefixList;
  readonly #known = new KeyMap<NumberReading | null>(KNOWN_MAX);
  #list: PrefixList | null = null;
  #dialling: CountryDialling | null = null;

  /** `prefixes` gives the high-cost destinations when the first number is read. */
  constructor(settings: DialPlanSettings, prefixes: () => PrefixList) {
    this.settings = settings;
    this.#prefixes = prefixes;
  }

  get isDeclared(): boolean {
    return this.settings.country !== "";
  }

  /** Null for what is no number. Readings are remembered, as people and attackers repeat themselves. */
  read(text: string): NumberReading | null {
    const key = hashText53(text);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const reading = this.#read(text);
    this.#known.set(key, reading);
    return reading;
  }

  #read(text: string): NumberReading | null {
    const dialled = dialStringOf(text);
    if (dialled === null) return null;
    const steps = dialled.serviceCode === "" ? [] : [`service code ${dialled.serviceCode}`];
    const reading = this.isDeclared ? this.#byPlan(dialled, steps) : this.#anywhere(dialled, steps);
    return reading ?? nothing([...steps, "no number of the public network"]);
  }

  #byPlan({ dialled }: DialString, steps: string[]): NumberReading | null {
    this.#dialling ??= this.#countries.dialling(this.settings.country);
    const dialling = this.#dialling;
    if (dialling === null) return null;
    if (dialled.startsWith("+"))
      return this.#abroad(dialled.slice(1), [...steps, "written with +"]);
    const { shortCodes, outsideLines } = this.settings;
    if (shortCodes.includes(dialled)) return nothing([...steps, "short code of the plan"]);
    if (dialled.length <= SHORT_MAX) return nothing([...steps, "extension or service number"]);
    // With an outside line first: where one is declared, what goes out has it.
    const lines = [...outsideLines.filter((line) => dialled.startsWith(line)), ""];
    let odd: NumberReading | null = null;
    for (const line of lines) {
      const rest = dialled.slice(line.length);
      const said = line === "" ? steps : [...steps, `outside line ${line}`];
      const prefix = this.#abroadPrefix(rest, dialling);
      const national = prefix === "" ? this.#national(rest, dialling, said) : null;
      if (prefix !== "") {
        const number = rest.slice(prefix.length);
        return this.#abroad(number, [...said, `international prefix ${prefix}`]);
      }
      if (national?.isAssigned === true) return national;
      odd ??= national;
    }
    // Phones and attackers bring the prefixes of other countries along, and carriers let some of them through.
    const foreign = this.#anywhere({ dialled, serviceCode: "" }, steps);
    return foreign?.isAssigned === true || foreign?.entry !== null ? (foreign ?? odd) : odd;
  }

  #abroadPrefix(digits: string, dialling: CountryDialling): string {
    for (const prefix of this.settings.internationalPrefixes) {
      if (digits.startsWith(prefix) && /^[1-9]/.test(digits.slice(prefix.length))) return prefix;
    }
    return dialling.abroad.exec(digits)?.[0] ?? "";
  }

  #national(digits: string, dialling: CountryDialling, steps: string[]): NumberReading | null {
    const facts = this.#countries.national(digits, this.settings.country);
    if (facts === null || (!facts.isValid && !facts.isPossible)) return null;
    const isTrunk = dialling.trunk !== "" && digits.startsWith(dialling.trunk);
    const how = isTrunk ? `national, trunk prefix ${dialling.trunk}` : "national";
    const isHome = facts.e164.startsWith(dialling.callingCode);
    return this.#told(facts.e164, [...steps, isHome ? how : "as it is dialled"], facts);
  }

  /** An international number; also one that the metadata calls impossible, as ranges sold for fraud are. */
  #abroad(digits: string, steps: string[]): NumberReading | null {
    if (digits.length < E164_DIGITS_MIN || digits.length > E164_DIGITS_MAX) return null;
    return this.#told(
      digits,
      steps,
      this.isDeclared ? this.#countries.international(digits) : null,
    );
  }

  #told(
    e164: string,
    steps: string[],
    facts: { readonly country: string; readonly type: string; readonly isValid: boolean } | null,
  ): NumberReading {
    const country = facts?.country ?? "";
    const isValid = facts?.isValid === true;
    const { callingCode } = this.#dialling ?? { callingCode: "" };
    const isHome = isValid ? country === this.settings.country : e164.startsWith(callingCode);
    const odd = facts === null || isValid || !this.isDeclared ? [] : ["of no assigned range"];
    return {
      e164,
      how: [...steps, ...odd].join(", "),
      country,
      type: facts?.type ?? "",
      entry: this.#entryOf(e164),
      isAssigned: isValid,
      isAbroad: this.isDeclared ? !isHome : null,
    };
  }

  /**
   * Nobody declared a plan: "+", the usual prefixes for abroad with or without an outside line, and bare digits count where the
   * rest is as long as a whole number of a high-cost destination. What remains may be a national number anywhere.
   */
  #anywhere({ dialled }: DialString, steps: string[]): NumberReading | null {
    if (dialled.startsWith("+"))
      return this.#abroad(dialled.slice(1), [...steps, "written with +"]);
    for (const [line, prefix] of WAYS_ANYWHERE) {
      if (!dialled.startsWith(line + prefix)) continue;
      const number = dialled.slice(line.length + prefix.length);
      if (!this.#isWhole(number, prefix)) continue;
      const said = line === "" ? steps : [...steps, `outside line ${line}`];
      return this.#abroad(number, [...said, `international prefix ${prefix}`]);
    }
    const entry = this.#entryOf(dialled);
    const isWhole = entry !== null && dialled.length >= Math.max(BARE_MIN, entry.digits);
    return isWhole ? this.#abroad(dialled, [...steps, "bare digits"]) : null;
  }

  /** Long enough for what it would be: shorter ones begin like that by chance. */
  #isWhole(number: string, prefix: string): boolean {
    if (!/^[1-9]/.test(number) || number.length > E164_DIGITS_MAX) return false;
    if (prefix !== "00") return number.length >= AFTER_011_MIN;
    return number.length >= (this.#entryOf(number)?.digits ?? E164_DIGITS_MIN);
  }

  #entryOf(e164: string): PrefixEntry | null {
    this.#list ??= this.#prefixes();
    return this.#list.find(e164);
  }
}

function nothing(steps: readonly string[]): NumberReading {
  return {
    e164: "",
    how: steps.join(", "),
    country: "",
    type: "",
    entry: null,
    isAssigned: false,
    isAbroad: null,
  };
}
