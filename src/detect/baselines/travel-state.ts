import {
  COUNTRIES_MAX,
  type KeptTraveller,
  TRAVELLERS_MAX,
} from "../../track/fraud/new-countries.ts";
import type { StateCursor } from "./state-cursor.ts";

/** A calling code with "+", or ISO 3166-1. */
const COUNTRY = /^(?:\+\d{1,4}|[A-Z]{2})$/;

/**
 * Countries that accounts have called: their number (4 bytes), then of each account its name, the number of its countries
 * (4 bytes), and each country with when it was called first, microseconds since 1970 (8 bytes), 0 where that is no news.
 */
export function writeTravels(travels: readonly KeptTraveller[], out: StateCursor): void {
  out.putInt(travels.length);
  for (const { account, countries } of travels) {
    out.putText(account);
    out.putInt(countries.length);
    for (const { country, timeUs } of countries) {
      out.putText(country);
      out.putDouble(timeUs);
    }
  }
}

export function travelBytes(travels: readonly KeptTraveller[]): number {
  let size = 4;
  for (const { account, countries } of travels) {
    size += 6 + Buffer.byteLength(account);
    for (const { country } of countries) size += 10 + Buffer.byteLength(country);
  }
  return size;
}

/** Throws RangeError for what `writeTravels` never writes. */
export function readTravels(cursor: StateCursor): KeptTraveller[] {
  const travels: KeptTraveller[] = [];
  for (let left = within(cursor.int(), TRAVELLERS_MAX); left > 0; left--) {
    const account = cursor.text();
    const countries: { country: string; timeUs: number }[] = [];
    for (let more = within(cursor.int(), COUNTRIES_MAX); more > 0; more--) {
      const country = cursor.text();
      const timeUs = cursor.double();
      if (!COUNTRY.test(country) || !(timeUs >= 0)) throw new RangeError("no such country");
      countries.push({ country, timeUs });
    }
    travels.push({ account, countries });
  }
  return travels;
}

function within(count: number, most: number): number {
  if (count > most) throw new RangeError("more than there can be");
  return count;
}
