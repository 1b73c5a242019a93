import type {
  CallCountRecord,
  CallParty,
  CallRecord,
  CallStream,
} from "../../track/call-records/call-record.ts";
import type { CallCost } from "../../track/numbers/call-costs.ts";
import type { NumberedCall, PhoneNumber } from "../phone-numbers.ts";
import { type EveSettings, eveAddress, eveTime } from "./eve-header.ts";
import { type LineBytes, type Piece, piece } from "./line-bytes.ts";

const PERCENT_SCALE = 100;
const SCORE_SCALE = 100;
const MS_SCALE = 1_000;
const SECOND_US = 1_000_000;

const QUOTE = piece('"');
const LIST_END = piece("]");
const COMMA = piece(",");
const CALL = piece(',"call":');
const CALL_ID = piece(',"call_id":');
const STATE = piece(',"state":"');
const CAUSE = piece('","cause":"');
const ACCOUNT = piece('","account":');
const CALLER = piece(',"caller":');
const CALLEE = piece(',"callee":');
const IP = piece(',"ip":"');
const PORT = piece('","port":');
const USER = piece(',"user":');
const CONTACT = piece(',"contact":');
const USER_AGENT = piece(',"user_agent":');
const ASSERTED_USER = piece(',"asserted_user":');
const DIALLED = piece(',"dialled":');
const NUMBER = piece(',"number":');
const E164 = piece(',"e164":');
const CALLING_CODE = piece(',"calling_code":');
const COUNTRY = piece(',"country":');
const SETUP = piece(',"setup":"');
const RINGING = piece(',"ringing":"');
const ANSWERED = piece(',"answered":"');
const ENDED = piece(',"ended":"');
const DURATION = piece(',"duration":');
const COST = piece(',"cost":');
const AMOUNT = piece(',"amount":');
const CURRENCY = piece(',"currency":');
const PREFIX = piece(',"prefix":');
const DESTINATION = piece(',"destination":');
const CODE = piece(',"code":');
const REASON = piece(',"reason":');
const HUNG_UP_BY = piece(',"hung_up_by":');
const CODECS = piece(',"codecs":[');
const ENCRYPTION = piece(',"encryption":');
const HOLDS = piece(',"holds":');
const HOLD_TIME = piece(',"hold_time":');
const STREAMS = piece(',"streams":[');
const AGENT_MOS = piece(',"agent_mos":');
const ALERT_IDS = piece(',"alert_ids":[');
const PARTIAL = piece(',"partial":true');
/** Of a stream. */
const FROM = [piece('{"from":"caller","src_ip":"'), piece('{"from":"callee","src_ip":"')] as const;
const SRC_PORT = piece('","src_port":');
const DEST_IP = piece(',"dest_ip":"');
const DEST_PORT = piece('","dest_port":');
const SSRC = piece(',"ssrc":"0x');
const PAYLOAD_TYPE = piece('","payload_type":');
const CODEC = piece(',"codec":');
const START = piece(',"start":"');
const STREAM_END = piece('","end":"');
const PACKETS = piece('","packets":');
const LOST = piece(',"lost":');
const LOSS_PERCENT = piece(',"loss_percent":');
const JITTER_MS = piece(',"jitter_ms":');
const MOS = piece(',"mos":');
const OBJECT_END = piece("}");

