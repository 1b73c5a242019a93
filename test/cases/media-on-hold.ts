import { audioSdp } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import {
  CARRIER,
  CARRIER_MEDIA,
  media,
  outside,
  PBX,
  phone,
  phone6,
  ROUTER_MAC,
  STRANGER,
  STRANGER6,
} from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { Talker } from "./talker.ts";

const KIND = "media-games";
const RELAY: Endpoint = { ip: "10.20.0.11", port: 30_010, mac: "00:50:56:20:00:11" };
const PLAYER: Endpoint = { ip: "10.20.9.60", port: 40_000, mac: ROUTER_MAC, ttl: 63 };

interface Hold {
  readonly caller?: Endpoint;
  readonly callee?: Endpoint;
  readonly callerMedia?: Endpoint;
  /** Of the caller's re-INVITE (RFC 3264 8.4). */
  readonly direction: "inactive" | "sendonly";
}

/** The caller puts a call on hold for 7 s, in which only `during` sends, and takes it back. */
function held(scene: Scene, hold: Hold, during: (call: Call) => void): void {
  const { caller = phone(1), callee = phone(2), callerMedia, direction } = hold;
  const call = new Call(scene, caller, callee, {
    ...(callerMedia !== undefined && { callerMedia }),
  }).start(3);
  scene.wait(3.02);
  const [mine, theirs] = call.parties.map((party) => party.media) as [Endpoint, Endpoint];
  const sdp = (at: Endpoint, version: number, says: string) =>
    audioSdp(at.ip, at.port, version).replace("a=sendrecv", `a=${says}`);
  const answer = direction === "sendonly" ? "recvonly" : "inactive";
  call.ask(0, "INVITE", 200, { sdp: sdp(mine, 2, direction), answerSdp: sdp(theirs, 2, answer) });
  scene.wait(1);
  during(call);
  scene.wait(7);
  call.ask(0, "INVITE", 200, {
    sdp: sdp(mine, 3, "sendrecv"),
    answerSdp: sdp(theirs, 3, "sendrecv"),
  });
  scene.wait(0.1);
  call.talk(3);
  scene.wait(3.03);
  call.hangUp();
}

function plays(by: Endpoint, hold: Hold): (scene: Scene) => void {
  return (scene) =>
    held(scene, hold, (call) => new Talker(scene, by, call.parties[1].media).talk(5, 0.5));
}

/** The second report is about the source of the first one, or about another. */
function reports(scene: Scene, second: number): void {
  const call = new Call(scene, phone(1), phone(2)).start(8);
  const [{ ssrc, from, to }, { ssrc: heard }] = call.talkers;
  const report = (about: number) => {
    const bytes = Buffer.alloc(32);
    bytes.set([0x81, 201, 0, 7]);
    bytes.writeUInt32BE(ssrc >>> 0, 4);
    bytes.writeUInt32BE(about >>> 0, 8);
    return bytes;
  };
  const compound = Buffer.concat([report(heard), report((heard ^ second) >>> 0)]);
  scene.send(media(from, from.port + 1), media(to, to.port + 1), compound, 4);
  scene.wait(8.03);
  call.hangUp();
}

