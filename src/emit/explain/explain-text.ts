import picocolors from "picocolors";
import type { RuleGuide } from "../../detect/rules/rule-comments.ts";
import { moneyText } from "../../track/numbers/call-costs.ts";
import type { TextStyle } from "../alert-table.ts";
import { printable } from "../eve/eve-text.ts";
import { clock, count, duration } from "../number-text.ts";
import type { EveRecord } from "../outputs/eve-record.ts";
import type { FoundCall, FoundRecords, OtherAlerts } from "./found-records.ts";

const OTHERS_SHOWN = 12;
const CALLS_SHOWN = 40;
const TEXT_MAX = 400;
const INDENT = "  ";

interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** An alert or a case in words: who, what, when, why, what else, and what to do. `ladder` is drawn in its place. */
export function explainText(
  found: FoundRecords,
  more: { guide: RuleGuide | null; ladder: string },
  style: TextStyle,
): string {
  const colors = picocolors.createColors(style.isColored);
  const { alert } = found;
  const sections = alert === null ? caseSections(found) : alertSections(alert, found);
  const all: Section[] = [
    ...sections,
    { title: "The call", lines: more.ladder === "" ? [] : more.ladder.trimEnd().split("\n") },
    {
      title: alert === null ? "Alerts of the case" : "What else that attacker did",
      lines: otherLines(found),
    },
    { title: "Calls", lines: callLines([...found.calls.values()]) },
    ...guideSections(more.guide, found.case),
  ];
  const blocks = all
    .filter(({ lines }) => lines.length > 0)
    .map(({ title, lines }) =>
      [colors.bold(title), ...lines.map((line) => INDENT + line)].join("\n"),
    );
  return `${[colors.bold(titleOf(found)), ...blocks].join("\n\n")}\n`;
}

function titleOf({ alert, case: found }: FoundRecords): string {
  const text = alert === null ? found?.text("case", "title") : alert.text("alert", "signature");
  return printable(text ?? "", TEXT_MAX);
}

function alertSections(alert: EveRecord, { case: found, incident }: FoundRecords): Section[] {
  const sid = `${alert.number("alert", "gid") ?? 1}:${alert.number("alert", "signature_id") ?? 0}`;
  const severity = alert.number("alert", "severity") ?? 0;
  const packet = alert.number("pcap_cnt");
  const at = packet === undefined ? "" : `, packet ${packet} of ${alert.text("pcap_filename")}`;
  const belongs =
    found === null
      ? []
      : [`part of the case ${found.text("case", "id")}: ${found.text("case", "title")}`];
  return [
    { title: "Who", lines: clean(whoLines(alert)) },
    {
      title: "When",
      lines: clean([
        `${clock(alert.text("timestamp"))} UTC${at}`,
        `severity ${severity}, rule ${sid}, alert ${alert.text("voip", "alert_id")}`,
        ...belongs,
      ]),
    },
    { title: "Why it fired", lines: clean(whyLines(alert)) },
    { title: "How it went on", lines: incident === null ? [] : clean(incidentLines(incident)) },
  ];
}

function whoLines(alert: EveRecord): string[] {
  const ends = `${end(alert, "src")} → ${end(alert, "dest")}`;
  const proof = alert.text("voip", "source", "return_path");
  const isForged = alert.value("voip", "spoofed") === true;
  const shared = alert.text("voip", "source", "shared");
  const named: readonly (readonly [string, string])[] = [
    ["account", alert.text("voip", "account")],
    ["from", alert.text("voip", "from_user")],
    ["to", alert.text("voip", "to_user")],
    ["tool or phone", alert.text("voip", "user_agent")],
    ["Call-ID", alert.text("voip", "call_id")],
    ["stream", alert.text("voip", "stream")],
  ];
  return [
    ends,
    ...(isForged ? ["the source address is forged: its owner did nothing"] : []),
    ...(proof === "" || isForged ? [] : [addressLine(proof, shared)]),
    ...named.filter(([, text]) => text !== "").map(([name, text]) => `${name} ${text}`),
  ];
}

function addressLine(proof: string, shared: string): string {
  const proven =
    proof === "proven"
      ? "it receives at its address, which is so not forged"
      : "nothing proves that it receives at its address, which may be forged";
  return shared === "" ? proven : `${proven}; others depend on the address too (${shared})`;
}

function end(record: EveRecord, side: "src" | "dest"): string {
  const ip = record.text(`${side}_ip`) || "?";
  const port = record.number(`${side}_port`);
  return port === undefined ? ip : `${ip.includes(":") ? `[${ip}]` : ip}:${port}`;
}

/** The fact, the counter with its window, and what contradicts what. */
function whyLines(alert: EveRecord): string[] {
  const fact = alert.text("voip", "event");
  const value = alert.number("voip", "value");
  const type = alert.text("voip", "counter", "type");
  const counted = alert.number("voip", "counter", "count") ?? 0;
  const unique = alert.text("voip", "counter", "unique_on");
  const ratio = alert.number("voip", "counter", "ratio");
  const matches = counted === 1 ? "match" : "matches";
  const what = unique === "" ? matches : `different values of ${unique}`;
  const counter = `${type}: ${count(counted)} ${what} within ${duration(alert.number("voip", "counter", "seconds") ?? 0)}, counted ${alert.text("voip", "counter", "track")} for ${alert.text("voip", "counter", "key")}${ratio === undefined ? "" : `, ratio ${ratio}`}`;
  const evidence = alert.records("evidence").map((one) => {
    const expected = one.text("expected");
    return `${one.text("what")}: ${expected === "" ? "" : `expected ${expected}, `}seen ${one.text("seen")}`;
  });
  return [
    ...(fact === "" ? [] : [`fact ${fact}${value === undefined ? "" : `, value ${value}`}`]),
    ...(type === "" ? [] : [counter]),
    ...evidence,
  ];
}

