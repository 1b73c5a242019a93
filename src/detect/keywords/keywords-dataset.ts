import { isAbsolute, join } from "node:path";
import { BUFFERS } from "../payload/buffers.ts";
import { didYouMean, RuleError } from "../rules/load-message.ts";
import type { OptionValue, RuleDraft } from "../rules/rule-draft.ts";
import { splitToken, type Token } from "../rules/rule-lexer.ts";
import { DATASET_TYPES, type DatasetType, isAddressType } from "../site/dataset.ts";
import { DatasetChange, DatasetMatch } from "../site/dataset-match.ts";
import { isHashSize, parseSize } from "../site/list-size.ts";
import type { ListSpec } from "../site-lists.ts";

const COMMANDS = ["isset", "isnotset", "set", "unset"] as const;
const OPTIONS = ["type", "load", "state", "save", "memcap", "hashsize"] as const;
/** Suricata's `dataset` (its user guide, Datasets). */
export function applyDataset(rule: RuleDraft, value: OptionValue): void {
  const { section } = rule;
  if (section === null)
    throw new RuleError(
      "dataset needs a sticky buffer before it, such as sip.from_user",
      value.keywordAt,
    );
  const [first, name, ...rest] = splitToken(value, ",");
  const command = COMMANDS.find((known) => known === first?.text);
  if (command === undefined)
    throw new RuleError(`dataset: ${COMMANDS.join(", ")}, not "${first?.text ?? ""}"`, value.at);
  if (name === undefined || !/^[\w.-]+$/.test(name.text))
    throw new RuleError("dataset needs a name of letters, digits and _", value.at);
  const given = optionsOf(rest);
  const type = typeOf(given.get("type"), value);
  const spec = specOf(rule, given, { type, isChanged: command === "set" || command === "unset" });
  const list = rule.environment.site.lists.list(name, spec);
  const isOfEnds = BUFFERS[section.buffer]?.source === "ends";
  if (isAddressType(list.options.type) !== isOfEnds)
    throw new RuleError(
      "type ip goes with ip.src and ip.dst, other types with other buffers",
      value.at,
    );
  const match =
    command === "set" || command === "unset"
      ? new DatasetChange(list, command)
      : new DatasetMatch(list, command === "isnotset");
  match.isDigest = section.transforms.some(
    ({ name: transform }) => transform === `to_${list.options.type}`,
  );
  section.matches.push(match);
}

function optionsOf(tokens: readonly Token[]): ReadonlyMap<string, Token> {
  const given = new Map<string, Token>();
  for (const { at, text } of tokens) {
    const [, word = "", argument = ""] = /^(\S+)\s+(\S.*)$/.exec(text) ?? [];
    if (!OPTIONS.some((known) => known === word))
      throw new RuleError(
        `unknown dataset option "${text}".${didYouMean(text.split(" ")[0] ?? "", OPTIONS)}`,
        at,
      );
    given.set(word, { text: argument, at });
  }
  return given;
}

function typeOf(token: Token | undefined, value: OptionValue): DatasetType | null {
  if (token === undefined) return null;
  const type = DATASET_TYPES.find((known) => known === token.text);
  if (type === undefined)
    throw new RuleError(`dataset needs a type: ${DATASET_TYPES.join(", ")}`, token.at ?? value.at);
  return type;
}

function specOf(
  rule: RuleDraft,
  given: ReadonlyMap<string, Token>,
  { isChanged, type }: { readonly isChanged: boolean; readonly type: DatasetType | null },
): ListSpec {
  const load = given.get("load");
  const save = given.get("save");
  const state = given.get("state");
  const hashsize = given.get("hashsize");
  if (hashsize !== undefined && !isHashSize(hashsize.text))
    throw new RuleError(`hashsize is a number of buckets, not "${hashsize.text}"`, hashsize.at);
  if (state !== undefined && (load ?? save) !== undefined)
    throw new RuleError(
      "dataset takes state, which is load and save, or these; not both",
      state.at,
    );
  const file = (token: Token | undefined) =>
    token === undefined || isAbsolute(token.text)
      ? (token?.text ?? "")
      : join(rule.environment.folder, token.text);
  return {
    type,
    isChanged,
    load: file(load),
    loadAt: load?.at ?? -1,
    kept: state ?? save ?? null,
    isState: state !== undefined,
    memcap: memcapOf(given.get("memcap")),
  };
}

function memcapOf(token: Token | undefined): number | null {
  if (token === undefined) return null;
  const bytes = parseSize(token.text);
  if (Number.isNaN(bytes))
    throw new RuleError(`memcap is a size such as 16mb, not "${token.text}"`, token.at);
  return bytes;
}
