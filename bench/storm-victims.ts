import { START_US } from "./against/phones.ts";
import { merged, type Packet, type Packets, type Station } from "./capture-file.ts";
import { randomOf } from "./measure.ts";
import {
  answer,
  audio,
  challengeHeader,
  credentialsHeader,
  type RequestParts,
  request,
  SDP_TYPE,
} from "./sip-text.ts";
import { partOf, type Storm } from "./storm-traffic.ts";

/**
 * Three calls that are up before a storm and after it: one gets a BYE in its caller's name while the
 * caller talks on, one a stranger's voice, one voice in its caller's name inside the stream's own sequence.
 */

const PBX: Station = { ip: 0x0a000001, port: 5060 };
const STRANGER: Station = { ip: 0xc6336409, port: 40_000, ttl: 52, mac: 0xa1 };
/** By the router and from farther away, whatever address it bears. */
const FORGED = { ttl: 52, mac: 0xa1 };
/** The calls are up and proven by then. */
const STORM_AFTER_US = 15_000_000;
/** From the last of the storm to the attacks. */
const PAUSE_US = 2_000_000;
const ATTACK_US = 3_000_000;
const TALK_ON_US = 5_000_000;
const PACKET_US = 20_000;
/** Inside the window that a receiver takes for reordering (RFC 3550 A.1). */
const SEQUENCE_AHEAD = 50;

export type VictimName = "bye" | "foreign" | "inName";

interface Victim {
  readonly name: VictimName;
  readonly phone: Station;
  readonly user: string;
  readonly callId: string;
  readonly media: Station;
  readonly relay: Station;
  readonly ssrc: number;
}

const VICTIMS: readonly Victim[] = (["bye", "foreign", "inName"] as const).map((name, i) => ({
  name,
  phone: { ip: 0x0a02000b + i, port: 5060 },
  user: `80${i}`,
  callId: `0badca1${i}-v1c71m`,
  media: { ip: 0x0a02000b + i, port: 17_000 },
  relay: { ip: PBX.ip, port: 18_000 + 2 * i },
  ssrc: 0x7ac71000 + 16 * i,
}));

/** Address of the phone whose call is attacked. */
export function victimAddress(name: VictimName): number {
  return (VICTIMS.find((victim) => victim.name === name) as Victim).phone.ip;
}

/** The storm, or a share of it, upon the three calls, and then the attacks. */
export function stormThenAttacks(storm: Storm, share = 1): Packets {
  const { count, perSecond } = partOf(storm, share);
  const stormUs = START_US + STORM_AFTER_US;
  const attackUs = stormUs + (count / perSecond) * 1e6 + PAUSE_US;
  return merged(
    ...VICTIMS.map(signalling),
    ...VICTIMS.map((victim) => media(victim, attackUs)),
    storm.packets(count, perSecond, stormUs),
    attacks(attackUs),
  );
}

/** REGISTER 401 REGISTER 200 INVITE 401 ACK INVITE 180 200 ACK. */
function* signalling(victim: Victim, index: number): Generator<Packet> {
  const { phone, user, callId, media, relay, name } = victim;
  let timeUs = START_US + 100_000 * index;
  const send = (isUp: boolean, payload: string): Packet => {
    timeUs += 20_000;
    return { timeUs, from: isUp ? phone : PBX, to: isUp ? PBX : phone, payload };
  };
  const register = (cseq: number): RequestParts => ({
    ...{ method: "REGISTER", client: phone, from: user, to: user, id: `r${name}`, cseq },
    callId: `5e55${callId}`,
  });
  const digest = (nonce: string) =>
    credentialsHeader(user, nonce, `4e07408562bedb8b60ce05c1${nonce.slice(0, 8)}`);
  yield send(true, request(register(1)));
  yield send(false, refused(register(1), `11111111${name}`));
  yield send(true, request(register(2), [digest(`11111111${name}`)]));
  yield send(false, answer(register(2), "200 OK", { toTag: "r" }));
  const invite = (cseq: number) => dialogRequest(victim, "INVITE", cseq, "");
  yield send(true, request(invite(1), [SDP_TYPE], audio(media)));
  yield send(false, refused(invite(1), `22222222${name}`));
  yield send(true, request({ ...invite(1), method: "ACK", toTag: "n" }));
  yield send(true, request(invite(2), [digest(`22222222${name}`), SDP_TYPE], audio(media)));
  const toTag = `as${name}`;
  yield send(false, answer(invite(2), "180 Ringing", { toTag }));
  const body = audio(relay);
  yield send(false, answer(invite(2), "200 OK", { toTag, more: [SDP_TYPE], body }));
  yield send(true, request(dialogRequest(victim, "ACK", 2, "a")));
}

