import type {
  CaseCalls,
  CaseCost,
  CaseCount,
  CaseRecord,
  CaseStep,
} from "../../detect/cases/case-record.ts";
import { rankOf, stageOfAttack } from "../../detect/cases/case-stage.ts";
import { moneyText } from "../../track/numbers/call-costs.ts";
import { eveTime } from "../eve/eve-header.ts";
import { clock, count, duration } from "../number-text.ts";
import { deedText, isTool, kindOfDeed } from "./case-deeds.ts";
import { clean, named } from "./case-names.ts";
import { type JoinedStep, joinedSteps } from "./joined-steps.ts";

const US_PER_S = 1e6;
/** Destinations that a sentence names before it counts the rest. */
const PLACES_MAX = 4;

/** The case in one line: who, what, whom. */
export function caseTitle(record: CaseRecord): string {
  const { calls } = record;
  const steps = joinedSteps(record);
  // Who got in need not be who uses it.
  const entry = steps.find(({ isWeak, stage }) => stage === "in" && !isWeak);
  const gravest = steps.find((step) => step.sid === record.sid) ?? gravestLike(record, steps);
  const told = [entry, gravest].filter((step) => step !== undefined);
  const deeds = [...new Set(told.filter((step) => !isOfCalls(step, calls)).map(sentence))];
  if (calls !== null) deeds.push(callsText(calls));
  return deeds.length === 0 ? "attack" : deeds.join("; ");
}

/** The case in sentences, each with its time (UTC). */
export function caseStory(record: CaseRecord): string[] {
  const { calls } = record;
  const all = joinedSteps(record);
  const told = all
    .filter((step) => !isOfCalls(step, calls))
    .map((step) => ({
      startUs: step.startUs,
      rank: rankOf(stageOfAttack(step.attack) ?? step.stage),
      severity: step.severity,
      text: `${span(step.startUs, step.endUs)}: ${sentence(step)}${toolText(step, record)}.`,
    }));
  const [first] = calls?.list ?? [];
  if (calls !== null && first !== undefined) {
    const last = calls.list.at(-1) ?? first;
    // Of an account that somebody got into for sure, all calls are told as they were.
    const isSure = all.some(({ isWeak, stage }) => !isWeak && rankOf(stage) >= rankOf("in"));
    const doubt = isSure ? "" : DOUBT;
    const text = `${span(first.timeUs, last.timeUs)}: ${callsText(calls)}${wayText(calls)}${doubt}.`;
    told.push({ startUs: first.timeUs, rank: rankOf("use"), severity: record.severity, text });
  }
  const second = ({ startUs }: { startUs: number }) => Math.floor(startUs / US_PER_S);
  // Within a second that people read, what leads to the next comes before it.
  return told
    .sort((a, b) => second(a) - second(b) || a.rank - b.rank || a.severity - b.severity)
    .map(({ text }) => text);
}

const DOUBT = " (one weak sign)";

function sentence(step: JoinedStep): string {
  return `${deedText(step)}${step.isWeak ? DOUBT : ""}`;
}

/** The step that tells of the rule which the case is named after, where another rule tells it. */
function gravestLike({ sid, steps }: CaseRecord, all: readonly JoinedStep[]) {
  const own = steps.find((step) => step.sid === sid);
  if (own === undefined) return all[0];
  const kind = kindOfDeed(own);
  return all.find((step) => kindOfDeed(step) === kind) ?? all[0];
}

/** The list of calls says more of it: which, whereto, how long. */
function isOfCalls(step: CaseStep, calls: CaseCalls | null): boolean {
  if (calls === null || kindOfDeed(step) !== "toll_fraud") return false;
  return step.accounts.values.every(({ text }) => calls.accounts.some((of) => of.text === text));
}

/** ` ("friendly-scanner")` behind what was done with a tool by one address. */
function toolText(step: CaseStep, { sources: known }: CaseRecord): string {
  const [first, ...others] = step.sources.values;
  if (!isTool(step) || first === undefined || others.length > 0) return "";
  const agent = known.find(({ ip }) => ip === first.text)?.agent ?? "";
  return agent === "" ? "" : `, as User-Agent ${JSON.stringify(clean(agent))}`;
}

function callsText({
  accounts: of,
  answered,
  cost,
  durationUs,
  ended,
  sources,
}: CaseCalls): string {
  const [calls, were] = answered === 1 ? ["a call", "was"] : [`${count(answered)} calls`, "were"];
  const time = ended === 0 ? "" : `, ${duration(durationUs / US_PER_S)} in all`;
  return `${listedCounts(sources)} made ${calls} as ${listedCounts(of)} that ${were} answered${time}${costText(cost)}`;
}

/** Whereto, how many at once, and whether it is over. */
function wayText({ answered, atOnce, ended, list }: CaseCalls): string {
  const up = answered - ended;
  const state =
    up === 0
      ? answered === 1
        ? "it has ended"
        : "all have ended"
      : `${count(up)} ${up === 1 ? "was" : "were"} not seen to end`;
  const together = atOnce > 1 ? `, up to ${count(atOnce)} at once` : "";
  return `${together}, to ${whereto(list)}; ${state}`;
}

function whereto(list: CaseCalls["list"]): string {
  const numbers = [...new Set(list.map(({ number }) => number))];
  const places = new Map<string, number>();
  for (const { place } of list) if (place !== "") places.set(place, (places.get(place) ?? 0) + 1);
  const numbered = named(numbers, numbers.length);
  if (places.size === 0) return numbered;
  const ranked = [...places].sort(([, a], [, b]) => b - a);
  const first = ranked.slice(0, ranked.length === PLACES_MAX + 1 ? undefined : PLACES_MAX);
  const rest = ranked.slice(first.length);
  // The numbers behind the places add up to those of the calls.
  const shown = [
    ...first.map(([place, calls]) => `${clean(place)} (${calls})`),
    ...(rest.length > 0 ? [`${rest.length} more places (${sumOf(rest)})`] : []),
    ...(sumOf(ranked) < list.length ? [`places not known (${list.length - sumOf(ranked)})`] : []),
  ];
  return `${series(shown)}: ${numbered}`;
}

function sumOf(places: readonly (readonly [string, number])[]): number {
  return places.reduce((sum, [, calls]) => sum + calls, 0);
}

/** `a, b and c` */
function series(texts: readonly string[]): string {
  const last = texts.at(-1) ?? "";
  return texts.length < 2 ? last : `${texts.slice(0, -1).join(", ")} and ${last}`;
}

/** `, USD 52.10`; "" where no deck says what calls cost. */
function costText(cost: CaseCost | null): string {
  if (cost === null) return "";
  const { amount, currency, unpriced } = cost;
  const rest = unpriced === 0 ? "" : ` without the ${count(unpriced)} that no price is known of`;
  return `, ${moneyText(amount, currency)}${rest}`;
}

function listedCounts(values: readonly CaseCount[]): string {
  return named(
    values.map(({ text }) => text),
    values.length,
  );
}

/** Times of a sentence: the second one without its date where that is the same. */
function span(startUs: number, endUs: number): string {
  const start = clock(eveTime(startUs));
  const end = clock(eveTime(endUs));
  if (end === start) return start;
  return `${start} to ${end.slice(0, 10) === start.slice(0, 10) ? end.slice(11) : end}`;
}
