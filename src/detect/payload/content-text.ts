import { RuleError } from "../rules/load-message.ts";
import type { Token } from "../rules/rule-lexer.ts";

const ESCAPABLE = ':;\\"';

/**
 * Bytes of a content value without its quotes: `|41 0d|` is hex, a backslash stands before one of
 * `: ; \ "` only (detect-content.c DetectContentDataParse).
 */
export function parseContentBytes(token: Token): Uint8Array {
  const { text, at } = token;
  const bytes: number[] = [];
  let i = 0;
  while (i < text.length) {
    if (text[i] === "|") {
      const close = text.indexOf("|", i + 1);
      if (close < 0) {
        throw new RuleError("Invalid hex code assembly in content, an odd number of |", at + i);
      }
      bytes.push(...hexBytes({ text: text.slice(i + 1, close), at: at + i + 1 }));
      i = close + 1;
    } else {
      const { byte, length } = literalByte(text, i, at);
      bytes.push(byte);
      i += length;
    }
  }
  if (bytes.length === 0) throw new RuleError("content holds no bytes", at);
  return Uint8Array.from(bytes);
}

function hexBytes(token: Token): number[] {
  const digits = token.text.replace(/[ ,]/g, "");
  const bad = /[^0-9a-fA-F ,]/.exec(token.text);
  if (bad !== null) {
    throw new RuleError(`Invalid hex code in content - "${bad[0]}"`, token.at + bad.index);
  }
  if (digits.length % 2 !== 0) {
    throw new RuleError("Invalid hex code in content, missing hex digit", token.at);
  }
  return digits.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? [];
}

function literalByte(text: string, i: number, at: number): { byte: number; length: number } {
  const char = text[i] as string;
  if (char === '"') {
    throw new RuleError("Invalid unescaped double quote within content section.", at + i);
  }
  if (char !== "\\") return { byte: char.charCodeAt(0), length: 1 };
  const next = text[i + 1] ?? "";
  if (next === "" || !ESCAPABLE.includes(next)) {
    throw new RuleError(
      `"\\${next}" is no escape: only : ; \\ and " take a backslash, other bytes are written |hex|`,
      at + i,
    );
  }
  return { byte: next.charCodeAt(0), length: 2 };
}
