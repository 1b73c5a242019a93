import type {
  CaseCalls,
  CaseCost,
  CaseList,
  CaseRecord,
  CaseStep,
} from "../../detect/cases/case-record.ts";
import { moneyText } from "../../track/numbers/call-costs.ts";
import { eveTime } from "../eve/eve-header.ts";
import { printable } from "../eve/eve-text.ts";
import { clock, count, duration } from "../number-text.ts";

/** Values that a sentence names before it counts the rest. */
const NAMED_MAX = 3;
const TEXT_MAX = 96;
const US_PER_S = 1e6;
const WEAK_SEVERITY = 3;

type Say = (step: CaseStep) => string;

/** What was done, by metadata `attack`; "who" comes before it. */
const DEEDS: Readonly<Record<string, Say>> = {
  sip_scan: (step) =>
    step.event === "sip.tool_fingerprint" || step.event === "sip.request"
      ? `was seen to use an attack tool against ${victims(step)}`
      : `looked for SIP servers: ${many(step.victims, "host")} asked`,
  sip_enumeration: (step) =>
    `asked ${victims(step)} for ${asked(step, "name")}, to find out which accounts exist`,
  toll_fraud_probe: (step) =>
    `tried ${asked(step, "number")} at ${victims(step)}, to find a way out to the telephone network`,
  ghost_calls: (step) => `rang ${victims(step)} directly, past their server`,
  auth_bruteforce: (step) => `guessed at the password of ${accounts(step)}: ${tries(step)} refused`,
  password_spray: (step) =>
    `tried passwords on ${many({ ...step.accounts, distinct: Math.max(step.distinct, step.accounts.distinct) }, "account")} of ${victims(step)}`,
  bruteforce_success: (step) =>
    `got in as ${accounts(step)}${step.value === null ? "" : ` after ${count(step.value)} wrong passwords`}`,
  registration_hijack: (step) => `changed the registration of ${accounts(step)}`,
  toll_fraud: (step) => `made calls at the expense of ${accounts(step)}`,
  toll_fraud_spend: (step) =>
    `ran up the telephone bill of ${accounts(step)}${step.value === null ? "" : `: ${count(step.value)} within an hour`}`,
  forwarding_fraud: (step) =>
    `sent calls on to dear destinations at the expense of ${accounts(step)}`,
  call_back_lure: () => "rang phones for a moment, and was called back",
  account_takeover: (step) =>
    `went on in ${accounts(step)}: bindings, transfers, orders to telephones`,
  costly_calls: (step) => `made costly calls as ${accounts(step)}`,
  register_flood: (step) => `flooded ${victims(step)} with ${count(step.matches)} requests`,
  invite_flood: (step) => `flooded ${victims(step)} with ${count(step.matches)} calls`,
  options_flood: (step) => `flooded ${victims(step)} with ${count(step.matches)} OPTIONS`,
  message_flood: (step) => `flooded ${victims(step)} with ${count(step.matches)} requests`,
  sip_reflection: (step) => `used a server to flood ${victims(step)} with answers`,
  phone_message: (step) => `sent messages straight to ${victims(step)}`,
  message_flood_accepted: (step) =>
    `flooded ${victims(step)} with ${count(step.matches)} messages that were taken`,
  arp_spoof: (step) => `claimed an address of others towards ${victims(step)}`,
  rtp_flood: (step) => `flooded an audio port of ${victims(step)}`,
  rtp_injection: (step) => `sent media of its own into a call of ${victims(step)}`,
  rtpbleed: (step) =>
    step.event === "rtp.bleed_leak"
      ? `was sent audio of a call of ${victims(step)} by a relay, after packets to its port`
      : `sent packets to one media port of ${victims(step)} after the other, to be sent the audio of others`,
  rtcp_bye_spoof: (step) => `told ${victims(step)} by RTCP that a stream had ended, which went on`,
  rtcp_report: (step) => `contradicted the reports of a stream to ${victims(step)}`,
  dtmf_injection: (step) => `pressed keys in a call of ${victims(step)}`,
  bye_spoof: (step) => `hung up a call of ${victims(step)} that it is no party of`,
  cancel_attack: (step) => `cancelled a call to ${victims(step)} that it had not made`,
  reinvite_hijack: (step) => `turned the media of a call of ${victims(step)} elsewhere`,
  refer_hijack: (step) => `transferred a call of ${victims(step)} that it is no party of`,
  dialog_injection: (step) =>
    `sent requests into a call of ${victims(step)} that it is no party of`,
  answer_spoof: (step) => `answered a call of ${victims(step)} in another one's place`,
  covert_channel: (step) => `sent hidden text in signalling to ${victims(step)}`,
  identity_forged: (step) => `called ${victims(step)} under a forged identity`,
  media_exploit: (step) => `sent media to ${victims(step)} that is made to break it`,
  malformed_sip: (step) => `sent malformed SIP to ${victims(step)}`,
  sip_injection: (step) => `sent SQL, script or shell text in SIP to ${victims(step)}`,
};

/** The case in one line: who, what, whom. */
export function caseTitle(record: CaseRecord): string {
  const { calls, steps } = record;
  // Who got in need not be who uses it.
  const entry = steps.find((step) => step.stage === "in" && !isWeak(step));
  const told = [entry, gravestStep(record)].filter((step) => step !== undefined);
  const deeds = [...new Set(told.map(sentence))];
  if (deeds.length === 0) deeds.push("attack");
  if (calls !== null) deeds.push(callsText(calls));
  return deeds.join("; ");
}

