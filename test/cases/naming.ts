import { requestOf } from "../support/sip-actors.ts";
import { audioSdp, challenge, sipResponse } from "../support/sip-builder.ts";
import { sentBy } from "../support/wire.ts";
import { Call } from "./call.ts";
import { Account, nonceOf } from "./digest.ts";
import { media, PBX, phone, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { Talker } from "./talker.ts";

const KIND = "naming";

/** REGISTER for other users, 25 a second, challenged or 404 as Kamailio does. */
function fastWalk(scene: Scene, users: number, method = "REGISTER"): void {
  for (let i = 0; i < users; i++) {
    const from = { ...STRANGER, port: 33_000 + ((i * 7919) % 20_000) };
    const request = requestOf(scene, from, PBX, method, String(100 + i), { userAgent: "friendly" });
    const status = i % 9 === 0 ? 401 : 404;
    scene.send(from, PBX, request.text);
    const headers = status === 401 ? [challenge(nonceOf(scene))] : [];
    scene.send(PBX, from, sipResponse(request, status, { toTag: scene.hex(8), headers }), 0.001);
    scene.wait(0.04);
  }
}

export const NAMING: readonly Case[] = [
  {
    name: "load_test_one_port_one_ssrc",
    expect: "max 3",
    kind: KIND,
    what: "SIPp: ten answered calls of one host share one media port and one SSRC, ten sequences side by side to one port",
    make: (scene) => {
      const sipp = phone(50);
      const calls = Array.from({ length: 10 }, (_, n) =>
        new Call(scene, sipp, PBX, {
          from: "sipp",
          to: "900",
          ringSeconds: 0.1,
          callerMedia: media(sipp, 6000),
          calleeMedia: media(PBX, 18_000 + 2 * n),
        }).start(),
      );
      for (const [n, call] of calls.entries()) {
        const { from, to } = call.talkers[0];
        new Talker(scene, from, to, { ssrc: 0xdeadbeef, sequence: 1 }).talk(6, n * 0.002);
        call.talkers[1].talk(6, n * 0.002);
      }
      scene.wait(6.03);
      for (const call of calls) call.hangUp();
    },
  },
  {
    name: "unseen_caller_two_answers",
    expect: "max 3",
    kind: KIND,
    what: "the INVITEs of a caller are not in the capture: a phone answers four of its calls (200 with SDP) and sends from four ports to one port of the caller",
    make: (scene) => {
      const caller = phone(66);
      for (let n = 0; n < 4; n++) {
        const invite = requestOf(scene, caller, phone(4), "INVITE", "1000", {
          to: "304",
          sdp: audioSdp(caller.ip, 4000),
        });
        const answer = {
          toTag: scene.hex(8),
          contact: sentBy(phone(4)),
          sdp: audioSdp(phone(4).ip, 4000 + 2 * n),
        };
        scene.send(phone(4), caller, sipResponse(invite, 200, answer), 0.1 * n);
        new Talker(scene, media(phone(4), 4000 + 2 * n), media(caller, 4000)).talk(
          5,
          0.1 * n + 0.05,
        );
      }
    },
  },
  {
    name: "conference_mixer",
    expect: "quiet",
    kind: KIND,
    what: "a conference of four: the mixer sends each member from a port of its own; one member has two calls to it from one media port in turn",
    make: (scene) => {
      const mixer = { ip: "10.20.0.12", port: 5060, mac: "00:50:56:20:00:12" };
      const calls = Array.from({ length: 4 }, (_, n) =>
        new Call(scene, phone(n + 1), mixer, {
          from: String(201 + n),
          to: "800",
          ringSeconds: 0.05,
          calleeMedia: media(mixer, 20_000 + 2 * n),
        }).start(8),
      );
      scene.wait(8.03);
      for (const call of calls) call.ask(1, "BYE", 200);
      scene.wait(0.5);
      const again = new Call(scene, phone(1), mixer, {
        to: "800",
        calleeMedia: media(mixer, 20_010),
      }).start(3);
      scene.wait(3.03);
      again.hangUp();
    },
  },
  {
    name: "enum_seen_before_and_behind_proxy",
    expect: "alert enum <=2",
    kind: KIND,
    what: "one walk seen twice: at the proxy and behind it with one more Via; the proxy is no attacker",
    make: (scene) => {
      const proxy = { ip: "10.20.0.5", port: 5060, mac: "00:50:56:20:00:05" };
      for (let i = 0; i < 80; i++) {
        const request = requestOf(scene, STRANGER, proxy, "REGISTER", String(1000 + i));
        const via = `Via: SIP/2.0/UDP ${sentBy(proxy)};branch=z9hG4bK${scene.hex(12)}\r\n`;
        const answer = sipResponse(request, 404, { toTag: scene.hex(8) });
        scene.send(STRANGER, proxy, request.text);
        scene.send(
          proxy,
          PBX,
          request.text
            .replace("Via:", `${via}Via:`)
            .replace("Max-Forwards: 70", "Max-Forwards: 69"),
          0.001,
        );
        scene.send(PBX, proxy, answer.replace("Via:", `${via}Via:`), 0.003);
        scene.send(proxy, STRANGER, answer, 0.004);
        scene.wait(0.3);
      }
      scene.wait(20);
    },
  },
  {
    name: "enum_by_options_at_eof",
    expect: "alert enum <=2",
    kind: KIND,
    what: "a fast walk by OPTIONS, 70 users in 3 s, ends with the capture",
    make: (scene) => {
      new Account(scene, phone(1), PBX, "201").login();
      scene.wait(5);
      fastWalk(scene, 70, "OPTIONS");
    },
  },
  {
    name: "enum_before_the_capture",
    expect: "alert enum <=2",
    kind: KIND,
    what: "the capture begins in the middle of a walk with an answer, 60 more users follow within 3 s, then an hour of peace",
    make: (scene) => {
      const before = requestOf(scene, STRANGER, PBX, "REGISTER", "99");
      scene.send(PBX, STRANGER, sipResponse(before, 404, { toTag: "x" }));
      scene.wait(0.02);
      fastWalk(scene, 60);
      for (let i = 0; i < 12; i++) {
        scene.wait(300);
        new Account(scene, phone(1), PBX, "201").login();
      }
    },
  },
];
