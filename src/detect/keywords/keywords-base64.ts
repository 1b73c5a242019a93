import { Base64Decode } from "../payload/base64-decode.ts";
import { BufferId } from "../payload/buffers.ts";
import { RuleError } from "../rules/load-message.ts";
import { flag, type Keyword, type RuleDraft } from "../rules/rule-draft.ts";

/** Suricata's pair: the first decodes a part of the buffer before it, matches behind the second look at the result. */
export const BASE64_KEYWORDS: readonly Keyword[] = [
  {
    name: "base64_decode",
    about: "decode what stands there as base64: [bytes N][, offset N][, relative]",
    value: "optional",
    quotes: "refused",
    isNegatable: false,
    apply(rule, value) {
      const decode = new Base64Decode({ text: value.text, at: value.keywordAt });
      if (decodeOf(rule) !== undefined) {
        throw new RuleError("a rule has one base64_decode", value.keywordAt);
      }
      rule.openSection(value.keywordAt).matches.push(decode);
    },
  },
  {
    ...flag("base64_data", "what base64_decode decoded (sticky buffer)", (rule, value) => {
      if (decodeOf(rule) === undefined) {
        throw new RuleError("base64_data needs a base64_decode before it", value.keywordAt);
      }
      rule.stick(BufferId.BASE64_DATA, value.keywordAt);
    }),
    isBuffer: true,
  },
];

function decodeOf({ sections }: RuleDraft): Base64Decode | undefined {
  return sections.flatMap(({ matches }) => matches).find((match) => match.kind === "base64_decode");
}
