import type { CaseRecord, CaseSource } from "../../detect/cases/case-record.ts";
import { printable } from "../eve/eve-text.ts";

const NAMED_MAX = 5;
const TEXT_MAX = 96;

/** What to do about the case now, the most urgent first. */
export function caseAdvice(record: CaseRecord): string[] {
  const { calls, stage } = record;
  const advice: string[] = [];
  const accounts = names(record.accounts.values.map(({ text }) => text));
  if (stage === "in" || stage === "use") {
    if (calls !== null)
      advice.push("Hang up the calls that are up, and bar calls abroad for the account.");
    advice.push(`Give ${accounts || "the account"} a new password and remove its registrations.`);
  }
  if (calls !== null) {
    advice.push(
      "Tell the carrier which numbers were called and when: charges can often be stopped within days.",
    );
    if (calls.cost === null && calls.ended > 0)
      advice.push("What the calls cost is unknown: give the carrier's prices with --rates.");
  }
  advice.push(...blocking(record));
  if (record.forged.length > 0) {
    const at = record.macs.length > 0 ? ` with MAC ${names(record.macs)}` : "";
    advice.push(
      `The address ${names(record.forged)} was forged: find the sender${at} at its switch port; its owner did nothing.`,
    );
  }
  advice.push(...lasting(record));
  return advice;
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
  const proven = of(({ isProven, shared }) => isProven && shared === "");
  const unproven = of(({ isProven, shared }) => !isProven && shared === "");
  const shared = of((source) => source.shared !== "");
  const advice: string[] = [];
  if (proven !== "") {
    const rest = sourceCount > sources.length ? " and the others of the case" : "";
    advice.push(`Block ${proven}${rest} at the border.`);
  }
  if (unproven !== "") {
    advice.push(
      `Look whose address ${unproven} is before you block it: nothing proves that it is the sender's own.`,
    );
  }
  if (shared !== "")
    advice.push(`Do not block ${shared}: others depend on it. Find the one behind it.`);
  return advice;
}

function lasting({ stage, steps }: CaseRecord): string[] {
  const attacks = new Set(steps.map(({ attack }) => attack));
  const advice: string[] = [];
  if (stage === "guess")
    advice.push("Look whether the accounts have long random passwords; limit tries per address.");
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
  if (stage === "damage" && attacks.has("rtp_injection")) {
    advice.push("Use SRTP, and let relays take media only from the address that was negotiated.");
  }
  return advice;
}

function names(texts: readonly string[]): string {
  const shown = texts.slice(0, NAMED_MAX).map((text) => printable(text, TEXT_MAX));
  return shown.join(", ") + (texts.length > NAMED_MAX ? `, ... (${texts.length} in all)` : "");
}
