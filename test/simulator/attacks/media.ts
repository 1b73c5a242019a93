import { PACKET_S, type RtpSender, rtpPacket } from "../media/rtp.ts";
import { contactOf, pbx } from "../sip/agent.ts";
import type { Call } from "../sip/call.ts";
import { challengeHeader } from "../sip/digest.ts";
import { Transaction } from "../sip/transaction.ts";
import type { Endpoint } from "../wire/network.ts";
import { Place } from "../wire/network.ts";
import type { Adversary } from "./adversary.ts";
import type { Attack, Evasion } from "./attack.ts";
import { talkingCall } from "./victim-call.ts";

/** Media that is not the caller's: injected, flooded, or drawn out of a relay. */

const INJECTED_S = 3;

/** Numbers of one injected packet. */
interface Numbers {
  readonly ssrc: number;
  readonly sequence: number;
  readonly timestamp: number;
}

function inject(
  isForeign: boolean,
  numbersOf: (adversary: Adversary, real: RtpSender) => (i: number) => Numbers,
) {
  return (adversary: Adversary) => {
    const { scene } = adversary;
    const call = talkingCall(adversary, 1);
    if (adversary.has("media-claim")) claimMedia(adversary, call);
    const real = call.senders.caller;
    const numbers = numbersOf(adversary, real);
    const startS = scene.now;
    const from: Endpoint = isForeign ? { ...adversary.source(), port: 40_000 } : real.from;
    const every = adversary.has("slowed-5x") ? 5 : 1;
    for (let i = 0; i < INJECTED_S / PACKET_S; i += every) {
      const { codec } = real;
      const packet = rtpPacket({
        payloadType: codec.payloadType,
        bytes: codec.bytes,
        flavour: 99,
        ...numbers(i),
      });
      scene.send(from, real.to, packet, startS + i * PACKET_S + 0.004);
    }
    call.playBoth(INJECTED_S + 2);
    scene.now = startS + INJECTED_S + 2;
    call.hangUp();
  };
}

/** An offer of the adversary's that names the victim's media address and ICE candidates; nobody takes it. */
function claimMedia(adversary: Adversary, call: Call): void {
  const { scene } = adversary;
  const { random } = scene;
  const server = pbx(scene);
  const client = adversary.agent("100", Place.PBX);
  const { endpoint } = call.media.callee;
  const ip = endpoint.machine.ip;
  const own = client.ownIp;
  const asked = new Transaction(scene, [client, server], {
    method: "INVITE",
    uri: `sip:999@${Place.PBX}`,
    from: `sip:100@${Place.PBX}`,
    to: `sip:999@${Place.PBX}`,
    fromTag: random.hex(8),
    callId: random.hex(20),
    cseq: 1,
    contact: contactOf(client),
    body: call.sdp("caller", {
      ip,
      port: endpoint.port,
      attributes: [
        "a=ice-ufrag:abcd",
        "a=ice-pwd:0123456789abcdef01234567",
        `a=candidate:1 1 UDP 2130706431 ${ip} ${endpoint.port} typ host`,
        `a=candidate:2 1 UDP 1694498815 ${own} 40000 typ srflx raddr ${own} rport 40000`,
      ],
    }),
  }).send();
  const nonce = random.hex(32);
  const challenge = { realm: Place.PBX, nonce, status: 401, hasQop: false } as const;
  const toTag = random.hex(8);
  asked.answer(401, { toTag, headers: [challengeHeader(challenge)] });
  asked.acknowledgeFailure(toTag);
  scene.wait(0.2);
}

/** Another stream beside the caller's. */
function otherStream({ scene }: Adversary, { codec }: RtpSender) {
  const ssrc = scene.random.uint32();
  const sequence = scene.random.whole(0, 0xffff);
  return (i: number): Numbers => ({ ssrc, sequence: sequence + i, timestamp: i * codec.step });
}

function randomSources({ scene }: Adversary) {
  const { random } = scene;
  return (): Numbers => ({
    ssrc: random.uint32(),
    sequence: random.whole(0, 0xffff),
    timestamp: random.uint32(),
  });
}

