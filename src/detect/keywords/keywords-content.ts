import { BUFFERS, BufferId, FRAME } from "../payload/buffers.ts";
import { ByteJump, ByteTest, DataAt } from "../payload/byte-match.ts";
import { parseInteger } from "../payload/byte-read.ts";
import { ByteExtract, ByteMath, Operand } from "../payload/byte-variables.ts";
import { parseContentBytes } from "../payload/content-text.ts";
import { parseSizeCondition } from "../payload/size-condition.ts";
import { PcreMatch } from "../pcre/pcre.ts";
import { didYouMean, RuleError } from "../rules/load-message.ts";
import {
  ContentDraft,
  type ContentModifier,
  flag,
  type Keyword,
  type OptionValue,
  parseCount,
  plain,
  type RuleDraft,
} from "../rules/rule-draft.ts";
import { splitToken } from "../rules/rule-lexer.ts";

const POSITION_MAX = 65_535;

/** `offset`, `depth`, `distance`, `within`: a number that modifies the content before it. */
function modifier(name: ContentModifier, about: string, isSigned: boolean): Keyword {
  return plain(name, about, (rule, value) => {
    const content = rule.lastContent(name, value.keywordAt);
    if (content[name] !== null)
      throw new RuleError(`can't use multiple ${name}s for the same content`, value.keywordAt);
    if (/^[A-Za-z_]/.test(value.text)) {
      content.variables[name] = new Operand(value, rule.variables, name);
      content[name] = name === "depth" || name === "within" ? content.bytes.length : 0;
      return;
    }
    const number = parseInteger(value);
    if (number > POSITION_MAX || number < (isSigned ? -POSITION_MAX : 0)) {
      throw new RuleError(
        `${name} is ${isSigned ? -POSITION_MAX : 0} to ${POSITION_MAX}`,
        value.at,
      );
    }
    content[name] = number;
  });
}

function stickyBuffers(): Keyword[] {
  return BUFFERS.flatMap((row, buffer) =>
    row.names
      .filter((name) => row.source !== "decoded" && !name.startsWith(FRAME))
      .map((name) => ({
        ...flag(name, `${row.about} (sticky buffer)`, (rule, value) => {
          rule.stick(buffer, value.keywordAt);
        }),
        isBuffer: true,
      })),
  );
}

const FRAMES: ReadonlyMap<string, number> = new Map(
  BUFFERS.flatMap(({ names: [name = ""] }, buffer) =>
    name.startsWith(FRAME) ? [[name.slice(FRAME.length), buffer] as const] : [],
  ),
);

/** The protocol may be left out where the rule is about it. */
function applyFrame(rule: RuleDraft, value: OptionValue): void {
  const name = value.text.startsWith("sip.") ? value.text : `sip.${value.text}`;
  const buffer = FRAMES.get(name);
  if (buffer === undefined) {
    throw new RuleError(
      `frame "${value.text}" is not known.${didYouMean(name, FRAMES.keys())}`,
      value.at,
    );
  }
  if (name !== value.text && rule.ast.protocol.text !== "sip") {
    throw new RuleError(`frame "${value.text}" needs its protocol here: ${name}`, value.at);
  }
  rule.stick(buffer, value.keywordAt);
}

