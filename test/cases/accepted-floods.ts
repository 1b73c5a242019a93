import { requestOf } from "../support/sip-actors.ts";
import { audioSdp, sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { natted, PBX, phone, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "accepted-floods";

/** 100 calls a second, all answered; each nth is acknowledged. */
function calls(scene: Scene, acknowledgedEach: number): void {
  for (let i = 0; i < 1200; i++) {
    const call = new Call(scene, STRANGER, PBX, { from: `x${i}`, to: "600" });
    scene.send(STRANGER, PBX, call.invite.text);
    const answer = call.answer(200, { sdp: audioSdp(PBX.ip, 12_000) });
    scene.send(PBX, STRANGER, answer, 0.002);
    if (i % acknowledgedEach === 0) {
      scene.send(STRANGER, PBX, call.request(0, "ACK").text, 0.004);
    }
    scene.wait(0.01);
  }
  scene.wait(40);
}

function subscribe(scene: Scene, by: Endpoint, user: string, to: string): void {
  const request = requestOf(scene, by, PBX, "SUBSCRIBE", user, { to, headers: ["Event: dialog"] });
  scene.send(by, PBX, request.text);
  scene.send(PBX, by, sipResponse(request, 200, { toTag: scene.hex(8) }), 0.002);
}

export const ACCEPTED_FLOODS: readonly Case[] = [
  {
    name: "calls_that_are_answered_and_left",
    expect: "alert flood <=2",
    kind: KIND,
    what: "100 calls a second of one host, all answered, none acknowledged",
    make: (scene) => calls(scene, 10_000),
  },
  {
    name: "calls_that_are_answered_and_mostly_left",
    expect: "alert flood <=2",
    kind: KIND,
    what: "who knows it acknowledges one in six",
    make: (scene) => calls(scene, 6),
  },
  {
    name: "load_of_a_carrier",
    expect: "max 3",
    kind: KIND,
    what: "100 calls a second of a carrier's node, all answered and acknowledged, one in three ends at once",
    make: (scene) => {
      for (let i = 0; i < 1200; i++) {
        const call = new Call(scene, STRANGER, PBX, { from: `+49${i}`, to: "600" });
        const before = scene.now;
        scene.send(STRANGER, PBX, call.invite.text);
        call.pickUp();
        if (i % 3 === 0) call.ask(0, "BYE", 200, { after: 0.5 });
        scene.now = before + 0.01;
      }
      scene.wait(40);
    },
  },
  {
    name: "subscriptions_without_end",
    expect: "alert flood <=3",
    kind: KIND,
    what: "150 SUBSCRIBEs a second of one host, all accepted",
    make: (scene) => {
      for (let i = 0; i < 2400; i++) {
        subscribe(scene, STRANGER, `x${i}`, "201");
        scene.wait(1 / 150);
      }
      scene.wait(10);
    },
  },
  {
    name: "keys_of_an_office_after_a_power_cut",
    expect: "quiet",
    kind: KIND,
    what: "200 phones behind one NAT subscribe to twenty keys each within ten seconds, a gateway on the segment to a hundred",
    make: (scene) => {
      for (let n = 0; n < 200; n++) {
        for (let key = 0; key < 20; key++) {
          subscribe(scene, natted(n), String(1000 + n), String(1000 + key));
          scene.wait(0.0025);
        }
      }
      for (let key = 0; key < 100; key++) subscribe(scene, phone(9), "209", String(1000 + key));
      scene.wait(10);
    },
  },
];
