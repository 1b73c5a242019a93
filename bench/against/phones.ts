import { ipText, type Packet, type Station } from "../capture-file.ts";
import {
  answer,
  audio,
  challengeHeader,
  credentialsHeader,
  eightHex,
  type RequestParts,
  request,
  SDP_TYPE,
} from "../sip-text.ts";

export const START_US = 1_700_000_000_000_000;
const PHONES = 5_000;
/** Phones whose messages run side by side. */
const AT_ONCE = 50;
/** Five thousand messages a second. */
const STEP_US = 200;
const PBX: Station = { ip: 0x0a000001, port: 5060 };

interface Step {
  readonly isUp: boolean;
  readonly text: string;
}

/**
 * A PBX with 5,000 phones. Each cycle of a phone is sixteen messages: REGISTER 401 REGISTER 200,
 * OPTIONS 200, and INVITE 401 ACK INVITE 100 180 200 ACK BYE 200.
 */
export function* phones(messages: number, startUs = START_US): Generator<Packet> {
  let timeUs = startUs;
  for (let cycle = 0; cycle * CYCLE_MESSAGES < messages; cycle += AT_ONCE) {
    const group = Array.from({ length: AT_ONCE }, (_, i) => {
      const phone = (cycle + i) % PHONES;
      return { at: { ip: 0x0a010000 + phone, port: 5060 }, steps: cycleOf(phone, cycle + i) };
    });
    for (let step = 0; step < CYCLE_MESSAGES; step++) {
      for (const { at, steps } of group) {
        const { isUp, text } = steps[step] as Step;
        timeUs += STEP_US;
        yield { timeUs, from: isUp ? at : PBX, to: isUp ? PBX : at, payload: text };
      }
    }
  }
}

export const CYCLE_MESSAGES = 16;

function cycleOf(phone: number, cycle: number): Step[] {
  const at: Station = { ip: 0x0a010000 + phone, port: 5060 };
  const id = eightHex(cycle);
  return [...registration(at, phone, id), ...ping(at, phone, id), ...call(at, phone, id)];
}

function up(text: string): Step {
  return { isUp: true, text };
}

function down(text: string): Step {
  return { isUp: false, text };
}

function registration(client: Station, phone: number, id: string): Step[] {
  const user = `${1000 + phone}`;
  const parts = (cseq: number): RequestParts => {
    const callId = `${id}1-3848276298220188511`;
    return { method: "REGISTER", client, from: user, to: user, id, callId, cseq };
  };
  const nonce = `5f${id}aa01`;
  const digest = credentialsHeader(user, nonce, `7587245234b3434cc3412213${id}`);
  const contact = `Contact: <sip:${user}@${ipText(client.ip)}:5060;transport=udp>;expires=3600`;
  return [
    up(request(parts(1))),
    down(answer(parts(1), "401 Unauthorized", { toTag: `r${id}`, more: [challengeHeader(nonce)] })),
    up(request(parts(2), [digest])),
    down(answer(parts(2), "200 OK", { toTag: `s${id}`, more: [contact] })),
  ];
}

function ping(at: Station, phone: number, id: string): Step[] {
  const parts: RequestParts = {
    method: "OPTIONS",
    client: PBX,
    from: "asterisk",
    to: `${1000 + phone}`,
    id,
    callId: `${id}2-41c5d3c2b5d3c2b0`,
    cseq: 102,
    uri: `sip:${1000 + phone}@${ipText(at.ip)}:5060`,
  };
  return [down(request(parts)), up(answer(parts, "200 OK", { toTag: `o${id}` }))];
}

function call(client: Station, phone: number, id: string): Step[] {
  const user = `${1000 + phone}`;
  const toTag = `as${id}`;
  const offer = audio({ ip: client.ip, port: 16_384 });
  const accepted = audio({ ip: PBX.ip, port: 10_000 + 2 * (phone % 20_000) });
  const parts = (method: string, cseq: number): RequestParts => {
    const callId = `${id}3-c3b2a1d0c3b2a1d`;
    return { method, client, from: user, to: `${2000 + phone}`, id, callId, cseq };
  };
  const inDialog = (method: string, cseq: number): RequestParts => ({
    ...parts(method, cseq),
    id: `${id}${method}`,
    toTag,
    uri: "sip:2000@10.0.0.1:5060",
  });
  const nonce = `6a${id}bb02`;
  const digest = credentialsHeader(user, nonce, `0c175b9c0f1b6a831c399e26${id}`);
  const first = parts("INVITE", 1);
  const second = parts("INVITE", 2);
  return [
    up(request(first, [SDP_TYPE], offer)),
    down(answer(first, "401 Unauthorized", { toTag: `x${id}`, more: [challengeHeader(nonce)] })),
    up(request({ ...parts("ACK", 1), toTag: `x${id}` })),
    up(request(second, [digest, SDP_TYPE], offer)),
    down(answer(second, "100 Trying")),
    down(answer(second, "180 Ringing", { toTag })),
    down(answer(second, "200 OK", { toTag, more: [SDP_TYPE], body: accepted })),
    up(request(inDialog("ACK", 2))),
    up(request(inDialog("BYE", 3))),
    down(answer(inDialog("BYE", 3), "200 OK")),
  ];
}
