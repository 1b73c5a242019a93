import { equals } from "../../base/ascii.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";

/** What a tool's habit gives away. Secrets in it (tried passwords) are masked. */
export interface Fingerprint {
  readonly tool: string;
  readonly habit: string;
  readonly reveals: string;
}

/** A character, the separator and six digits. */
const TAG_BYTES_MIN = 16;
const TAG_BYTES_MAX = 256;
const SEPARATOR = 0x01;
/**
 * Behind the separator SIPVicious writes 32 random bits in decimal: six digits and more, but once in 4000. Fewer are no
 * proof: the ten decimal digits that Yealink's phones have for a tag read as text and a digit once in 4600.
 */
const SIPVICIOUS_TEXT = /^[\x20-\x7e]{1,120}\x01\d{6,12}$/;
const SIPPTS_BRANCH = /^[A-Za-z0-9]{71}$/;

interface Row {
  readonly tool: string;
  readonly habit: string;
  /** What the message gives away; null when the tool did not write it. */
  readonly test: (message: SipMessageView, keys: MessageKeys) => string | null;
}

/** Habits that survive a changed User-Agent, each seen on the wire. */
const ROWS: readonly Row[] = [
  {
    tool: "SIPVicious",
    habit: "hex of target, extension or credential in the From tag",
    test: (message, { from: { tag } }) => {
      if (!isHexOfText(message.bytes, tag.start, tag.end)) return null;
      const plain = Buffer.from(message.text(tag), "hex").toString("latin1");
      return SIPVICIOUS_TEXT.test(plain) ? masked(plain.slice(0, plain.indexOf("\x01"))) : null;
    },
  },
  {
    tool: "sippts",
    habit: "a 71-character branch without the RFC 3261 cookie",
    test: (message, keys) => {
      const branch = keys.via.branch;
      if (keys.via.hasCookie || branch.end - branch.start !== 71) return null;
      return SIPPTS_BRANCH.test(message.text(branch)) ? "" : null;
    },
  },
  {
    tool: "Metasploit sip_invite_spoof",
    habit: "an INVITE to nobody at 127.0.0.1",
    test: (message) => {
      const { bytes, method, uri } = message;
      if (method !== SipMethod.INVITE || !equals(bytes, uri.start, uri.start + 5, "sip:@"))
        return null;
      return equals(bytes, uri.start, uri.end, "sip:@127.0.0.1") ? "" : null;
    },
  },
];

/** Lower-case hex of printable bytes and a separator among them: most tags end this at their first bytes. */
function isHexOfText(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length < TAG_BYTES_MIN || length > TAG_BYTES_MAX || (length & 1) === 1) return false;
  let hasSeparator = false;
  for (let at = start; at < end; at += 2) {
    const high = hexDigit(bytes[at] as number);
    const low = hexDigit(bytes[at + 1] as number);
    if (high < 0 || low < 0) return false;
    const byte = high * 16 + low;
    if (byte === SEPARATOR) hasSeparator = true;
    else if (byte < 0x20 || byte > 0x7e) return false;
  }
  return hasSeparator;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  return byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : -1;
}

/** svcrack writes user:password; the password is a secret of the victim if it is right. */
function masked(text: string): string {
  const colon = text.indexOf(":");
  return colon < 0 ? text : `${text.slice(0, colon)}:***`;
}

/** The tool that wrote this request; null for honest software. */
export function fingerprintOf(message: SipMessageView, keys: MessageKeys): Fingerprint | null {
  for (const row of ROWS) {
    const reveals = row.test(message, keys);
    if (reveals !== null) return { tool: row.tool, habit: row.habit, reveals };
  }
  return null;
}
