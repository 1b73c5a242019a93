import { requestOf } from "../support/sip-actors.ts";
import { audioSdp, sipResponse } from "../support/sip-builder.ts";
import { Call, wholeCall } from "./call.ts";
import { forgedBy, media, PBX, phone, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { Talker } from "./talker.ts";

const HOLD = "a=sendonly";

/** Talks 5 s, is put on hold by the caller for so long and comes back; the clock stands where media begins again. */
function held(scene: Scene, seconds: number): Call {
  const call = new Call(scene, phone(1), phone(2)).start(5);
  scene.wait(5);
  const [caller, callee] = call.parties;
  const sdp = (version: number) => audioSdp(caller.media.ip, caller.media.port, version);
  const answerSdp = audioSdp(callee.media.ip, callee.media.port, 2);
  call.ask(0, "INVITE", 200, { sdp: sdp(2).replace("a=sendrecv", HOLD), answerSdp });
  // Keep-alives of the segment: tables that age by packets do so.
  for (let after = 5; after < seconds; after += 10) {
    const options = requestOf(scene, PBX, phone(9), "OPTIONS", "209");
    scene.send(PBX, phone(9), options.text, after);
    scene.send(phone(9), PBX, sipResponse(options, 200, { toTag: scene.hex(8) }), after + 0.01);
  }
  scene.wait(seconds);
  call.ask(0, "INVITE", 200, { sdp: sdp(3), answerSdp });
  scene.wait(0.06);
  for (const talker of call.talkers) talker.pause(seconds);
  return call;
}

export const STATE_REUSE: readonly Case[] = [
  {
    name: "hold_two_hours",
    expect: "quiet",
    kind: "state-reuse",
    what: "on hold for two hours without media, then the call goes on and ends; short calls of others meanwhile use other ports",
    make: (scene) => {
      const call = held(scene, 7200);
      call.talk(5);
      new Call(scene, phone(3), phone(4), { from: "203", to: "204" }).start(3);
      scene.wait(5.03);
      call.hangUp();
    },
  },
  {
    name: "mute_without_signalling",
    expect: "quiet",
    kind: "state-reuse",
    what: "both mute for 400 s without a re-INVITE, the caller hangs up while two other calls between other phones run",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(5);
      scene.wait(380);
      new Call(scene, phone(3), phone(4), { from: "203", to: "204" }).start(30);
      new Call(scene, phone(5), phone(6), { from: "205", to: "206" }).start(30);
      scene.wait(20);
      call.hangUp();
      scene.wait(15);
    },
  },
  {
    name: "hold_then_forged_bye",
    expect: "alert bye|teardown <=2",
    kind: "state-reuse",
    what: "on hold for 320 s, back; a forged BYE in the callee's name by another MAC, the callee talks on",
    make: (scene) => {
      const call = held(scene, 320);
      call.talk(10);
      scene.wait(4);
      call.ask(1, "BYE", 200, { by: forgedBy(phone(2)) });
      scene.wait(9);
    },
  },
  {
    name: "hold_then_injection",
    expect: "alert media|inject <=2",
    kind: "state-reuse",
    what: "on hold for 320 s, back; a stranger sends 3 s of RTP to the callee",
    make: (scene) => {
      const call = held(scene, 320);
      call.talk(10);
      new Talker(scene, media(STRANGER, 40_000), call.parties[1].media).talk(3, 4);
      scene.wait(10.03);
      call.hangUp();
    },
  },
  {
    name: "ports_used_again",
    expect: "quiet",
    kind: "state-reuse",
    what: "a phone makes twelve calls to others, all with the same media port, each 0.3 s after the last, new SSRCs",
    make: (scene) => {
      for (let i = 0; i < 12; i++) {
        wholeCall(
          new Call(scene, phone(1), phone(10 + i), { to: `${210 + i}` }),
          3,
          i % 2 === 0 ? 0 : 1,
        );
        scene.wait(0.2);
      }
    },
  },
  {
    name: "port_handed_to_next_call",
    expect: "quiet",
    kind: "state-reuse",
    what: "call waiting: A's port serves B until A hangs up, 50 ms later C's call, answered before, speaks to the same port",
    make: (scene) => {
      const first = new Call(scene, phone(2), phone(1), { from: "202", to: "201" }).start(5);
      scene.wait(3);
      const second = new Call(scene, phone(3), phone(1), {
        from: "203",
        to: "201",
        callerMedia: media(phone(3), 12_000),
        ringSeconds: 2,
      }).ring();
      first.hangUp(1);
      scene.wait(0.05);
      second.pickUp();
      second.talk(5);
      scene.wait(5.03);
      second.hangUp();
    },
  },
  {
    name: "port_used_again_foreign_bye",
    expect: "alert bye|teardown <=2",
    kind: "state-reuse",
    what: "the second call on the same ports 0.3 s after the first; a stranger's BYE in it, media goes on",
    make: (scene) => {
      wholeCall(new Call(scene, phone(1), phone(2)), 4);
      scene.wait(0.2);
      const call = new Call(scene, phone(1), phone(2)).start(9);
      scene.wait(4);
      call.ask(1, "BYE", 200, { by: STRANGER });
      scene.wait(8);
    },
  },
];