/** The caller's own numbers, so many packets ahead. */
function ahead(offset: (adversary: Adversary) => number) {
  return (adversary: Adversary, real: RtpSender) => {
    const { ssrc, codec } = real;
    const first = real.sequence + offset(adversary);
    const timestamp = real.timestamp + offset(adversary) * codec.step;
    return (i: number): Numbers => ({
      ssrc,
      sequence: first + i,
      timestamp: timestamp + i * codec.step,
    });
  };
}

function flood(adversary: Adversary): void {
  const { scene } = adversary;
  const call = talkingCall(adversary, 1);
  const startS = scene.now;
  const ssrc = scene.random.uint32();
  for (let i = 0; i < 2_000; i++) {
    const from = { ...adversary.source(), port: 40_000 };
    const packet = rtpPacket({ payloadType: 0, sequence: i, timestamp: i * 160, ssrc, bytes: 20 });
    scene.send(from, call.media.callee.endpoint, packet, startS + i / 1_000);
  }
  call.playBoth(4);
  scene.now = startS + 4;
  call.hangUp();
}

/** Empty RTP headers to one media port after another; a port in use answers with its caller's media. */
function bleed(leaks: boolean) {
  return (adversary: Adversary) => {
    const { scene } = adversary;
    const call = talkingCall(adversary, 1);
    const startS = scene.now;
    const { endpoint } = call.media.callee;
    const source = { ...adversary.source(), port: 40_000 };
    const probe = rtpPacket({ payloadType: 0, sequence: 0, timestamp: 0, ssrc: 0, bytes: 0 });
    for (let i = -30; i <= 30; i++) {
      scene.send(
        source,
        { ...endpoint, port: endpoint.port + 2 * i },
        probe,
        startS + 0.05 * (i + 31),
      );
    }
    if (leaks) {
      // The relay sends what it receives for the callee to the address that it heard last.
      const { callee } = call.senders;
      callee.play(startS, 1.5);
      callee.to = source;
      callee.play(startS + 1.56, 2);
      call.senders.caller.play(startS, 4);
    } else call.playBoth(4);
    scene.now = startS + 4.5;
    call.hangUp();
  };
}

const INJECTIONS: readonly Evasion[] = [
  "media-claim",
  "slowed-5x",
  "future-dated-packet",
  "starts-in-the-middle",
  "loss-5-percent",
];

function attack(
  name: string,
  play: Attack["play"],
  evasions = INJECTIONS,
  severityMax = 2,
): Attack {
  return { name: `rtp-${name}`, kind: /rtp_|rtpbleed/, severityMax, evasions, play };
}

const OTHERS: readonly Evasion[] = [
  "future-dated-packet",
  "starts-in-the-middle",
  "loss-5-percent",
];

export const MEDIA_ATTACKS: readonly Attack[] = [
  attack("foreign-address", inject(true, otherStream)),
  attack(
    "foreign-address-same-numbers",
    inject(
      true,
      ahead(() => 0),
    ),
  ),
  // By the very way of the stream it is one sign: gateways and bridges do the same.
  attack("other-ssrc", inject(false, otherStream), INJECTIONS, 3),
  attack("random-ssrc", inject(false, randomSources)),
  attack(
    "next-numbers",
    inject(
      false,
      ahead(({ scene }) => scene.random.fork("offset").whole(1, 5)),
    ),
  ),
  attack(
    "far-numbers",
    inject(
      false,
      ahead(({ scene }) => scene.random.fork("offset").whole(6, 100)),
    ),
  ),
  attack(
    "same-numbers",
    inject(
      false,
      ahead(() => 0),
    ),
  ),
  attack("flood", flood, ["5-sources", ...OTHERS]),
  attack("bleed-probe", bleed(false), OTHERS, 3),
  // A lost answer hides the SDP by which the relay's port is known.
  attack(
    "bleed-leak",
    bleed(true),
    OTHERS.filter((evasion) => evasion !== "loss-5-percent"),
  ),
];