/** Media to who is on hold, or whose peer is not seen. */
export const MEDIA_ON_HOLD: readonly Case[] = [
  {
    name: "stranger_plays_to_who_is_on_hold",
    expect: "alert inject|media <=3",
    kind: KIND,
    what: "a stranger sends five seconds to a phone that is on hold, when nobody else does",
    make: plays(media(STRANGER, 40_000), { direction: "inactive" }),
  },
  {
    name: "stranger_plays_to_who_is_on_hold_ipv6",
    expect: "alert inject|media <=3",
    kind: KIND,
    what: "the same where the caller might play music (sendonly, IPv6)",
    make: plays(media(STRANGER6, 40_000), {
      caller: phone6(1),
      callee: phone6(2),
      direction: "sendonly",
    }),
  },
  {
    name: "stranger_presses_keys_on_hold",
    expect: "alert inject|media|dtmf <=3",
    kind: KIND,
    what: "a stranger presses four keys at a voice menu that the caller has put on hold",
    make: (scene) =>
      held(scene, { direction: "inactive" }, (call) => {
        const keys = new Talker(scene, media(STRANGER, 40_000), call.parties[1].media);
        for (let i = 0; i < 4; i++) keys.digit(i, 1 + i * 0.3);
      }),
  },
  {
    name: "music_of_the_sites_player_on_hold",
    expect: "quiet",
    kind: KIND,
    what: "a player of the site that no description names plays music to the phone on hold",
    make: plays(PLAYER, { direction: "sendonly" }),
  },
  {
    name: "music_of_the_carriers_player_on_hold",
    expect: "quiet",
    kind: KIND,
    what: "the same by another host of the carrier whose user holds the call",
    make: plays(
      { ip: "192.0.2.150", port: 40_000, mac: ROUTER_MAC, ttl: 58 },
      { caller: CARRIER, callerMedia: CARRIER_MEDIA, direction: "sendonly" },
    ),
  },
  {
    name: "phone_on_hold_moves",
    expect: "quiet",
    kind: KIND,
    what: "a phone that was put on hold by its own user has another network's address when it goes on: same SSRC, next sequence",
    make: (scene) =>
      held(scene, { direction: "sendonly" }, (call) => {
        const [mine] = call.talkers;
        const home = mine.from;
        mine.from = { ip: "203.0.113.9", port: 16_384, mac: ROUTER_MAC, ttl: 50 };
        mine.talk(5, 0.5);
        mine.from = home;
      }),
  },
  {
    name: "dtmf_of_a_gateway_from_another_port",
    expect: "quiet",
    kind: KIND,
    what: "a gateway sends its keys from another port than its voice",
    make: (scene) => {
      const call = new Call(scene, phone(1), PBX, { calleeMedia: RELAY }).start(10);
      const keys = new Talker(scene, media(RELAY, 30_500), call.parties[0].media);
      for (let i = 0; i < 4; i++) keys.digit(i, 3 + i * 0.3);
      scene.wait(10.03);
      call.hangUp();
    },
  },
  {
    name: "inject_seen_one_way",
    expect: "alert media|inject <=2",
    kind: KIND,
    what: "the mirror shows only what the callee gets, so its address was never named: a stranger sends four seconds beside the caller",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(10);
      const callee = Buffer.from(phone(2).ip.split(".").map(Number));
      scene.tap((packet) => (callee.equals(packet.bytes.subarray(30, 34)) ? [packet] : []));
      new Talker(scene, media(STRANGER, 40_000), call.parties[1].media).talk(4, 3);
      scene.wait(10.03);
      call.hangUp();
    },
  },
  {
    name: "rtcp_reports_one_source_twice",
    expect: "alert media_exploit <=3",
    kind: KIND,
    what: "a compound RTCP datagram in which one sender reports one source twice (AST-2017-012)",
    make: (scene) => reports(scene, 0),
  },
  {
    name: "rtcp_reports_two_sources",
    expect: "quiet",
    kind: KIND,
    what: "the same about two sources",
    make: (scene) => reports(scene, 1),
  },
  {
    name: "rtpbleed_probes_of_forty_hosts",
    expect: "alert rtpbleed <=3",
    kind: "rtpbleed",
    what: "forty hosts try four ports each of a relay",
    make: (scene) => {
      const call = new Call(scene, phone(1), PBX, { calleeMedia: RELAY }).start(20);
      for (let i = 0; i < 160; i++) {
        const from = media(outside(50 + (i % 40)), 40_000);
        const probe = new Talker(scene, from, media(RELAY, 30_000 + 2 * i), { payloadBytes: 0 });
        probe.packet(2 + i * 0.1);
        probe.packet(2.02 + i * 0.1);
      }
      scene.wait(20.03);
      call.hangUp();
    },
  },
];
