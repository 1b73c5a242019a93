import { loadLater } from "../../base/load-later.ts";

/**
 * The judge: the grammar of RFC 3261 25.1 as jssip's generated parser has it. Some hundred times
 * slower than the scanner and stricter than the net: it rejects unquoted UTF-8, which real phones
 * send. So it is asked only about messages that the scanner found odd, under a budget, and by
 * tests as an oracle. `jssip/lib` is no public interface: the version is pinned.
 */
interface JssipGrammar {
  /** -1 when the text does not follow the rule. Some rules throw. */
  parse(text: string, rule: string): unknown;
}

interface JssipParser {
  parseMessage(text: string, userAgent: null): StrictMessage | undefined;
}

interface StrictUri {
  readonly scheme: string;
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
}

export interface StrictAddress {
  readonly uri: StrictUri;
}

/** A message as jssip parses it, as far as tests compare it with the scanner's view. */
export interface StrictMessage {
  readonly method: string;
  readonly ruri?: StrictUri;
  readonly status_code?: number;
  readonly reason_phrase?: string;
  readonly call_id: string | null;
  readonly cseq: number | null;
  readonly from: StrictAddress | null;
  readonly from_tag: string | undefined | null;
  readonly to: StrictAddress | null;
  readonly to_tag: string | undefined | null;
  readonly body: string;
  readonly headers: Readonly<Record<string, readonly { raw: string; parsed?: unknown }[]>>;
  getHeader(name: string): string | undefined;
  getHeaders(name: string): readonly string[];
}

let grammar: JssipGrammar | null = null;
let parser: JssipParser | null = null;

/** Longer values are not judged: the time of some rules grows faster than their text. */
const VALUE_CHARS_MAX = 512;
/** Characters looked at of one message. */
export const JUDGED_CHARS_MAX = 4096;
/**
 * What is judged of them, in characters, some 0.25 µs each: a parameter, an element of a list or a header of a URI costs as much as so many
 * more. Half a millisecond at worst.
 */
const JUDGED_WORK_MAX = 2048;
const PART_WORK = 8;
const PARTS = new Set([",", ";", "&"].map((part) => part.charCodeAt(0)));
const JUDGED_FIELDS_MAX = 48;
const SEEN_CHARS_MAX = 120;

/** Header fields that jssip has a rule for, by lower-case name and compact form. */
const RULES: ReadonlyMap<string, string> = new Map(
  [
    ["Via", "v"],
    ["From", "f"],
    ["To", "t"],
    ["Call-ID", "i"],
    ["CSeq"],
    ["Contact", "m"],
    ["Max-Forwards"],
    ["Content-Length", "l"],
    ["Content-Type", "c"],
    ["Content-Encoding", "e"],
    ["Content-Disposition"],
    ["Expires"],
    ["Min-Expires"],
    ["Event", "o"],
    ["Allow-Events", "u"],
    ["Subscription-State"],
    ["Session-Expires", "x"],
    ["Record-Route"],
    ["Route"],
    ["Refer-To", "r"],
    ["Replaces"],
    ["Reason"],
    ["Require"],
    ["Proxy-Require"],
    ["Supported", "k"],
    ["WWW-Authenticate"],
    ["Proxy-Authenticate"],
  ].flatMap(([name = "", compact]) => {
    const rule = name.replaceAll("-", "_");
    const long: [string, string] = [name.toLowerCase(), rule];
    return compact === undefined ? [long] : [long, [compact, rule]];
  }),
);

const ANY_SIP = "sip:judged.invalid";

/** RFC 3261 20, RFC 3515 2.1: their address may be any absolute URI, such as `tel:` and `urn:`. */
const OF_ANY_SCHEME: ReadonlySet<string> = new Set(["From", "To", "Contact", "Refer_To"]);