function incidentLines(incident: EveRecord): string[] {
  const state = incident.text("incident", "state");
  const reason = incident.text("incident", "reason");
  const matches = incident.number("incident", "count") ?? 0;
  const peak = incident.number("incident", "peak", "count") ?? 0;
  const seconds = incident.number("incident", "duration") ?? 0;
  const within = incident.number("incident", "peak", "seconds") ?? 0;
  return [
    `${state}${reason === "" ? "" : ` (${reason})`}: ${count(matches)} matches in ${duration(seconds)}, at most ${count(peak)} within ${duration(within)}`,
  ];
}

function caseSections({ case: found }: FoundRecords): Section[] {
  if (found === null) return [];
  const stage = found.text("case", "stage");
  const state = found.text("case", "state");
  const attackers = found.records("case", "attackers", "values").map((one) => {
    const agent = one.text("user_agent");
    return `${one.text("ip")} (${one.text("return_path")}${agent === "" ? "" : `, ${agent}`})`;
  });
  const victims = found.records("case", "victims", "values").map((one) => one.text("value"));
  return [
    { title: "Who", lines: clean([`${attackers.join(", ")} → ${victims.join(", ")}`]) },
    {
      title: "When",
      lines: clean([
        `${clock(found.text("case", "start"))} to ${clock(found.text("case", "end"))} UTC`,
        `severity ${found.number("case", "severity") ?? 0}, stage ${stage}, ${state}, case ${found.text("case", "id")}`,
      ]),
    },
    { title: "What happened", lines: clean(found.texts("case", "story")) },
  ];
}

function otherLines({ alert, case: found, others }: FoundRecords): string[] {
  const own = alert?.number("alert", "signature_id");
  const all = [...others.values()].filter(({ sid, count: n }) => sid !== own || n > 1);
  const deeds = new Map(
    found?.records("case", "steps").map((step) => [step.text("alert_id"), step.text("start")]),
  );
  const shown = all.slice(0, OTHERS_SHOWN).map((other) => {
    // An alert may wait for what follows: people ask when it was done.
    const done = deeds.get(other.alertId) ?? "";
    return otherLine(
      done !== "" && done < other.first && other.count === 1
        ? { ...other, first: done, last: done }
        : other,
    );
  });
  return clean(
    all.length > shown.length
      ? [...shown, `and alerts of ${all.length - shown.length} more rules`]
      : shown,
  );
}

function otherLine({ sid, signature, severity, first, last, count: n }: OtherAlerts): string {
  const until = last === first ? "" : ` to ${clock(last).slice(11)}`;
  return `${clock(first)}${until}  severity ${severity}  ${sid} ${signature}${n > 1 ? ` (${count(n)} times)` : ""}`;
}

function callLines(calls: readonly FoundCall[]): string[] {
  if (calls.length === 0) return [];
  const answered = calls.filter((call) => call.answered !== "");
  const seconds = answered.reduce((sum, call) => sum + call.duration, 0);
  const shown = calls.slice(0, CALLS_SHOWN).map((call) => {
    const country = call.country === "" ? "" : ` (${call.country})`;
    const how =
      call.answered === "" ? "not answered" : `${duration(call.duration)}${costText([call])}`;
    return `${clock(call.setup)}  ${call.account} → ${call.dialled}${country}  ${how}  ${call.callId}`;
  });
  const left = calls.length - shown.length;
  const sum = `${count(calls.length)} ${calls.length === 1 ? "call" : "calls"}, ${count(answered.length)} answered, ${duration(seconds)} in all${costText(calls)}`;
  return clean([
    sum,
    ...shown,
    ...(left > 0 ? [`and ${count(left)} more: sipsentry calls lists them`] : []),
  ]);
}

/** `, USD 52.10`; "" where no price is known. A deck has one currency. */
function costText(calls: readonly FoundCall[]): string {
  const priced = calls.filter(({ amount }) => amount !== undefined);
  const [first] = priced;
  if (first === undefined) return "";
  const amount = priced.reduce((sum, call) => sum + (call.amount ?? 0), 0);
  const unpriced = calls.filter(({ answered }) => answered !== "").length - priced.length;
  const rest = unpriced > 0 ? ` and ${count(unpriced)} without a price` : "";
  return `, ${moneyText(amount, first.currency)}${rest}`;
}

function guideSections(guide: RuleGuide | null, found: EveRecord | null): Section[] {
  const advice = found?.texts("case", "advice") ?? [];
  return [
    { title: "What it means", lines: guide === null ? [] : [guide.means] },
    { title: "Harmless causes", lines: bullets(guide?.harmless ?? []) },
    { title: "What to check", lines: bullets(guide?.check ?? []) },
    { title: "What to do", lines: bullets(advice.length > 0 ? clean(advice) : (guide?.act ?? [])) },
  ];
}

function bullets(lines: readonly string[]): string[] {
  return lines.map((line) => `- ${line}`);
}

/** Texts in an EVE file are an attacker's as much as those in a packet. */
function clean(lines: readonly string[]): string[] {
  return lines.map((line) => printable(line, TEXT_MAX));
}
