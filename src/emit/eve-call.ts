import type { CallCountRecord, CallParty, CallRecord, CallStream } from "../track/call-record.ts";
import { type EveSettings, eveAddress, eveTime } from "./eve-header.ts";
import { cleanText } from "./eve-text.ts";
import type { NumberedCall, PhoneNumber } from "./phone-numbers.ts";

type Fields = Record<string, unknown>;

const MOS_SCALE = 100;

/** EVE `call` object; what is unknown is left out. */
export function eveCall(call: NumberedCall, settings: EveSettings): Fields {
  const text = (value: string) => cleanText(value, settings.textMax);
  const mos = worstMos(call.streams);
  return {
    call_id: text(call.callId),
    state: call.state,
    cause: call.why,
    ...texts({ account: call.account }, text),
    caller: {
      ...eveParty(call.caller, settings),
      ...texts({ asserted_user: call.assertedUser }, text),
      ...eveNumber(call.callerNumber),
    },
    callee: eveParty(call.callee, settings),
    ...texts({ dialled: call.dialled }, text),
    ...(call.dialledNumber !== null && { number: eveNumber(call.dialledNumber) }),
    ...times(call),
    ...(call.answerUs > 0 && { duration: seconds(call.durationUs) }),
    ...(call.code > 0 && { code: call.code }),
    ...texts({ reason: call.reason, hung_up_by: call.hungUpBy }, text),
    ...(call.codecs.length > 0 && { codecs: call.codecs.map(text) }),
    ...texts({ encryption: call.encryption }, text),
    ...(call.holds > 0 && { holds: call.holds, hold_time: seconds(call.holdUs) }),
    ...(call.streams.length > 0 && {
      streams: call.streams.map((stream) => eveStream(stream, settings)),
    }),
    ...(mos !== null && { mos }),
    ...(call.alertIds.length > 0 && { alert_ids: call.alertIds }),
    ...(call.isPartial && { partial: true }),
  };
}

/** EVE `call` object of calls that were only counted. */
export function eveCallCount(count: CallCountRecord, { ipv6Compress }: EveSettings): Fields {
  return {
    state: "counted",
    start: eveTime(count.startUs),
    end: eveTime(count.timeUs),
    unanswered_calls: count.unanswered,
    answered_calls: count.answered,
    sources: count.sources.map(({ ip, calls }) => ({ ip: eveAddress(ip, ipv6Compress), calls })),
  };
}

/** The stream that somebody heard worst. */
function worstMos(streams: readonly CallStream[]): number | null {
  const known = streams.flatMap(({ mos }) => (mos === null ? [] : [mos]));
  return known.length === 0 ? null : Math.min(...known);
}

function eveParty({ ip, port, user, contact, agent }: CallParty, settings: EveSettings): Fields {
  const text = (value: string) => cleanText(value, settings.textMax);
  return {
    ...(ip !== "" && { ip: eveAddress(ip, settings.ipv6Compress), port }),
    ...texts({ user, contact, user_agent: agent }, text),
  };
}

function eveNumber(number: PhoneNumber | null): Fields {
  if (number === null) return {};
  const { e164, callingCode, country } = number;
  return { e164, calling_code: callingCode, ...(country !== "" && { country }) };
}

function times({ setupUs, ringUs, answerUs, endUs }: CallRecord): Fields {
  return {
    ...(setupUs > 0 && { setup: eveTime(setupUs) }),
    ...(ringUs > 0 && { ringing: eveTime(ringUs) }),
    ...(answerUs > 0 && { answered: eveTime(answerUs) }),
    ...(endUs > 0 && { ended: eveTime(endUs) }),
  };
}

function eveStream(stream: CallStream, settings: EveSettings): Fields {
  const { packets, lost, jitterMs, mos, ssrc } = stream;
  const expected = packets + lost;
  return {
    from: stream.side === 0 ? "caller" : "callee",
    src_ip: eveAddress(stream.srcIp, settings.ipv6Compress),
    src_port: stream.srcPort,
    dest_ip: eveAddress(stream.destIp, settings.ipv6Compress),
    dest_port: stream.destPort,
    ssrc: `0x${ssrc.toString(16).padStart(8, "0")}`,
    payload_type: stream.payloadType,
    ...(stream.codec !== "" && { codec: cleanText(stream.codec, settings.textMax) }),
    start: eveTime(stream.startUs),
    end: eveTime(stream.endUs),
    packets,
    lost,
    loss_percent: rounded((100 * Math.max(0, lost)) / Math.max(1, expected), MOS_SCALE),
    ...(jitterMs !== null && { jitter_ms: rounded(jitterMs, 1000) }),
    ...(mos !== null && { mos }),
  };
}

/** Those that are not empty. */
function texts(values: Readonly<Record<string, string>>, text: (value: string) => string): Fields {
  const fields: Fields = {};
  for (const [name, value] of Object.entries(values)) if (value !== "") fields[name] = text(value);
  return fields;
}

function seconds(us: number): number {
  return Math.round(us) / 1e6;
}

function rounded(value: number, scale: number): number {
  return Math.round(value * scale) / scale;
}