/** The case in sentences, each with its time (UTC). */
export function caseStory(record: CaseRecord): string[] {
  const steps = joined(record.steps).map((step) => ({
    startUs: step.startUs,
    text: `${span(step.startUs, step.endUs)}: ${sentence(step)}.`,
  }));
  const { calls } = record;
  const [first] = calls?.list ?? [];
  if (calls !== null && first !== undefined) {
    const last = calls.list.at(-1) ?? first;
    const numbers = [...new Set(calls.list.map(({ number }) => number))];
    const text = `${span(first.timeUs, last.timeUs)}: ${callsText(calls)}, to ${named(numbers, numbers.length)}.`;
    steps.push({ startUs: first.timeUs, text });
  }
  return steps.sort((a, b) => a.startUs - b.startUs).map(({ text }) => text);
}

/** Rules that saw the same deed are one sentence. */
function joined(steps: readonly CaseStep[]): CaseStep[] {
  const byText = new Map<string, CaseStep>();
  for (const step of steps) {
    const text = sentence(step);
    const known = byText.get(text);
    const endUs = Math.max(step.endUs, known?.endUs ?? 0);
    byText.set(text, { ...(known ?? step), endUs });
  }
  return [...byText.values()];
}

/** The step of the rule that the case is named after. */
function gravestStep({ sid, steps }: CaseRecord): CaseStep | undefined {
  return steps.find((step) => step.sid === sid) ?? steps[0];
}

function sentence(step: CaseStep): string {
  const say = Object.hasOwn(DEEDS, step.attack) ? DEEDS[step.attack] : undefined;
  if (say !== undefined)
    return `${who(step)} ${say(step)}${isWeak(step) ? " (one weak sign)" : ""}`;
  return `${who(step)}: ${clean(step.msg.replace(/^VOIP \w+ /, ""))}, ${count(step.matches)} times`;
}

/** A suspicion of what would be grave. */
function isWeak({ severity, stage }: CaseStep): boolean {
  return severity >= WEAK_SEVERITY && stage !== "scan" && stage !== "walk";
}

function who({ isForged, sources }: CaseStep): string {
  const names = sources.values.map(({ text }) => text);
  const text = named(names, sources.distinct, "address", "addresses");
  if (names.length === 0) return "somebody";
  return isForged ? `somebody in the name of ${text}` : text;
}

function callsText({
  accounts: of,
  answered,
  cost,
  durationUs,
  ended,
  sources,
}: CaseCalls): string {
  const from = named(
    sources.map(({ text }) => text),
    sources.length,
  );
  const account = named(
    of.map(({ text }) => text),
    of.length,
  );
  const were = answered === 1 ? "1 call was" : `${count(answered)} calls were`;
  const time = ended === 0 ? "" : `, ${duration(durationUs / US_PER_S)} in all`;
  return `${were} answered for ${account} from ${from}${time}${costText(cost)}`;
}

/** `, USD 52.10`; "" where no deck says what calls cost. */
function costText(cost: CaseCost | null): string {
  if (cost === null) return "";
  const { amount, currency, unpriced } = cost;
  const rest = unpriced === 0 ? "" : ` without the ${count(unpriced)} that no price is known of`;
  return `, ${moneyText(amount, currency)}${rest}`;
}

function victims(step: CaseStep): string {
  return listed(step.victims, "host") || "the network";
}

function accounts(step: CaseStep): string {
  return listed(step.accounts, "account") || "an account";
}

function listed({ distinct, values }: CaseList, kind: string): string {
  return named(
    values.map(({ text }) => text),
    distinct,
    kind,
  );
}

function tries({ matches }: CaseStep): string {
  return matches === 1 ? "1 try was" : `${count(matches)} tries were`;
}

/** What a ratio counted before it fired was not kept by name. */
function asked({ distinct, matches, numbers }: CaseStep, kind: string): string {
  const known = Math.max(distinct, numbers.distinct);
  return known * 3 < matches ? `many ${kind}s` : many({ ...numbers, distinct: known }, kind);
}

function many({ distinct }: CaseList, kind: string): string {
  return `${count(distinct)} ${distinct === 1 ? kind : `${kind}s`}`;
}

/** The first few by name, or how many there are. */
function named(texts: readonly string[], distinct: number, one = "", several = `${one}s`): string {
  if (distinct <= NAMED_MAX && texts.length > 0) return texts.map(clean).join(", ");
  const some = texts.slice(0, NAMED_MAX).map(clean).join(", ");
  const number = one === "" ? "" : `${count(distinct)} ${several} (`;
  return number === ""
    ? `${some} and ${count(distinct - NAMED_MAX)} more`
    : `${number}${some}, ...)`;
}

/** Times of a sentence: the second one without its date where that is the same. */
export function span(startUs: number, endUs: number): string {
  const start = clock(eveTime(startUs));
  const end = clock(eveTime(endUs));
  if (end === start) return start;
  return `${start} to ${end.slice(0, 10) === start.slice(0, 10) ? end.slice(11) : end}`;
}

function clean(text: string): string {
  return printable(text, TEXT_MAX);
}
