import { audioSdp } from "../support/sip-builder.ts";
import { Call } from "./call.ts";
import { forgedBy, media, phone, phone6, STRANGER } from "./lab.ts";
import type { Case } from "./scene.ts";
import { Talker } from "./talker.ts";

/** RFC 3550 8.1: a source may take a new SSRC at any time. Two sources that go on side by side are two. */
export const MEDIA_HANDOVER: readonly Case[] = [
  {
    name: "handover_reordered_tail",
    expect: "max 3",
    kind: "media-handover",
    what: "the last four packets of the old SSRC come after the first five of the new one: reordering on the way",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start();
      call.talkers[0].talk(10);
      const [, old] = call.talkers;
      old.talk(4.9);
      for (const late of [4.93, 4.95, 5.0, 5.02]) old.packet(late);
      new Talker(scene, old.from, old.to).talk(5.1, 4.9);
      scene.wait(10.03);
      call.hangUp();
    },
  },
  {
    name: "handover_music_and_back",
    expect: "max 3",
    kind: "media-handover",
    what: "the PBX puts music with an SSRC of its own on the line for 6 s, then the old SSRC goes on where it was; 60 ms of both each time",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start();
      call.talkers[0].talk(14);
      const [, voice] = call.talkers;
      voice.talk(4);
      new Talker(scene, voice.from, voice.to).talk(6, 3.94);
      voice.pause(5.88).talk(4.1, 9.88);
      scene.wait(14.03);
      call.hangUp(1);
    },
  },
  {
    name: "handover_bridge_400ms",
    expect: "max 3",
    kind: "media-handover",
    what: "a bridge mixes itself in: the new SSRC begins 400 ms before the old one ends, same path",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start();
      call.talkers[0].talk(9);
      call.talkers[1].talk(4.4);
      new Talker(scene, call.parties[1].media, call.parties[0].media).talk(5, 4);
      scene.wait(9.03);
      call.hangUp();
    },
  },
  {
    name: "handover_new_port_ipv6",
    expect: "max 3",
    kind: "media-handover",
    what: "a re-INVITE moves the caller's media to another port (IPv6); the old port sends 120 ms more",
    make: (scene) => {
      const call = new Call(scene, phone6(1), phone6(2)).start();
      const moved = media(phone6(1), 16_390);
      const [mine, theirs] = call.talkers;
      mine.talk(4.12);
      theirs.talk(4.05);
      scene.wait(4);
      const sdp = audioSdp(moved.ip, moved.port, 2);
      const answerSdp = audioSdp(phone6(2).ip, 11_780, 2);
      call.ask(0, "INVITE", 200, { sdp, answerSdp });
      scene.wait(0.05);
      new Talker(scene, moved, theirs.from).talk(5);
      theirs.to = moved;
      theirs.talk(5);
      scene.wait(5.03);
      call.hangUp();
    },
  },
  {
    name: "handover_that_is_none_other_mac",
    expect: "alert media|inject <=2",
    kind: "media-handover",
    what: "a new SSRC in the callee's own 5-tuple by another MAC, and the old one goes on beside it for 5 s",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(10);
      const [, real] = call.talkers;
      new Talker(scene, forgedBy(real.from), real.to).talk(5, 4.01);
      scene.wait(10.03);
      call.hangUp();
    },
  },
  {
    name: "handover_by_stranger_old_goes_on",
    expect: "alert media|inject|hijack|redirect <=2",
    kind: "media-handover",
    what: "a stranger goes on with the caller's SSRC and next sequence numbers as a roaming phone would, but the caller talks on",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start();
      const [mine, theirs] = call.talkers;
      theirs.talk(10);
      mine.talk(4);
      const { ssrc, sequence, timestamp } = mine;
      new Talker(scene, media(STRANGER, 16_384), mine.to, { ssrc, sequence, timestamp }).talk(
        5,
        4.01,
      );
      mine.talk(6, 4);
      scene.wait(10.03);
      call.hangUp();
    },
  },
];
