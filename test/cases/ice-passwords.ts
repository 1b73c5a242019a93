import { audioSdp } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { forgedBy, media, outside, phone, phone6, ROUTER_MAC, STRANGER, STRANGER6 } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { type Agent, agentOf, check, connect, iceLines } from "./stun.ts";
import { Talker } from "./talker.ts";

const KIND = "ice-passwords";
/** A phone behind a symmetric NAT, as the site sees it. */
const MAPPED: Endpoint = { ip: "203.0.113.50", port: 45_111, mac: ROUTER_MAC, ttl: 57 };

interface IceCall {
  readonly call: Call;
  readonly agents: readonly [Agent, Agent];
}

/** A call of ICE agents of which `at` is where the caller's media comes from: its own address, or the one that a NAT gives it. */
function iceCall(scene: Scene, caller: Endpoint, callee: Endpoint, at?: Endpoint): IceCall {
  const named = media(caller, 16_384);
  const mine = agentOf(scene, at ?? named);
  const theirs = agentOf(scene, media(callee, 11_780));
  const call = new Call(scene, at === undefined ? caller : { ...at, port: 20_001 }, callee, {
    callerMedia: named,
    calleeMedia: theirs.at,
    offer: audioSdp(named.ip, named.port) + iceLines(mine, ["host", named]),
    answer: audioSdp(theirs.at.ip, theirs.at.port) + iceLines(theirs, ["host", theirs.at]),
  }).start();
  connect(scene, mine, theirs, 12);
  scene.wait(0.2);
  call.talkers[0].from = mine.at;
  call.talkers[1].to = mine.at;
  return { call, agents: [mine, theirs] };
}

function end(scene: Scene, call: Call): void {
  scene.wait(12.05);
  call.hangUp();
}

/** Somebody has read ufrag and password in the offer and answer, and his check is answered with success. */
function intruder(
  name: string,
  what: string,
  caller: readonly [Endpoint, Endpoint, Endpoint?],
  speaks: (scene: Scene, call: Call, by: (at: Endpoint) => Endpoint) => void,
): Case {
  return {
    name,
    expect: "alert media|inject <=2",
    kind: KIND,
    what,
    make: (scene) => {
      const { call, agents } = iceCall(scene, ...caller);
      call.talk(12);
      speaks(scene, call, (at) => {
        for (let i = 0; i < 3; i++) check(scene, { ...agents[0], at }, agents[1], { after: 3 });
        return at;
      });
      end(scene, call);
    },
  };
}

function healthy(
  name: string,
  what: string,
  at: Endpoint | undefined,
  goesOn: (scene: Scene, ice: IceCall) => void,
): Case {
  return {
    name,
    expect: "max 3",
    kind: KIND,
    what,
    make: (scene) => {
      const ice = iceCall(scene, outside(20), phone(2), at);
      goesOn(scene, ice);
      end(scene, ice.call);
    },
  };
}

/** ICE checks (RFC 8445 7.2) with passwords that were sent in clear: that one is answered says nothing of who asked. */
export const ICE_PASSWORDS: readonly Case[] = [
  intruder(
    "ice_password_read_by_a_stranger",
    "a stranger's check with the caller's ufrag and the callee's password is answered; then he speaks beside the caller",
    [phone(1), phone(2)],
    (scene, call, by) => {
      new Talker(scene, by(media(STRANGER, 40_000)), call.talkers[0].to).talk(5, 3.5);
    },
  ),
  intruder(
    "ice_password_read_own_ssrc_ipv6",
    "the same with the caller's SSRC and sequence, as a phone with two networks would (IPv6)",
    [phone6(1), phone6(2)],
    (scene, call, by) => {
      const [{ sequence, ssrc, to }] = call.talkers;
      const own = { ssrc, sequence: sequence - 420 };
      new Talker(scene, by(media(STRANGER6, 40_000)), to, own).talk(5, 3.5);
    },
  ),
  intruder(
    "ice_password_read_in_the_callers_name",
    "the same from another port of the caller's address, by another MAC",
    [phone(1), phone(2)],
    (scene, call, by) => {
      new Talker(scene, by(forgedBy(media(phone(1), 40_000))), call.talkers[0].to).talk(5, 3.5);
    },
  ),
  intruder(
    "ice_password_read_caller_behind_nat",
    "the caller is behind a symmetric NAT, so that no description names where it sends from, either",
    [outside(20), phone(2), MAPPED],
    (scene, call, by) => {
      new Talker(scene, by(media(STRANGER, 40_000)), call.talkers[0].to).talk(5, 3.5);
    },
  ),
  healthy(
    "ice_nat_rebinds",
    "the NAT before the caller gives it another port in the middle of the call; the check from there is answered, and the stream goes on",
    MAPPED,
    (scene, { call, agents }) => {
      const [voice, back] = call.talkers;
      back.talk(12);
      voice.talk(5);
      const at = { ...MAPPED, port: 45_222 };
      check(scene, { ...agents[0], at }, agents[1], { after: 5.01 });
      voice.from = at;
      voice.talk(7, 5.04);
    },
  ),
  healthy(
    "ice_other_network_before_the_first_is_left",
    "a phone checks its second network, and sends by both for 0.6 s: the second with an SSRC of its own",
    undefined,
    (scene, { call, agents }) => {
      const [voice, back] = call.talkers;
      back.talk(12);
      voice.talk(5.6);
      const at: Endpoint = { ip: "100.64.9.9", port: 40_700, mac: ROUTER_MAC, ttl: 47 };
      check(scene, { ...agents[0], at }, agents[1], { after: 4.9 });
      new Talker(scene, at, voice.to).talk(7, 5);
    },
  ),
  healthy(
    "ice_mirrored_before_and_behind_nat",
    "both sides of the caller's NAT are mirrored: the address that is named, and the one that its checks come from",
    undefined,
    (scene, { call, agents }) => {
      const [voice, back] = call.talkers;
      back.talk(12);
      const inner = voice.from;
      for (let i = 0; i < 3; i++) check(scene, { ...agents[0], at: MAPPED }, agents[1]);
      for (let i = 0; i < 600; i++) {
        const { sequence, timestamp } = voice;
        voice.packet(i * 0.02);
        Object.assign(voice, { from: MAPPED, sequence, timestamp });
        voice.packet(i * 0.02 + 0.0003);
        voice.from = inner;
      }
    },
  ),
];
