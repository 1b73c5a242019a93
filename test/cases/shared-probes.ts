import { ask, requestOf } from "../support/sip-actors.ts";
import type { Endpoint } from "../support/wire.ts";
import { Account } from "./digest.ts";
import { natted, outside, PBX, phone, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "shared-probes";
const HOST: Endpoint = { ip: "10.20.0.77", port: 5060 };

/** OPTIONS, answered or not (0). */
function ping(scene: Scene, from: Endpoint, to: Endpoint, status: number, user = "100"): void {
  ask(scene, from, to, requestOf(scene, from, to, "OPTIONS", user), status);
}

/** A text straight to a phone, or through the PBX. */
function text(scene: Scene, from: Endpoint, to: Endpoint, user: string): void {
  ask(scene, from, to, requestOf(scene, from, to, "MESSAGE", "promo", { to: user }), 200);
}

/** Eight telephones register, and their PBX is known. */
function phones(scene: Scene): void {
  for (let n = 1; n <= 8; n++) {
    new Account(scene, phone(n), PBX, String(200 + n)).login();
    scene.wait(5);
  }
}

export const SHARED_PROBES: readonly Case[] = [
  {
    name: "sweep_shared_by_twenty_hosts",
    expect: "alert scan <=3",
    kind: KIND,
    what: "twenty hosts ask 120 addresses by OPTIONS, six each, one in five seconds; each tenth one answers",
    make: (scene) => {
      for (let n = 0; n < 120; n++) {
        ping(scene, outside(60 + (n % 20)), phone(1 + n), n % 10 === 0 ? 200 : 0);
        scene.wait(5);
      }
      scene.wait(40);
    },
  },
  {
    name: "search_for_a_server_at_forty_ports",
    expect: "alert scan <=3",
    kind: KIND,
    what: "a stranger asks one host by OPTIONS at forty ports, of which one answers",
    make: (scene) => {
      for (let n = 0; n < 40; n++) {
        ping(scene, STRANGER, { ...HOST, port: 5060 + n }, n === 0 ? 200 : 0);
        scene.wait(2);
      }
      scene.wait(40);
    },
  },
  {
    name: "telephones_behind_nat_of_which_some_are_off",
    expect: "quiet",
    kind: KIND,
    what: "a PBX that the capture does not show registering anybody asks fifty telephones behind one address, each at its port; fifteen are off",
    make: (scene) => {
      for (let round = 0; round < 10; round++) {
        for (let n = 0; n < 50; n++) {
          ping(scene, PBX, natted(n), n % 3 === 0 && n < 45 ? 0 : 200, String(300 + n));
          scene.wait(1);
        }
      }
      scene.wait(40);
    },
  },
  {
    name: "texts_of_eight_strangers",
    expect: "alert nuisance <=3",
    kind: KIND,
    what: "eight strangers write to eight phones, eight texts each, past their PBX",
    make: (scene) => {
      phones(scene);
      for (let n = 0; n < 64; n++) {
        text(scene, outside(60 + (n % 8)), phone(1 + (n % 8)), String(201 + (n % 8)));
        scene.wait(5);
      }
      scene.wait(30);
    },
  },
  {
    name: "texts_of_a_stranger_to_three_hundred_users",
    expect: "alert nuisance <=3",
    kind: KIND,
    what: "a host that nobody knows writes to 300 users through the PBX, one a second",
    make: (scene) => {
      phones(scene);
      for (let n = 0; n < 300; n++) {
        text(scene, STRANGER, PBX, String(1000 + n));
        scene.wait(1);
      }
      scene.wait(30);
    },
  },
  {
    name: "texts_of_a_gateway_to_three_hundred_users",
    expect: "quiet",
    kind: KIND,
    what: "the same by a gateway that has registered",
    make: (scene) => {
      new Account(scene, natted(1), PBX, "texts").login();
      for (let n = 0; n < 300; n++) {
        text(scene, natted(1), PBX, String(1000 + n));
        scene.wait(1);
      }
      scene.wait(30);
    },
  },
  {
    name: "texts_of_the_server_to_its_phones",
    expect: "quiet",
    kind: KIND,
    what: "the PBX writes to its eight phones, forty times each",
    make: (scene) => {
      phones(scene);
      for (let n = 0; n < 320; n++) {
        text(scene, PBX, phone(1 + (n % 8)), String(201 + (n % 8)));
        scene.wait(1);
      }
      scene.wait(30);
    },
  },
];
