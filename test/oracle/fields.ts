import { parseUint, type Span } from "../../src/base/ascii.ts";
import { AddressView } from "../../src/decode/sip/address.ts";
import { DigestView } from "../../src/decode/sip/digest.ts";
import {
  type StrictAddress,
  type StrictMessage,
  strictValue,
} from "../../src/decode/sip/grammar.ts";
import { HeaderId } from "../../src/decode/sip/headers.ts";
import type { SipMessageView } from "../../src/decode/sip/message.ts";
import { SIP_METHOD_NAMES } from "../../src/decode/sip/methods.ts";
import { firstValueEnd, parameter } from "../../src/decode/sip/params.ts";
import { ViaView, viaCount } from "../../src/decode/sip/via.ts";

/** A field by the scanner and by the grammar, as comparable texts; "" when it is not there. */
export type FieldPair = readonly [name: string, scanner: string, grammar: string];

interface StrictVia {
  readonly host: string;
  readonly port?: number;
  readonly branch?: string;
}

const NUMBER_MAX = 2 ** 32 - 1;
const OUTSIDE_QUOTES_COMMA = /,(?=(?:[^"]|"[^"]*")*$)/;

const address = new AddressView();
const via = new ViaView();
const digest = new DigestView();
const span: Span = { start: 0, end: 0 };

/** Every field that both know. */
export function fieldPairs(message: SipMessageView, strict: StrictMessage): FieldPair[] {
  return [
    ...startLine(message, strict),
    ["Call-ID", message.headerText(HeaderId.CALL_ID), strict.call_id ?? ""],
    ["CSeq", message.cseq < 0 ? "" : String(message.cseq), inRange(strict.cseq ?? -1, 2 ** 31 - 1)],
    ...addressPairs("From", message, HeaderId.FROM, strict.from, strict.from_tag),
    ...addressPairs("To", message, HeaderId.TO, strict.to, strict.to_tag),
    ...viaPairs(message, strict),
    ...contactPairs(message, strict),
    ["Max-Forwards", number(message, HeaderId.MAX_FORWARDS), numeric(strict, "max-forwards")],
    ["Expires", number(message, HeaderId.EXPIRES), numeric(strict, "expires")],
    ["Content-Length", number(message, HeaderId.CONTENT_LENGTH), numeric(strict, "content-length")],
    [
      "Content-Type",
      message.headerText(HeaderId.CONTENT_TYPE),
      strict.getHeader("content-type") ?? "",
    ],
    ...digestPairs(message),
    ["body length", String(message.bodyEnd - message.bodyStart), String(strict.body.length)],
  ];
}

function startLine(message: SipMessageView, strict: StrictMessage): FieldPair[] {
  const cseqMethod = (strict.headers.CSeq?.[0]?.parsed as { method?: string } | undefined)?.method;
  const cseq: FieldPair = [
    "CSeq method",
    SIP_METHOD_NAMES[message.cseqMethod] ?? "",
    methodName(cseqMethod),
  ];
  if (!message.isRequest) {
    return [
      ["status", text(message.statusCode), text(strict.status_code)],
      ["reason", message.text(message.reason), text(strict.reason_phrase)],
      cseq,
    ];
  }
  address.decodeUri(message.bytes, message.uri.start, message.uri.end);
  return [
    ["method", message.text(message.methodSpan), strict.method],
    // jssip takes only sip and sips URIs apart.
    ...(strict.ruri === undefined || strict.ruri.scheme === undefined
      ? []
      : uriPairs("R-URI", message, strict.ruri)),
    cseq,
  ];
}

/** Of what `address` holds. */
function uriPairs(
  name: string,
  message: SipMessageView,
  uri: StrictAddress["uri"] | undefined,
): FieldPair[] {
  const scheme = message.text(address.uri).split(":", 1)[0] ?? "";
  return [
    [`${name} scheme`, scheme.toLowerCase(), text(uri?.scheme)],
    [`${name} user`, unescaped(message.text(address.user)), text(uri?.user)],
    [`${name} host`, message.text(address.host).toLowerCase(), text(uri?.host)],
    [`${name} port`, text(address.port || undefined), text(uri?.port)],
  ];
}

function addressPairs(
  name: string,
  message: SipMessageView,
  header: number,
  strict: StrictAddress | null,
  tag: string | null | undefined,
): FieldPair[] {
  if (!message.value(header, span)) return [[name, "", strict === null ? "" : "there"]];
  address.decode(message.bytes, span.start, span.end);
  return [
    ...uriPairs(name, message, strict?.uri),
    [`${name} tag`, message.text(address.tag), text(tag)],
  ];
}

function viaPairs(message: SipMessageView, strict: StrictMessage): FieldPair[] {
  via.decode(message);
  const lines = strict.getHeaders("via");
  // Of several values in one line jssip keeps the last and counts one.
  const values = lines.flatMap((line) => line.split(OUTSIDE_QUOTES_COMMA));
  const first = strictValue((values[0] ?? "").trim(), "Via") as StrictVia | null;
  return [
    ["Via branch", message.text(via.branch), text(first?.branch)],
    ["Via host", message.text(via.host), text(first?.host)],
    ["Via port", text(via.port || undefined), text(first?.port)],
    ["Via count", String(viaCount(message)), String(values.length)],
  ];
}

function contactPairs(message: SipMessageView, strict: StrictMessage): FieldPair[] {
  const pairs: FieldPair[] = [];
  const contacts = strict.headers.Contact ?? [];
  let count = 0;
  for (let i = message.indexOf(HeaderId.CONTACT); i >= 0; ) {
    const end = message.valueSpans[2 * i + 1] ?? 0;
    for (let at = message.valueSpans[2 * i] ?? 0; at < end; ) {
      const valueEnd = firstValueEnd(message.bytes, at, end);
      address.decode(message.bytes, at, valueEnd);
      const contact = contacts[count++]?.parsed as StrictAddress | undefined;
      pairs.push(...uriPairs("Contact", message, contact?.uri));
      pairs.push(...parameterPairs(message, contact));
      at = valueEnd + 1;
    }
    i = message.indexOf(HeaderId.CONTACT, i + 1);
  }
  pairs.push(["Contact count", String(count), String(contacts.length)]);
  return pairs;
}

function parameterPairs(message: SipMessageView, contact: StrictAddress | undefined): FieldPair[] {
  // jssip's own map of parameters is private; `parameters` of the parsed header is not.
  const own = (contact as unknown as { _parameters?: Record<string, string | null> } | undefined)
    ?._parameters;
  const { start, end } = address.params;
  return Object.entries(own ?? {}).map(([name, value]): FieldPair => {
    const found = parameter(message.bytes, start, end, name.toLowerCase(), span);
    const scanned = found ? message.text(span) : "missing";
    // jssip makes a number of it.
    const isNumber = name === "expires" && /^\d+$/.test(scanned);
    return [`Contact ;${name}`, isNumber ? String(Number(scanned)) : scanned, text(value)];
  });
}

/** jssip has no rule for credentials, but their syntax is that of a challenge (RFC 3261 25.1). */
function digestPairs(message: SipMessageView): FieldPair[] {
  const pairs: FieldPair[] = [];
  for (const header of [
    HeaderId.AUTHORIZATION,
    HeaderId.PROXY_AUTHORIZATION,
    HeaderId.WWW_AUTHENTICATE,
    HeaderId.PROXY_AUTHENTICATE,
  ]) {
    if (!message.value(header, span)) continue;
    const value = message.text(span).replaceAll(/\r?\n[ \t]+/g, " ");
    const parsed = strictValue(value, "WWW_Authenticate") as Record<string, unknown> | null;
    if (parsed === null || !/^digest/i.test(value)) continue;
    digest.decode(message.bytes, span.start, span.end);
    pairs.push(["digest realm", message.text(digest.realm), text(parsed.realm)]);
    pairs.push(["digest nonce", message.text(digest.nonce), text(parsed.nonce)]);
    const isStale = /^true$/i.test(message.text(digest.stale));
    pairs.push(["digest stale", String(isStale), String(parsed.stale === true)]);
  }
  return pairs;
}

function number(message: SipMessageView, header: number): string {
  if (!message.value(header, span)) return "";
  const { start, end } = span;
  const value = parseUint(message.bytes, start, end, NUMBER_MAX);
  return value < 0 ? "" : String(value);
}

function numeric(strict: StrictMessage, name: string): string {
  const value = strict.getHeader(name);
  return value === undefined ? "" : inRange(Number(value), NUMBER_MAX);
}

/** The grammar knows no largest number; the scanner gives none beyond it. */
function inRange(value: number, max: number): string {
  return value >= 0 && value <= max ? String(value) : "";
}

function methodName(method: string | undefined): string {
  return method !== undefined && SIP_METHOD_NAMES.includes(method) ? method : "OTHER";
}

function text(value: unknown): string {
  return value === undefined || value === null ? "" : String(value);
}

/** jssip gives the user without escapes. */
function unescaped(user: string): string {
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}