/** Writes the EVE `call` member of a line; what is unknown is left out. */
export function eveCall(line: LineBytes, call: NumberedCall, settings: EveSettings): void {
  const max = settings.textMax;
  const { alertIds, answerUs, callerNumber, codecs, dialledNumber, streams } = call;
  line.put(CALL);
  const at = line.length;
  line.put(CALL_ID);
  line.quotedClean(call.callId, max);
  line.put(STATE);
  line.text(call.state);
  line.put(CAUSE);
  line.text(call.why);
  if (call.account === "") line.put(QUOTE);
  else textMember(line, ACCOUNT, call.account, max);
  line.put(CALLER);
  const caller = line.length;
  partyMembers(line, call.caller, settings);
  textMember(line, ASSERTED_USER, call.assertedUser, max);
  if (callerNumber !== null) numberMembers(line, callerNumber);
  line.makeObject(caller);
  line.put(CALLEE);
  const callee = line.length;
  partyMembers(line, call.callee, settings);
  line.makeObject(callee);
  textMember(line, DIALLED, call.dialled, max);
  if (dialledNumber !== null) {
    line.put(NUMBER);
    const number = line.length;
    numberMembers(line, dialledNumber);
    line.makeObject(number);
  }
  times(line, call);
  if (answerUs > 0) seconds(line, DURATION, call.durationUs);
  if (call.cost !== null) costMember(line, call.cost, max);
  if (call.code > 0) numberMember(line, CODE, call.code);
  textMember(line, REASON, call.reason, max);
  textMember(line, HUNG_UP_BY, call.hungUpBy, max);
  if (codecs.length > 0) codecList(line, codecs, max);
  textMember(line, ENCRYPTION, call.encryption, max);
  if (call.holds > 0) {
    numberMember(line, HOLDS, call.holds);
    seconds(line, HOLD_TIME, call.holdUs);
  }
  if (streams.length > 0) streamMembers(line, streams, settings);
  if (call.agentMos > 0) numberMember(line, AGENT_MOS, call.agentMos);
  if (alertIds.length > 0) alertList(line, alertIds);
  if (call.isPartial) line.put(PARTIAL);
  line.makeObject(at);
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

function costMember(line: LineBytes, cost: CallCost, max: number): void {
  line.put(COST);
  const at = line.length;
  numberMember(line, AMOUNT, cost.amount);
  line.put(CURRENCY);
  line.quoted(cost.currency);
  line.put(PREFIX);
  line.quoted(cost.prefix);
  textMember(line, DESTINATION, cost.name, max);
  line.makeObject(at);
}

function partyMembers(line: LineBytes, party: CallParty, settings: EveSettings): void {
  const { ip, port, user, contact, agent } = party;
  const max = settings.textMax;
  if (ip !== "") {
    line.put(IP);
    line.text(eveAddress(ip, settings.ipv6Compress));
    numberMember(line, PORT, port);
  }
  textMember(line, USER, user, max);
  textMember(line, CONTACT, contact, max);
  textMember(line, USER_AGENT, agent, max);
}

function numberMembers(line: LineBytes, number: PhoneNumber): void {
  line.put(E164);
  line.quoted(number.e164);
  numberMember(line, CALLING_CODE, number.callingCode);
  if (number.country === "") return;
  line.put(COUNTRY);
  line.quoted(number.country);
}

function times(line: LineBytes, { setupUs, ringUs, answerUs, endUs }: CallRecord): void {
  timeMember(line, SETUP, setupUs);
  timeMember(line, RINGING, ringUs);
  timeMember(line, ANSWERED, answerUs);
  timeMember(line, ENDED, endUs);
}

/** `streams`, and the score of the one that somebody heard worst. */
function streamMembers(
  line: LineBytes,
  streams: readonly CallStream[],
  settings: EveSettings,
): void {
  let worst = Number.POSITIVE_INFINITY;
  line.put(STREAMS);
  for (let i = 0; i < streams.length; i++) {
    const stream = streams[i] as CallStream;
    if (i > 0) line.put(COMMA);
    streamObject(line, stream, settings);
    if (stream.mos !== null) worst = Math.min(worst, stream.mos);
  }
  line.put(LIST_END);
  if (worst < Number.POSITIVE_INFINITY) scoreMember(line, worst);
}

function streamObject(line: LineBytes, stream: CallStream, settings: EveSettings): void {
  const { codec, packets, lost, jitterMs, mos, ssrc } = stream;
  const { ipv6Compress, textMax } = settings;
  line.put(FROM[stream.side]);
  line.text(eveAddress(stream.srcIp, ipv6Compress));
  numberMember(line, SRC_PORT, stream.srcPort);
  line.put(DEST_IP);
  line.text(eveAddress(stream.destIp, ipv6Compress));
  numberMember(line, DEST_PORT, stream.destPort);
  line.put(SSRC);
  line.hex32(ssrc);
  numberMember(line, PAYLOAD_TYPE, stream.payloadType);
  textMember(line, CODEC, codec, textMax);
  line.put(START);
  line.time(stream.startUs);
  line.put(STREAM_END);
  line.time(stream.endUs);
  numberMember(line, PACKETS, packets);
  numberMember(line, LOST, lost);
  line.put(LOSS_PERCENT);
  line.rounded((100 * Math.max(0, lost)) / Math.max(1, packets + lost), PERCENT_SCALE);
  if (jitterMs !== null) {
    line.put(JITTER_MS);
    line.rounded(jitterMs, MS_SCALE);
  }
  if (mos !== null) scoreMember(line, mos);
  line.put(OBJECT_END);
}

/** A text from a packet; nothing when it is empty. */
function textMember(line: LineBytes, name: Piece, value: string, max: number): void {
  if (value === "") return;
  line.put(name);
  line.quotedClean(value, max);
}

function numberMember(line: LineBytes, name: Piece, value: number): void {
  line.put(name);
  line.number(value);
}

/** A score of two decimals. */
function scoreMember(line: LineBytes, mos: number): void {
  line.put(MOS);
  line.rounded(mos, SCORE_SCALE);
}

/** A time; nothing when it is 0. */
function timeMember(line: LineBytes, name: Piece, timeUs: number): void {
  if (timeUs <= 0) return;
  line.put(name);
  line.time(timeUs);
  line.put(QUOTE);
}

function seconds(line: LineBytes, name: Piece, us: number): void {
  line.put(name);
  line.ratio(Math.round(us), SECOND_US);
}

function codecList(line: LineBytes, codecs: readonly string[], max: number): void {
  line.put(CODECS);
  for (let i = 0; i < codecs.length; i++) {
    if (i > 0) line.put(COMMA);
    line.quotedClean(codecs[i] as string, max);
  }
  line.put(LIST_END);
}

function alertList(line: LineBytes, alertIds: readonly string[]): void {
  line.put(ALERT_IDS);
  for (let i = 0; i < alertIds.length; i++) {
    if (i > 0) line.put(COMMA);
    line.quoted(alertIds[i] as string);
  }
  line.put(LIST_END);
}
