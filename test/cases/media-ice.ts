import { audioSdp } from "../support/sip-builder.ts";
import { type Endpoint, sentBy } from "../support/wire.ts";
import { Call } from "./call.ts";
import {
  CARRIER_MEDIA,
  media,
  outside,
  phone,
  phone6,
  ROUTER_MAC,
  STRANGER,
  STRANGER6,
} from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { type Agent, agentOf, check, connect, iceLines, strayStunSuccess } from "./stun.ts";
import { Talker } from "./talker.ts";

interface IceCall {
  readonly call: Call;
  readonly agents: readonly [Agent, Agent];
}

/** A call whose offer and answer carry ICE with one host candidate each, connected. */
function iceCall(scene: Scene, caller: Endpoint, callee: Endpoint, seconds: number): IceCall {
  const agents = [
    agentOf(scene, media(caller, 16_384)),
    agentOf(scene, media(callee, 11_780)),
  ] as const;
  const [mine, theirs] = agents.map(
    (agent) => audioSdp(agent.at.ip, agent.at.port) + iceLines(agent, ["host", agent.at]),
  );
  const call = new Call(scene, caller, callee, {
    callerMedia: agents[0].at,
    calleeMedia: agents[1].at,
    ...(mine !== undefined && { offer: mine }),
    ...(theirs !== undefined && { answer: theirs }),
  }).start();
  connect(scene, agents[0], agents[1], seconds);
  scene.wait(0.2);
  return { call, agents };
}

function stranger(
  name: string,
  what: string,
  prepare: (scene: Scene, victim: Agent, by: Endpoint) => void,
  isV6 = false,
): Case {
  return {
    name,
    expect: "alert media|inject <=2",
    kind: "media-ice",
    what,
    make: (scene) => {
      const at = isV6 ? phone6 : phone;
      const { call, agents } = iceCall(scene, at(1), at(2), 10);
      call.talk(10);
      const by = media(isV6 ? STRANGER6 : STRANGER, 40_000);
      scene.wait(3);
      prepare(scene, agents[1], by);
      new Talker(scene, by, agents[1].at).talk(4, 0.5);
      scene.wait(7.03);
      call.hangUp();
    },
  };
}

