import type { CaseRecord } from "../../detect/cases/case-record.ts";
import type { CallStream } from "../../track/call-records/call-record.ts";
import { moneyText } from "../../track/numbers/call-costs.ts";
import { addressText } from "../addresses/address-text.ts";
import { caseAdvice } from "../cases/case-advice.ts";
import { caseStory, caseTitle } from "../cases/case-story.ts";
import { eveTime } from "../eve/eve-header.ts";
import { count, duration } from "../number-text.ts";
import { countryText, type NumberedCall } from "../phone-numbers.ts";
import { ladderPicture } from "./ladder-picture.ts";
import { Markup, markup } from "./markup.ts";
import type { CallLadder, ReportData } from "./report-data.ts";
import { rtpPicture } from "./rtp-picture.ts";
import type { RtpPlot } from "./rtp-recorder.ts";
import { timelinePicture } from "./timeline-picture.ts";

const CASES_MAX = 40;
const FORGERS_MAX = 50;
const CALLS_MAX = 300;
const STEPS_MAX = 24;
/** Marks a head over numbers, which stand at the right. */
const NUMBER = ">";
const US_PER_S = 1e6;
const STAGES: Readonly<Record<string, string>> = {
  scan: "looked around",
  walk: "searched for accounts or ways out",
  guess: "guessed passwords, or weak signs of more",
  in: "got into an account",
  use: "used what it got into",
  damage: "did damage",
};

/** `2026-11-21 02:57:46` */
function when(timeUs: number): string {
  return timeUs > 0 ? eveTime(timeUs).slice(0, 19).replace("T", " ") : "";
}

/** A table or picture that may be wider than the page can be scrolled, also from the keyboard. */
export function wide(label: string, content: Markup): Markup {
  return markup`<div class="wide" role="region" tabindex="0" aria-label="${label}">${content}</div>`;
}

export function table(heads: readonly string[], rows: readonly Markup[]): Markup {
  const cells = heads.map((head) =>
    head.startsWith(NUMBER)
      ? markup`<th scope="col" class="n">${head.slice(NUMBER.length)}</th>`
      : markup`<th scope="col">${head}</th>`,
  );
  return markup`<table><thead><tr>${cells}</tr></thead><tbody>${rows}</tbody></table>`;
}

export function timelineSection(cases: readonly CaseRecord[]): Markup {
  if (cases.length === 0) return new Markup("");
  return markup`<section><h2>Timeline</h2>
<p class="soft">A bar is a case from its first to its last sign, a stroke where one of its rules began to match. Times are UTC.</p>
${wide("Timeline of cases", timelinePicture(cases))}</section>`;
}

export function casesSection(cases: readonly CaseRecord[], dropped: number): Markup {
  if (cases.length === 0) return markup`<section><h2>Cases</h2><p>None.</p></section>`;
  const rest = cases.length - CASES_MAX + dropped;
  const more =
    rest > 0
      ? markup`<p>${count(rest)} more cases, less grave or later, are in the EVE file.</p>`
      : "";
  return markup`<section><h2>Cases</h2>${cases.slice(0, CASES_MAX).map(oneCase)}${more}</section>`;
}

function oneCase(record: CaseRecord): Markup {
  const level = `s${Math.min(3, record.severity)}`;
  const steps = record.steps
    .slice(0, STEPS_MAX)
    .map(
      (step) =>
        markup`<tr><td class="t">${when(step.startUs)}</td><td class="t">${step.sid}</td><td>${step.msg}</td><td class="n">${step.severity}</td><td class="n">${count(step.matches)}</td></tr>`,
    );
  return markup`<article class="case ${level}"><h3>${caseTitle(record)}</h3>
<p><span class="tag ${level}">severity ${record.severity}</span><span class="tag">${record.stage}: ${STAGES[record.stage] ?? ""}</span> <span class="soft">case ${record.caseId.slice(0, 8)}</span></p>
<h4>What happened</h4><ol>${caseStory(record).map((text) => markup`<li>${text}</li>`)}</ol>
<h4>What to do</h4><ul>${caseAdvice(record).map((text) => markup`<li>${text}</li>`)}</ul>
<h4>Which rules said so</h4>${wide(`Rules of case ${record.caseId.slice(0, 8)}`, table(["First (UTC)", "Rule", "Says", ">Severity", ">Matches"], steps))}
</article>`;
}

