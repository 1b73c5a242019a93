import { RuleError } from "./load-message.ts";

/** A piece of rule text with the offset at which it starts in the joined rule. */
export interface Token {
  readonly text: string;
  readonly at: number;
}

const BLANKS = " \t\r\n";

function isBlankChar(char: string | undefined): boolean {
  return char !== undefined && char !== "" && BLANKS.includes(char);
}

/** The trimmed part of `text` as a token; `at` is the offset of `text` itself. */
export function trimToken(text: string, at: number): Token {
  let start = 0;
  let end = text.length;
  while (start < end && isBlankChar(text[start])) start++;
  while (end > start && isBlankChar(text[end - 1])) end--;
  return { text: text.slice(start, end), at: at + start };
}

/** Splits at a separator outside brackets and trims the parts; the parts keep their offsets. */
export function splitToken(token: Token, separator: string): Token[] {
  if (!/[[\]]/.test(token.text)) return splitPlain(token, separator);
  const parts: Token[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= token.text.length; i++) {
    const char = token.text[i];
    if (char === "[") depth++;
    else if (char === "]") depth--;
    if (i === token.text.length || (char === separator && depth === 0)) {
      parts.push(trimToken(token.text.slice(start, i), token.at + start));
      start = i + 1;
    }
  }
  return parts;
}

/** Without brackets. Rule files are long, and looking at each letter takes a start as long as all the rest of it. */
function splitPlain({ text, at }: Token, separator: string): Token[] {
  const parts: Token[] = [];
  let start = 0;
  for (const part of text.split(separator)) {
    parts.push(trimToken(part, at + start));
    start += part.length + separator.length;
  }
  return parts;
}

/**
 * Tokens of the header, split on blanks outside brackets, and the offset at which the options begin
 * (the length of the text when there are none).
 */
export function lexHeader(text: string): { tokens: Token[]; optionsAt: number } {
  const tokens: Token[] = [];
  let depth = 0;
  let start = -1;
  let at = 0;
  for (; at < text.length; at++) {
    const char = text[at] as string;
    if (char === "(" && depth === 0) break;
    if (char === "[") depth++;
    if (char === "]") depth--;
    if (isBlankChar(char) && depth === 0) {
      if (start >= 0) tokens.push({ text: text.slice(start, at), at: start });
      start = -1;
    } else if (start < 0) {
      start = at;
    }
  }
  if (start >= 0) tokens.push({ text: text.slice(start, at), at: start });
  return { tokens, optionsAt: at };
}

export interface OptionToken {
  readonly name: Token;
  /** Text after the first colon, trimmed; null when there is no colon. */
  readonly value: Token | null;
}

/**
 * Options between the parentheses. A `;` separates unless a backslash precedes it: quotes do not
 * protect it (detect-parse.c SigParseOptions).
 */
export function lexOptions(text: string, optionsAt: number): OptionToken[] {
  let start = optionsAt;
  let end = text.length;
  while (start < end && (text[start] === "(" || isBlankChar(text[start]))) start++;
  while (end > start && (text[end - 1] === ")" || isBlankChar(text[end - 1]))) end--;
  const options: OptionToken[] = [];
  while (start < end) {
    let stop = text.indexOf(";", start);
    while (stop >= 0 && text[stop - 1] === "\\") stop = text.indexOf(";", stop + 1);
    if (stop < 0 || stop >= end) {
      throw new RuleError('no terminating ";" found', trimToken(text.slice(start, end), start).at);
    }
    const option = lexOption(text.slice(start, stop), start);
    if (option.name.text === "") throw new RuleError("empty rule option", option.name.at);
    options.push(option);
    start = stop + 1;
    while (start < end && isBlankChar(text[start])) start++;
  }
  return options;
}

function lexOption(text: string, at: number): OptionToken {
  const colon = text.indexOf(":");
  if (colon < 0) return { name: trimToken(text, at), value: null };
  return {
    name: trimToken(text.slice(0, colon), at),
    value: trimToken(text.slice(colon + 1), at + colon + 1),
  };
}
