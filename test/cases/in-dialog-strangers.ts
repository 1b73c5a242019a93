import { audioSdp, sipResponse } from "../support/sip-builder.ts";
import { type Endpoint, sentBy } from "../support/wire.ts";
import { Call } from "./call.ts";
import { Account } from "./digest.ts";
import { forgedBy, media, PBX, phone, phone6, STRANGER, STRANGER6 } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "in-dialog-strangers";
const THIEF = media(STRANGER, 7000);

function attack(name: string, expect: string, what: string, make: (scene: Scene) => void): Case {
  return { name, expect: `alert ${expect} <=2`, kind: KIND, what, make };
}

/** A call of twelve seconds, after four of which something is done. */
export function inCall(scene: Scene, call: Call, deed: (call: Call) => void): void {
  call.start(12);
  scene.wait(4);
  deed(call);
  scene.wait(8.05);
  call.hangUp();
  scene.wait(3);
}

/** INVITE without an offer; the 200 has one, and the ACK its answer (RFC 3261 13.2.1). */
export function lateOffer(scene: Scene, call: Call, acknowledge: () => void): void {
  const [caller, callee] = call.parties;
  const invite = call.invite.text.replace(/Content-Type[\s\S]*/, "Content-Length: 0\r\n\r\n");
  scene.send(caller.at, callee.at, invite);
  scene.send(callee.at, caller.at, call.answer(180), 0.1);
  scene.wait(1);
  const { ip, port } = callee.media;
  scene.send(callee.at, caller.at, call.answer(200, { sdp: audioSdp(ip, port) }));
  scene.wait(0.005);
  acknowledge();
  scene.wait(0.02);
}

export function acknowledges(call: Call, to: Endpoint, by?: Endpoint): void {
  const { at } = call.parties[1];
  const sdp = audioSdp(to.ip, to.port);
  const ack = call.request(0, "ACK", { sdp, ...(by !== undefined && { by }) });
  call.scene.send(by ?? call.parties[0].at, at, ack.text);
  call.scene.wait(0.02);
}

/** Somebody's ACK is ahead of the caller's own, and the callee's media goes where that says. */
function acknowledgedBy(scene: Scene, by: Endpoint): void {
  const call = new Call(scene, phone(1), phone(2));
  lateOffer(scene, call, () => {
    acknowledges(call, THIEF, by);
    acknowledges(call, call.parties[0].media);
  });
  call.talkers[1].to = THIEF;
  call.talk(10);
  scene.wait(10.05);
  call.hangUp();
  scene.wait(3);
}

export function faxSdp({ ip, port }: Endpoint): string {
  return audioSdp(ip, port, 2).replace(/m=audio[\s\S]*/, `m=image ${port} udptl t38\r\n`);
}

export function held({ ip, port }: Endpoint, direction = "inactive"): string {
  return audioSdp(ip, port, 2).replace("sendrecv", direction);
}

/** The caller asks in the call, and somebody answers before the callee does. */
function answeredBy(
  call: Call,
  method: "UPDATE" | "INVITE" | "OPTIONS",
  forged: { by: Endpoint; status: number; sdp?: string },
): void {
  const { scene } = call;
  const [caller, callee] = call.parties;
  const sdp = audioSdp(callee.media.ip, callee.media.port, 2);
  const offer = audioSdp(caller.media.ip, caller.media.port, 2);
  const request = call.request(0, method, method === "INVITE" ? { sdp: offer } : {});
  const own = { contact: sentBy(callee.at), ...(method === "INVITE" && { sdp }) };
  const other = forged.sdp === undefined ? {} : { sdp: forged.sdp };
  scene.send(caller.at, callee.at, request.text);
  scene.send(forged.by, caller.at, sipResponse(request, forged.status, other), 0.001);
  scene.send(callee.at, caller.at, sipResponse(request, 200, own), 0.02);
  if (method === "INVITE") {
    const { cseq = 2 } = request;
    scene.send(caller.at, callee.at, call.request(0, "ACK", { cseq }).text, 0.03);
  }
}

/** A registered phone changes its address in a call: media first, then REGISTER and re-INVITE from there. */
export function moved(scene: Scene, deed: (call: Call) => void): void {
  const account = new Account(scene, phone(1), PBX, "201");
  account.login();
  scene.wait(1);
  const call = new Call(scene, phone(1), PBX).start();
  const [mine, theirs] = call.talkers;
  const fresh: Endpoint = { ...phone(1), ip: "10.20.5.9" };
  theirs.talk(16);
  mine.talk(4);
  mine.from = media(fresh, 16_384);
  mine.talk(12, 4.02);
  scene.wait(5);
  account.at = fresh;
  account.login();
  call.parties[0].at = fresh;
  const [sdp, answerSdp] = [audioSdp(fresh.ip, 16_384, 2), audioSdp(PBX.ip, 11_780, 2)];
  call.ask(0, "INVITE", 200, { sdp, answerSdp });
  scene.wait(4);
  deed(call);
  scene.wait(7.05);
}

