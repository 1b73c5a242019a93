import { ask, requestOf } from "../support/sip-actors.ts";
import { audioSdp, challenge, type SipRequest, sipResponse } from "../support/sip-builder.ts";
import { type Endpoint, sentBy } from "../support/wire.ts";
import { Call, type RequestOptions } from "./call.ts";
import { Account, authorization, nonceOf } from "./digest.ts";
import { CARRIER, CARRIER_MEDIA, media, outside, PBX, phone, ROUTER_MAC, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { Talker } from "./talker.ts";

const INSIDER = outside(90);
const REFER_TO = ["Refer-To: <sip:0900123456@pay.example>"];

/** The caller's request, sent by another who writes his own user into From. */
function asHimself(
  call: Call,
  user: string,
  method: string,
  status: number,
  options: RequestOptions,
): void {
  const request = call.request(0, method, { by: INSIDER, ...options });
  const text = request.text.replace(/From: <sip:[^@]+@/, `From: <sip:${user}@`);
  ask(call.scene, INSIDER, PBX, { ...request, from: user, text }, status);
}

/** Calls of several phones with the PBX, each met by `deed` after a while. */
function inEach(scene: Scene, count: number, talk: number, deed: (call: Call) => void): void {
  const calls = Array.from({ length: count }, (_, i) =>
    new Call(scene, phone(10 + i), PBX, {
      from: `30${i}`,
      callerMedia: media(phone(10 + i), 17_000 + 2 * i),
      calleeMedia: media(PBX, 18_000 + 2 * i),
    })
      .ring()
      .pickUp(),
  );
  for (const call of calls) call.talk(talk);
  scene.wait(5);
  for (const call of calls) {
    deed(call);
    scene.wait(3);
  }
  scene.wait(10);
}

/** REGISTER of an account in a domain: challenged, repeated, accepted. */
function registersAt(scene: Scene, at: Endpoint, user: string, host: string): void {
  const fields = { callId: scene.unique("r"), fromTag: scene.hex(8), host };
  const nonce = nonceOf(scene);
  ask(scene, at, PBX, requestOf(scene, at, PBX, "REGISTER", user, fields), 401, [
    challenge(nonce, host),
  ]);
  const digest = { user, password: "x", nonce, method: "REGISTER", uri: `sip:${host}` };
  scene.wait(0.02);
  const headers = [authorization({ ...digest, realm: host }), "Expires: 300"];
  ask(
    scene,
    at,
    PBX,
    requestOf(scene, at, PBX, "REGISTER", user, { ...fields, cseq: 2, headers }),
    200,
  );
  scene.wait(0.1);
}

/** REGISTER that the registrar challenges, after its sender wrote a 200 of it himself. */
function forgesHisRegistration(scene: Scene, user: string): void {
  const request = requestOf(scene, INSIDER, PBX, "REGISTER", user, { headers: ["Expires: 300"] });
  scene.send(INSIDER, PBX, request.text);
  const contact = `Contact: <sip:${user}@${sentBy(INSIDER)}>;expires=300`;
  const forged = sipResponse(request, 200, { toTag: "z", headers: [contact] });
  scene.send({ ...PBX, mac: ROUTER_MAC, ttl: 50 }, INSIDER, forged, 0.001);
  const own = sipResponse(request, 401, { toTag: "y", headers: [challenge("n1")] });
  scene.send(PBX, INSIDER, own, 0.006);
  scene.wait(1);
}

/** The caller's audio is moved to a listener by its own way, and it talks on. */
function isTapped(scene: Scene, caller: Endpoint, withVideo: boolean): void {
  const call = new Call(scene, caller, PBX).start(4);
  scene.wait(4);
  const listener = media(outside(66), 40_000);
  const video = withVideo ? "m=video 40002 RTP/AVP 96\r\n" : "";
  const sdp = withVideo
    ? audioSdp(caller.ip, 16_384) + video
    : audioSdp(listener.ip, listener.port);
  const answerSdp = audioSdp(PBX.ip, 11_780);
  call.ask(0, "INVITE", 200, { by: { ...caller }, sdp, cseq: 7, answerSdp });
  const [mine, theirs] = call.talkers;
  mine.talk(8, 0.05);
  if (!withVideo) theirs.to = listener;
  theirs.talk(8, 0.05);
  scene.wait(12);
}

function cancels(call: Call, by: Endpoint): SipRequest {
  const { invite, callId, scene } = call;
  const { from, to, fromTag, branch } = invite;
  const fields = { to, callId, fromTag, branch } as Partial<SipRequest>;
  return requestOf(scene, by, PBX, "CANCEL", from, fields);
}

const OTHER_SITE: Endpoint = { ...CARRIER, ip: "203.0.113.200" };

/** Attacks and healthy calls that were thought out against the judgement of requests inside dialogs. */
export const RED_TEAM_DIALOG: readonly Case[] = [
  {
    name: "insider_refers_with_his_own_from",
    expect: "alert refer|hijack <=2",
    kind: "trust-claim",
    what: "a registered customer sends REFER in six calls of others, his own user in From",
    make: (scene) => {
      new Account(scene, INSIDER, PBX, "290").login();
      scene.wait(2);
      inEach(scene, 6, 40, (call) => asHimself(call, "290", "REFER", 202, { headers: REFER_TO }));
    },
  },
  {
    name: "insider_of_another_tenant",
    expect: "alert refer|hijack <=3",
    kind: "trust-claim",
    what: "the caller's extension is registered in another domain too, from where a REFER comes",
    make: (scene) => {
      new Account(scene, phone(10), PBX, "201").login();
      registersAt(scene, INSIDER, "201", "tenant-b.example");
      const call = new Call(scene, phone(10), PBX, { from: "201" }).start(20);
      scene.wait(5);
      call.ask(0, "REFER", 202, { by: INSIDER, headers: REFER_TO });
      scene.wait(20);
    },
  },
  {
    name: "registration_of_a_forged_200",
    expect: "alert refer|hijack <=2",
    kind: "trust-claim",
    what: "a stranger answers his own REGISTER as the caller with 200 before the registrar's 401, then sends REFER",
    make: (scene) => {
      forgesHisRegistration(scene, "201");
      const call = new Call(scene, phone(10), PBX, { from: "201" }).start(20);
      scene.wait(4);
      call.ask(0, "REFER", 202, { by: INSIDER, headers: REFER_TO });
      scene.wait(20);
    },
  },
  {
    name: "media_sent_before_the_refer",
    expect: "alert refer|hijack <=2",
    kind: "trust-claim",
    what: "the caller is silent; a stranger sends media for it that nobody answers, then REFER",
    make: (scene) => {
      const call = new Call(scene, phone(10), PBX).start(4);
      scene.wait(4.6);
      call.talkers[1].talk(10);
      new Talker(scene, media(STRANGER, 40_000), call.talkers[0].to).talk(2);
      scene.wait(3);
      call.ask(0, "REFER", 202, { by: STRANGER, headers: REFER_TO });
      scene.wait(10);
    },
  },
  {
    name: "tapped_by_the_callers_own_way",
    expect: "alert reinvite|hijack|redirect <=1",
    kind: "in-dialog",
    what: "a re-INVITE in the caller's name by the same MAC and TTL moves its audio to a listener; the caller talks on",
    make: (scene) => isTapped(scene, outside(20), false),
  },
  {
    name: "video_is_added",
    expect: "max 3",
    kind: "in-dialog",
    what: "a re-INVITE adds video, the audio stays and runs on",
    make: (scene) => isTapped(scene, outside(20), true),
  },
  {
    name: "info_first_then_tapped",
    expect: "alert reinvite|hijack|redirect <=2",
    kind: "in-dialog",
    what: "an insider's INFO is accepted, then his re-INVITE takes the callee's audio; the caller talks on",
    make: (scene) => {
      new Account(scene, INSIDER, PBX, "290").login();
      scene.wait(1);
      const call = new Call(scene, phone(10), PBX).start(8);
      scene.wait(4);
      call.ask(0, "INFO", 200, { by: INSIDER });
      scene.wait(4);
      const sdp = audioSdp(INSIDER.ip, 40_000);
      const answerSdp = audioSdp(PBX.ip, 11_780);
      call.ask(0, "INVITE", 200, { by: INSIDER, cseq: 30, sdp, answerSdp });
      call.talkers[0].talk(8);
      scene.wait(12);
    },
  },
  {
    name: "carriers_other_site_hangs_up",
    expect: "max 3",
    kind: "party-moved",
    what: "four calls are ended by another site of the carrier that nobody knows; media stops each time",
    make: (scene) => {
      for (let i = 0; i < 4; i++) {
        const callerMedia = { ...CARRIER_MEDIA, port: 30_000 + 2 * i };
        const call = new Call(scene, CARRIER, PBX, { from: `49${i}`, callerMedia }).start(6);
        scene.wait(6.03);
        call.ask(0, "BYE", 200, { by: OTHER_SITE });
        scene.wait(10);
      }
    },
  },
  {
    name: "carriers_other_site_refreshes",
    expect: "max 3",
    kind: "party-moved",
    what: "UPDATE of a session timer by another site of the carrier, media stays where it is",
    make: (scene) => {
      const call = new Call(scene, CARRIER, PBX, { callerMedia: CARRIER_MEDIA }).start(20);
      scene.wait(10);
      call.ask(0, "UPDATE", 200, { by: OTHER_SITE });
      scene.wait(10.1);
      call.hangUp();
    },
  },
  {
    name: "hangs_up_twice",
    expect: "max 3",
    kind: "dialog-signs",
    what: "a phone hangs up, is answered, falls silent, and hangs up once more 6 s later: 481",
    make: (scene) => {
      const call = new Call(scene, phone(1), PBX).start(6);
      scene.wait(6.03);
      call.hangUp();
      scene.wait(6);
      call.ask(0, "BYE", 481);
      scene.wait(5);
    },
  },
  {
    name: "known_host_cancels_many",
    expect: "alert cancel|teardown <=2",
    kind: "one-signal",
    what: "a registered customer cancels six calls of others",
    make: (scene) => {
      new Account(scene, INSIDER, PBX, "290").login();
      scene.wait(1);
      for (let i = 0; i < 6; i++) {
        const call = new Call(scene, phone(10 + i), PBX, { from: `20${i}` }).ring();
        scene.send(INSIDER, PBX, cancels(call, INSIDER).text);
        scene.send(PBX, phone(10 + i), call.answer(487), 0.02);
        scene.wait(10);
      }
    },
  },
];
