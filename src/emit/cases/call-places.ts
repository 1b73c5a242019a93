import type { CaseRecord } from "../../detect/cases/case-record.ts";
import { NO_COUNTRY, type PhoneNumber, type PhoneNumbers } from "../phone-numbers.ts";

/** As the shipped list of prefixes has it. */
const NETWORKS = "international networks";

let names: Intl.DisplayNames | null = null;

/**
 * The case with where each of its calls went, as far as its number says so: the tracker names only what is surely high-cost. The same
 * record when there is nothing to add.
 */
export function withPlaces(record: CaseRecord, numbers: PhoneNumbers): CaseRecord {
  const { calls } = record;
  if (calls === null || calls.list.every(({ place }) => place !== "")) return record;
  const list = calls.list.map((call) =>
    call.place === "" ? { ...call, place: placeText(numbers.of(call.number)) } : call,
  );
  return { ...record, calls: { ...calls, list } };
}

/** In English; "" where it is open. */
function placeText(number: PhoneNumber | null): string {
  const country = number?.country ?? "";
  if (country === "" || country === NO_COUNTRY) return country === "" ? "" : NETWORKS;
  names ??= new Intl.DisplayNames(["en"], { type: "region" });
  return names.of(country) ?? country;
}
