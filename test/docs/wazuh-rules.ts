/** As much of Wazuh's rule engine as docs/wazuh.md needs: rules, their parents, fields by PCRE. */

export interface WazuhRule {
  readonly id: string;
  readonly level: number;
  readonly parent: string;
  readonly fields: readonly { readonly name: string; readonly pattern: RegExp }[];
  readonly description: string;
}

/** Wazuh's own rules that ours hang on (ruleset/rules/0475-suricata_rules.xml). */
const BUILT_IN = `
<rule id="86600" level="0"><field name="timestamp" type="pcre2">.+</field><field name="event_type" type="pcre2">.+</field><description>Suricata messages.</description></rule>
<rule id="86601" level="3"><if_sid>86600</if_sid><field name="event_type" type="pcre2">^alert$</field><description>Suricata: Alert - $(alert.signature).</description></rule>`;

export function wazuhRules(xml: string): WazuhRule[] {
  return [...(BUILT_IN + xml).matchAll(/<rule id="(\d+)" level="(\d+)">([\s\S]*?)<\/rule>/g)].map(
    ([, id = "", level, body = ""]) => ({
      id,
      level: Number(level),
      parent: /<if_sid>(\d+)</.exec(body)?.[1] ?? "",
      fields: [...body.matchAll(/<field name="([^"]+)" type="pcre2">([^<]+)</g)].map(
        ([, name = "", pattern = ""]) => ({ name, pattern: new RegExp(pattern) }),
      ),
      description: /<description>([^<]*)</.exec(body)?.[1] ?? "",
    }),
  );
}

/** The rule that an event ends at: the last of a chain in which each one matches; null when there is none. */
export function firedRule(
  rules: readonly WazuhRule[],
  textOf: (field: string) => string,
): WazuhRule | null {
  let fired: WazuhRule | null = null;
  for (;;) {
    const children: WazuhRule[] = rules.filter(({ parent }) => parent === (fired?.id ?? ""));
    // Of siblings, those of the highest level come first.
    const next = [...children]
      .sort((a, b) => b.level - a.level)
      .find(({ fields }) => fields.every(({ name, pattern }) => pattern.test(textOf(name))));
    if (next === undefined) return fired;
    fired = next;
  }
}
