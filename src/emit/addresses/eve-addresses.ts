import { type EveSettings, eveAddress } from "../eve/eve-header.ts";
import { quoted } from "../eve/eve-text.ts";
import type { AddressNote } from "./address-notes.ts";

/** `,"addresses":[...]`: what is known of these addresses; "" when nothing is. */
export function eveAddresses(ips: Iterable<string>, settings: EveSettings): string {
  const { ipv6Compress, notes } = settings;
  if (notes === undefined) return "";
  const parts: string[] = [];
  for (const ip of new Set(ips)) {
    const note = notes(ip);
    if (note !== null) parts.push(textOf(note, ipv6Compress));
  }
  return parts.length === 0 ? "" : `,"addresses":[${parts}]`;
}

/** Of notes that are asked for again and again the text is made once. */
const texts = new WeakMap<AddressNote, string>();

function textOf(note: AddressNote, ipv6Compress: boolean): string {
  let text = texts.get(note);
  if (text === undefined) {
    text = noteText(note, ipv6Compress);
    texts.set(note, text);
  }
  return text;
}

function noteText(note: AddressNote, ipv6Compress: boolean): string {
  let text = `{"ip":"${eveAddress(note.ip, ipv6Compress)}"`;
  if (note.country !== "") text += `,"country":${quoted(note.country)}`;
  if (note.asn > 0) text += `,"asn":${note.asn}`;
  if (note.asOrg !== "") text += `,"as_org":${quoted(note.asOrg)}`;
  if (note.name !== "") text += `,"name":${quoted(note.name)}`;
  if (note.mac !== "") text += `,"mac":${quoted(note.mac)}`;
  if (note.vendor !== "") text += `,"vendor":${quoted(note.vendor)}`;
  return `${text}}`;
}
