import type { Packet, Station } from "../capture-file.ts";
import { randomOf } from "../measure.ts";
import { answer, audio, eightHex, type RequestParts, request, SDP_TYPE } from "../sip-text.ts";
import { START_US } from "./phones.ts";

const PBX: Station = { ip: 0x0a000001, port: 5060 };
/** G.711, 20 ms (RFC 3551). */
const PAYLOAD_BYTES = 160;
const SAMPLES = 160;
const PACKET_US = 20_000;
/** Signalling of calls that are set up side by side. */
const SETUP_STEP_US = 100;
const CALLS_AT_ONCE = 1_000;
/** Of each of the two streams. */
const CALL_RTP_PACKETS = 12;
export const CALL_PACKETS = 7 + 2 * CALL_RTP_PACKETS;
const PORTS = 20_000;

interface Step {
  readonly isUp: boolean;
  readonly text: string;
}

interface Call {
  readonly caller: Station;
  readonly callerMedia: Station;
  readonly relay: Station;
  readonly id: string;
  readonly number: number;
}

function callOf(number: number): Call {
  const ip = 0x0a100000 + (number >>> 2);
  return {
    caller: { ip, port: 5060 },
    callerMedia: { ip, port: 16_384 + 2 * (number & 3) },
    relay: { ip: 0x0a000100 + Math.floor(number / PORTS), port: 10_000 + 2 * (number % PORTS) },
    id: eightHex(number),
    number,
  };
}

function inviteOf({ caller, number, id }: Call): RequestParts {
  return {
    method: "INVITE",
    client: caller,
    from: `${10_000 + (number >>> 2)}`,
    to: `${30_000 + (number % 5_000)}`,
    id,
    callId: `${id}4-ca11ca11ca11ca11`,
    cseq: 1,
  };
}

function inDialog(call: Call, method: string, cseq: number): RequestParts {
  const parts = inviteOf(call);
  return { ...parts, method, cseq, id: `${call.id}${method}`, toTag: `as${call.id}` };
}

/** INVITE, 100, 180, 200 and ACK; `isShort` leaves out what is only provisional. */
function setupOf(call: Call, isShort: boolean): Step[] {
  const invite = inviteOf(call);
  const toTag = `as${call.id}`;
  const body = audio(call.relay);
  return [
    { isUp: true, text: request(invite, [SDP_TYPE], audio(call.callerMedia)) },
    ...(isShort
      ? []
      : [
          { isUp: false, text: answer(invite, "100 Trying") },
          { isUp: false, text: answer(invite, "180 Ringing", { toTag }) },
        ]),
    { isUp: false, text: answer(invite, "200 OK", { toTag, more: [SDP_TYPE], body }) },
    { isUp: true, text: request(inDialog(call, "ACK", 1)) },
  ];
}

/** Answered calls that nobody ends: INVITE, 200 and ACK with SDP. */
export function* openCalls(calls: number, startUs = START_US): Generator<Packet> {
  let timeUs = startUs;
  for (let number = 0; number < calls; number++) {
    const call = callOf(number);
    for (const { isUp, text } of setupOf(call, true)) {
      timeUs += SETUP_STEP_US;
      const [from, to] = isUp ? [call.caller, PBX] : [PBX, call.caller];
      yield { timeUs, from, to, payload: text };
    }
  }
}

/** Calls from INVITE to BYE, a thousand at once, with so many RTP packets each way. */
export function* calls(count: number, rtpPackets = CALL_RTP_PACKETS): Generator<Packet> {
  let timeUs = START_US;
  for (let first = 0; first < count; first += CALLS_AT_ONCE) {
    const group = Array.from({ length: Math.min(CALLS_AT_ONCE, count - first) }, (_, i) =>
      callOf(first + i),
    );
    const setups = group.map((call) => ({ caller: call.caller, steps: setupOf(call, false) }));
    for (let step = 0; step < 5; step++) {
      for (const { caller, steps } of setups) {
        const { isUp, text } = steps[step] as Step;
        timeUs += SETUP_STEP_US;
        const [from, to] = isUp ? [caller, PBX] : [PBX, caller];
        yield { timeUs, from, to, payload: text };
      }
    }
    timeUs += PACKET_US;
    yield* talk(2 * group.length, rtpPackets, timeUs, 2 * first);
    timeUs += rtpPackets * PACKET_US;
    for (const isUp of [true, false]) {
      for (const call of group) {
        const bye = inDialog(call, "BYE", 2);
        timeUs += SETUP_STEP_US;
        const [from, to] = isUp ? [call.caller, PBX] : [PBX, call.caller];
        yield { timeUs, from, to, payload: isUp ? request(bye) : answer(bye, "200 OK") };
      }
    }
  }
}

/** Announced streams, two a call, then their packets in another order every 20 ms. */
export function* announcedStreams(streams: number, packetsEach: number): Generator<Packet> {
  yield* announcements(streams);
  yield* talk(streams, packetsEach, START_US + 4 * streams * SETUP_STEP_US);
}

/** The signalling of these streams alone. */
export function announcements(streams: number): Generator<Packet> {
  return openCalls(streams >>> 1);
}

/** RTP of streams `first` to `first + streams`, in another order every 20 ms (a fixed order flatters caches). */
export function* talk(
  streams: number,
  packetsEach: number,
  startUs: number,
  first = 0,
): Generator<Packet> {
  const random = randomOf(20_251_128);
  const ends = Array.from({ length: streams }, (_, i) => {
    const { callerMedia, relay } = callOf((first + i) >>> 1);
    return (i & 1) === 0 ? { from: callerMedia, to: relay } : { from: relay, to: callerMedia };
  });
  const order = Int32Array.from({ length: streams }, (_, i) => i);
  const payload = Buffer.alloc(12 + PAYLOAD_BYTES, 0xd5);
  payload[0] = 0x80;
  payload[1] = 8;
  const packet = { timeUs: startUs, from: PBX, to: PBX, payload };
  for (let round = 0; round < packetsEach; round++) {
    shuffle(order, random);
    payload.writeUInt16BE(1000 + round, 2);
    payload.writeUInt32BE(SAMPLES * round, 4);
    for (const [place, stream] of order.entries()) {
      payload.writeUInt32BE(0x10000000 + first + stream, 8);
      const { from, to } = ends[stream] as { from: Station; to: Station };
      packet.timeUs = startUs + PACKET_US * round + Math.floor((PACKET_US * place) / streams);
      packet.from = from;
      packet.to = to;
      yield packet;
    }
  }
}

function shuffle(order: Int32Array, random: () => number): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = random() % (i + 1);
    const value = order[i] as number;
    order[i] = order[j] as number;
    order[j] = value;
  }
}
