import { printable } from "../eve/eve-text.ts";
import { caseAdvice } from "./case-advice.ts";
import type { CaseBook } from "./case-book.ts";
import { caseStory, caseTitle } from "./case-story.ts";

/** Cases that are told; the rest is counted. */
const TOLD_MAX = 8;
const TEXT_MAX = 400;

/** The cases of a run for people, behind the summary; "" without any. */
export function caseText(book: CaseBook): string {
  const all = book.list();
  if (all.length === 0) return "";
  const lines: string[] = [];
  for (const record of all.slice(0, TOLD_MAX)) {
    const { caseId, severity, stage } = record;
    lines.push("", `Case ${caseId.slice(0, 8)}, severity ${severity}, stage ${stage}`);
    lines.push(`  ${printable(caseTitle(record), TEXT_MAX)}`);
    for (const sentence of caseStory(record)) lines.push(`    ${printable(sentence, TEXT_MAX)}`);
    for (const advice of caseAdvice(record)) lines.push(`  > ${printable(advice, TEXT_MAX)}`);
  }
  const rest = all.length - TOLD_MAX + book.dropped;
  if (rest > 0) lines.push("", `and ${rest} more cases, less grave or later`);
  return `${lines.join("\n")}\n`;
}
