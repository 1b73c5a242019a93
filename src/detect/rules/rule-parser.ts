import { isUtf8 } from "node:buffer";
import { didYouMean, RuleError } from "./load-message.ts";
import { lexHeader, lexOptions, type OptionToken, type Token } from "./rule-lexer.ts";
import { RULE_BYTES_MAX, type RuleLine } from "./rule-lines.ts";

export type RuleAction = "pass" | "drop" | "reject" | "alert";
type RuleDirection = "->" | "<>";

/** A rule as written: what the parser knows without looking into any keyword. */
export interface RuleAst {
  readonly action: RuleAction;
  /** Lower case. */
  readonly protocol: Token;
  readonly src: Token;
  readonly srcPorts: Token;
  readonly direction: RuleDirection;
  readonly dst: Token;
  readonly dstPorts: Token;
  readonly options: readonly OptionToken[];
  readonly line: RuleLine;
}

const ACTIONS: Readonly<Record<string, RuleAction>> = {
  alert: "alert",
  pass: "pass",
  drop: "drop",
  reject: "reject",
  rejectsrc: "reject",
  rejectdst: "reject",
  rejectboth: "reject",
};

/** Of bytes read as Latin-1, where 0x80 to 0x9f belong to letters in UTF-8; tab and ends of lines are no harm. */
const CONTROL_CHARACTER = /[^\P{Cc}\t\r\n\x80-\x9f]/u;

/** A header and the parenthesis behind it: how Snort 3 and formatters break a rule. */
const OPENED_ONLY = /\(\s*$/;
const GOES_ON = "A rule that goes on in the next line has a \\ at the end of this one.";
/** U+00A0 in UTF-8, read as Latin-1: it looks like a blank and comes with text copied from web pages. */
const NO_BREAK_SPACE = "\xc2\xa0";

/** Parses one joined rule; throws `RuleError` with the offset that is to blame. */
export function parseRule(line: RuleLine): RuleAst {
  checkText(line);
  const { text } = line;
  const { tokens, optionsAt } = lexHeader(text);
  if (OPENED_ONLY.test(text)) throw new RuleError(`no rule options. ${GOES_ON}`, text.length);
  const [action, protocol, src, srcPorts, direction, dst, dstPorts, extra] = tokens;
  const parsedAction = parseAction(action ?? { text: "", at: 0 });
  if (
    protocol === undefined ||
    src === undefined ||
    srcPorts === undefined ||
    direction === undefined ||
    dst === undefined ||
    dstPorts === undefined
  ) {
    throw new RuleError(
      "the rule header is incomplete: action protocol source port -> destination port (options)",
      tokens[tokens.length - 1]?.at ?? 0,
    );
  }
  const parsedDirection = parseDirection(direction);
  if (extra !== undefined)
    throw new RuleError(`unexpected "${extra.text}" in the header`, extra.at);
  if (optionsAt >= text.length) throw new RuleError("no rule options.", text.length);
  const options = lexOptions(text, optionsAt);
  if (options.length === 0) throw new RuleError("no rule options.", optionsAt);
  return {
    action: parsedAction,
    protocol: { text: protocol.text.toLowerCase(), at: protocol.at },
    src,
    srcPorts,
    direction: parsedDirection,
    dst,
    dstPorts,
    options,
    line,
  };
}

function checkText(line: RuleLine): void {
  const { text } = line;
  if (line.isOpen) throw new RuleError("the file ends after a continuation backslash", text.length);
  if (text.length > RULE_BYTES_MAX) {
    throw new RuleError(`rule is longer than ${RULE_BYTES_MAX} bytes`, RULE_BYTES_MAX);
  }
  if (!isUtf8(Buffer.from(text, "latin1"))) throw new RuleError("rule is not valid UTF-8", 0);
  const control = text.search(CONTROL_CHARACTER);
  if (control >= 0) throw new RuleError("rule contains invalid (control) characters", control);
}

function parseAction(token: Token): RuleAction {
  const [name = "", scope] = token.text.split(":");
  if (name === "config" || name === "accept") {
    throw new RuleError(`action "${name}" is not for a passive sensor`, token.at);
  }
  // Actions are compared without case, as in Suricata (detect-parse.c).
  const action = ACTIONS[name.toLowerCase()];
  if (action === undefined) {
    if (name.includes(NO_BREAK_SPACE))
      throw new RuleError("a no-break space in the header: write a blank", token.at);
    const hint = didYouMean(name, Object.keys(ACTIONS));
    throw new RuleError(`An invalid action "${name}" was given.${hint}`, token.at);
  }
  if (scope !== undefined && scope !== "packet" && scope !== "flow") {
    throw new RuleError(`invalid action scope "${scope}"`, token.at + name.length + 1);
  }
  return action;
}

function parseDirection(token: Token): RuleDirection {
  if (token.text === "->" || token.text === "<>") return token.text;
  if (token.text === "=>") {
    throw new RuleError('transactional rules ("=>") are not supported; use "->"', token.at);
  }
  throw new RuleError(
    `"${token.text}" is not a valid direction modifier, "->" and "<>" are supported.`,
    token.at,
  );
}
