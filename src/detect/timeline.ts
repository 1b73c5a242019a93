import { DetectionEvent } from "../track/facts/event.ts";
import { EventKind } from "../track/facts/event-kind.ts";
import { CounterBudget } from "./counters/counter-budget.ts";
import { type Ratio, RatioCounter } from "./counters/ratio.ts";
import type { RatioSide } from "./counters/ratio-side.ts";
import { type Threshold, WindowCounter } from "./counters/threshold.ts";

/** What a sample match led to: an alert, nothing, or silence because the window had its alerts. */
type Outcome = "A" | "." | "s";

export interface Sample {
  readonly seconds: number;
  readonly outcome: Outcome;
}

const KEY = 1;
/** Of one key. */
const LIMITS = { keysMax: 1, valuesMax: 1_048_576 };

/** Runs a threshold on matches of one key at the given seconds; with `unique_on` all are distinct. */
export function runThreshold(spec: Threshold, times: readonly number[]): Sample[] {
  const counter = new WindowCounter(spec, new CounterBudget(LIMITS));
  const isMuting = spec.type === "limit" || spec.type === "both";
  let windowEndUs = Number.NEGATIVE_INFINITY;
  return times.map((seconds, index) => {
    const timeUs = seconds * 1e6;
    if (counter.match(KEY, index, timeUs)) {
      windowEndUs = counter.windowUs + spec.seconds * 1e6;
      return { seconds, outcome: "A" };
    }
    return { seconds, outcome: isMuting && timeUs <= windowEndUs ? "s" : "." };
  });
}

/** Runs a ratio on numerators only: what an attacker without any success looks like. */
function runRatio(spec: Ratio, times: readonly number[]): Sample[] {
  const counter = new RatioCounter(spec, new CounterBudget(LIMITS));
  let silentUntilUs = Number.NEGATIVE_INFINITY;
  return times.map((seconds, index) => {
    const event = sampleEvent(spec.numerator, seconds * 1e6);
    if (counter.match(KEY, index, event)) {
      silentUntilUs = event.timeUs + spec.seconds * 1e6;
      return { seconds, outcome: "A" };
    }
    return { seconds, outcome: event.timeUs <= silentUntilUs ? "s" : "." };
  });
}

/** An event that counts on that side. */
function sampleEvent(side: RatioSide, timeUs: number): DetectionEvent {
  const event = new DetectionEvent();
  event.timeUs = timeUs;
  event.kind = side.kinds[0] ?? EventKind.SIP_RESPONSE;
  event.value = side.sampleStatus;
  event.subject = { ...event.subject, method: side.sampleMethod };
  return event;
}

/** Columns of the table form; rules with a larger count are told as runs of matches. */
const TABLE_COUNT_MAX = 6;
const RUNS_MAX = 12;

/** Matches at an even pace over two windows and a half, and what each led to. */
export function timelineText(spec: Threshold | Ratio): string[] {
  const count = spec.type === "ratio" ? spec.min : spec.count;
  const seconds = spec.type === "backoff" ? count : spec.seconds;
  const isTable = count <= TABLE_COUNT_MAX;
  const step = isTable ? niceStep(seconds / 6) : seconds / (2 * count);
  const total = spec.type === "backoff" ? 40 * count : Math.ceil((2.5 * seconds) / step);
  const times = Array.from({ length: total + 1 }, (_, i) => i * step);
  const samples = spec.type === "ratio" ? runRatio(spec, times) : runThreshold(spec, times);
  return isTable && spec.type !== "backoff" ? tableLines(samples) : runLines(samples);
}

function niceStep(step: number): number {
  return step >= 1 ? Math.floor(step) : step;
}

function tableLines(samples: readonly Sample[]): string[] {
  const heads = samples.map(({ seconds }) => shortNumber(seconds));
  const widths = heads.map((head) => head.length);
  const row = (name: string, cells: readonly string[]) =>
    `${name} ${cells.map((cell, i) => cell.padStart(widths[i] ?? 0)).join(" ")}`;
  return [
    row("t (s) ", heads),
    row(
      "result",
      samples.map(({ outcome }) => outcome),
    ),
  ];
}

const WORDS: Readonly<Record<Outcome, string>> = { A: "ALERT", ".": "no alert", s: "silent" };

/** Consecutive matches with the same outcome as one line. */
function runLines(samples: readonly Sample[]): string[] {
  const lines: string[] = [];
  let start = 0;
  for (let i = 1; i <= samples.length; i++) {
    if (i < samples.length && samples[i]?.outcome === samples[start]?.outcome) continue;
    const [first, last] = [samples[start] as Sample, samples[i - 1] as Sample];
    const matches = start === i - 1 ? `match ${i}` : `matches ${start + 1} to ${i}`;
    const times =
      start === i - 1
        ? `t = ${shortNumber(first.seconds)} s`
        : `t = ${shortNumber(first.seconds)} to ${shortNumber(last.seconds)} s`;
    lines.push(`${matches.padEnd(24)} ${times.padEnd(24)} ${WORDS[first.outcome]}`);
    start = i;
  }
  return lines.length > RUNS_MAX ? [...lines.slice(0, RUNS_MAX), "..."] : lines;
}

function shortNumber(value: number): string {
  return String(Math.round(value * 10) / 10);
}
