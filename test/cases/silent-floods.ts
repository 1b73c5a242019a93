import { requestOf } from "../support/sip-actors.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { Account, accountsOfPhones } from "./digest.ts";
import { natted, PBX, ROUTER_MAC } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "silent-floods";

/** An address that nobody has. */
function madeUp(scene: Scene): Endpoint {
  const byte = () => 1 + Math.floor(scene.random() * 253);
  return {
    ip: `${60 + Math.floor(scene.random() * 40)}.${byte()}.${byte()}.${byte()}`,
    port: 5060,
    mac: ROUTER_MAC,
    ttl: 57,
  };
}

/** Phones that registered well before; while the server is busy nobody is answered. */
function office(scene: Scene, count: number): Account[] {
  const accounts = accountsOfPhones(scene, count);
  for (const account of accounts) {
    account.login();
    scene.wait(0.5);
  }
  return accounts;
}

/** REGISTERs from an address of their own each for a minute, never answered. */
function flood(scene: Scene, perSecond: number, repeats: readonly number[] = [0]): void {
  for (let i = 0; i < perSecond * 60; i++) {
    const from = madeUp(scene);
    const { text } = requestOf(scene, from, PBX, "REGISTER", String(1000 + (i % 5000)));
    for (const after of repeats) scene.send(from, PBX, text, after);
    scene.wait(1 / perSecond);
  }
}

/** INVITEs from an address of their own each for half a minute, never answered. */
function callers(scene: Scene, perSecond: number, repeats: readonly number[] = [0]): void {
  for (let i = 0; i < perSecond * 30; i++) {
    const from = madeUp(scene);
    const { text } = requestOf(scene, from, PBX, "INVITE", String(1000 + (i % 500)), { to: "204" });
    for (const after of repeats) scene.send(from, PBX, text, after);
    scene.wait(1 / perSecond);
  }
  scene.wait(20);
}

/** A phone asks in vain: each try repeated by timer E, a new one each 30 s or so. */
function inVain(scene: Scene, accounts: readonly Account[], seconds: number): void {
  const pause = seconds / accounts.length / Math.round(seconds / 30);
  for (let round = 0; round < Math.round(seconds / 30); round++) {
    for (const account of accounts) {
      const { text } = account.request([]);
      for (const after of [0, 0.5, 1.5, 3.5, 7.5]) scene.send(account.at, PBX, text, after);
      scene.wait(pause);
    }
  }
}

export const SILENT_FLOODS: readonly Case[] = [
  {
    name: "spoofed_registers_60_a_second",
    expect: "alert flood <=2",
    kind: KIND,
    what: "60 REGISTERs a second for a minute, each from a made-up address, to a registrar that answers nobody meanwhile",
    make: (scene) => {
      office(scene, 10);
      flood(scene, 60);
      scene.wait(20);
    },
  },
  {
    name: "spoofed_registers_60_a_second_alone",
    expect: "alert flood <=2",
    kind: KIND,
    what: "the same, and nothing else is in the capture",
    make: (scene) => {
      flood(scene, 60);
      scene.wait(20);
    },
  },
  {
    name: "spoofed_registers_while_phones_are_served",
    expect: "alert flood <=2",
    kind: KIND,
    what: "the same at a registrar that goes on answering its phones",
    make: (scene) => {
      const accounts = office(scene, 10);
      const before = scene.now;
      flood(scene, 60);
      scene.now = before;
      for (let i = 0; i < 60; i++) {
        accounts[i % 10]?.login();
        scene.wait(0.98);
      }
      scene.wait(20);
    },
  },
  {
    name: "spoofed_registers_that_are_repeated",
    expect: "alert flood <=3",
    kind: KIND,
    what: "the same, each repeated as a phone does: nothing tells it from many phones whose server is down",
    make: (scene) => {
      office(scene, 10);
      flood(scene, 60, [0, 0.5, 1.5]);
      scene.wait(20);
    },
  },
  {
    name: "made_up_callers_20_a_second",
    expect: "alert flood <=2",
    kind: KIND,
    what: "20 INVITEs a second for half a minute, each from a made-up address, to a PBX that answered its phones before and is silent now",
    make: (scene) => {
      office(scene, 10);
      callers(scene, 20);
    },
  },
  {
    name: "made_up_callers_10_a_second_alone",
    expect: "alert flood <=2",
    kind: KIND,
    what: "10 a second, and nothing else is in the capture",
    make: (scene) => callers(scene, 10),
  },
  {
    name: "made_up_callers_that_repeat",
    expect: "alert flood <=2",
    kind: KIND,
    what: "who knows that it counts whether an INVITE is repeated plays timer A: the addresses are of everywhere",
    make: (scene) => {
      office(scene, 10);
      callers(scene, 30, [0, 0.5, 1.5]);
    },
  },
  {
    name: "callers_of_a_provider_seen_one_way",
    expect: "max 3",
    kind: KIND,
    what: "300 customers call within half a minute; what the server sends is not mirrored, so that INVITE, ACK and later BYE are all there is",
    make: (scene) => {
      for (let i = 0; i < 300; i++) {
        const from = madeUp(scene);
        const call = new Call(scene, from, PBX, { from: String(1000 + i), to: "204" });
        scene.send(from, PBX, call.invite.text);
        scene.send(from, PBX, call.request(0, "ACK").text, 1.5);
        scene.send(from, PBX, call.request(0, "BYE").text, 40);
        scene.wait(0.1);
      }
      scene.wait(60);
    },
  },
  {
    name: "office_asks_in_vain_then_registers_slowly",
    expect: "max 3",
    kind: KIND,
    what: "200 phones behind one NAT ask in vain for five minutes, then register again one after the other within two",
    make: (scene) => {
      const accounts = Array.from(
        { length: 200 },
        (_, n) => new Account(scene, natted(n), PBX, String(1000 + n)),
      );
      inVain(scene, accounts, 300);
      for (const account of accounts) {
        account.login();
        scene.wait(0.6);
      }
      scene.wait(20);
    },
  },
  {
    name: "homes_ask_in_vain",
    expect: "max 3",
    kind: KIND,
    what: "1500 homes ask in vain for two minutes, fifty a second; then all register within a minute",
    make: (scene) => {
      const accounts = Array.from({ length: 1500 }, (_, n) => {
        const at = { ip: `100.70.${n >> 8}.${n & 255}`, port: 5060, mac: ROUTER_MAC, ttl: 58 };
        return new Account(scene, at, PBX, String(1000 + n));
      });
      inVain(scene, accounts, 120);
      for (const account of accounts) {
        account.login();
        scene.wait(0.025);
      }
      scene.wait(20);
    },
  },
];
