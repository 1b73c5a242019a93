import { TRANSFORM_KEYWORDS } from "../payload/transforms.ts";
import { didYouMean, RuleError } from "../rules/load-message.ts";
import type { Keyword, OptionValue, RuleDraft } from "../rules/rule-draft.ts";
import type { OptionToken, Token } from "../rules/rule-lexer.ts";
import { BASE64_KEYWORDS } from "./keywords-base64.ts";
import { CONTENT_KEYWORDS } from "./keywords-content.ts";
import { COUNT_KEYWORDS } from "./keywords-count.ts";
import { FLOW_KEYWORDS } from "./keywords-flow.ts";
import { META_KEYWORDS } from "./keywords-meta.ts";
import { PACKET_KEYWORDS } from "./keywords-packet.ts";
import { SITE_KEYWORDS } from "./keywords-site.ts";
import { SNORT_KEYWORDS } from "./keywords-snort.ts";
import { STATE_KEYWORDS } from "./keywords-state.ts";

/** Every keyword of the rule language, by name. */
const KEYWORDS: ReadonlyMap<string, Keyword> = new Map(
  [
    ...META_KEYWORDS,
    ...CONTENT_KEYWORDS,
    ...BASE64_KEYWORDS,
    ...TRANSFORM_KEYWORDS,
    ...PACKET_KEYWORDS,
    ...FLOW_KEYWORDS,
    ...STATE_KEYWORDS,
    ...COUNT_KEYWORDS,
    ...SITE_KEYWORDS,
    ...SNORT_KEYWORDS,
  ].map((keyword) => [keyword.name, keyword]),
);

export function isKeyword(name: string): boolean {
  return KEYWORDS.has(name);
}

/** Suricata's keywords that are known and not there: their rules fail with a reason, not a riddle. */
const UNSUPPORTED: ReadonlySet<string> = new Set(
  `pcrexform flowvar lua luajit datarep entropy filestore filename
  fileext filemagic filemd5 filesha1 filesha256 filesize file.data file.name file.magic
  ipopts fragbits fragoffset ipv4.hdr ipv6.hdr tcp.hdr tcp.mss
  udp.hdr icmpv4.hdr icmpv6.hdr icmpv6.mtu replace
  decode-event stream-event engine-event stream_size rpc prefilter uricontent urilen
  http_uri http_method http_header http_cookie http_user_agent http_client_body http_stat_code
  config bypass`.split(/\s+/),
);

const UNSUPPORTED_FAMILIES =
  /^(http|http2|dns|tls|ssl|ssh|smb|dcerpc|ftp|ftpdata|smtp|email|mqtt|nfs|krb5|snmp|ike|quic|rfb|dhcp|ja3|ja4|ja3s|modbus|dnp3|enip|cip|ntp|pgsql|sctp|arp|igmp|ether|websocket|ldap|mdns|stream|file|flow|cert|template)[._]/;

/** Applies one option to the rule: looks the keyword up and checks the form of its value. */
export function applyOption(rule: RuleDraft, option: OptionToken): void {
  const { name, value } = option;
  const keyword = KEYWORDS.get(name.text);
  if (keyword === undefined) throw unknownKeyword(name);
  const text = value?.text ?? "";
  if (keyword.value === "none" && value !== null) {
    throw new RuleError(`"${name.text}" takes no value, but "${text}" was given`, value.at);
  }
  if (keyword.value === "required" && text === "") {
    throw new RuleError(
      `invalid formatting or malformed option to ${name.text} keyword: no value`,
      name.at,
    );
  }
  keyword.apply(rule, optionValue(keyword, name, value ?? { text: "", at: name.at }));
  if (keyword.isBuffer !== true) rule.leaveBuffer();
}

function unknownKeyword(name: Token): RuleError {
  if (UNSUPPORTED.has(name.text) || UNSUPPORTED_FAMILIES.test(name.text)) {
    return new RuleError(`rule keyword '${name.text}' is not supported by this program.`, name.at);
  }
  const hint = didYouMean(name.text, KEYWORDS.keys());
  return new RuleError(`unknown rule keyword '${name.text}'.${hint}`, name.at);
}

/** U+201C to U+201F in UTF-8, read as Latin-1. */
const TYPOGRAPHIC_QUOTE = /^\xe2\x80[\x9c-\x9f]/;
/** `content:"x", depth 5`, which is Snort 3's. */
const SNORT_3_MODIFIERS = /^".*"\s*,\s*[a-z]/s;

/** What a value has in place of plain quotes around it, as the end of a message; "" when that shows by itself. */
function quotesHint(text: string): string {
  if (TYPOGRAPHIC_QUOTE.test(text)) return ", with plain quotes, not typographic ones";
  if (SNORT_3_MODIFIERS.test(text))
    return '; modifiers are options of their own, as in content:"x"; depth:5; (not Snort 3\'s form)';
  return "";
}

function optionValue(keyword: Keyword, name: Token, token: Token): OptionValue {
  let { text, at } = token;
  let isNegated = false;
  if (keyword.isNegatable && text.startsWith("!")) {
    isNegated = true;
    const rest = text.slice(1).trimStart();
    at += text.length - rest.length;
    text = rest;
  }
  const isQuoted = text.startsWith('"') && text.endsWith('"') && text.length > 1;
  if (isQuoted && keyword.quotes === "refused") {
    throw new RuleError(`quotes on ${name.text} keyword that doesn't support them: ${text}`, at);
  }
  if (!isQuoted && keyword.quotes === "required") {
    throw new RuleError(
      `invalid formatting to ${name.text} keyword: value must be double quoted${quotesHint(text)}`,
      at,
    );
  }
  if (isQuoted) {
    text = text.slice(1, -1);
    at += 1;
  }
  return { text, at, isNegated, keywordAt: name.at };
}
