import { requestOf } from "../support/sip-actors.ts";
import { audioSdp, challenge, sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call, wholeCall } from "./call.ts";
import { Account, ackOf, nonceOf } from "./digest.ts";
import { forgedBy, natted, outside, PBX, phone, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "known-customer";

/** An echo test or a queue takes a call of anybody's. */
function anybodysCall(scene: Scene, at: Endpoint, to: string): void {
  wholeCall(new Call(scene, at, PBX, { to }), 3);
  scene.wait(1);
}

/** An INVITE that is refused at once. */
function refusedCall(scene: Scene, at: Endpoint, to: string, status: number): void {
  const call = new Call(scene, at, PBX, { to });
  const toTag = scene.hex(8);
  scene.send(at, PBX, call.invite.text);
  const headers = status === 407 ? [challenge(nonceOf(scene), "pbx", 407)] : [];
  scene.send(PBX, at, sipResponse(call.invite, status, { toTag, headers }), 0.004);
  scene.send(at, PBX, ackOf(call.invite, toTag), 0.006);
}

/** REGISTERs that are challenged, without a word after. */
function challenged(scene: Scene, at: Endpoint, user: string): void {
  const request = requestOf(scene, at, PBX, "REGISTER", user);
  scene.send(at, PBX, request.text);
  const headers = [challenge(nonceOf(scene))];
  scene.send(PBX, at, sipResponse(request, 401, { toTag: scene.hex(8), headers }), 0.003);
}

/** What an attacker does to pass for a customer, and customers who look like him. */
export const COVERED: readonly Case[] = [
  {
    name: "walk_behind_an_answered_call",
    expect: "alert enum <=2",
    kind: KIND,
    what: "a call to the echo test is taken, then its caller asks for 60 users by INVITE, 404 each",
    make: (scene) => {
      for (let n = 1; n <= 3; n++) new Account(scene, phone(n), PBX, `20${n}`).login();
      anybodysCall(scene, STRANGER, "600");
      for (let i = 0; i < 60; i++) {
        refusedCall(scene, STRANGER, `${300 + i}`, 404);
        scene.wait(0.4);
      }
      scene.wait(5);
    },
  },
  {
    name: "walk_behind_numbers_that_seem_removed",
    expect: "alert enum <=2",
    kind: KIND,
    what: "four lines that anybody may call are taken, then refused in the server's name ahead of its answer, as if it had lost a range; a walk over 200 users follows",
    make: (scene) => {
      for (let n = 1; n <= 4; n++) new Account(scene, phone(n), PBX, `20${n}`).login();
      const lines = ["600", "601", "602", "603"];
      for (const to of lines) anybodysCall(scene, STRANGER, to);
      for (const to of lines) {
        const call = new Call(scene, STRANGER, PBX, { to });
        scene.send(STRANGER, PBX, call.invite.text);
        scene.send(forgedBy(PBX, 50), STRANGER, call.answer(404), 0.002);
        scene.send(PBX, STRANGER, call.answer(200, { sdp: audioSdp(PBX.ip, 12_000) }), 0.02);
        scene.send(STRANGER, PBX, call.request(0, "ACK").text, 0.03);
        scene.wait(1);
        call.hangUp(0);
      }
      for (let i = 0; i < 200; i++) {
        refusedCall(scene, STRANGER, `${300 + i}`, 404);
        scene.wait(0.4);
      }
      scene.wait(5);
    },
  },
  {
    name: "flood_behind_an_answered_call",
    expect: "alert flood <=2",
    kind: KIND,
    what: "the same caller rings one user 1,500 times in 5 s, and takes no challenge up",
    make: (scene) => {
      anybodysCall(scene, STRANGER, "600");
      for (let i = 0; i < 1500; i++) {
        refusedCall(scene, STRANGER, "202", 407);
        scene.wait(0.0033);
      }
      scene.wait(12);
    },
  },
  {
    name: "walk_that_ends_with_the_capture_behind_a_login",
    expect: "alert enum <=2",
    kind: KIND,
    what: "one account logs in, then its host asks for 100 users, all challenged, and the capture ends",
    make: (scene) => {
      new Account(scene, STRANGER, PBX, "201").login();
      scene.wait(3);
      for (let i = 0; i < 100; i++) {
        challenged(scene, STRANGER, `${300 + i}`);
        scene.wait(0.02);
      }
    },
  },
  {
    name: "office_reboots_as_the_capture_ends",
    expect: "max 3",
    kind: KIND,
    what: "40 phones behind one NAT, registered before, all come back from a power cut; the capture ends between their challenges and their credentials",
    make: (scene) => {
      for (let n = 0; n < 40; n++) {
        new Account(scene, natted(n), PBX, `${300 + n}`).login();
        scene.wait(0.2);
      }
      scene.wait(600);
      for (let n = 0; n < 40; n++) {
        challenged(scene, natted(n), `${300 + n}`);
        scene.wait(0.005);
      }
    },
  },
  {
    name: "ghost_calls_behind_a_taken_one",
    expect: "alert ghost|phantom|spit|unsolicited|call <=3",
    kind: "ghost-calls",
    what: "a phone answers one call of a scanner by itself, then it rings 60 times at night",
    make: (scene) => {
      new Account(scene, phone(1), PBX, "201").login();
      scene.wait(5);
      wholeCall(new Call(scene, outside(77), phone(1), { to: "201" }), 3);
      for (let i = 0; i < 60; i++) {
        const call = new Call(scene, outside(77), phone(1), { to: "201", from: "100" }).ring();
        scene.send(phone(1), outside(77), call.answer(486));
        scene.send(outside(77), phone(1), ackOf(call.invite, call.parties[1].tag), 0.02);
        scene.wait(60);
      }
    },
  },
  {
    name: "door_phone_rings_in_vain",
    expect: "quiet",
    kind: "ghost-calls",
    what: "a door phone calls the desk straight; two of its calls in a day are taken, 25 ring in vain",
    make: (scene) => {
      new Account(scene, phone(1), PBX, "201").login();
      for (let i = 0; i < 27; i++) {
        scene.wait(1200);
        if (i % 14 === 0) wholeCall(new Call(scene, phone(30), phone(1), { to: "201" }), 3);
        else {
          const call = new Call(scene, phone(30), phone(1), { to: "201", from: "door" }).ring();
          scene.send(phone(1), phone(30), call.answer(480));
          scene.send(phone(30), phone(1), ackOf(call.invite, call.parties[1].tag), 0.02);
        }
      }
      scene.wait(10);
    },
  },
];
