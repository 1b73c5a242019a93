import { requestOf } from "../support/sip-actors.ts";
import { challenge, sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call, wholeCall } from "./call.ts";
import { Account, accountsOfPhones, nonceOf } from "./digest.ts";
import { forgedBy, outside, PBX, phone } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "forged-floods";
const VICTIM = phone(7);

/** A phone that has refreshed and called for a while: the sensor knows the way of its packets. */
function office(scene: Scene, at: Endpoint = VICTIM): void {
  const accounts = accountsOfPhones(scene, 3, 201);
  const own = new Account(scene, at, PBX, "207");
  for (let i = 0; i < 4; i++) {
    for (const account of [...accounts, own]) account.login();
    scene.wait(60);
  }
  wholeCall(new Call(scene, at, PBX, { from: "207", to: "201" }), 2);
}

/** Requests for one user after the other, in the name of whoever has that address. */
function walk(scene: Scene, by: Endpoint, count: number, method: string, perSecond: number): void {
  for (let i = 0; i < count; i++) {
    const from = { ...by, port: 5060 };
    const user = String(400 + i);
    const request = requestOf(scene, from, PBX, method, method === "REGISTER" ? user : "207", {
      to: user,
    });
    scene.send(from, PBX, request.text);
    const headers = i % 5 === 0 ? [challenge(nonceOf(scene))] : [];
    const answer = sipResponse(request, i % 5 === 0 ? 401 : 404, { toTag: scene.hex(8), headers });
    scene.send(PBX, VICTIM, answer, 0.002);
    scene.wait(1 / perSecond);
  }
  scene.wait(30);
}

function forged(method: string, count: number, perSecond: number, what: string): Case {
  return {
    name: `forged_${what}_by_${method.toLowerCase()}`,
    expect: `alert (enum|flood|dial).*in a forged name <=2`,
    kind: KIND,
    what: `${count} ${method}s, ${perSecond} a second, with the address of a phone that the sensor knows, from another MAC and TTL`,
    make: (scene) => {
      office(scene);
      walk(scene, forgedBy(VICTIM, 61), count, method, perSecond);
    },
  };
}

export const FORGED_FLOODS: readonly Case[] = [
  forged("REGISTER", 40, 4, "walk"),
  forged("OPTIONS", 40, 4, "walk"),
  forged("INVITE", 40, 4, "walk"),
  forged("REGISTER", 400, 100, "flood"),
  forged("OPTIONS", 800, 200, "flood"),
  forged("INVITE", 400, 100, "flood"),
  {
    name: "walk_by_the_phone_itself",
    expect: "alert enum.*in its own name <=2",
    kind: KIND,
    what: "the phone itself is taken over and asks for 40 users, by the way that its packets always come",
    make: (scene) => {
      office(scene);
      walk(scene, VICTIM, 40, "REGISTER", 4);
    },
  },
  {
    name: "guesser_who_plays_with_its_ttl",
    expect: "alert brute.*in its own name <=2",
    kind: KIND,
    what: "a host that logged in well guesses at another account, each packet with another TTL to be called forged; the nonces are its own",
    make: (scene) => {
      const at = outside(31);
      office(scene, at);
      for (let i = 0; i < 30; i++) {
        const by = { ...at, ttl: 40 + ((i * 13) % 80) };
        new Account(scene, by, PBX, "203").login({ password: `g${i}`, status: 403 });
        scene.wait(1);
      }
      scene.wait(20);
    },
  },
  {
    name: "phone_behind_another_router",
    expect: "quiet",
    kind: KIND,
    what: "the router of a phone fails and another one takes over: other MAC, other TTL; it refreshes and calls as before",
    make: (scene) => {
      const at = outside(32);
      office(scene, at);
      const moved = { ...at, mac: "00:1b:17:20:00:02", ttl: 49 };
      const own = new Account(scene, moved, PBX, "207");
      for (let i = 0; i < 4; i++) {
        own.login();
        wholeCall(new Call(scene, moved, PBX, { from: "207", to: "201" }), 2);
        scene.wait(60);
      }
    },
  },
];
