import { requestOf } from "../support/sip-actors.ts";
import { sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { Account, ackOf } from "./digest.ts";
import { CARRIER, forgedBy, outside, PBX, phone } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "two-ways";
const SECOND_ROUTER = "00:1b:17:20:00:02";

/** By the second router, which is four hops farther. */
function bySecond(host: Endpoint): Endpoint {
  return { ...host, mac: SECOND_ROUTER, ttl: (host.ttl ?? 64) - 4 };
}

/** Four phones register twice, so that they and the PBX are known. */
function logins(scene: Scene, at: (n: number) => Endpoint = phone): void {
  for (let round = 0; round < 2; round++) {
    for (let n = 1; n <= 4; n++) new Account(scene, at(n), PBX, `20${n}`).login();
    scene.wait(20);
  }
}

/** A call on hold between the PBX and a phone; nothing of it tells who is still there. */
function held(scene: Scene, callee: Endpoint = phone(4)): Call {
  const call = new Call(scene, PBX, callee, { from: "201", to: "204" }).start();
  scene.wait(5);
  return call;
}

export const TWO_WAYS: readonly Case[] = [
  {
    name: "bye_in_the_name_of_a_busy_pbx",
    expect: "alert bye|teardown.*in a forged name <=2",
    kind: KIND,
    what: "BYE in the PBX's name by another MAC and TTL in a call on hold; the PBX goes on with other phones by its own way",
    make: (scene) => {
      logins(scene);
      const call = held(scene);
      call.ask(0, "BYE", 200, { by: forgedBy(PBX, 128) });
      scene.wait(1);
      new Account(scene, phone(2), PBX, "202").login();
      scene.wait(5);
    },
  },
  {
    name: "cancel_in_the_name_of_a_caller_who_goes_on",
    expect: "alert cancel.*in a forged name <=2",
    kind: KIND,
    what: "CANCEL in a phone's name by another MAC and TTL; the phone acknowledges the 487 by its own way",
    make: (scene) => {
      logins(scene);
      const call = new Call(scene, phone(1), PBX, { to: "204", ringSeconds: 3 }).ring();
      const { branch, callId, fromTag } = call.invite;
      const fields = { to: "204", branch, callId, fromTag };
      const cancel = requestOf(scene, phone(1), PBX, "CANCEL", "201", fields);
      const { tag } = call.parties[1];
      scene.send(forgedBy(phone(1), 128), PBX, cancel.text);
      scene.send(PBX, phone(1), sipResponse(cancel, 200, { toTag: tag }), 0.01);
      scene.send(PBX, phone(1), call.answer(487), 0.02);
      scene.send(phone(1), PBX, ackOf(call.invite, tag), 0.03);
      scene.wait(6);
    },
  },
  {
    name: "bye_with_the_ttl_of_the_pbx",
    expect: "alert bye|teardown.*in a forged name <=3",
    kind: KIND,
    what: "who knows that MAC and TTL are compared takes the TTL of the PBX: one sign is left",
    make: (scene) => {
      logins(scene);
      const call = held(scene);
      call.ask(0, "BYE", 200, { by: forgedBy(PBX, 64) });
      scene.wait(1);
      new Account(scene, phone(2), PBX, "202").login();
      scene.wait(5);
    },
  },
  {
    name: "bye_behind_a_router_that_took_over",
    expect: "max 3",
    kind: KIND,
    what: "the first router fails in the middle of a call with the carrier; its BYE and everything else comes by the second one, MAC and TTL",
    make: (scene) => {
      logins(scene, outside);
      const call = new Call(scene, PBX, CARRIER, { to: "+493055512" }).start();
      scene.wait(5);
      call.parties[1].at = bySecond(CARRIER);
      call.hangUp(1);
      logins(scene, (n) => bySecond(outside(n)));
    },
  },
  {
    name: "bye_between_two_routers_in_use",
    expect: "max 3",
    kind: KIND,
    what: "branches come by two routers; the carrier's BYE takes the second one, its pings the first one before and after",
    make: (scene) => {
      logins(scene, (n) => (n % 2 === 0 ? outside(n) : bySecond(outside(n))));
      const ping = () => {
        const request = requestOf(scene, CARRIER, PBX, "OPTIONS", "ping");
        scene.send(CARRIER, PBX, request.text);
        scene.send(PBX, CARRIER, sipResponse(request, 200, { toTag: scene.hex(8) }), 0.01);
        scene.wait(1);
      };
      const call = new Call(scene, PBX, CARRIER, { to: "+493055512" }).start();
      scene.wait(3);
      ping();
      call.parties[1].at = bySecond(CARRIER);
      call.hangUp(1);
      ping();
      scene.wait(6);
    },
  },
];