/** What is written inside a call, or answered there, by others than its parties. */
export const IN_DIALOG_STRANGERS: readonly Case[] = [
  attack(
    "ack_with_a_strangers_session",
    "redirected|re-INVITE",
    "an offer in the 200: a stranger's ACK answers it with his own address, ahead of the caller's",
    (scene) => acknowledgedBy(scene, STRANGER),
  ),
  attack(
    "ack_with_a_session_in_the_callers_name",
    "redirected|re-INVITE.*in a forged name",
    "the same in the caller's name by another MAC and TTL",
    (scene) => acknowledgedBy(scene, forgedBy(phone(1), 128)),
  ),
  attack(
    "prack_by_a_stranger",
    "request in a call",
    "a stranger's PRACK with a session",
    (scene) => {
      const call = new Call(scene, phone(1), phone(2));
      const [caller, callee] = call.parties;
      scene.send(caller.at, callee.at, call.invite.text);
      const early = call.answer(183, { sdp: audioSdp(callee.media.ip, callee.media.port) });
      const reliable = early.replace("Content-Type", "Require: 100rel\r\nRSeq: 1\r\nContent-Type");
      scene.send(callee.at, caller.at, reliable, 0.1);
      scene.wait(0.3);
      const headers = ["RAck: 1 1 INVITE"];
      const sdp = audioSdp(THIEF.ip, THIEF.port, 2);
      call.ask(0, "PRACK", 200, { by: STRANGER, cseq: 2, headers, sdp });
      scene.wait(0.3);
      call.ask(0, "PRACK", 481, { headers });
      scene.wait(2);
      call.pickUp().talk(8);
      scene.wait(8.05);
      call.hangUp();
    },
  ),
  attack(
    "subscribe_in_a_call_by_a_stranger_ipv6",
    "request in a call",
    "a stranger subscribes inside the dialog to what becomes of the call (IPv6)",
    (scene) =>
      inCall(scene, new Call(scene, phone6(1), phone6(2)), (call) => {
        const headers = ["Event: dialog", "Expires: 3600"];
        call.ask(0, "SUBSCRIBE", 202, { by: STRANGER6, headers });
      }),
  ),
  attack(
    "fax_of_a_stranger",
    "redirected|re-INVITE",
    "a stranger's re-INVITE makes a fax of the call (T.38); the caller talks on",
    (scene) =>
      inCall(scene, new Call(scene, phone(1), phone(2)), (call) => {
        const answerSdp = faxSdp(media(phone(2), 6100));
        call.ask(0, "INVITE", 200, { by: STRANGER, sdp: faxSdp(THIEF), answerSdp });
      }),
  ),
  attack(
    "held_by_a_stranger_again_and_again",
    "redirected|re-INVITE",
    "a stranger's re-INVITEs name the caller's own address and put the call on hold; the caller talks on",
    (scene) =>
      inCall(scene, new Call(scene, phone(1), phone(2)), (call) => {
        const [{ media: mine }, { media: theirs }] = call.parties;
        const answerSdp = held(theirs);
        call.ask(0, "INVITE", 200, { by: STRANGER, sdp: held(mine), answerSdp });
      }),
  ),
  attack(
    "update_refused_by_a_stranger",
    "answer_spoof",
    "481 to the caller's session refresh from a host that was not asked, ahead of the callee's 200",
    (scene) =>
      inCall(scene, new Call(scene, phone(1), phone(2)), (call) =>
        answeredBy(call, "UPDATE", { by: STRANGER, status: 481 }),
      ),
  ),
  attack(
    "options_refused_by_a_stranger",
    "answer_spoof",
    "the same to the caller's question whether the call is up (OPTIONS)",
    (scene) =>
      inCall(scene, new Call(scene, phone(1), phone(2)), (call) =>
        answeredBy(call, "OPTIONS", { by: STRANGER, status: 481 }),
      ),
  ),
  attack(
    "update_refused_in_the_callees_name",
    "answer.*in a forged name",
    "481 to a session refresh in the callee's name by another MAC and TTL",
    (scene) =>
      inCall(scene, new Call(scene, phone(1), phone(2)), (call) =>
        answeredBy(call, "UPDATE", { by: forgedBy(phone(2), 128), status: 481 }),
      ),
  ),
  attack(
    "reinvite_answered_in_the_callees_name",
    "answer.*in a forged name",
    "200 to a re-INVITE in the callee's name with another address for the media",
    (scene) =>
      inCall(scene, new Call(scene, phone(1), phone(2)), (call) => {
        const sdp = audioSdp(THIEF.ip, THIEF.port, 2);
        answeredBy(call, "INVITE", { by: forgedBy(phone(2), 128), status: 200, sdp });
      }),
  ),
  attack(
    "bye_from_where_the_party_was",
    "teardown.*in a forged name",
    "a phone has moved, registered and sent a re-INVITE from there; a BYE from its old address by another MAC, and it talks on",
    (scene) => moved(scene, (call) => call.ask(0, "BYE", 200, { by: forgedBy(phone(1)) })),
  ),
  {
    name: "options_in_a_call_by_a_stranger",
    expect: "alert request in a call <=3",
    kind: KIND,
    what: "a stranger asks inside a dialog, whose tags he has read, and changes nothing",
    make: (scene) =>
      inCall(scene, new Call(scene, phone(1), phone(2)), (call) => {
        call.ask(0, "OPTIONS", 200, { by: STRANGER });
      }),
  },
];
