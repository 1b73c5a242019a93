/** Secrets and users inside longer texts from packets. Every pass is linear in the text. */

export const REDACTED = "[redacted]";

/** Digest (RFC 7616 3.4, 3.5) and what people call a password. */
const SECRET_NAMES = "response|nonce|cnonce|nextnonce|rspauth|password|passwd|pwd|secret";
/**
 * Plain or escaped, as in the headers of a URI. An empty secret does not take the next one's name for its value; where a quoted one
 * ends behind the name of another, that quote opens the next one's value, which goes, too.
 */
const SECRET = new RegExp(
  String.raw`(?:(?<=%[0-9a-f]{2})|(?<![A-Za-z0-9_-]))(${SECRET_NAMES})(\s*(?:=|%3d)\s*)(?!(?:${SECRET_NAMES}|authorization)\s*(?:[:=]|%3d))((?:"(?:[^"\\]|\\.)*"?|%22.*?(?:%22|$))(?:(?<=(?:${SECRET_NAMES})\s*(?:=|%3d)\s*(?:"|%22))[^\s,;&"<>]+)?|[^\s,;&"<>]+)`,
  "gi",
);
/** RFC 7617, RFC 6750: credentials without names. */
const PLAIN_CREDENTIALS = /(authorization\s*[:=]\s*(?:basic|bearer)(?:\s|%20)+)[^\s,;&"<>]+/gi;
/** SIPVicious hides `user:password`, a 1 and a number in hexadecimal digits. */
const HEX_RUN = /(?<![0-9a-f])(?:[0-9a-f]{2}){6,}(?![0-9a-f])/gi;
const HIDDEN_CREDENTIAL = /^[\x20-\x7e]+\x01\d+$/;

/** RFC 3261 19.1.1: `sip:user:password@host`. What a URI cannot hold ends it. */
const WORD = /[^\s<>"'(),]+/g;
const SCHEME = /^(?:sips?|tel|im|pres|mailto|xmpp):/i;

/** What the first two expressions cannot match without, beside a sign. */
const SECRET_NAME = /respon|nonce|rspauth|passw|pwd|secret/i;
const CREDENTIALS_NAME = /authorization/i;

/** Signs that a text may hold a secret: most have none, and looking for them is one short pass. */
const EQUALS = 1;
const PERCENT = 2;
const AT = 4;
const COLON = 8;
const HEX_DIGIT = 16;
const HEX_DIGITS = 32;
const HEX_DIGITS_MIN = 12;
const SIGNS = signTable();

function signTable(): Uint8Array {
  const signs = new Uint8Array(256);
  const of = (characters: string, sign: number) => {
    for (const character of characters) signs[character.charCodeAt(0)] = sign;
  };
  of("=", EQUALS);
  of("%", PERCENT);
  of("@", AT);
  of(":", COLON);
  of("0123456789abcdefABCDEF", HEX_DIGIT);
  return signs;
}

/** Which of the signs a text has; `HEX_DIGITS` is a run of them. */
function signsOf(text: string): number {
  let found = 0;
  let run = 0;
  for (let i = 0; i < text.length; i++) {
    const sign = SIGNS[text.charCodeAt(i)] ?? 0;
    if (sign !== HEX_DIGIT) {
      run = 0;
      found |= sign;
    } else if (++run === HEX_DIGITS_MIN) {
      found |= HEX_DIGITS;
    }
  }
  return found;
}

/** The text without secrets. */
export function withoutSecrets(text: string): string {
  const signs = signsOf(text);
  if (signs === 0) return text;
  let open = text;
  if ((signs & (EQUALS | PERCENT)) !== 0 && SECRET_NAME.test(open)) {
    open = open.replace(SECRET, (_, name: string, equals: string) => name + equals + REDACTED);
  }
  if ((signs & (EQUALS | COLON)) !== 0 && CREDENTIALS_NAME.test(open)) {
    open = open.replace(PLAIN_CREDENTIALS, (_, scheme: string) => scheme + REDACTED);
  }
  if ((signs & HEX_DIGITS) !== 0) {
    open = open.replace(HEX_RUN, (hex) => (hidesCredential(hex) ? REDACTED : hex));
  }
  const mayHoldPassword = (signs & COLON) !== 0 && (signs & (AT | PERCENT)) !== 0;
  return mayHoldPassword && hasTwoColons(open) ? open.replace(WORD, withoutPassword) : open;
}

/** One is that of a scheme, the other stands before a password. */
function hasTwoColons(text: string): boolean {
  const at = Math.max(text.lastIndexOf("@"), text.lastIndexOf("%40"));
  const second = text.indexOf(":", text.indexOf(":") + 1);
  return second >= 0 && second < at;
}

function hidesCredential(hex: string): boolean {
  const text = Buffer.from(hex, "hex").toString("latin1");
  // The colon is not in the expression: a text of colons alone would take time by its square.
  return text.includes(":") && HIDDEN_CREDENTIAL.test(text);
}

function withoutPassword(word: string): string {
  const uri = userInfoOf(word);
  if (uri === null || uri.scheme === "") return word;
  const colon = uri.userInfo.indexOf(":");
  if (colon < 0) return word;
  return `${uri.scheme}${uri.userInfo.slice(0, colon)}:${REDACTED}${uri.rest}`;
}

/**
 * The text with each user of a URI or address replaced by what `mask` gives, and each of the `known` ones
 * that stands alone. What follows a `?` in a URI (headers, RFC 3261 19.1.1) is left out.
 */
export function withMaskedUsers(
  text: string,
  known: ReadonlySet<string>,
  mask: (user: string) => string,
): string {
  return text.replace(WORD, (word) => {
    const uri = userInfoOf(word);
    if (uri !== null) {
      const { scheme, userInfo, rest } = uri;
      const parts = userInfo.split(":");
      // `user:password` in a URI; anywhere else it is like SDP's `cname:user@host`.
      const at = scheme === "" ? parts.length - 1 : 0;
      const masked = parts.map((part, i) => (i === at || known.has(part) ? mask(part) : part));
      return scheme + masked.join(":") + withoutHeaders(rest);
    }
    const scheme = SCHEME.exec(word)?.[0] ?? "";
    const bare = word.slice(scheme.length);
    if (known.has(bare)) return scheme + mask(bare);
    if (scheme.toLowerCase() !== "tel:") return withoutHeaders(word);
    const end = bare.search(/[;?]/);
    const number = end < 0 ? bare : bare.slice(0, end);
    return scheme + mask(number) + withoutHeaders(bare.slice(number.length));
  });
}

function withoutHeaders(rest: string): string {
  const at = rest.indexOf("?");
  return at < 0 ? rest : `${rest.slice(0, at)}?${REDACTED}`;
}

interface UriParts {
  readonly scheme: string;
  readonly userInfo: string;
  readonly rest: string;
}

/** The last `@` splits, as the decoder has it; one that is escaped counts where there is no other. */
function userInfoOf(word: string): UriParts | null {
  const plain = word.lastIndexOf("@");
  const at = plain >= 0 ? plain : word.lastIndexOf("%40");
  if (at <= 0) return null;
  const scheme = SCHEME.exec(word)?.[0] ?? "";
  return { scheme, userInfo: word.slice(scheme.length, at), rest: word.slice(at) };
}

/** RFC 3261 19.1.4: an escaped character equals the plain one. */
export function unescaped(user: string): string {
  return user.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
