/** Secrets and users inside longer texts from packets. Every pass is linear in the text. */

export const REDACTED = "[redacted]";

/** Digest (RFC 7616 3.4, 3.5) and what people call a password; plain or escaped, as in the headers of a URI. */
const SECRET =
  /(?:(?<=%[0-9a-f]{2})|(?<![A-Za-z0-9_-]))(response|nonce|cnonce|nextnonce|rspauth|password|passwd|pwd|secret)(\s*(?:=|%3d)\s*)("(?:[^"\\]|\\.)*"?|%22.*?(?:%22|$)|[^\s,;&"<>]+)/gi;
/** RFC 7617, RFC 6750: credentials without names. */
const PLAIN_CREDENTIALS = /(authorization\s*[:=]\s*(?:basic|bearer)(?:\s|%20)+)[^\s,;&"<>]+/gi;
/** SIPVicious hides `user:password`, a 1 and a number in hexadecimal digits. */
const HEX_RUN = /(?<![0-9a-f])(?:[0-9a-f]{2}){6,}(?![0-9a-f])/gi;
const HIDDEN_CREDENTIAL = /^[\x20-\x7e]+\x01\d+$/;

/** RFC 3261 19.1.1: `sip:user:password@host`. What a URI cannot hold ends it. */
const WORD = /[^\s<>"'(),]+/g;
const SCHEME = /^(?:sips?|tel|im|pres|mailto|xmpp):/i;

/** The text without secrets. */
export function withoutSecrets(text: string): string {
  return text
    .replace(SECRET, (_, name: string, equals: string) => `${name}${equals}${REDACTED}`)
    .replace(PLAIN_CREDENTIALS, (_, scheme: string) => scheme + REDACTED)
    .replace(HEX_RUN, (hex) => (hidesCredential(hex) ? REDACTED : hex))
    .replace(WORD, withoutPassword);
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
