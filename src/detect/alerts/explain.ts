import { EVENT_ROWS } from "../../track/facts/event-kind.ts";
import { baselineWords } from "../baselines/baseline-text.ts";
import type { Ratio } from "../counters/ratio.ts";
import type { Threshold } from "../counters/threshold.ts";
import type { RuleGuide } from "../rules/rule-comments.ts";
import { splitToken } from "../rules/rule-lexer.ts";
import type { Signature } from "../rules/signature.ts";
import { timelineText } from "../timeline.ts";
import { explainBit, explainFlow, explainInt, explainSection } from "./explain-match.ts";

/** What the comments of its file say about a rule. */
export interface RuleNotes {
  readonly guide: RuleGuide | null;
  /** Why the rule has its numbers. */
  readonly comment: string;
}

const NO_NOTES: RuleNotes = { guide: null, comment: "" };

interface Part {
  readonly title: string;
  readonly lines: readonly string[];
  readonly isList?: boolean;
}

/** Says in words what an alert means and what to do, what its rule matches and counts, and on a timeline when it fires. */
export function explainRule(signature: Signature, notes: RuleNotes = NO_NOTES): string {
  const { alert, file, line } = signature;
  const { words, rule } = explainParts(signature, notes);
  const blocks = [...words, ...rule].map(({ title, lines, isList }) =>
    [title, ...lines.map((text) => `  ${isList === true ? "- " : ""}${text}`)].join("\n"),
  );
  const title = `${alert.gid}:${alert.sid} rev ${alert.rev}  ${alert.msg}\n${file}:${line}`;
  return [title, ...blocks].join("\n\n");
}

/** The parts for people, and those about the rule itself; none is empty. */
export function explainParts(
  signature: Signature,
  { guide, comment }: RuleNotes,
): { words: readonly Part[]; rule: readonly Part[] } {
  const some = (parts: readonly Part[]) => parts.filter(({ lines }) => lines.length > 0);
  return {
    words: some([
      { title: "What it means", lines: guide === null ? [] : [guide.means] },
      { title: "How grave it is", lines: guide === null ? [] : [graveness(signature)] },
      { title: "Harmless causes", lines: guide?.harmless ?? [], isList: true },
      { title: "What to check", lines: guide?.check ?? [], isList: true },
      { title: "What to do", lines: guide?.act ?? [], isList: true },
    ]),
    rule: some([
      { title: "Looks at", lines: subject(signature) },
      { title: "Matches when", lines: conditions(signature) },
      { title: "Counts", lines: counting(signature) },
      { title: "Then", lines: consequences(signature) },
      { title: "Why so", lines: comment === "" ? [] : [comment] },
      { title: "Example", lines: example(signature.counter) },
    ]),
  };
}

const SEVERITIES: readonly string[] = [
  "Severity 1: somebody got in, or a call was tampered with and it is proven. Act now.",
  "Severity 2: an attack. Look at it today, and at what came of it.",
  "Severity 3: worth a look; by itself no proof of an attack.",
];

function graveness({ alert }: Signature): string {
  const text =
    SEVERITIES[alert.severity - 1] ??
    `Severity ${alert.severity}: information. It says why nothing else fired, or what the sensor sees.`;
  const [confidence = ""] = alert.metadata.confidence ?? [];
  return confidence === ""
    ? text
    : `${text} Confidence that it is what it says: ${confidence.toLowerCase()}.`;
}

function subject(signature: Signature): string[] {
  const [header = ""] = signature.text.split("(", 1);
  const [, , src = "", srcPorts = "", arrow = "", dst = "", dstPorts = ""] = splitHeader(header);
  const from = `from ${src} port ${srcPorts}`;
  const to = `${arrow === "<>" ? "to or from" : "to"} ${dst} port ${dstPorts}`;
  const what = {
    packet:
      signature.transport === 6 ? "each SIP message over TCP" : `each ${signature.protocol} packet`,
    segment: "each TCP segment",
    message: "each SIP message",
    event: `the fact ${factNames(signature)}`,
  }[signature.scope];
  const lines = [`${what} ${from} ${to}`];
  if (signature.scope === "event") lines.push("source is the offender, destination its victim");
  if (signature.isInert) lines.push("never evaluated: its flow condition is never met here");
  for (const kind of signature.eventKinds) {
    const row = EVENT_ROWS[kind];
    if (row !== undefined) lines.push(`${row.name}: ${row.about}`);
    if (row?.value !== undefined) lines.push(`its value: ${row.value}`);
  }
  return lines;
}

