import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { forgedBy, media, PBX, phone, phone6, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { rtcpBye, senderReport, Talker } from "./talker.ts";

const KIND = "media-games";
const RELAY: Endpoint = { ip: "10.20.0.11", port: 30_010, mac: "00:50:56:20:00:11" };

/** A phone talks to a relay port for so long; the clock stands at the end, before the BYE. */
function toRelay(scene: Scene, seconds: number): Call {
  return new Call(scene, phone(1), PBX, { calleeMedia: RELAY }).start(seconds);
}

function end(scene: Scene, call: Call, seconds: number): void {
  scene.wait(seconds);
  call.hangUp();
}

/** What the relay sends to the thief: the very packets of the stream, from `after` on. */
function leak(call: Call, thief: Endpoint, options: { after: number; packets: number }): Talker {
  const [, relayed] = call.talkers;
  const { after, packets } = options;
  const stolen = new Talker(call.scene, relayed.from, thief, {
    ssrc: relayed.ssrc,
    sequence: relayed.sequence - 500 + Math.round(after * 50),
    timestamp: relayed.timestamp,
  });
  for (let i = 0; i < packets; i++) stolen.packet(after + i * 0.02 + 0.0012);
  return stolen;
}

export function rtcpOf(call: Call, side: 0 | 1): readonly [Endpoint, Endpoint] {
  const own = call.parties[side];
  const other = call.parties[1 - side] as typeof own;
  return [media(own.at, own.media.port + 1), media(other.at, other.media.port + 1)];
}

const ROWS: readonly Omit<Case, "kind">[] = [
  {
    name: "rtpbleed_reflected_ssrc",
    expect: "alert rtpbleed|leak|inject <=2",
    what: "a relay leaks to a stranger, who sends each packet back to it with the relay's own SSRC (sippts rtpbleedinject)",
    make: (scene) => {
      const call = toRelay(scene, 10);
      const thief = media(STRANGER, 45_000);
      const stolen = leak(call, thief, { after: 2.1, packets: 150 });
      const { ssrc } = stolen;
      new Talker(scene, thief, RELAY, { ssrc, sequence: stolen.sequence - 150 }).talk(3, 2.12);
      new Talker(scene, thief, RELAY, { ssrc: 0, payloadBytes: 0 }).packet(2);
      end(scene, call, 10.03);
    },
  },
  {
    name: "rtpbleed_copied_ssrc",
    expect: "alert rtpbleed|leak|inject <=2",
    what: "a stranger sends 3 s to a relay's port with SSRC and sequence of the phone's own stream",
    make: (scene) => {
      const call = toRelay(scene, 10);
      const [{ ssrc, sequence }] = call.talkers;
      const thief = media(STRANGER, 45_000);
      new Talker(scene, thief, RELAY, { ssrc, sequence: sequence - 350 }).talk(3, 3);
      end(scene, call, 10.03);
    },
  },
  {
    name: "rtpbleed_leak_before_its_probe",
    expect: "alert rtpbleed|leak|inject <=2",
    what: "the mirror shows the leak first and the probes of the stranger half a second later: another port of the switch",
    make: (scene) => {
      const call = toRelay(scene, 10);
      const thief = media(STRANGER, 45_000);
      leak(call, thief, { after: 2, packets: 100 });
      const probe = new Talker(scene, thief, RELAY, { ssrc: 0, payloadBytes: 0 });
      probe.packet(2.5);
      probe.packet(2.6);
      end(scene, call, 10.03);
    },
  },
  {
    name: "rtpbleed_in_the_first_seconds",
    expect: "alert rtpbleed|leak|inject <=3",
    what: "before the phone's first packet a stranger sends to the relay's port, and gets all media of the first 2.5 s (rtpengine learns the last sender for 3 s)",
    make: (scene) => {
      const call = new Call(scene, phone(1), PBX, { calleeMedia: RELAY }).start();
      const [mine, theirs] = call.talkers;
      const thief = media(STRANGER, 45_000);
      const owner = theirs.to;
      const probe = new Talker(scene, thief, RELAY);
      for (let i = 0; i < 25; i++) probe.packet(0.005 + i * 0.1);
      theirs.to = thief;
      theirs.talk(2.5, 0.02);
      theirs.to = owner;
      mine.talk(10, 0.2);
      theirs.talk(7.5, 2.52);
      end(scene, call, 10.25);
    },
  },
  {
    name: "rtp_after_bye",
    expect: "alert after|bye|media <=3",
    what: "the caller hangs up, 200, and both go on to talk for twenty seconds: a call that nobody bills",
    make: (scene) => {
      const call = new Call(scene, phone(1), PBX, { calleeMedia: RELAY }).start(30);
      scene.wait(10);
      call.hangUp();
      scene.wait(20);
    },
  },
  {
    name: "rtp_after_bye_of_one_side",
    expect: "alert after the end <=3",
    what: "the callee of a call that was ended answers the BYE, and sends for thirty seconds more",
    make: (scene) => {
      const call = new Call(scene, phone(1), PBX, { calleeMedia: RELAY }).start();
      call.talkers[0].talk(10);
      call.talkers[1].talk(40);
      scene.wait(10.02);
      call.hangUp();
      scene.wait(30);
    },
  },
  {
    name: "rtp_after_bye_by_other_ssrc_ipv6",
    expect: "alert after the end <=3",
    what: "the same with another SSRC and sequence from the BYE on, ten packets a second (IPv6)",
    make: (scene) => {
      const call = new Call(scene, phone6(1), phone6(2)).start(10);
      const [, { from, to }] = call.talkers;
      scene.wait(10.02);
      call.hangUp();
      const more = new Talker(scene, from, to);
      for (let i = 0; i < 300; i++) more.packet(i * 0.1);
      scene.wait(30);
    },
  },
  {
    name: "rtp_after_bye_that_was_lost",
    expect: "quiet",
    what: "a BYE that nobody answers, as the callee is out of the wireless network for ten seconds and does not hear it",
    make: (scene) => {
      const call = new Call(scene, phone(1), PBX, { calleeMedia: RELAY }).start();
      call.talkers[0].talk(10);
      call.talkers[1].talk(40);
      scene.wait(10.02);
      call.ask(0, "BYE", 0);
      scene.wait(30);
    },
  },
  {
    name: "rtp_after_bye_of_an_announcement",
    expect: "quiet",
    what: "an announcement is played to its end, three seconds after the caller has hung up",
    make: (scene) => {
      const call = new Call(scene, phone(1), PBX, { calleeMedia: RELAY }).start();
      call.talkers[0].talk(10);
      call.talkers[1].talk(13);
      scene.wait(10.02);
      call.hangUp();
      scene.wait(30);
    },
  },
  {
    name: "rtp_after_bye_next_call",
    expect: "quiet",
    what: "a gateway has one port for media, and its next call, to the same relay port, begins two seconds after the last one",
    make: (scene) => {
      for (let i = 0; i < 3; i++) {
        const call = new Call(scene, phone(1), PBX, { calleeMedia: RELAY }).start(20);
        scene.wait(20.02);
        call.hangUp();
        scene.wait(2);
      }
      scene.wait(10);
    },
  },
  {
    name: "payload_type_outside_the_offer",
    expect: "max 3",
    what: "a phone changes to G.722, which nobody offered: a fault, no attack",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(5);
      const [mine] = call.talkers;
      mine.payloadType = 9;
      mine.talk(5, 5);
      call.talkers[1].talk(5, 5);
      end(scene, call, 10.03);
    },
  },
  {
    name: "rtcp_counts_too_few_packets",
    expect: "alert rtcp|media <=3",
    what: "while the caller is silent somebody speaks for it by its own way, in its sequence; only the caller's own reports count nothing",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start();
      const [mine, theirs] = call.talkers;
      const [from, to] = rtcpOf(call, 0);
      theirs.talk(25);
      for (let i = 0; i < 2; i++) {
        mine.talk(5, i * 5);
        scene.send(from, to, senderReport(mine, i * 5 + 5), i * 5 + 5.001);
      }
      const { ssrc, sequence, timestamp } = mine;
      new Talker(scene, mine.from, mine.to, { ssrc, sequence, timestamp }).talk(11, 10.1);
      for (const at of [15, 20, 25]) scene.send(from, to, senderReport(mine, at), at + 0.001);
      end(scene, call, 25.03);
    },
  },
  {
    name: "rtcp_of_a_sender_that_pauses",
    expect: "quiet",
    what: "reports of a caller that is on hold for ten seconds, and whose count begins anew at the resume",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start();
      const [mine, theirs] = call.talkers;
      const [from, to] = rtcpOf(call, 0);
      theirs.talk(40);
      for (let i = 0; i < 8; i++) {
        if (i === 4) mine.sent = 0;
        if (i < 2 || i >= 4) mine.talk(5, i * 5);
        scene.send(from, to, senderReport(mine, i * 5 + 5), i * 5 + 5.001);
      }
      end(scene, call, 40.03);
    },
  },
  {
    name: "rtcp_reports_forged",
    expect: "alert rtcp|media <=3",
    what: "reports in the caller's name by another MAC, between its own ones",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start();
      const [mine, theirs] = call.talkers;
      const [from, to] = rtcpOf(call, 0);
      theirs.talk(20);
      for (let i = 0; i < 4; i++) {
        mine.talk(5, i * 5);
        scene.send(from, to, senderReport(mine, i * 5 + 5), i * 5 + 5.001);
        for (let n = 0; n < 3; n++) {
          scene.send(forgedBy(from), to, senderReport(mine, 1), i * 5 + 6 + n);
        }
      }
      end(scene, call, 20.03);
    },
  },
  {
    name: "hold_as_pjsip_does",
    expect: "quiet",
    what: "RTCP BYE at each hold and resume, and the SSRC goes on (pjsip 2.15)",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(4);
      const [from, to] = rtcpOf(call, 0);
      scene.send(from, to, rtcpBye(call.talkers[0].ssrc), 4.01);
      scene.wait(4.02);
      call.talk(4);
      scene.send(from, to, rtcpBye(call.talkers[0].ssrc), 4.01);
      scene.wait(4.05);
      call.talk(3);
      end(scene, call, 3.03);
    },
  },
];

export const MEDIA_GAMES: readonly Case[] = ROWS.map((row) => ({ ...row, kind: KIND }));
