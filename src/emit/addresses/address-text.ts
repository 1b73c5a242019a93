import type { AddressNote } from "./address-notes.ts";

/** What is known of an address, for people: `NL, AS64500 Example, gw.example (by DNS), Yealink 80:5e:c0:00:00:01`; "" of nothing. */
export function addressText(note: Omit<AddressNote, "ip"> | null): string {
  if (note === null) return "";
  const { asn, asOrg, country, mac, name, vendor } = note;
  const parts = [
    country,
    asn === 0 ? "" : `AS${asn} ${asOrg}`.trim(),
    name === "" ? "" : `${name} (by DNS)`,
    `${vendor} ${mac}`.trim(),
  ];
  return parts.filter((part) => part !== "").join(", ");
}
