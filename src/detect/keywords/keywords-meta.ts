import { didYouMean, RuleError } from "../rules/load-message.ts";
import {
  flag,
  type Keyword,
  type OptionValue,
  parseCount,
  plain,
  type RuleDraft,
} from "../rules/rule-draft.ts";
import { splitToken } from "../rules/rule-lexer.ts";

function utf8(latin1: string): string {
  return Buffer.from(latin1, "latin1").toString("utf8");
}

function once(isSet: boolean, keyword: string, value: OptionValue): void {
  if (isSet) throw new RuleError(`"${keyword}" is given twice`, value.keywordAt);
}

export const META_KEYWORDS: readonly Keyword[] = [
  {
    name: "msg",
    about: "text of the alert",
    value: "required",
    quotes: "required",
    isNegatable: false,
    apply(rule, value) {
      once(rule.msg !== null, "msg", value);
      rule.msg = utf8(value.text.replace(/\\(.)/gs, "$1"));
    },
  },
  plain("sid", "number of the rule, above 0", (rule, value) => {
    once(rule.sid !== null, "sid", value);
    rule.sid = parseCount(value, "sid", 1);
  }),
  plain("gid", "group of the rule; 1 unless given", (rule, value) => {
    rule.gid = parseCount(value, "gid", 1);
  }),
  plain("rev", "revision of the rule", (rule, value) => {
    once(rule.rev !== null, "rev", value);
    rule.rev = parseCount(value, "rev", 1);
  }),
  plain("classtype", "class of classification.config: category and priority", (rule, value) => {
    once(rule.classtype !== null, "classtype", value);
    rule.classtype = value.text.toLowerCase();
    const { classes } = rule.environment;
    if (!classes.has(rule.classtype)) {
      const hint = didYouMean(rule.classtype, classes.keys());
      rule.warn(
        `unknown classtype: "${value.text}", using priority 3 and no category.${hint} rules.classification names a file of your own`,
        value.at,
      );
    }
  }),
  plain("priority", "severity, 1 is the highest; wins over classtype", (rule, value) => {
    const priority = parseCount(value, "priority", 1);
    if (priority > 255) throw new RuleError("priority is 1 to 255", value.at);
    rule.priority = Math.min(priority, rule.priority ?? priority);
  }),
  plain("reference", "where to read more: type,value", (rule, value) => {
    const comma = value.text.indexOf(",");
    const type = value.text.slice(0, comma).trim().toLowerCase();
    const text = utf8(value.text.slice(comma + 1).trim());
    if (comma < 0 || text === "") throw new RuleError("reference is type,value", value.at);
    const prefix = rule.environment.referencePrefixes.get(type);
    if (prefix === undefined)
      rule.warn(
        `unknown reference type "${type}": rules.references names a reference.config of your own`,
        value.at,
      );
    else rule.references.push(/^https?:\/\//.test(text) ? text : prefix + text);
  }),
  plain("metadata", "key value pairs, comma separated; repeatable", (rule, value) => {
    for (const { text } of splitToken(value, ",")) {
      const match = /^(\S+)\s+(.+)$/s.exec(text);
      if (match === null) continue;
      const key = utf8(match[1] as string);
      const values = rule.metadata.get(key) ?? [];
      values.push(utf8(match[2] as string));
      rule.metadata.set(key, values);
    }
  }),
  plain("target", "which end is the victim: src_ip or dest_ip", (rule, value) => {
    once(rule.target !== null, "target", value);
    if (value.text !== "src_ip" && value.text !== "dest_ip") {
      throw new RuleError(`target is src_ip or dest_ip, not "${value.text}"`, value.at);
    }
    rule.target = value.text;
  }),
  flag("noalert", "the rule only sets state", (rule) => {
    rule.noalert = true;
  }),
  flag("alert", "the opposite of noalert; no effect", () => {}),
  plain("requires", "skip the rule unless version, feature or keyword is there", () => {
    // Looked at before all other options: see `checkRequires`.
  }),
];

/** Metadata as EVE shows it: keys sorted without case. */
export function sortedMetadata(rule: RuleDraft): Record<string, readonly string[]> {
  const keys = [...rule.metadata.keys()].sort((a, b) => {
    const [x, y] = [a.toLowerCase(), b.toLowerCase()];
    return x < y ? -1 : x > y ? 1 : 0;
  });
  return Object.fromEntries(keys.map((key) => [key, rule.metadata.get(key) ?? []]));
}
