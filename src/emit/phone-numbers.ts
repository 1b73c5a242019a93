import { hashText53 } from "../base/hash.ts";
import { KeyMap } from "../base/key-map.ts";
import { loadLater } from "../base/load-later.ts";
import type { CallRecord } from "../track/call-records/call-record.ts";

/** A number in its international form (ITU-T E.164), and whose it is. */
export interface PhoneNumber {
  /** With "+". */
  readonly e164: string;
  readonly callingCode: number;
  /** ISO 3166-1; `001` of what belongs to no country (satellites, international networks); "" when it is open. */
  readonly country: string;
}

/** Numbers that were looked up; people and dialling attackers repeat theirs. */
const KNOWN_MAX = 8192;
/** E.164 6.2: fifteen digits and "+"; with prefixes and marks hardly twice as many. */
const TEXT_MAX = 32;
/** Shorter ones are extensions and services, which mean something at one place only. */
const TEXT_MIN = 6;
const NUMBER = /^\+?[\d().-]+$/;
/** Without a home country only what begins so can be told. */
const ABROAD = /^(?:\+|00|011)/;
/** North America dials 011 abroad. Elsewhere that begins a number of a city, which is shorter than these. */
const FROM_NORTH_AMERICA = /^011[1-9]\d{8,14}$/;
/** What stands for a country where there is none. */
export const NO_COUNTRY = "001";
/** Calling codes that belong to no country (E.164.1: freephone, satellites, international networks). */
const NO_COUNTRY_CODES: ReadonlySet<string> = new Set([
  "800",
  "808",
  "870",
  "878",
  "881",
  "882",
  "883",
  "888",
  "979",
]);

/** A call's record with what its numbers mean. */
export interface NumberedCall extends CallRecord {
  readonly dialledNumber: PhoneNumber | null;
  readonly callerNumber: PhoneNumber | null;
}

/** The country for people to read; `none` names what belongs to no country, whose code means nothing to them. */
export function countryText(number: PhoneNumber | null, none: string): string {
  const country = number?.country ?? "";
  return country === NO_COUNTRY ? none : country;
}

type Library = typeof import("libphonenumber-js/min");

/**
 * E.164 numbers of what was dialled. What is written with "+", or behind the prefix for abroad, is known as it is;
 * national forms only where the home country is told.
 */
export class PhoneNumbers {
  readonly #homeCountry: string;
  readonly #known = new KeyMap<PhoneNumber | null | undefined>(KNOWN_MAX);
  #library: Library | null = null;

  /** `homeCountry`: ISO 3166-1 code of where national numbers are dialled; "" when that is not known. */
  constructor(homeCountry: string) {
    this.#homeCountry = homeCountry.toUpperCase();
  }

  /** Null when the text is no number of the public network, or which one cannot be told. */
  of(dialled: string): PhoneNumber | null {
    const text = dialled.startsWith("+") ? globalNumber(dialled) : dialled;
    if (text.length < TEXT_MIN || text.length > TEXT_MAX || !NUMBER.test(text)) return null;
    if (this.#homeCountry === "" && !ABROAD.test(text)) return null;
    const key = hashText53(text);
    let number = this.#known.get(key);
    if (number === undefined) {
      number = this.#parse(text);
      this.#known.set(key, number);
    }
    return number;
  }

  #parse(text: string): PhoneNumber | null {
    this.#library ??= loadLater("libphonenumber-js/min") as Library;
    const { parsePhoneNumberFromString, isSupportedCountry } = this.#library;
    const home = isSupportedCountry(this.#homeCountry) ? this.#homeCountry : undefined;
    const found = parsePhoneNumberFromString(abroad(text, home !== undefined), home);
    if (found === undefined) return null;
    const callingCode = String(found.countryCallingCode);
    const country = found.country ?? (NO_COUNTRY_CODES.has(callingCode) ? NO_COUNTRY : "");
    return { e164: found.number, callingCode: Number(callingCode), country };
  }
}

/** The same call with what is known of the numbers that were dialled and shown. */
export function withNumbers(call: CallRecord, numbers: PhoneNumbers): NumberedCall {
  // Neither spread nor assigned as an object: that is half the cost of a record.
  const numbered = call as { -readonly [Key in keyof NumberedCall]: NumberedCall[Key] };
  numbered.dialledNumber = numbers.of(call.dialled);
  numbered.callerNumber = numbers.of(call.assertedUser || call.caller.user);
  return numbered;
}

/**
 * A user part may be a telephone number with parameters (RFC 3261 19.1.6). Those of a global one, such as how it is routed (RFC 4694), leave
 * the number as it is; a local one means nothing without its context.
 */
function globalNumber(text: string): string {
  const end = text.indexOf(";");
  return end < 0 ? text : text.slice(0, end);
}

/** With "+" for the prefix; where the home country is known, the library knows its prefix better. */
function abroad(text: string, isHomeKnown: boolean): string {
  if (text.startsWith("+") || isHomeKnown) return text;
  const digits = text.replace(/\D/g, "");
  if (/^00[1-9]/.test(digits)) return `+${digits.slice(2)}`;
  return FROM_NORTH_AMERICA.test(digits) ? `+${digits.slice(3)}` : text;
}
