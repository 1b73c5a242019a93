import type { Packet, Station } from "../capture-file.ts";
import {
  answer,
  audio,
  challengeHeader,
  eightHex,
  type RequestParts,
  request,
  SDP_TYPE,
} from "../sip-text.ts";
import { START_US } from "./phones.ts";

const PBX: Station = { ip: 0x0a000001, port: 5060 };
const SCANNER: Station = { ip: 0xc6336407, port: 5060, ttl: 52, mac: 0xa1 };
/** Through the router, whatever address it is sent from. */
const ROUTER = { ttl: 52, mac: 0xa1 };
/** Five thousand messages a second. */
const SCAN_STEP_US = 200;
const STORM_STEP_US = 100;

/** One source asks for one user after the other by REGISTER and OPTIONS; each is answered 404. */
export function* scan(messages: number): Generator<Packet> {
  let timeUs = START_US;
  for (let i = 0; 2 * i < messages; i++) {
    const method = i % 2 === 0 ? "REGISTER" : "OPTIONS";
    const user = `${100_000 + (i >>> 1)}`;
    const id = eightHex(i);
    const callId = `${id}7-90551a7e90551a7e`;
    const parts: RequestParts = {
      ...{ method, client: SCANNER, from: user, to: user, id, callId, cseq: 1 },
    };
    timeUs += SCAN_STEP_US;
    yield { timeUs, from: SCANNER, to: PBX, payload: request(parts) };
    timeUs += SCAN_STEP_US;
    const payload = answer(parts, "404 Not Found", { toTag: `n${id}` });
    yield { timeUs, from: PBX, to: SCANNER, payload };
  }
}

/**
 * Each request from an address that nobody else has: INVITEs that are not answered and REGISTERs
 * whose challenge nobody takes up.
 */
export function* storm(messages: number): Generator<Packet> {
  let timeUs = START_US;
  for (let i = 0; 3 * i < messages; i++) {
    timeUs += STORM_STEP_US;
    const invite = spoofedRequest("INVITE", 2 * i);
    const offer = audio({ ip: invite.client.ip, port: 16_384 });
    const payload = request(invite, [SDP_TYPE], offer);
    yield { timeUs, from: invite.client, to: PBX, payload };
    timeUs += STORM_STEP_US;
    const register = spoofedRequest("REGISTER", 2 * i + 1);
    yield { timeUs, from: register.client, to: PBX, payload: request(register) };
    timeUs += STORM_STEP_US;
    const { id } = register;
    const challenge = answer(register, "401 Unauthorized", {
      toTag: `n${id}`,
      more: [challengeHeader(`7b${id}cc03`)],
    });
    yield { timeUs, from: PBX, to: register.client, payload: challenge };
  }
}

/** Request number `i` of a storm, from an address of its own. */
export function spoofedRequest(method: string, i: number): RequestParts {
  const id = eightHex(i);
  const client: Station = { ip: spoofedAddress(i), port: 1024 + (i % 60_000), ...ROUTER };
  const user = `${20_000 + (i % 1_000)}`;
  const to = method === "REGISTER" ? user : `${1000 + (i % 5_000)}`;
  return { method, client, from: user, to, id, callId: `${id}8-5ca1ab1e5ca1ab1e`, cseq: 1 };
}

/** Another address for each number: a permutation of 24 bits, in one of four networks. */
function spoofedAddress(i: number): number {
  const low = Math.imul(i, 0x9e3779b1) & 0xffffff;
  return ((((i >>> 24) & 3) + 0x30) * 2 ** 24 + low) >>> 0;
}
