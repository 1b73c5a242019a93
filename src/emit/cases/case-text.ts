import { printable } from "../eve/eve-text.ts";
import { wrapped } from "../watch/cell-text.ts";
import { caseAdvice } from "./case-advice.ts";
import type { CaseBook } from "./case-book.ts";
import { caseStory, caseTitle } from "./case-story.ts";

/** Cases that are told; the rest is counted. */
const TOLD_MAX = 8;
const TEXT_MAX = 400;

/** The cases of a run for people, behind the summary; "" without any. `width` of the terminal in cells, 0 for none. */
export function caseText(book: CaseBook, width = 0): string {
  const all = book.list();
  if (all.length === 0) return "";
  const lines: string[] = [];
  const add = (text: string, indent: string) => {
    const said = printable(text, TEXT_MAX);
    lines.push(...(width > 0 ? wrapped(said, width, indent) : [indent + said]));
  };
  for (const record of all.slice(0, TOLD_MAX)) {
    const { caseId, severity, stage } = record;
    lines.push("", `Case ${caseId.slice(0, 8)}, severity ${severity}, stage ${stage}`);
    add(caseTitle(record), "  ");
    for (const sentence of caseStory(record)) add(sentence, "    ");
    for (const advice of caseAdvice(record)) add(`> ${advice}`, "  ");
  }
  const rest = all.length - TOLD_MAX + book.dropped;
  if (rest > 0) lines.push("", `and ${rest} more cases, less grave or later`);
  return `${lines.join("\n")}\n`;
}
