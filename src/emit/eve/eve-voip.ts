import type { Alert, AlertBaseline, AlertCounter } from "../../detect/alerts/alert.ts";
import type { AlertSource } from "../../detect/alerts/alert-source.ts";
import type { SipDialogFields } from "../../track/content/sip-fields.ts";
import type { Contradiction } from "../../track/facts/event.ts";
import type { RelatedFact } from "../../track/facts/related.ts";
import type { EvidenceFile } from "../evidence/evidence-file.ts";
import { eveTime } from "./eve-header.ts";
import { quoted, quotedClean } from "./eve-text.ts";

/** Version of the `voip` object: the first number changes when a field goes or changes its meaning. */
export const VOIP_SCHEMA = "voip/1.0";

/** EVE `voip` object of an alert: what sipsentry knows beyond Suricata's fields. Empty texts are left out. */
export function eveVoip(
  { alertId, caseId, voip }: Alert,
  textMax: number,
  capture: EvidenceFile | undefined,
): string {
  let text = `{"schema":"${VOIP_SCHEMA}","alert_id":${quoted(alertId)}`;
  if (caseId !== undefined) text += `,"case_id":${quoted(caseId)}`;
  text += member("event", voip.event, textMax);
  if (Number.isFinite(voip.value)) text += `,"value":${voip.value}`;
  if (voip.isSpoofed === true) text += ',"spoofed":true';
  text += member("call_id", voip.callId, textMax);
  text += member("account", voip.account, textMax);
  text += member("aor", voip.aor, textMax);
  text += member("from_user", voip.fromUser, textMax);
  text += member("to_user", voip.toUser, textMax);
  text += member("user_agent", voip.userAgent, textMax);
  text += member("stream", voip.stream, textMax);
  if (voip.source !== undefined) text += `,"source":${eveSource(voip.source)}`;
  if (voip.related !== undefined) text += `,"related":${eveRelated(voip.related, textMax)}`;
  if (voip.counter !== undefined) text += `,"counter":${eveCounter(voip.counter, textMax)}`;
  if (capture !== undefined) text += `,"capture":${eveCapture(capture)}`;
  return `${text}}`;
}

/** EVE `voip` object of a message: which dialog it belongs to, and whose it is. */
export function eveDialog(dialog: SipDialogFields, textMax: number): string {
  let text = `{"schema":"${VOIP_SCHEMA}"`;
  text += member("call_id", dialog.callId, textMax);
  text += member("from_tag", dialog.fromTag, textMax);
  text += member("to_tag", dialog.toTag, textMax);
  if (dialog.cseq >= 0) text += `,"cseq":${dialog.cseq}`;
  text += member("cseq_method", dialog.cseqMethod, textMax);
  text += member("from_user", dialog.fromUser, textMax);
  text += member("to_user", dialog.toUser, textMax);
  return `${text}${member("account", dialog.account, textMax)}}`;
}

/** The earlier fact that the alert's follows from. */
function eveRelated(
  { event, timeUs, srcIp, account, value }: RelatedFact,
  textMax: number,
): string {
  const text = `{"event":"${event}","timestamp":"${eveTime(timeUs)}","src_ip":"${srcIp}"`;
  return `${text}${member("account", account, textMax)},"value":${value}}`;
}

function member(key: string, value: string | undefined, textMax: number): string {
  return value === undefined || value === "" ? "" : `,"${key}":${quotedClean(value, textMax)}`;
}

/** Whether the address can be believed, and whether others depend on it. */
export function eveSource({ isProven, shared }: AlertSource): string {
  const isShared = shared === "" ? "" : `,"shared":${quoted(shared)}`;
  return `{"return_path":"${isProven ? "proven" : "unproven"}"${isShared}}`;
}

/** What the file of `capture_file` held when the record was written; it may have grown since. */
export function eveCapture({ packets, bytes, sha256, isComplete }: EvidenceFile): string {
  return `{"packets":${packets},"bytes":${bytes},"sha256":"${sha256}","complete":${isComplete}}`;
}

/** What was expected and what was seen, in the order of `evidence`. */
export function eveEvidence(evidence: readonly Contradiction[], textMax: number): string {
  let text = "[";
  for (const { what, expected, seen } of evidence) {
    if (text.length > 1) text += ",";
    text += `{"what":${quotedClean(what, textMax)},"expected":${quotedClean(expected, textMax)},"seen":${quotedClean(seen, textMax)}}`;
  }
  return `${text}]`;
}

function eveCounter(counter: AlertCounter, textMax: number): string {
  const { baseline, type, track, key, count, seconds, uniqueOn, ratio } = counter;
  let text = `{"type":"${type}","track":"${track}","key":${quotedClean(key, textMax)},"count":${count},"seconds":${seconds}`;
  if (uniqueOn !== undefined) text += `,"unique_on":"${uniqueOn}","distinct":${count}`;
  if (ratio !== undefined && Number.isFinite(ratio)) {
    text += `,"ratio":${Math.round(ratio * 10_000) / 10_000}`;
  }
  if (baseline !== undefined) text += `,"baseline":${eveBaseline(baseline)}`;
  return `${text}}`;
}

/** What a learned value was compared with; four digits after the point are more than is known. */
function eveBaseline({ value, usual, limit, deviations, sinceUs }: AlertBaseline): string {
  const number = (of: number) => Math.round(of * 10_000) / 10_000;
  return `{"value":${number(value)},"usual":${number(usual)},"limit":${number(limit)},"deviations":${number(deviations)},"since":"${eveTime(sinceUs)}"}`;
}
