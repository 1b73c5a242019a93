import { createHash } from "node:crypto";
import { caseAdvice } from "../cases/case-advice.ts";
import { caseTitle } from "../cases/case-story.ts";
import { bytes, clock, count, duration } from "../number-text.ts";
import { costPhrase, costSection } from "./cost-section.ts";
import { Markup, markup } from "./markup.ts";
import type { ReportData } from "./report-data.ts";
import {
  callsSection,
  casesSection,
  mediaSection,
  peopleSection,
  timelineSection,
} from "./report-sections.ts";
import { REPORT_STYLE } from "./report-style.ts";

/**
 * The report of a run as one HTML page that needs nothing beside it: no script, no picture file, no network. What
 * packets said is escaped, and the page's policy (CSP) would let nothing run or load if it were not.
 */
export function reportPage(data: ReportData): string {
  const hash = createHash("sha256").update(REPORT_STYLE).digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const { calls, cases, ladders, plots, summary } = data;
  const { first } = summary.packets;
  const title = `SIP security report${first === null ? "" : ` of ${first.slice(0, 10)}`}`;
  const page = markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title><style>${new Markup(REPORT_STYLE)}</style></head>
<body><header><h1>${title}</h1><p class="soft">${summary.inputs.slice(0, 5).join(", ")}${summary.inputs.length > 5 ? ` and ${summary.inputs.length - 5} more` : ""}${data.sensor === "" ? "" : `, sensor ${data.sensor}`}</p></header>
<main><section><h2>Summary</h2><p class="summary">${sentences(data).map((text) => markup`${text} `)}</p></section>
${timelineSection(cases)}${casesSection(cases, data.casesDropped)}${peopleSection(cases, data.notes)}${callsSection(calls, ladders)}${costSection(data)}${mediaSection(plots)}${unseenSection(data)}</main>
<footer><p>Made by sipsentry ${summary.sipsentry}. Times are UTC.</p></footer></body></html>
`;
  return page.text;
}

/** Five sentences: what was seen, what was found, by whom, what came of it, what to do. */
function sentences(data: ReportData): string[] {
  const { cases, casesDropped, calls, summary } = data;
  const { packets, sip } = summary;
  const seen =
    packets.first === null || packets.last === null
      ? "Nothing was seen."
      : `From ${clock(packets.first)} to ${clock(packets.last)} (${duration(packets.duration_s)}), ${count(packets.total)} packets (${bytes(packets.bytes)}) with ${count(sip.call_ids)} SIP calls and transactions of ${count(summary.hosts)} hosts were looked at.`;
  const [gravest] = cases;
  if (gravest === undefined) {
    return [
      seen,
      "No attack was found in them.",
      "What could not be seen is listed at the end of this page.",
    ];
  }
  const number = cases.length + casesDropped;
  const grave = cases.filter(({ severity }) => severity === 1).length;
  const found = `${number === 1 ? "One attack was" : `${count(number)} attacks were`} found, ${grave === 0 ? "none of the highest severity" : `${count(grave)} of the highest severity`}.`;
  const answered = cases.reduce((sum, one) => sum + (one.calls?.answered ?? 0), 0);
  const us = calls.reduce((sum, call) => sum + call.durationUs, 0);
  const came =
    answered === 0
      ? "No call of an account that was broken into was seen to be answered."
      : `${answered === 1 ? "One call" : `${count(answered)} calls`} of accounts that were broken into ${answered === 1 ? "was" : "were"} answered, ${duration(us / 1e6)} in all, ${costPhrase(data)}.`;
  const [advice = ""] = caseAdvice(gravest);
  return [
    seen,
    found,
    `The gravest: ${caseTitle(gravest)}.`,
    came,
    advice === "" ? "" : `First of all: ${advice}`,
  ];
}

/** What the verdict above does not rest on. */
function unseenSection({ summary }: ReportData): Markup {
  const { alerts, facts, packets, problems, skipped, sip, tables } = summary;
  const lines: string[] = [];
  for (const [reason, n] of Object.entries(skipped))
    if (n > 0) lines.push(`${count(n)} packets were skipped: ${reason}.`);
  if (packets.capture_drops > 0)
    lines.push(
      `${count(packets.capture_drops)} packets were dropped before they could be looked at.`,
    );
  if (sip.malformed > 0) lines.push(`${count(sip.malformed)} SIP messages could not be read.`);
  for (const [name, about] of Object.entries(BLIND)) {
    const n = (facts as Readonly<Record<string, number>>)[name] ?? 0;
    if (n > 0) lines.push(about);
  }
  for (const { capacity, evictions, name } of tables) {
    if (evictions > 0)
      lines.push(
        `The table of ${name} was full at ${count(capacity)}; ${count(evictions)} entries were forgotten.`,
      );
  }
  if (alerts.held_back > 0)
    lines.push(
      `${count(alerts.held_back)} alerts beyond the limits of a minute were only counted.`,
    );
  if (summary.rules_failed > 0)
    lines.push(`${count(summary.rules_failed)} rules could not be loaded.`);
  lines.push(...problems);
  const list =
    lines.length === 0
      ? markup`<p>Nothing is known to be missing.</p>`
      : markup`<ul>${lines.slice(0, 60).map((line) => markup`<li>${line}</li>`)}</ul>`;
  return markup`<section><h2>What was not seen</h2>${list}</section>`;
}

/** Facts that tell of a blind spot. */
const BLIND: Readonly<Record<string, string>> = {
  "sensor.responses_unseen": "Of some servers only requests were seen, not their answers.",
  "sensor.one_way": "Between some hosts only one direction was seen.",
  "sensor.unread":
    "Some SIP was encrypted, in a tunnel that is not known, or cut short, so that it could not be read.",
  "sensor.clock_step": "The times of the capture jump.",
  "sensor.table_full": "Proven entries had to be forgotten because tables were full.",
};
