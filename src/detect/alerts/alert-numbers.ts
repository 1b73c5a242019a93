import { captureOf, numberOf } from "../../capture/packet-place.ts";
import type { Contradiction, DetectionEvent } from "../../track/facts/event.ts";
import { EVENT_ROWS, EventKind } from "../../track/facts/event-kind.ts";
import { BaselineCounter } from "../baselines/baseline-counter.ts";
import { baselineEvidence } from "../baselines/baseline-text.ts";
import type { Counter as Counted } from "../counters/counters.ts";
import type { MatchContext } from "../match-context.ts";
import type { Signature } from "../rules/signature.ts";
import type { RunFacts } from "../run-facts.ts";

const US_PER_S = 1e6;
/** A shorter run says nothing of what is usual. */
const USUAL_MIN_US = 5 * US_PER_S;
/** A rate is worth a line from so many matches on. */
const RATE_COUNT_MIN = 5;
const TEXT_MAX = 120;

/** Facts whose value is the number of refused digests. */
const REFUSED: ReadonlySet<number> = new Set([EventKind.SIP_AUTH_FAILED, EventKind.SIP_AUTH_STUCK]);
/** Facts whose value is the number of refused digests that a success ended. */
const TAKEN: ReadonlySet<number> = new Set([EventKind.SIP_AUTH_OK, EventKind.SIP_AUTH_RECOVERED]);

type Counter = Counted | null;

/**
 * The numbers behind an alert: what was counted and within which time, the rate beside that of all others, the
 * fact's own value, and the answer that decided. They follow what the fact itself has as evidence.
 */
export function alertNumbers(
  signature: Signature,
  context: MatchContext,
  counter: Counter,
  run: RunFacts,
): Contradiction[] {
  const refused = tries(context);
  // Tries are counted where they happen; what the rule counts is when each was told.
  const isTold = refused.length > 0 && signature.counter?.uniqueOn == null;
  return [
    ...refused,
    ...ownValue(signature, context),
    ...(isTold ? [] : counted(signature, context, counter, run)),
    ...written(signature, context),
    ...requests(context, run),
    ...way(context, run),
    ...answer(context),
  ];
}

/** Digests that were refused, and over which time. */
function tries({ event, packet, timeUs }: MatchContext): Contradiction[] {
  if (event === null || event.value === 0) return [];
  const isTaken = TAKEN.has(event.kind);
  if (!isTaken && !REFUSED.has(event.kind)) return [];
  // What waited for what follows is told later than it was done.
  const seenUs = packet === null ? (event.origin?.seenUs ?? 0) : 0;
  const doneUs = seenUs > 0 ? seenUs : timeUs;
  const span = event.sinceUs > 0 ? `in ${spanText(doneUs - event.sinceUs)}` : "within a day";
  const then = isTaken ? `, then ${event.origin?.answerStatus ?? 200}` : "";
  const seen = `${event.value} ${span}${then}`;
  return [{ what: "digests refused since the last success", expected: "0 or 1", seen }];
}

/** What the fact counts or measures, where its rule asks for a bound. */
function ownValue({ counter, eventValue }: Signature, { event }: MatchContext): Contradiction[] {
  if (event === null || REFUSED.has(event.kind) || TAKEN.has(event.kind)) return [];
  // The one event that a baseline alerts on is like many others.
  if (counter?.type === "baseline") return [];
  const text = EVENT_ROWS[event.kind]?.value ?? "";
  const what = text.split(/[;:]/)[0] ?? "";
  // A weighed fact tells its signs one by one, and a status code is told with the answer.
  if (what === "" || event.evidence.length > 0 || what.startsWith("status code")) return [];
  // What never differs says nothing.
  if (what.startsWith("always")) return [];
  if (/^\d/.test(what)) return onScale(event, text);
  const isAtLeast = eventValue !== null && eventValue.high === Number.POSITIVE_INFINITY;
  const expected = isAtLeast ? `below ${eventValue.low}` : "";
  return [{ what, expected, seen: numberText(event.value) }];
}

/** A value that stands for one of some kinds, as in "1 learned, 2 declared": the kind in words. */
function onScale({ kind, value }: DetectionEvent, text: string): Contradiction[] {
  const what = EVENT_ROWS[kind]?.name ?? "";
  const kinds = text.split(/[;,] (?=\d+ )/);
  const meaning = kinds.find((one) => one.startsWith(`${value} `)) ?? "";
  const seen = meaning === "" ? numberText(value) : meaning.replace(" ", ": ");
  return [{ what, expected: "", seen }];
}