/** Who acted and who was acted upon, over all cases. */
export function peopleSection(
  cases: readonly CaseRecord[],
  notes: ReportData["notes"] = () => null,
): Markup {
  const attackers = cases
    .flatMap(({ caseId, sources }) => sources.map((source) => ({ caseId, source })))
    .slice(0, 100);
  const victims = new Map<string, number>();
  for (const one of cases)
    for (const { text, count: n } of one.victims.values)
      victims.set(text, (victims.get(text) ?? 0) + n);
  const forgers = cases.filter(({ forged, macs }) => forged.length > 0 || macs.length > 0);
  if (attackers.length + forgers.length === 0 && victims.size === 0) return new Markup("");
  const rows = attackers.map(
    ({ caseId, source }) =>
      markup`<tr><td>${source.ip}</td><td>${addressText(notes(source.ip))}</td><td class="n">${count(source.count)}</td><td>${source.isProven ? "proven" : "may be forged"}${source.shared === "" ? "" : `, shared: ${source.shared}`}</td><td>${source.agent}</td><td>${caseId.slice(0, 8)}</td></tr>`,
  );
  rows.push(...forgers.slice(0, FORGERS_MAX).map(forgerRow));
  const hit = [...victims]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 50)
    .map(
      ([ip, n]) =>
        markup`<tr><td>${ip}</td><td>${addressText(notes(ip))}</td><td class="n">${count(n)}</td></tr>`,
    );
  return markup`<section><h2>Attackers and victims</h2>
${rows.length === 0 ? "" : wide("Attackers", table(["Attacker", "Known of it", ">Matches", "Address", "User-Agent", "Case"], rows))}
${wide("Victims", table(["Victim", "Known of it", ">Matches"], hit))}</section>`;
}

/** Who sent in somebody else's name is known by its network card at best. */
function forgerRow({ caseId, forged, macs }: CaseRecord): Markup {
  const who = forged.length === 0 ? "somebody" : `somebody as ${forged.join(", ")}`;
  return markup`<tr><td>${who}</td><td>${macs.join(", ")}</td><td class="n"></td><td>forged</td><td></td><td>${caseId.slice(0, 8)}</td></tr>`;
}

export function callsSection(
  calls: readonly NumberedCall[],
  ladders: readonly CallLadder[],
): Markup {
  if (calls.length === 0 && ladders.length === 0) return new Markup("");
  const rows = calls.slice(0, CALLS_MAX).map(callRow);
  const rest =
    calls.length > CALLS_MAX ? markup`<p>${count(calls.length - CALLS_MAX)} more.</p>` : "";
  const list =
    calls.length === 0
      ? ""
      : wide(
          "Calls of the cases",
          table(
            ["Set up (UTC)", "From", "To", "Country", ">Lasted", ">Cost", "Result", "Media"],
            rows,
          ),
        );
  return markup`<section><h2>Calls of the cases</h2><p class="soft">Media: of each stream its codec, loss, jitter and MOS.</p>${list}${rest}${ladders.map(
    ({ callId, ladder }) =>
      markup`<h3>Ladder of ${callId}</h3>${wide(`Ladder of ${callId}`, ladderPicture(ladder))}`,
  )}</section>`;
}

function callRow(call: NumberedCall): Markup {
  const { dialled, dialledNumber } = call;
  // What was dialled in its international form says it already.
  const isSame = dialledNumber === null || dialledNumber.e164 === dialled;
  const to = isSame ? dialled : `${dialled} (${dialledNumber.e164})`;
  const result = call.code === 0 ? call.state : `${call.code} ${call.reason}, ${call.state}`;
  return markup`<tr><td class="t">${when(call.setupUs || call.answerUs || call.timeUs)}</td><td class="w">${call.caller.user} ${call.caller.ip}</td><td class="w">${to}</td><td class="t">${countryText(call.dialledNumber, "international")}</td><td class="n">${duration(call.durationUs / US_PER_S)}</td><td class="n">${call.cost === null ? "" : moneyText(call.cost.amount, call.cost.currency)}</td><td>${result}</td><td>${call.streams.map(streamText).join("; ")}</td></tr>`;
}

function streamText({ codec, jitterMs, lost, mos, packets }: CallStream): string {
  const share = packets + lost > 0 ? (100 * Math.max(0, lost)) / (packets + lost) : 0;
  const parts = [`${codec || "RTP"} ${share.toFixed(1)} %`];
  if (jitterMs !== null) parts.push(`${jitterMs.toFixed(1)} ms`);
  if (mos !== null) parts.push(`MOS ${mos.toFixed(1)}`);
  return parts.join(", ");
}

export function mediaSection(plots: readonly RtpPlot[]): Markup {
  if (plots.length === 0) return new Markup("");
  const figures = plots.map((plot) => {
    const keys = plot.senders.map(
      ({ packets, source, ssrc }, at) =>
        markup`<li><span class="key key${at}"></span>${source}, SSRC 0x${ssrc.toString(16).padStart(8, "0")}, ${count(packets)} packets</li>`,
    );
    return markup`<h3>Media to ${plot.endpoint}</h3>${wide(`Media to ${plot.endpoint}`, rtpPicture(plot))}<ul>${keys}</ul>`;
  });
  return markup`<section><h2>Media that alerts are about</h2>
<p class="soft">One line of points is one stream. Two that run side by side at one address are two senders: at most one belongs there.</p>${figures}</section>`;
}
