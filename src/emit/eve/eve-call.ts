import type {
  CallCountRecord,
  CallParty,
  CallRecord,
  CallStream,
} from "../../track/call-records/call-record.ts";
import type { CallCost } from "../../track/numbers/call-costs.ts";
import type { NumberedCall, PhoneNumber } from "../phone-numbers.ts";
import { type EveSettings, eveAddress, eveTime } from "./eve-header.ts";
import { quoted, quotedClean } from "./eve-text.ts";

const PERCENT_SCALE = 100;
const MS_SCALE = 1000;

/** EVE `call` object as text; what is unknown is left out. */
export function eveCall(call: NumberedCall, settings: EveSettings): string {
  const max = settings.textMax;
  const { alertIds, answerUs, code, codecs, dialledNumber, holds, streams } = call;
  let text = `{"call_id":${quotedClean(call.callId, max)},"state":"${call.state}","cause":"${call.why}"`;
  text += member("account", call.account, max);
  const asserted = member("asserted_user", call.assertedUser, max);
  const caller = eveParty(call.caller, settings) + asserted + eveNumber(call.callerNumber);
  text += `,"caller":{${caller.slice(1)}},"callee":{${eveParty(call.callee, settings).slice(1)}}`;
  text += member("dialled", call.dialled, max);
  if (dialledNumber !== null) text += `,"number":{${eveNumber(dialledNumber).slice(1)}}`;
  text += times(call);
  if (answerUs > 0) text += `,"duration":${seconds(call.durationUs)}`;
  if (call.cost !== null) text += eveCost(call.cost, max);
  if (code > 0) text += `,"code":${code}`;
  text += member("reason", call.reason, max) + member("hung_up_by", call.hungUpBy, max);
  if (codecs.length > 0) text += `,"codecs":[${codecs.map((name) => quotedClean(name, max))}]`;
  text += member("encryption", call.encryption, max);
  if (holds > 0) text += `,"holds":${holds},"hold_time":${seconds(call.holdUs)}`;
  if (streams.length > 0) text += eveStreams(streams, settings);
  if (call.agentMos > 0) text += `,"agent_mos":${call.agentMos}`;
  if (alertIds.length > 0) text += `,"alert_ids":[${alertIds.map(quoted)}]`;
  if (call.isPartial) text += ',"partial":true';
  return `${text}}`;
}

function eveCost({ amount, currency, name, prefix }: CallCost, max: number): string {
  const cost = `"amount":${amount},"currency":${quoted(currency)},"prefix":${quoted(prefix)}`;
  return `,"cost":{${cost}${member("destination", name, max)}}`;
}

/** EVE `call` object of calls that were only counted. */
export function eveCallCount(count: CallCountRecord, { ipv6Compress }: EveSettings): object {
  return {
    state: "counted",
    start: eveTime(count.startUs),
    end: eveTime(count.timeUs),
    unanswered_calls: count.unanswered,
    answered_calls: count.answered,
    sources: count.sources.map(({ ip, calls }) => ({ ip: eveAddress(ip, ipv6Compress), calls })),
  };
}

function member(name: string, value: string, max: number): string {
  return value === "" ? "" : `,"${name}":${quotedClean(value, max)}`;
}

function eveParty({ ip, port, user, contact, agent }: CallParty, settings: EveSettings): string {
  const max = settings.textMax;
  const end = ip === "" ? "" : `,"ip":"${eveAddress(ip, settings.ipv6Compress)}","port":${port}`;
  return `${end}${member("user", user, max)}${member("contact", contact, max)}${member("user_agent", agent, max)}`;
}

function eveNumber(number: PhoneNumber | null): string {
  if (number === null) return "";
  const { e164, callingCode, country } = number;
  const whose = country === "" ? "" : `,"country":${quoted(country)}`;
  return `,"e164":${quoted(e164)},"calling_code":${callingCode}${whose}`;
}

function times({ setupUs, ringUs, answerUs, endUs }: CallRecord): string {
  let text = setupUs > 0 ? `,"setup":"${eveTime(setupUs)}"` : "";
  if (ringUs > 0) text += `,"ringing":"${eveTime(ringUs)}"`;
  if (answerUs > 0) text += `,"answered":"${eveTime(answerUs)}"`;
  return endUs > 0 ? `${text},"ended":"${eveTime(endUs)}"` : text;
}

/** `streams`, and the score of the one that somebody heard worst. */
function eveStreams(streams: readonly CallStream[], settings: EveSettings): string {
  let worst = Number.POSITIVE_INFINITY;
  for (const { mos } of streams) if (mos !== null) worst = Math.min(worst, mos);
  const list = streams.map((stream) => eveStream(stream, settings));
  return `,"streams":[${list}]${worst < Number.POSITIVE_INFINITY ? `,"mos":${worst}` : ""}`;
}

function eveStream(stream: CallStream, settings: EveSettings): string {
  const { codec, packets, lost, jitterMs, mos, ssrc } = stream;
  const loss = (100 * Math.max(0, lost)) / Math.max(1, packets + lost);
  const { ipv6Compress, textMax } = settings;
  let text = `{"from":"${stream.side === 0 ? "caller" : "callee"}"`;
  text += `,"src_ip":"${eveAddress(stream.srcIp, ipv6Compress)}","src_port":${stream.srcPort}`;
  text += `,"dest_ip":"${eveAddress(stream.destIp, ipv6Compress)}","dest_port":${stream.destPort}`;
  text += `,"ssrc":"0x${ssrc.toString(16).padStart(8, "0")}","payload_type":${stream.payloadType}`;
  text += member("codec", codec, textMax);
  text += `,"start":"${eveTime(stream.startUs)}","end":"${eveTime(stream.endUs)}"`;
  text += `,"packets":${packets},"lost":${lost},"loss_percent":${rounded(loss, PERCENT_SCALE)}`;
  if (jitterMs !== null) text += `,"jitter_ms":${rounded(jitterMs, MS_SCALE)}`;
  return `${text}${mos === null ? "" : `,"mos":${mos}`}}`;
}

function seconds(us: number): number {
  return Math.round(us) / 1e6;
}

function rounded(value: number, scale: number): number {
  return Math.round(value * scale) / scale;
}
