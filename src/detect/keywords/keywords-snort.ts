import { SIP_METHOD_NAMES, SipMethod } from "../../decode/sip/methods.ts";
import { RuleError } from "../rules/load-message.ts";
import { type Keyword, type OptionValue, plain, type RuleDraft } from "../rules/rule-draft.ts";
import { splitToken } from "../rules/rule-lexer.ts";

/** Snort's keywords for SIP (Snort 3 manual, `sip_method`, `sip_stat_code`), so that its community rules load. */
export const SNORT_KEYWORDS: readonly Keyword[] = [
  plain(
    "sip_method",
    "method of a SIP request, as in Snort: invite, cancel or !invite",
    applyMethod,
  ),
  plain(
    "sip_stat_code",
    "status of a SIP response, as in Snort: 200, 404 or 4 for all 4xx",
    applyStatus,
  ),
];

function applyMethod(rule: RuleDraft, value: OptionValue): void {
  const parts = splitToken(value, ",");
  const isNegated = parts.some(({ text }) => text.startsWith("!"));
  if (isNegated && parts.length > 1)
    throw new RuleError("sip_method takes methods, or one with ! before it", value.at);
  const names = parts.map(({ at, text }) => {
    const name = text.replace(/^!\s*/, "").toUpperCase();
    if (!/^[A-Z][A-Z0-9.-]{0,31}$/.test(name))
      throw new RuleError(`"${text}" is no SIP method`, at);
    return name;
  });
  const known = new Set<number>(names.map((name) => SIP_METHOD_NAMES.indexOf(name)));
  known.delete(-1);
  const others = new Set(names.filter((name) => !SIP_METHOD_NAMES.includes(name)));
  known.delete(SipMethod.OTHER);
  const listed = names.join(isNegated ? "" : " or ");
  rule.conditions.push({
    text: `the method of the request is ${isNegated ? "not " : ""}${listed}`,
    holds: ({ sip }) => {
      if (sip === null || !sip.isRequest) return false;
      const isOther = sip.method === SipMethod.OTHER && others.size > 0;
      const isListed = isOther
        ? others.has(sip.text(sip.methodSpan).toUpperCase())
        : known.has(sip.method);
      return isListed !== isNegated;
    },
  });
}

function applyStatus(rule: RuleDraft, value: OptionValue): void {
  const codes = splitToken(value, ",").map(({ at, text }) => {
    if (!/^[1-9](\d\d)?$/.test(text))
      throw new RuleError(`"${text}" is neither a status code nor the first digit of some`, at);
    return Number(text);
  });
  const wanted = new Set(codes);
  rule.conditions.push({
    text: `the status of the response is ${codes.map((code) => (code < 10 ? `${code}xx` : code)).join(" or ")}`,
    holds: ({ sip }) => {
      if (sip === null || sip.isRequest || sip.statusCode === 0) return false;
      return wanted.has(sip.statusCode) || wanted.has(Math.floor(sip.statusCode / 100));
    },
  });
}
