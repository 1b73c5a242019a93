import type { CallRecord, CallStream } from "../../track/call-records/call-record.ts";

/** A PBX rings the other leg within this, once it has looked up whom. */
const RINGS_WITHIN_US = 5_000_000;
/** So many last digits tell a number, whatever prefixes a PBX puts before it or takes away. */
const DIGITS_MIN = 6;
/** Call-IDs that a PBX makes from the other leg's hold all of it; shorter ones would be found by chance. */
const CALL_ID_MIN = 8;
const LEGS_MAX = 8;

/**
 * The other legs of a call through a back-to-back user agent, which have Call-IDs of their own (RFC 7092): one Call-ID is
 * made from the other, media of both is at one address, or the host that was called calls on at once, to the same number or
 * for the same caller. A guess where the last holds only.
 */
export function legsOf(call: CallRecord, calls: readonly CallRecord[]): CallRecord[] {
  const legs = calls.filter(
    (other) => other !== call && other.callId !== call.callId && areLegs(call, other),
  );
  return legs
    .sort((a, b) => Math.abs(a.setupUs - call.setupUs) - Math.abs(b.setupUs - call.setupUs))
    .slice(0, LEGS_MAX);
}

function areLegs(one: CallRecord, other: CallRecord): boolean {
  if (!overlap(one, other)) return false;
  if (isMadeFrom(one.callId, other.callId) || isMadeFrom(other.callId, one.callId)) return true;
  if (one.streams.some((stream) => other.streams.some((second) => isSameStream(stream, second))))
    return true;
  return callsOn(one, other) || callsOn(other, one);
}

/** The second call is how the first one is passed on. */
function callsOn(first: CallRecord, second: CallRecord): boolean {
  const laterUs = second.setupUs - first.setupUs;
  if (first.callee.ip === "" || second.caller.ip !== first.callee.ip) return false;
  if (first.setupUs === 0 || laterUs < 0 || laterUs > RINGS_WITHIN_US) return false;
  const callers = [first.caller.user, first.assertedUser];
  const isSameCaller = [second.caller.user, second.assertedUser].some(
    (user) => user !== "" && callers.includes(user),
  );
  return isSameCaller || isSameNumber(first.dialled, second.dialled);
}

function overlap(one: CallRecord, other: CallRecord): boolean {
  const [first, second] = startOf(one) <= startOf(other) ? [one, other] : [other, one];
  return startOf(second) <= (first.endUs || Number.POSITIVE_INFINITY);
}

function startOf({ setupUs, answerUs, timeUs }: CallRecord): number {
  return setupUs || answerUs || timeUs;
}

function isMadeFrom(callId: string, other: string): boolean {
  if (callId.length < CALL_ID_MIN) return false;
  const at = other.indexOf(callId);
  // As a whole: "11-22@pbx" is not made from "1-22@pbx".
  return at >= 0 && isEdge(other[at - 1]) && isEdge(other[at + callId.length]);
}

function isEdge(char: string | undefined): boolean {
  return char === undefined || !/[A-Za-z0-9]/.test(char);
}

function isSameNumber(one: string, other: string): boolean {
  const [a, b] = [one.replace(/\D/g, ""), other.replace(/\D/g, "")];
  if (a.length < DIGITS_MIN || b.length < DIGITS_MIN) return one !== "" && one === other;
  return a.endsWith(b.slice(-DIGITS_MIN)) || b.endsWith(a.slice(-DIGITS_MIN));
}

/** The same packets: one address of a relay that both legs name. */
function isSameStream(one: CallStream, other: CallStream): boolean {
  return (
    one.ssrc === other.ssrc &&
    one.srcIp === other.srcIp &&
    one.srcPort === other.srcPort &&
    one.destIp === other.destIp &&
    one.destPort === other.destPort
  );
}