function counted(
  signature: Signature,
  context: MatchContext,
  counter: Counter,
  run: RunFacts,
): Contradiction[] {
  const spec = signature.counter;
  if (counter === null || spec === null) return [];
  if (spec.type === "baseline") {
    if (!(counter instanceof BaselineCounter)) return [];
    return baselineEvidence(signature, spec, counter, context.timeUs);
  }
  const spanUs = Math.max(0, context.timeUs - counter.startUs);
  const name = signature.eventNames.join(", ");
  const label = spec.uniqueOn === null ? "" : `different ${spec.uniqueOn.name.replace("_", " ")}, `;
  const seen = `${counter.count} in ${spanText(spanUs)}`;
  if (spec.type === "ratio" && "ratio" in counter) {
    const { numerator, denominator, above, min, seconds } = spec;
    return [
      {
        what: `${label}${numerator.text} against ${denominator.text}`,
        expected: `fewer than ${min} in ${seconds} s, or at most ${above} to 1`,
        seen: `${seen}, ${numberText(counter.ratio)} to 1`,
      },
    ];
  }
  // A limit keeps repeats back; nothing is counted up to the alert.
  if (spec.type === "ratio" || spec.type === "limit" || spec.count < 2) return [];
  const within = spec.seconds > 0 ? ` in ${spec.seconds} s` : "";
  const what = `${label}${name === "" ? "matches" : name}`;
  const items = [{ what, expected: `fewer than ${spec.count}${within}`, seen }];
  if (spec.uniqueOn === null && counter.count >= RATE_COUNT_MIN && spanUs > 0) {
    const rate = `${numberText((counter.count * US_PER_S) / spanUs)}/s`;
    items.push({
      what: "rate",
      expected: usual(signature, counter.count, spanUs, context, run),
      seen: rate,
    });
  }
  return items;
}

/** The mean rate of the same facts by everybody else, and before. */
function usual(
  { eventKinds }: Signature,
  count: number,
  spanUs: number,
  { timeUs }: MatchContext,
  run: RunFacts,
): string {
  const restUs = timeUs - run.startUs - spanUs;
  if (run.startUs <= 0 || restUs < USUAL_MIN_US || eventKinds.length === 0) return "";
  const all = eventKinds.reduce((sum, kind) => sum + run.factCount(kind), 0);
  const rate = (Math.max(0, all - count) * US_PER_S) / restUs;
  return `${numberText(rate)}/s, usual of all others in ${spanText(restUs)}`;
}

/** What a rule about the message itself has read there. */
function written({ sections, eventNames }: Signature, context: MatchContext): Contradiction[] {
  const { event, sip, subject } = context;
  if (sip === null || (event !== null && event.evidence.length > 0)) return [];
  const isOdd =
    event !== null && (EVENT_ROWS[event.kind]?.about ?? "").includes("breaks its syntax");
  if (isOdd) {
    const seen = sip.text(sip.startLine).slice(0, TEXT_MAX);
    const what = EVENT_ROWS[event.kind]?.name ?? eventNames.join(", ");
    return [{ what: `${what}, in`, expected: "a message as RFC 3261 has it", seen }];
  }
  if (sections.length === 0 || subject.userAgent === "") return [];
  return [{ what: "User-Agent", expected: "", seen: subject.userAgent.slice(0, TEXT_MAX) }];
}

/** How much the client has asked in all: 53 of 64, or 53 of 10,000. */
function requests(context: MatchContext, run: RunFacts): Contradiction[] {
  const { event, client, names } = context;
  if (event === null || client < 0 || !isAboutClient(event.kind)) return [];
  const sent = run.requestsOf(client);
  if (sent === 0) return [];
  return [{ what: `requests of ${names.text(client)} so far`, expected: "", seen: String(sent) }];
}

/** Somebody writes in a host's name: by which way, and by which its own packets come. */
function way({ event, names, srcHost }: MatchContext, run: RunFacts): Contradiction[] {
  const seen = event?.isForged === true ? (event.origin?.wayText ?? "") : "";
  if (seen === "") return [];
  const what = `way of packets of ${names.text(srcHost)}, who did not send this`;
  return [{ what, expected: run.wayOf(srcHost), seen }];
}

/** Facts of transactions and calls that a client is blamed for. */
function isAboutClient(kind: number): boolean {
  const name = EVENT_ROWS[kind]?.name ?? "";
  return name.startsWith("sip.") || name.startsWith("call.");
}

/** The answer to the request that the alert names. */
function answer({ packet, event }: MatchContext): Contradiction[] {
  const origin = packet === null ? (event?.origin ?? null) : null;
  if (origin === null || origin.answerStatus === 0) return [];
  const { answerPlace, answerStatus, place } = origin;
  const isSame = captureOf(answerPlace) === captureOf(place);
  const where =
    answerPlace === 0
      ? ""
      : `, packet ${numberOf(answerPlace)}${isSame ? "" : " of another capture"}`;
  return [{ what: "answer", expected: "", seen: `${answerStatus}${where}` }];
}

/** Three digits are enough for people. */
function numberText(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

function spanText(us: number): string {
  const seconds = us / US_PER_S;
  if (seconds < 120) return `${numberText(Math.round(seconds * 1000) / 1000)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${numberText(Math.round(minutes / 6) / 10)} h`;
}