function factNames({ counter, eventNames }: Signature): string {
  const kinds = new Set<number>();
  if (counter?.type === "ratio") {
    for (const side of [counter.numerator, counter.denominator])
      for (const kind of side.kinds) kinds.add(kind);
  } else if (counter?.type === "baseline") {
    for (const kind of counter.sides.flatMap((side) => side.kinds)) kinds.add(kind);
  }
  if (kinds.size === 0) return eventNames.join(" or ");
  return [...kinds].map((kind) => EVENT_ROWS[kind]?.name ?? "").join(" or ");
}

function splitHeader(header: string): string[] {
  const text = header.trim().replace(/\s+/g, " ");
  return splitToken({ text, at: 0 }, " ").map((token) => token.text);
}

function conditions(signature: Signature): string[] {
  const lines: string[] = [];
  if (signature.flow !== null) lines.push(explainFlow(signature.flow));
  if (signature.dsize !== null) lines.push(`the payload is ${signature.dsize} bytes long`);
  if (signature.eventValue !== null) lines.push(`the fact's value is ${signature.eventValue}`);
  lines.push(...signature.sections.flatMap(explainSection));
  lines.push(...signature.conditions.map(({ text }) => text));
  lines.push(...signature.bitTests.map(explainBit));
  lines.push(...signature.intTests.map(explainInt));
  return lines.length === 0 ? ["always"] : lines;
}

function counting({ counter, eventNames }: Signature): string[] {
  if (counter === null) return [];
  const lines = [`per ${counter.track.about} (${counter.track.name})`];
  if (counter.type === "baseline") return [...lines, ...baselineWords(counter, eventNames)];
  lines.push(counter.type === "ratio" ? ratioWords(counter) : thresholdWords(counter));
  if (counter.uniqueOn !== null) {
    lines.push(`distinct values of ${counter.uniqueOn.name}, not matches`);
  }
  if (counter.resetOn.length > 0) {
    const names = counter.resetOn.map((kind) => EVENT_ROWS[kind]?.name ?? "");
    lines.push(`${names.join(" or ")} of the same key forgets the count`);
  }
  if (counter.type !== "ratio" && counter.quietSeconds > 0) {
    lines.push(`after an alert that key stays silent for ${counter.quietSeconds} s`);
  }
  return lines;
}

function thresholdWords({ type, count, seconds, multiplier }: Threshold): string {
  const window = `a window of ${seconds} s, which a match opens`;
  switch (type) {
    case "limit":
      return `alerts on the first ${count} of ${window}`;
    case "threshold":
      return `alerts on every ${count}th of ${window}`;
    case "both":
      return `alerts once, on number ${count} of ${window}`;
    case "detection_filter":
      return `alerts on each after the first ${count} of ${window}`;
    case "backoff":
      return `alerts on number ${count}, then each time the number has grown ${multiplier} times`;
  }
}

function ratioWords({ numerator, denominator, above, min, seconds }: Ratio): string {
  const sides = `[${numerator.text}] is more than ${above} times [${denominator.text}]`;
  return `alerts when ${sides} and at least ${min}, in a sliding window of ${seconds} s, once a window`;
}

function consequences(signature: Signature): string[] {
  const { alert, action } = signature;
  const lines: string[] = [];
  if (action === "pass") lines.push("later rules are not asked about this packet or fact");
  else if (signature.noalert) lines.push("no alert");
  else
    lines.push(
      `alert of severity ${alert.severity}${alert.category === "" ? "" : `, ${alert.category}`}`,
    );
  lines.push(...signature.bitActions.map(explainBit));
  lines.push(...signature.intActions.map(explainInt));
  for (const { track } of signature.suppressions)
    lines.push(`but not for addresses that threshold.config suppresses ${track}`);
  return lines;
}

/** What a baseline says depends on weeks of learning; no line of matches shows that. */
function example(counter: Signature["counter"]): string[] {
  if (counter === null || counter.type === "baseline") return [];
  const what = counter.type === "ratio" ? "numerators and nothing else" : "matches";
  const distinct = counter.uniqueOn === null ? "" : ", each with another value";
  return [
    `${what} of one key at an even pace${distinct} (A alert, . none, s silent):`,
    ...timelineText(counter),
  ];
}
