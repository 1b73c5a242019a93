import { isPrivateText } from "../../decode/host-text.ts";
import type { CaseCalls, CaseRecord, CaseSource } from "../../detect/cases/case-record.ts";
import { printable } from "../eve/eve-text.ts";

const NAMED_MAX = 5;
const TEXT_MAX = 96;
/** What whoever reads clear signalling can do to calls of others. */
const IN_CALLS = [
  ...["bye_spoof", "cancel_attack", "reinvite_hijack", "refer_hijack", "answer_spoof"],
  ...["register_redirect", "register_challenge"],
];
/** What gives somebody a digest, on which passwords can be tried at leisure. */
const FOR_DIGESTS = ["digest_lure", "register_challenge"];

/** What whoever can send to an open media port can do. */
const IN_MEDIA = ["rtp_injection", "rtpbleed", "dtmf_injection", "rtcp_bye_spoof"];
/** What reaches a telephone that answers everybody. */
const PAST_SERVER = ["ghost_calls", "digest_lure", "phone_message", "call_back_lure"];
/** What is made to find or to use a fault of software. */
const MADE_TO_BREAK = ["malformed_sip", "sip_injection", "media_exploit"];

/** What to do about the case now, the most urgent first. */
export function caseAdvice(record: CaseRecord): string[] {
  const { calls, stage, steps } = record;
  const advice: string[] = [];
  const accounts = names(record.accounts.values.map(({ text }) => text));
  if (isDoubtful(record)) {
    advice.push(
      `Ask who uses ${accounts || "the account"} whether that was them; if not, give it a new password, remove its registrations and block the address that logged in.`,
    );
  } else if (stage === "in" || stage === "use") {
    if (calls !== null) advice.push(`${hangUp(calls)}bar calls abroad for ${accounts}.`);
    advice.push(`Give ${accounts || "the account"} a new password and remove its registrations.`);
  }
  if (steps.some(({ attack }) => attack === "forwarding_fraud")) {
    advice.push("Remove the forwarding that sends the calls on, and find out who set it up.");
  }
  if (calls !== null) {
    advice.push(
      "Tell the carrier which numbers were called and when: charges can often be stopped within days.",
    );
    if (calls.cost === null && calls.ended > 0)
      advice.push("What the calls cost is unknown: give the carrier's prices with --rates.");
  }
  if (!isDoubtful(record)) advice.push(...blocking(record));
  if (record.forged.length > 0) {
    const at = record.macs.length > 0 ? ` with MAC ${names(record.macs)}` : "";
    advice.push(
      `The address ${names(record.forged)} was forged: find the sender${at} at its switch port; its owner did nothing.`,
    );
  }
  advice.push(...lasting(record));
  return advice;
}

/** A login among the guesses of others may be that of the owner, who is away. */
function isDoubtful({ calls, severity, steps }: CaseRecord): boolean {
  return severity > 1 && calls === null && steps.some(isLogin);
}

function isLogin({ attack }: CaseRecord["steps"][number]): boolean {
  return attack === "bruteforce_success";
}

/** What has ended cannot be hung up. */
function hangUp({ answered, ended, list }: CaseCalls): string {
  const up = answered - ended;
  if (up === 0) return "The calls have ended: ";
  const ids = list.filter(({ durationUs }) => durationUs === 0).map(({ callId }) => callId);
  const which = ids.length > 0 ? ` (Call-ID ${names(ids, up)})` : "";
  const calls = up === 1 ? "the call" : `the ${up} calls`;
  return `Hang up ${calls} not seen to end${which}, and `;
}

