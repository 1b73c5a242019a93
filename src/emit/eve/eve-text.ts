/**
 * Texts from packets on their way into JSON. Inside the program each byte is one character (latin1);
 * outside everything is UTF-8, bounded and free of characters that steer a terminal.
 */

const UTF8 = new TextDecoder("utf-8", { fatal: true });
const NOT_ASCII = /[^\0-\x7f]/;
const ELLIPSIS = "...";

/**
 * The text as a user wrote it: bytes that are valid UTF-8 are read as such, else each byte is a
 * character. Longer texts are cut to `max` characters and end in `...`.
 */
export function cleanText(text: string, max: number): string {
  const isLong = text.length > max;
  // A cut must not leave half a UTF-8 sequence, or none of it would be valid.
  const cut = isLong ? text.slice(0, max - ELLIPSIS.length).replace(/[\x80-\xff]{1,4}$/, "") : text;
  const clean = NOT_ASCII.test(cut) ? fromBytes(cut) : cut;
  return isLong ? clean + ELLIPSIS : clean;
}

function fromBytes(text: string): string {
  for (let i = 0; i < text.length; i++) {
    // Not from a packet: made well-formed by a round trip.
    if (text.charCodeAt(i) > 0xff) return Buffer.from(text, "utf8").toString("utf8");
  }
  const bytes = Buffer.from(text, "latin1");
  try {
    return UTF8.decode(bytes);
  } catch {
    return text;
  }
}

const STEERING = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** One line of JSON without a line feed; control and direction characters are all `\u` escapes. */
export function jsonLine(record: object): string {
  return JSON.stringify(record).replace(STEERING, escapeUnit);
}

/** What a JSON text holds as it is, and most texts hold nothing else. */
const NOT_PLAIN = /[^ !#-[\]-~]/;

/** A JSON string, as safe as in `jsonLine`. */
export function quoted(text: string): string {
  return NOT_PLAIN.test(text) ? JSON.stringify(text).replace(STEERING, escapeUnit) : `"${text}"`;
}

/** A text from a packet as a JSON string: `quoted` of its `cleanText`. */
export function quotedClean(text: string, max: number): string {
  if (text.length <= max && !NOT_PLAIN.test(text)) return `"${text}"`;
  return quoted(cleanText(text, max));
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

const UNPRINTABLE = /[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A text from a packet for a terminal: what would steer it becomes `?`. */
export function printable(text: string, max = 200): string {
  return cleanText(text, max).replace(UNPRINTABLE, "?");
}