export const MEDIA_ICE: readonly Case[] = [
  stranger(
    "inject_ice_check_unanswered",
    "ICE both sides; a stranger sends checks with a guessed ufrag, nobody answers, then 200 packets of RTP",
    (scene, victim, by) => {
      const guess = { at: by, ufrag: "aaaa", password: "x".repeat(24) };
      for (let i = 0; i < 5; i++) {
        check(
          scene,
          guess,
          { ...victim, ufrag: "bbbb", password: "y" },
          { after: i * 0.05, isAnswered: false },
        );
      }
    },
  ),
  stranger(
    "inject_ice_stray_success",
    "ICE both sides; a stranger sends STUN success responses to checks that nobody made, then RTP",
    (scene, victim, by) => {
      for (let i = 0; i < 5; i++) strayStunSuccess(scene, by, victim.at);
    },
  ),
  stranger(
    "inject_ice_ipv6_no_stun",
    "ICE both sides (IPv6); a stranger sends RTP without any STUN",
    () => {},
    true,
  ),
  {
    name: "ice_restart",
    expect: "quiet",
    kind: "media-ice",
    what: "ICE restart (RFC 8445 9): a re-INVITE with new ufrag, pwd and ports on both sides, checked before media moves",
    make: (scene) => {
      const { call } = iceCall(scene, phone(1), phone(2), 5);
      const [mine, theirs] = call.talkers;
      mine.talk(5.1);
      theirs.talk(5.1);
      scene.wait(5);
      const agents = [
        agentOf(scene, media(phone(1), 17_002)),
        agentOf(scene, media(phone(2), 12_004)),
      ] as const;
      const [sdp, answerSdp] = agents.map(
        (agent) => audioSdp(agent.at.ip, agent.at.port, 2) + iceLines(agent, ["host", agent.at]),
      );
      call.ask(0, "INVITE", 200, {
        ...(sdp !== undefined && { sdp }),
        ...(answerSdp !== undefined && { answerSdp }),
      });
      scene.wait(0.06);
      connect(scene, agents[0], agents[1], 5);
      scene.wait(0.05);
      for (const [i, talker] of call.talkers.entries()) {
        talker.from = agents[i]?.at ?? talker.from;
        talker.to = agents[1 - i]?.at ?? talker.to;
        talker.talk(5);
      }
      scene.wait(5.03);
      call.hangUp();
    },
  },
  {
    name: "ice_peer_reflexive",
    expect: "quiet",
    kind: "media-ice",
    what: "the caller sits behind a symmetric NAT: its media comes from an address in no candidate, proven by a check with the right credentials (RFC 8445 7.3.1.3)",
    make: (scene) => {
      const mapped: Endpoint = { ip: "203.0.113.50", port: 45_111, mac: ROUTER_MAC, ttl: 57 };
      const inside: Endpoint = { ip: "192.168.1.8", port: 16_384 };
      const reflexive: Endpoint = { ip: "203.0.113.50", port: 45_110 };
      const [mine, theirs] = [agentOf(scene, mapped), agentOf(scene, media(phone(2), 11_780))];
      const lines = iceLines(mine, ["host", inside], ["srflx", reflexive]);
      const call = new Call(scene, { ...mapped, port: 20_001 }, phone(2), {
        callerMedia: inside,
        calleeMedia: theirs.at,
        offer: audioSdp(inside.ip, inside.port) + lines,
        answer: audioSdp(theirs.at.ip, theirs.at.port) + iceLines(theirs, ["host", theirs.at]),
      }).start();
      connect(scene, mine, theirs, 10);
      scene.wait(0.2);
      const [voice, back] = call.talkers;
      voice.from = mapped;
      back.to = mapped;
      call.talk(10);
      scene.wait(10.03);
      call.hangUp();
    },
  },
  {
    name: "ice_two_paths_at_once",
    expect: "quiet",
    kind: "media-ice",
    what: "a phone on Wi-Fi and LTE shares its media out over both for five seconds: the second address is in no candidate and proven by checks (RFC 8445 7.3.1.3)",
    make: (scene) => {
      const wifi = media(outside(20), 16_384);
      const lte: Endpoint = { ip: "100.64.9.9", port: 40_700, mac: ROUTER_MAC, ttl: 47 };
      const [mine, theirs] = [agentOf(scene, wifi), agentOf(scene, media(phone(2), 11_780))];
      const call = new Call(scene, outside(20), phone(2), {
        callerMedia: wifi,
        calleeMedia: theirs.at,
        offer: audioSdp(wifi.ip, wifi.port) + iceLines(mine, ["host", wifi]),
        answer: audioSdp(theirs.at.ip, theirs.at.port) + iceLines(theirs, ["host", theirs.at]),
      }).start();
      connect(scene, mine, theirs, 10);
      connect(scene, { ...mine, at: lte }, theirs, 10);
      scene.wait(0.2);
      const [voice, back] = call.talkers;
      back.talk(10);
      voice.talk(3);
      for (let i = 0; i < 250; i++) {
        voice.from = Math.floor(i / 5) % 2 === 0 ? wifi : lte;
        voice.packet(3 + i * 0.02);
      }
      voice.from = lte;
      scene.wait(8);
      voice.talk(2);
      scene.wait(2.03);
      call.hangUp();
    },
  },
  {
    name: "ice_relayed_later",
    expect: "quiet",
    kind: "media-ice",
    what: "a laptop loses its path: the pair with its TURN relay, a candidate of its offer, is checked and takes over; the old one is silent",
    make: (scene) => {
      const laptop = media(outside(20), 16_384);
      const relay = { ...CARRIER_MEDIA, port: 49_300 };
      const [mine, theirs] = [agentOf(scene, laptop), agentOf(scene, media(phone(2), 11_780))];
      const call = new Call(scene, outside(20), phone(2), {
        callerMedia: laptop,
        calleeMedia: theirs.at,
        offer:
          audioSdp(laptop.ip, laptop.port) + iceLines(mine, ["host", laptop], ["relay", relay]),
        answer: audioSdp(theirs.at.ip, theirs.at.port) + iceLines(theirs, ["host", theirs.at]),
        headers: [`X-Client: ${sentBy(laptop)}`],
      }).start();
      connect(scene, mine, theirs, 5);
      scene.wait(0.2);
      const [voice, back] = call.talkers;
      voice.talk(5);
      back.talk(5.4);
      scene.wait(5.4);
      connect(scene, { ...mine, at: relay }, theirs, 5);
      scene.wait(0.1);
      voice.pause(0.5).from = relay;
      back.to = relay;
      call.talk(5);
      scene.wait(5.03);
      call.hangUp();
    },
  },
];
