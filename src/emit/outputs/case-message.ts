import { EveRecord, rfc3339 } from "./eve-record.ts";

const UNSAFE = /[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A case record as messages to people need it: plain text without what steers or hides text. */
export interface CaseMessage {
  readonly id: string;
  readonly isClosed: boolean;
  readonly head: string;
  readonly title: string;
  readonly story: readonly string[];
  readonly advice: readonly string[];
  readonly severity: number;
  readonly stage: string;
  readonly time: string;
  readonly sensor: string;
  readonly source: string;
}

/** Null for a line that is no record. */
export function caseMessage(line: string): CaseMessage | null {
  const eve = EveRecord.parse(line);
  return eve === null ? null : messageOf(eve);
}

/** The message as lines of plain text, which mail and Matrix show as they are. */
export function caseLines({
  advice,
  head,
  id,
  sensor,
  stage,
  story,
  title,
}: CaseMessage): string[] {
  const todo = advice.length > 0 ? ["", "What to do:", ...advice.map((line) => `- ${line}`)] : [];
  const told = story.length > 0 ? ["", ...story] : [];
  return [head, title, ...told, ...todo, "", `${sensor}, stage ${stage}, case ${id}`];
}

function messageOf(eve: EveRecord): CaseMessage {
  const state = eve.text("case", "state");
  const severity = eve.number("case", "severity") ?? 0;
  return {
    id: eve.text("case", "id"),
    isClosed: state === "closed",
    head: `Case ${state}, severity ${severity}`,
    title: plain(eve.text("case", "title")),
    story: eve.texts("case", "story").map(plain),
    advice: eve.texts("case", "advice").map(plain),
    severity,
    stage: eve.text("case", "stage"),
    time: rfc3339(eve.text("timestamp")),
    sensor: plain(eve.text("host")) || "sipsentry",
    source: plain(eve.text("src_ip")),
  };
}

function plain(text: string): string {
  return text.replace(UNSAFE, "?");
}

/** At most `max` characters; what is longer ends in `...`. */
export function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 3)}...`;
}
