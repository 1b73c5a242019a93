import { type EveSettings, eveAddress } from "../eve/eve-header.ts";
import { quoted } from "../eve/eve-text.ts";
import { LineBytes, type Piece, piece } from "../eve/line-bytes.ts";
import type { AddressNote } from "./address-notes.ts";

const ADDRESSES = piece(',"addresses":[');
const COMMA = piece(",");
const LIST_END = piece("]");

const scratch = new LineBytes();

/** `,"addresses":[...]`: what is known of these addresses; "" when nothing is. */
export function eveAddresses(ips: Iterable<string>, settings: EveSettings): string {
  const { ipv6Compress, notes } = settings;
  if (notes === undefined) return "";
  scratch.begin();
  for (const ip of new Set(ips)) addNote(scratch, notes(ip), ipv6Compress);
  if (scratch.length > 0) scratch.put(LIST_END);
  return scratch.toString();
}

/** The same of both ends of a record. */
export function endAddresses(
  line: LineBytes,
  srcIp: string,
  destIp: string,
  { ipv6Compress, notes }: EveSettings,
): void {
  if (notes === undefined) return;
  const source = notes(srcIp);
  const destination = srcIp === destIp ? null : notes(destIp);
  if (source === null && destination === null) return;
  line.put(ADDRESSES);
  if (source !== null) line.put(pieceOf(source, ipv6Compress));
  if (source !== null && destination !== null) line.put(COMMA);
  if (destination !== null) line.put(pieceOf(destination, ipv6Compress));
  line.put(LIST_END);
}

function addNote(line: LineBytes, note: AddressNote | null, ipv6Compress: boolean): void {
  if (note === null) return;
  line.put(line.length === 0 ? ADDRESSES : COMMA);
  line.put(pieceOf(note, ipv6Compress));
}

/** Of notes that are asked for again and again the text is made once. */
const pieces = new WeakMap<AddressNote, Piece>();

function pieceOf(note: AddressNote, ipv6Compress: boolean): Piece {
  let made = pieces.get(note);
  if (made === undefined) {
    made = piece(noteText(note, ipv6Compress));
    pieces.set(note, made);
  }
  return made;
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
