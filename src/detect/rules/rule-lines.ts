/** Suricata's DETECT_MAX_RULE_SIZE: a joined rule that is longer fails. */
export const RULE_BYTES_MAX = 8192;

interface Segment {
  /** Offset in the joined text at which this physical line starts. */
  readonly at: number;
  readonly line: number;
}

/** One rule, joined from its physical lines. */
export interface RuleLine {
  /** Each byte of the file is one character (latin1), so that offsets are bytes. */
  readonly text: string;
  /** Physical line of the rule's first line, from 1. */
  readonly line: number;
  readonly segments: readonly Segment[];
  /** The file ended after a backslash. */
  readonly isOpen: boolean;
}

export interface RuleLines {
  readonly rules: readonly RuleLine[];
  /** Lines that look like a rule but are skipped because they start with a blank. */
  readonly indented: readonly number[];
}

const LOOKS_LIKE_RULE = /^[ \t]+(?:alert|pass|drop|reject(?:src|dst|both)?)[ \t:].*\(/;

/**
 * Splits a rules file as Suricata does (detect-engine-loader.c): a line whose first character is
 * `#` or blank is skipped; a line that ends in a backslash is continued by the next one, which takes
 * the backslash's place and is not looked at otherwise.
 */
export function ruleLines(content: string): RuleLines {
  const rules: RuleLine[] = [];
  const indented: number[] = [];
  const physical = content.split("\n");
  if (physical[physical.length - 1] === "") physical.pop();
  let text = "";
  let segments: Segment[] = [];
  for (const [index, raw] of physical.entries()) {
    const line = index + 1;
    if (segments.length === 0 && isSkipped(raw)) {
      if (LOOKS_LIKE_RULE.test(raw)) indented.push(line);
      continue;
    }
    segments.push({ at: text.length, line });
    text += raw;
    const trimmed = text.trimEnd();
    if (trimmed.endsWith("\\")) {
      text = trimmed.slice(0, -1);
      continue;
    }
    rules.push({ text: trimmed, line: firstLine(segments), segments, isOpen: false });
    text = "";
    segments = [];
  }
  if (segments.length > 0) {
    rules.push({ text: text.trimEnd(), line: firstLine(segments), segments, isOpen: true });
  }
  return { rules, indented };
}

/** Physical line and column (both from 1) of an offset in the joined text. */
export function positionOf(rule: RuleLine, at: number): { line: number; column: number } {
  let found = rule.segments[0];
  for (const segment of rule.segments) if (segment.at <= at) found = segment;
  if (found === undefined) return { line: rule.line, column: 1 };
  return { line: found.line, column: at - found.at + 1 };
}

function isSkipped(raw: string): boolean {
  const first = raw[0];
  return first === undefined || first === "#" || first === " " || first === "\t" || first === "\r";
}

function firstLine(segments: readonly Segment[]): number {
  return segments[0]?.line ?? 1;
}