/** Blocking an address that others depend on, or that was forged, harms its owner. */
function blocking({ sources, sourceCount }: CaseRecord): string[] {
  if (sourceCount > NAMED_MAX && !sources.some(({ isProven }) => isProven)) {
    return [
      "None of its addresses was proven to be the sender's own: they may be forged, so do not block them one by one.",
    ];
  }
  const of = (wanted: (source: CaseSource) => boolean) =>
    names(sources.filter(wanted).map(({ ip }) => ip));
  const isOwn = ({ isProven, shared }: CaseSource) => isProven && shared === "";
  const proven = of((source) => isOwn(source) && !isPrivateText(source.ip));
  const inside = of((source) => isOwn(source) && isPrivateText(source.ip));
  const unproven = of(({ isProven, shared }) => !isProven && shared === "");
  const shared = of((source) => source.shared !== "");
  const advice: string[] = [];
  if (proven !== "") advice.push(`Block ${proven} at the border.`);
  if (inside !== "")
    advice.push(`Find ${inside} inside, or behind a VPN, and take it off the network.`);
  if (unproven !== "") {
    advice.push(
      `Look whose address ${unproven} is before you block it: nothing proves that it is the sender's own.`,
    );
  }
  // One proven host may have written the others' names.
  const rest = sourceCount - sources.length;
  if (rest > 0)
    advice.push(
      `Do not block the other ${rest} addresses of the case unseen: they may be forged; each one's alerts say whether it is proven.`,
    );
  if (shared !== "")
    advice.push(`Do not block ${shared}: others depend on it. Find the one behind it.`);
  return advice;
}

function lasting({ accounts, stage, steps }: CaseRecord): string[] {
  const attacks = new Set(steps.map(({ attack }) => attack));
  const advice: string[] = [];
  const isGuessed = attacks.has("auth_bruteforce") || attacks.has("password_spray");
  if (stage === "guess" && isGuessed)
    advice.push("Look whether the accounts have long random passwords; limit tries per address.");
  if (
    stage === "guess" &&
    (attacks.has("registration_hijack") || attacks.has("account_takeover"))
  ) {
    const owners = names(accounts.values.map(({ text }) => text)) || "the account";
    advice.push(
      `Ask who uses ${owners} whether that was them; if not, give it a new password and remove its registrations.`,
    );
  }
  if (attacks.has("sip_enumeration")) {
    advice.push("Let the server answer alike whether an account exists or not.");
  }
  if (attacks.has("toll_fraud_probe")) {
    advice.push("Let the server take calls to the outside only with credentials.");
  }
  if ([...attacks].some((attack) => attack.endsWith("_flood"))) {
    advice.push(
      "Limit requests per address in front of the server; ask the provider for help upstream.",
    );
  }
  if (IN_MEDIA.some((attack) => attacks.has(attack))) {
    advice.push("Use SRTP, and let relays take media only from the address that was negotiated.");
  }
  if (FOR_DIGESTS.some((attack) => attacks.has(attack))) {
    const owners = names(accounts.values.map(({ text }) => text)) || "the telephone's account";
    advice.push(
      `Give ${owners} a new, long and random password: whoever has a digest can try passwords on it without being seen.`,
    );
  }
  if (attacks.has("tdos")) {
    advice.push(
      "Ask the carrier that hands the calls over to screen them; keep another number for what must get through.",
    );
  }
  if (PAST_SERVER.some((attack) => attacks.has(attack))) {
    advice.push("Let telephones take requests from their server only.");
  }
  if (MADE_TO_BREAK.some((attack) => attacks.has(attack))) {
    advice.push(
      "Keep servers and telephones up to date; let a border controller drop what is malformed.",
    );
  }
  if (attacks.has("covert_channel")) {
    advice.push("Ask who runs the sending software what the text is for, and keep its packets.");
  }
  if (stage === "scan" && attacks.has("sip_scan")) {
    advice.push("Let SIP be reached only from where users and carriers are.");
  }
  if (IN_CALLS.some((attack) => attacks.has(attack))) {
    advice.push(
      "Use TLS for signalling: then nobody can send requests or answers in another one's name.",
    );
  }
  return advice;
}

function names(texts: readonly string[], all = texts.length): string {
  const shown = texts.slice(0, NAMED_MAX).map((text) => printable(text, TEXT_MAX));
  return shown.join(", ") + (all > shown.length ? `, ... (${all} in all)` : "");
}