/** An absolute URI of another scheme (RFC 3986 3.1, of the characters of 2): in brackets, behind a name or none, or bare. */
const OTHER_IN_BRACKETS =
  /^((?:"(?:[^"\\]|\\.)*"|[^"<]*)\s*)<(?!sips?:)[a-z][a-z0-9+.-]*:[\w!#$%&'()*+,./:;=?@[\]~-]+>/i;
const OTHER_BARE = /^(?!sips?:)[a-z][a-z0-9+.-]*:[\w!#$%&'()*+./:=@[\]~-]+(?=[\s;]|$)/i;

/**
 * Null when the start line and every header field that has a rule follow RFC 3261's grammar, else
 * the first that does not, such as `Via "SIP/2.0/UDP"`. `text` is the message from its start line
 * on, latin1. Never throws.
 */
export function strictVerdict(text: string): string | null {
  const lines = headLines(text);
  const startLine = withoutCr(lines[0] ?? "");
  if (!follows(startLine, "Request_Response")) return verdict("start line", startLine);
  let judged = 0;
  for (let at = 1; at < lines.length && judged < JUDGED_FIELDS_MAX; ) {
    let line = withoutCr(lines[at++] as string);
    // RFC 3261 7.3.1: a line that starts with a blank continues the one before.
    while (at < lines.length && /^[ \t]/.test(lines[at] as string)) {
      line += ` ${withoutCr(lines[at++] as string).trim()}`;
    }
    const colon = line.indexOf(":");
    if (colon < 0) return verdict("header line", line);
    const name = line.slice(0, colon).trimEnd();
    const rule = RULES.get(name.toLowerCase());
    if (rule === undefined) continue;
    judged++;
    const value = line.slice(colon + 1).trim();
    if (rule === "Contact" && value === "*") continue;
    if (!follows(value, rule)) return verdict(name, value);
  }
  return null;
}

/** How many characters of the message are judged: the rest would cost too much. */
export function judgedChars(text: string): number {
  const end = Math.min(text.length, JUDGED_CHARS_MAX);
  let left = JUDGED_WORK_MAX;
  for (let at = 0; at < end; at++) {
    left -= PARTS.has(text.charCodeAt(at)) ? PART_WORK : 1;
    if (left < 0) return at;
  }
  return end;
}

/** Lines before the empty one, within the bound; a line that was cut is left out. */
function headLines(text: string): string[] {
  const lines = text.slice(0, judgedChars(text)).split("\n");
  const empty = lines.findIndex((line, at) => at > 0 && withoutCr(line) === "");
  if (empty > 0) lines.length = empty;
  else if (lines.length > 1) lines.pop();
  return lines;
}

/** The whole message by jssip's own parser; null when it rejects it. Never throws. */
export function strictMessage(text: string): StrictMessage | null {
  try {
    parser ??= loadLater("jssip/lib/Parser") as JssipParser;
    return parser.parseMessage(text, null) ?? null;
  } catch {
    return null;
  }
}

/** One header value by a rule of the grammar, such as `WWW_Authenticate`; null when it breaks it. */
export function strictValue(text: string, rule: string): unknown {
  grammar ??= loadLater("jssip/lib/Grammar") as JssipGrammar;
  try {
    const parsed = grammar.parse(text, rule);
    return parsed === -1 ? null : parsed;
  } catch {
    return null;
  }
}

function follows(text: string, rule: string): boolean {
  return text.length > VALUE_CHARS_MAX || strictValue(inSip(text, rule), rule) !== null;
}

/** The value with a SIP URI for one of another scheme, which jssip does not know in headers; the others as they are. */
function inSip(text: string, rule: string): string {
  if (!OF_ANY_SCHEME.has(rule)) return text;
  return text.replace(OTHER_IN_BRACKETS, `$1<${ANY_SIP}>`).replace(OTHER_BARE, ANY_SIP);
}

function withoutCr(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

function verdict(field: string, value: string): string {
  const cut = value.length > SEEN_CHARS_MAX ? `${value.slice(0, SEEN_CHARS_MAX)}...` : value;
  return `${field} "${cut}"`;
}
