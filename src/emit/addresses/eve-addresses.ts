import { type EveSettings, eveAddress } from "../eve-header.ts";
import { quoted } from "../eve-text.ts";

/** `,"addresses":[...]`: what is known of these addresses; "" when nothing is. */
export function eveAddresses(ips: Iterable<string>, settings: EveSettings): string {
  const { ipv6Compress, notes } = settings;
  if (notes === undefined) return "";
  const parts: string[] = [];
  for (const ip of new Set(ips)) {
    const note = notes(ip);
    if (note === null) continue;
    let text = `{"ip":"${eveAddress(ip, ipv6Compress)}"`;
    if (note.country !== "") text += `,"country":${quoted(note.country)}`;
    if (note.asn > 0) text += `,"asn":${note.asn}`;
    if (note.asOrg !== "") text += `,"as_org":${quoted(note.asOrg)}`;
    if (note.name !== "") text += `,"name":${quoted(note.name)}`;
    if (note.mac !== "") text += `,"mac":${quoted(note.mac)}`;
    if (note.vendor !== "") text += `,"vendor":${quoted(note.vendor)}`;
    parts.push(`${text}}`);
  }
  return parts.length === 0 ? "" : `,"addresses":[${parts}]`;
}
