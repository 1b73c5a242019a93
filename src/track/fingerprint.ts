import type { SipMessageView } from "../decode/sip/message.ts";
import type { MessageKeys } from "./message-keys.ts";

/** What a tool's habit gives away. Secrets in it (tried passwords) are masked. */
export interface Fingerprint {
  readonly tool: string;
  readonly habit: string;
  readonly reveals: string;
}

const HEX = /^(?:[0-9a-f]{2}){4,128}$/;
const SIPVICIOUS_TEXT = /^[\x20-\x7e]{1,120}\x01\d{1,12}$/;
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
    test: (message, keys) => {
      const tag = keys.from.tag;
      const length = tag.end - tag.start;
      if (length < 8 || length > 256 || (length & 1) === 1) return null;
      const text = message.text(tag);
      if (!HEX.test(text)) return null;
      const plain = Buffer.from(text, "hex").toString("latin1");
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
];

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
