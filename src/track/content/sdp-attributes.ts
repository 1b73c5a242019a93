import { COLON, CR, EQUALS, LF } from "../../base/ascii.ts";
import { encodedTextIn } from "./hidden-text.ts";

const SMALL_A = 0x61;
/** Offers of browsers have ten times as much, nearly all of it in attributes that are left out. */
const BYTES_MAX = 4_096;
const NAME_BYTES_MAX = 24;
/** Attributes that are made of random or encoded data: keys, identities, candidates, names of streams, settings of codecs. */
const ENCODED = new Set(
  (
    "crypto fingerprint key-mgmt zrtp-hash identity tls-id setup candidate remote-candidates ice-ufrag ice-pwd ice-options " +
    "ssrc ssrc-group msid msid-semantic mid group label cname rid simulcast fmtp rtpmap extmap rtcp-fb cert fax-id"
  ).split(" "),
);

/** The first hidden text in the attributes of bytes[start, end) that are not made of encoded data, or "". */
export function attributeTextIn(bytes: Buffer, start: number, end: number): string {
  const stop = Math.min(end, start + BYTES_MAX);
  let at = start;
  while (at < stop) {
    let lineEnd = at;
    while (lineEnd < stop && bytes[lineEnd] !== LF && bytes[lineEnd] !== CR) lineEnd++;
    if (bytes[at] === SMALL_A && bytes[at + 1] === EQUALS) {
      const text = valueText(bytes, at + 2, lineEnd);
      if (text !== "") return text;
    }
    at = lineEnd + 1;
  }
  return "";
}

function valueText(bytes: Buffer, start: number, end: number): string {
  const text = encodedTextIn(bytes, start, end);
  if (text === "") return "";
  let nameEnd = start;
  while (nameEnd < end && bytes[nameEnd] !== COLON) nameEnd++;
  if (nameEnd - start > NAME_BYTES_MAX) return text;
  return ENCODED.has(bytes.toString("latin1", start, nameEnd).toLowerCase()) ? "" : text;
}