export const CONTENT_KEYWORDS: readonly Keyword[] = [
  {
    name: "content",
    about: "bytes that must (or with ! must not) be there",
    value: "required",
    quotes: "required",
    isNegatable: true,
    apply(rule, value) {
      const draft = new ContentDraft(parseContentBytes(value), value.isNegated, value.keywordAt);
      rule.openSection(value.keywordAt).matches.push(draft);
    },
  },
  flag("nocase", "the content before it matches in any case (ASCII)", (rule, value) => {
    rule.lastContent("nocase", value.keywordAt).nocase = true;
  }),
  modifier("offset", "the content before it starts at this byte or later", false),
  modifier("depth", "the content before it lies in so many bytes from its offset", false),
  modifier("distance", "the content before it starts so many bytes after the last match", true),
  modifier("within", "the content before it ends so many bytes after the last match", false),
  flag("startswith", "the content before it is at the start", (rule, value) => {
    rule.lastContent("startswith", value.keywordAt).startsWith = true;
  }),
  flag("endswith", "the content before it is at the end", (rule, value) => {
    rule.lastContent("endswith", value.keywordAt).endsWith = true;
  }),
  flag("rawbytes", "no effect: content is raw bytes", (rule, value) => {
    rule.lastContent("rawbytes", value.keywordAt).rawbytes = true;
  }),
  {
    name: "fast_pattern",
    about: "look the rule up by the content before it; never changes what matches",
    value: "optional",
    quotes: "refused",
    isNegatable: false,
    apply: applyFastPattern,
  },
  {
    name: "pcre",
    about: 'regular expression "/re/flags", in linear time',
    value: "required",
    quotes: "optional",
    isNegatable: true,
    apply(rule, value) {
      const section = rule.openSection(value.keywordAt);
      const match = new PcreMatch(value, value.isNegated);
      if (match.isRaw && section.buffer !== BufferId.PAYLOAD) {
        throw new RuleError("pcre flag B (raw bytes) does not go with a sticky buffer", value.at);
      }
      for (const { text, at } of match.warnings) rule.warn(text, at);
      section.matches.push(match);
    },
  },
  plain("isdataat", "data exists (or with ! does not) at a position", (rule, value) => {
    rule.openSection(value.keywordAt).matches.push(new DataAt(value, rule.variables));
  }),
  plain("byte_test", "compare a number in the data", (rule, value) => {
    rule.openSection(value.keywordAt).matches.push(new ByteTest(value, rule.variables));
  }),
  plain("byte_jump", "move on by a number in the data", (rule, value) => {
    rule.openSection(value.keywordAt).matches.push(new ByteJump(value, rule.variables));
  }),
  plain("byte_extract", "read a number that later options name", (rule, value) => {
    rule.openSection(value.keywordAt).matches.push(new ByteExtract(value, rule.variables));
  }),
  plain("byte_math", "calculate with a number in the data, for later options", (rule, value) => {
    rule.openSection(value.keywordAt).matches.push(new ByteMath(value, rule.variables));
  }),
  plain("bsize", "size of the sticky buffer before it", (rule, value) => {
    const { section } = rule;
    if (section === null || section.buffer === BufferId.PAYLOAD) {
      throw new RuleError("bsize needs a sticky buffer before it", value.keywordAt);
    }
    if (section.bsize !== null) throw new RuleError("bsize is given twice", value.keywordAt);
    section.bsize = parseSizeCondition(value);
  }),
  plain("dsize", "size of the datagram's payload", (rule, value) => {
    if (rule.dsize !== null)
      throw new RuleError("Can't use 2 or more dsizes in the same sig.", value.keywordAt);
    rule.dsize = parseSizeCondition(value);
  }),
  {
    name: "absent",
    about: "the sticky buffer before it is missing; or_else: or it matches what follows",
    value: "optional",
    quotes: "refused",
    isNegatable: false,
    apply: applyAbsent,
  },
  ...stickyBuffers(),
  {
    ...plain(
      "frame",
      "a part of the message: frame:sip.request.headers (sticky buffer)",
      applyFrame,
    ),
    isBuffer: true,
  },
];

function applyAbsent(rule: RuleDraft, value: OptionValue): void {
  const { section } = rule;
  if (section === null || section.buffer === BufferId.PAYLOAD) {
    throw new RuleError("absent needs a sticky buffer before it", value.keywordAt);
  }
  if (!section.isEmpty)
    throw new RuleError("absent stands right after its buffer", value.keywordAt);
  if (value.text !== "" && value.text !== "or_else") {
    throw new RuleError(`absent takes nothing or or_else, not "${value.text}"`, value.at);
  }
  section.absent = value.text === "" ? "only" : "or_else";
}

function applyFastPattern(rule: RuleDraft, value: OptionValue): void {
  const content = rule.lastContent("fast_pattern", value.keywordAt);
  const others = rule.sections.flatMap(({ matches }) => matches);
  if (others.some((match) => match.kind === "content" && match.fastPattern !== "no")) {
    throw new RuleError("can't use multiple fast_patterns in one rule", value.keywordAt);
  }
  if (value.text !== "" && value.text !== "only") {
    const [offset, length] = splitToken(value, ",");
    const end =
      parseCount(offset ?? value, "fast_pattern offset", 0) +
      parseCount(length ?? value, "fast_pattern length", 1);
    if (end > content.bytes.length) {
      throw new RuleError("fast_pattern offset and length lie outside the content", value.at);
    }
  }
  content.fastPattern = value.text === "only" ? "only" : "yes";
}
