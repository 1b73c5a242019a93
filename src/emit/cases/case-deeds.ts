import type { CaseStep } from "../../detect/cases/case-record.ts";
import { count } from "../number-text.ts";
import { clean, firstOf, listed, many, NAMED_MAX, named } from "./case-names.ts";

type Say = (step: CaseStep) => string;

/** What was done, by metadata `attack`; "who" comes before it. */
const DEEDS: Readonly<Record<string, Say>> = {
  sip_scan: (step) =>
    isTool(step)
      ? `used an attack tool against ${victims(step)}`
      : `looked for SIP servers: ${many({ distinct: Math.max(step.distinct, step.victims.distinct) }, "host")} asked`,
  sip_enumeration: (step) =>
    `asked ${victims(step)} for ${asked(step, "name")}, to find out which accounts exist`,
  toll_fraud_probe: (step) =>
    isCampaign(step)
      ? `tried ${listed(step.numbers, "number")} at least at ${count(Math.max(step.value ?? 0, step.victims.distinct))} servers (${firstOf(step.victims)}), a few times at each, to find a way out to the telephone network`
      : `tried ${dialled(step)} at ${victims(step)}, to find a way out to the telephone network`,
  ghost_calls: (step) => `rang ${victims(step)} directly, past their server`,
  auth_bruteforce: (step) => `guessed at the password of ${accounts(step)}: ${tries(step)} refused`,
  password_spray: (step) =>
    `tried passwords on ${many({ distinct: Math.max(step.distinct, step.accounts.distinct) }, "account")} of ${victims(step)}`,
  digest_lure: (step) =>
    `rang ${victims(step)} and asked for credentials, from which the password can be guessed`,
  bruteforce_success: (step) =>
    step.severity > 1
      ? `logged in as ${accounts(step)}, while many hosts guessed at its password`
      : `got in as ${accounts(step)}${step.value === null ? "" : ` after ${count(step.value)} wrong passwords`}`,
  register_redirect: (step) =>
    `sent ${victims(step)} a false redirection of its registration to another registrar`,
  register_challenge: (step) =>
    `got ${victims(step)} to send its password digest, by a forged challenge`,
  registration_hijack: (step) => `changed the registration of ${accounts(step)}`,
  toll_fraud: (step) => `made calls at the expense of ${accounts(step)}`,
  toll_fraud_spend: (step) =>
    `ran up the telephone bill of ${accounts(step)}${step.value === null ? "" : `: ${count(step.value)} within an hour`}`,
  forwarding_fraud: (step) =>
    `sent calls on to high-cost destinations at the expense of ${accounts(step)}`,
  call_back_lure: () => "rang phones for a moment, and was called back",
  account_takeover: (step) =>
    `went on in ${accounts(step)}: bindings, transfers, orders to telephones`,
  costly_calls: (step) => `made costly calls as ${accounts(step)}`,
  register_flood: (step) =>
    isOneRequest(step)
      ? `flooded ${victims(step)} with one and the same request`
      : `flooded ${victims(step)} with ${count(step.matches)} requests`,
  invite_flood: (step) => `flooded ${victims(step)} with ${count(step.matches)} calls`,
  options_flood: (step) => `flooded ${victims(step)} with ${count(step.matches)} OPTIONS`,
  message_flood: (step) => `flooded ${victims(step)} with ${count(step.matches)} requests`,
  sip_reflection: (step) => `used a server to flood ${victims(step)} with answers`,
  phone_message: (step) => `sent messages straight to ${victims(step)}`,
  message_flood_accepted: (step) =>
    `flooded ${victims(step)} with ${count(step.matches)} messages that were taken`,
  arp_spoof: (step) => `claimed an address of others towards ${victims(step)}`,
  tdos: (step) => `handed calls of very many callers to ${victims(step)} at once`,
  turn_abuse: (step) => `had a TURN relay reach ${victims(step)}`,
  turn_flood: (step) =>
    step.event === "turn.auth_failed"
      ? `guessed at credentials of the TURN relay ${victims(step)}: ${tries(step)} refused`
      : `flooded the TURN relay ${victims(step)} with ${count(step.matches)} allocations`,
  rtp_flood: (step) => `flooded an audio port of ${victims(step)}`,
  rtp_injection: (step) => `sent media of its own into a call of ${victims(step)}`,
  rtpbleed: (step) =>
    isLeak(step)
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

/** Who did what to whom, without a time. */
export function deedText(step: CaseStep): string {
  const say = Object.hasOwn(DEEDS, step.attack) ? DEEDS[step.attack] : undefined;
  if (say !== undefined) return `${who(step)} ${say(step)}`;
  return `${who(step)}: ${clean(step.msg.replace(/^VOIP \w+ /, ""))}, ${times(step)}`;
}

/** Rules of one kind tell of the same deed where sources and accounts are the same. */
export function kindOfDeed(step: CaseStep): string {
  const { attack, sid } = step;
  if (!Object.hasOwn(DEEDS, attack)) return `rule ${sid}`;
  if (attack === "costly_calls") return "toll_fraud";
  return `${attack}${isTool(step) || isLeak(step) ? " proper" : ""}`;
}

export function isTool({ attack, event }: CaseStep): boolean {
  return attack === "sip_scan" && (event === "sip.tool_fingerprint" || event === "sip.request");
}

/** Its value is the number of servers: it begins to match where there are several already. */
export function isCampaign({ event }: CaseStep): boolean {
  return event === "call.campaign";
}

/** Its facts are told of one packet that comes again and again, seldom: their number is none of requests. */
function isOneRequest({ event }: CaseStep): boolean {
  return event === "sip.hammered" || event === "sip.repeated";
}

function times({ matches }: CaseStep): string {
  return matches === 1 ? "once" : `${count(matches)} times`;
}

function isLeak({ event }: CaseStep): boolean {
  return event === "rtp.bleed_leak";
}

/** Facts about packets in a stream's very addresses: its sender made them, or somebody on the same way in its name. */
const IN_OWN_NAME: readonly string[] = ["rtp.foreign_ssrc", "rtp.sequence_hijack"];

function who({ event, isForged, isOfAll, leastSources, sources }: CaseStep): string {
  const names = sources.values.map(({ text }) => text);
  const distinct = Math.max(sources.distinct, leastSources);
  const text = named(names, distinct, "address", "addresses");
  if (names.length === 0) return "somebody";
  if (isForged) return `somebody in the name of ${text}`;
  if (IN_OWN_NAME.includes(event)) return `${text}, or somebody in its name,`;
  return isOfAll && distinct <= NAMED_MAX ? `${text}, and perhaps others,` : text;
}

/** Whoever acts stands among its own victims where its requests passed it again: it is named once. */
function victims({ sources, victims: all }: CaseStep): string {
  const others = all.values.filter(({ text }) => sources.values.every((of) => of.text !== text));
  const own = all.values.length - others.length;
  const list = others.length === 0 ? all : { distinct: all.distinct - own, values: others };
  return listed(list, "host") || "the network";
}

function accounts(step: CaseStep): string {
  return listed(step.accounts, "account") || "an account";
}

function tries({ matches }: CaseStep): string {
  return matches === 1 ? "1 try was" : `${count(matches)} tries were`;
}

/** What one number ends with, whatever is dialled before it: a subscriber's number without area and country (ITU-T E.164 6). */
const NUMBER_END = 7;

/** Numbers, or the ways in which they were dialled: those known by name are told apart by their end. */
function dialled(step: CaseStep): string {
  const { distinct, event, numbers } = step;
  const texts = numbers.values.map(({ text }) => text.replace(/\D/g, ""));
  const isWalk = event.startsWith("call.prefix_walk");
  if (texts.length < 2 || !(isWalk || numbers.distinct <= texts.length)) {
    return asked(step, "number");
  }
  const [shortest = ""] = texts.toSorted((a, b) => a.length - b.length);
  const end = shortest.slice(-NUMBER_END);
  const isOne = texts.every((text) => text.endsWith(end));
  // What is masked has no end to tell it by.
  if (end.length < NUMBER_END || !(isOne || isWalk)) return asked(step, "number");
  const ways = many({ distinct: Math.max(distinct, numbers.distinct) }, "way");
  return isOne ? `one number (${shortest}) in ${ways}` : `several numbers in ${ways}`;
}

/** What a ratio counted before it fired was not kept by name. */
function asked({ distinct, matches, numbers }: CaseStep, kind: string): string {
  const known = Math.max(distinct, numbers.distinct);
  return known * 3 < matches ? `many ${kind}s` : many({ distinct: known }, kind);
}
