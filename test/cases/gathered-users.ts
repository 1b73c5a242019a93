import type { Endpoint } from "../support/wire.ts";
import { Account } from "./digest.ts";
import { natted, PBX, phone, ROUTER_MAC } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "gathered-users";
const AFAR: Endpoint = { ip: "185.11.1.6", port: 5060, mac: ROUTER_MAC, ttl: 45 };

function home(n: number): Endpoint {
  return { ip: `91.${20 + n}.1.${11 + n}`, port: 5061, mac: ROUTER_MAC, ttl: 57 };
}

/** Twelve users register from `from`, and an hour later from `to`, while three desks of the house go on. */
function moved(scene: Scene, from: (n: number) => Endpoint, to: (n: number) => Endpoint): void {
  const desks = [1, 2, 3].map((n) => new Account(scene, phone(n), PBX, String(200 + n)));
  for (let n = 0; n < 12; n++) new Account(scene, from(n), PBX, String(300 + n)).login();
  for (let i = 0; i < 12; i++) {
    for (const desk of desks) desk.login();
    scene.wait(300);
  }
  for (let n = 0; n < 12; n++) {
    new Account(scene, to(n), PBX, String(300 + n)).login();
    scene.wait(20);
  }
  scene.wait(300);
}

export const GATHERED_USERS: readonly Case[] = [
  {
    name: "twelve_users_bound_at_one_new_host",
    expect: "alert HIJACK users of many networks <=3",
    kind: KIND,
    what: "twelve users who had registered from twelve networks and have run out are bound at one host that is new, with the right passwords",
    make: (scene) => moved(scene, home, (n) => ({ ...AFAR, port: 40_000 + n })),
  },
  {
    name: "users_who_come_to_their_office",
    expect: "quiet",
    kind: KIND,
    what: "the same behind an address at which their office has been for two hours",
    make: (scene) => {
      for (let i = 0; i < 24; i++) {
        new Account(scene, natted(90), PBX, "390").login();
        scene.wait(300);
      }
      moved(scene, home, natted);
    },
  },
  {
    name: "office_that_changes_its_uplink",
    expect: "quiet",
    kind: KIND,
    what: "twelve telephones of one office come from another address than before",
    make: (scene) => moved(scene, natted, (n) => ({ ...AFAR, port: 40_000 + n })),
  },
  {
    name: "users_who_move_each_for_himself",
    expect: "quiet",
    kind: KIND,
    what: "twelve users come from another network each than before",
    make: (scene) => moved(scene, home, (n) => home(40 + n)),
  },
];