function refused(parts: RequestParts, nonce: string): string {
  return answer(parts, "401 Unauthorized", { toTag: "n", more: [challengeHeader(nonce)] });
}

function dialogRequest(victim: Victim, method: string, cseq: number, mark: string): RequestParts {
  const { phone, user, callId, name } = victim;
  const parts = { method, client: phone, from: user, to: "9000", id: `v${name}${mark}`, callId };
  return method === "INVITE" ? { ...parts, cseq } : { ...parts, cseq, toTag: `as${name}` };
}

/** Both ways every 20 ms; the PBX stops where it believes the BYE. */
function* media(victim: Victim, attackUs: number): Generator<Packet> {
  const { media, relay, ssrc, name } = victim;
  const startUs = START_US + 1_000_000 + (ssrc & 0xff) * 17;
  const endUs = attackUs + TALK_ON_US;
  const downEndUs = name === "bye" ? attackUs + 40_000 : endUs;
  const up = new Voice(ssrc);
  const down = new Voice(ssrc + 1);
  for (let i = 0; startUs + i * PACKET_US < endUs; i++) {
    const timeUs = startUs + i * PACKET_US;
    yield { timeUs, from: media, to: relay, payload: up.packet(i) };
    if (timeUs < downEndUs) {
      yield { timeUs: timeUs + 3_000, from: relay, to: media, payload: down.packet(i) };
    }
  }
}

function* attacks(attackUs: number): Generator<Packet> {
  const [bye, foreign, inName] = VICTIMS as [Victim, Victim, Victim];
  const forged = dialogRequest(bye, "BYE", 3, "f");
  const payload = request(forged);
  yield { timeUs: attackUs, from: { ...bye.phone, ...FORGED }, to: PBX, payload };
  yield { timeUs: attackUs + 20_000, from: PBX, to: bye.phone, payload: answer(forged, "200 OK") };
  const stranger = new Voice(0x0bad0bad);
  const imitator = new Voice(inName.ssrc, 0x5eed);
  const startUs = START_US + 1_000_000 + (inName.ssrc & 0xff) * 17;
  const reached = Math.floor((attackUs - startUs) / PACKET_US);
  for (let i = 0; i * PACKET_US < ATTACK_US; i++) {
    const timeUs = startUs + (reached + i + 1) * PACKET_US + 4_000;
    yield { timeUs, from: STRANGER, to: foreign.media, payload: stranger.packet(i) };
    yield {
      ...{ timeUs: timeUs + 100, from: { ...inName.media, ...FORGED }, to: inName.relay },
      payload: imitator.packet(reached + i + 1 + SEQUENCE_AHEAD),
    };
  }
  let timeUs = attackUs + TALK_ON_US;
  for (const victim of VICTIMS) {
    const end = dialogRequest(victim, "BYE", victim === bye ? 4 : 3, "e");
    const status = victim === bye ? "481 Call/Transaction Does Not Exist" : "200 OK";
    timeUs += 20_000;
    yield { timeUs, from: victim.phone, to: PBX, payload: request(end) };
    timeUs += 20_000;
    yield { timeUs, from: PBX, to: victim.phone, payload: answer(end, status) };
  }
}

/** An RTP stream of G.711 whose bytes follow from what they are for. */
class Voice {
  readonly #bytes = Buffer.alloc(172);
  readonly #random: () => number;

  constructor(ssrc: number, seed = ssrc) {
    this.#random = randomOf(seed);
    this.#bytes[0] = 0x80;
    this.#bytes[1] = 8;
    this.#bytes.writeUInt32BE(ssrc, 8);
  }

  packet(index: number): Buffer {
    const bytes = this.#bytes;
    bytes.writeUInt16BE((1000 + index) & 0xffff, 2);
    bytes.writeUInt32BE((160 * index) >>> 0, 4);
    for (let at = 12; at < bytes.length; at += 4) bytes.writeUInt32BE(this.#random(), at);
    return bytes;
  }
}
