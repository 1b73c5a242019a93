import { requestOf } from "../support/sip-actors.ts";
import { challenge, sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Account, accountsOfPhones, nonceOf } from "./digest.ts";
import { natted, outside, PBX, phone, ROUTER_MAC, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

/** REGISTER for a user; `status` 0: the server drops it. */
function ask(scene: Scene, from: Endpoint, user: string, status: number): void {
  const request = requestOf(scene, from, PBX, "REGISTER", user);
  scene.send(from, PBX, request.text);
  if (status === 0) return;
  const headers = status === 401 ? [challenge(nonceOf(scene))] : [];
  scene.send(PBX, from, sipResponse(request, status, { toTag: scene.hex(8), headers }), 0.004);
}

function office(scene: Scene): Account[] {
  return accountsOfPhones(scene, 3, 211);
}

/** A user each five minutes for eight hours. */
function walk(scene: Scene, hosts: number, status: number): void {
  const phones = office(scene);
  for (let i = 0; i < 96; i++) {
    if (i % 6 === 0) for (const account of phones) account.login();
    const from = hosts === 1 ? STRANGER : outside(100 + (i % hosts));
    ask(scene, from, String(600 + i), status);
    scene.wait(300);
  }
}

/** Phones of the site, or of its workers' homes, whose password was changed at the server: each on its Call-ID, again after three to ten minutes. */
function patientPhones(scene: Scene, at: (n: number) => Endpoint): void {
  const due = Array.from({ length: 30 }, (_, n) => {
    return { account: new Account(scene, at(n), PBX, String(300 + n)), at: scene.random() * 200 };
  });
  for (let now = 0; now < 5400; now++) {
    for (const phone of due) {
      if (phone.at > now) continue;
      phone.account.login({ password: "old", status: 401 });
      phone.at = now + 180 + scene.random() * 420;
    }
    scene.wait(1);
  }
}

/** A user calls an extension that is not answered by anything, and tries again as timer A does (RFC 3261 17.1.1.2), or does not. */
function callsInVain(scene: Scene, from: Endpoint, to: string, isRepeated: boolean): void {
  const { text } = requestOf(scene, from, PBX, "INVITE", "7001", { to });
  for (const after of isRepeated ? [0, 0.5, 1.5, 3.5] : [0]) scene.send(from, PBX, text, after);
}

/** Its Ethernet destination. */
function isToRouter(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 6)).toString("hex") === ROUTER_MAC.replaceAll(":", "");
}

export const PATIENT_WALKS: readonly Case[] = [
  ...[1, 40].flatMap((hosts) =>
    [0, 401, 404, 480, 503, 603].map(
      (status): Case => ({
        name: `walk_each_five_minutes_${hosts}_hosts_${status}`,
        expect: "alert enum|walk <=2",
        kind: hosts === 1 ? "slow" : "distributed",
        what: `96 users within eight hours, asked for by ${hosts} hosts, each ${status === 0 ? "dropped" : `answered ${status}`}, while three phones are taken`,
        make: (scene) => walk(scene, hosts, status),
      }),
    ),
  ),
  {
    name: "walk_that_the_server_drops",
    expect: "alert enum|walk <=2",
    kind: "distributed",
    what: "90 users within 90 s; the server drops what is for users that it does not know, and challenges for three",
    make: (scene) => {
      const phones = office(scene);
      for (const account of phones) account.login();
      for (let i = 0; i < 90; i++) {
        ask(scene, STRANGER, String(190 + i), i > 20 && i < 24 ? 401 : 0);
        scene.wait(1);
      }
      scene.wait(10);
    },
  },
  ...[false, true].map(
    (isRepeated): Case => ({
      name: `walk_by_calls_that_the_server_drops${isRepeated ? "_repeated" : ""}`,
      expect: "alert enum|walk <=3",
      kind: "distributed",
      what: `50 extensions called within ten minutes, to which the server says nothing while it answers others${isRepeated ? "; who knows it repeats each call as telephones do" : ""}`,
      make: (scene) => {
        const phones = office(scene);
        for (let i = 0; i < 50; i++) {
          if (i % 10 === 0) for (const account of phones) account.login();
          callsInVain(scene, STRANGER, String(600 + i), isRepeated);
          scene.wait(12);
        }
        scene.wait(40);
      },
    }),
  ),
  {
    name: "phone_whose_calls_are_lost",
    expect: "quiet",
    kind: "known-customer",
    what: "a router loses what a registered phone calls for ten minutes: it tries twelve extensions, each again and again, then all is well",
    make: (scene) => {
      const [account] = office(scene);
      account?.login();
      for (let i = 0; i < 12; i++) {
        callsInVain(scene, phone(1), String(220 + i), true);
        scene.wait(50);
      }
      account?.login();
      scene.wait(40);
    },
  },
  {
    name: "walk_by_calls_40_hosts_a_day",
    expect: "alert enum|walk <=2",
    kind: "distributed",
    what: "96 extensions within eight hours, called by 40 hosts, each answered 404; hardly a call rings",
    make: (scene) => {
      for (let i = 0; i < 96; i++) {
        const from = outside(100 + (i % 40));
        const request = requestOf(scene, from, PBX, "INVITE", "7001", { to: String(600 + i) });
        scene.send(from, PBX, request.text);
        scene.send(PBX, from, sipResponse(request, 404, { toTag: scene.hex(8) }), 0.004);
        scene.wait(300);
      }
    },
  },
  {
    name: "leavers_of_a_hosting_server",
    expect: "max 3",
    kind: "known-customer",
    what: "a server of 40 customers; over a day 40 devices of former ones ask for users that are gone, each again hourly, 404",
    make: (scene) => {
      const phones = accountsOfPhones(scene, 40);
      for (let hour = 0; hour < 10; hour++) {
        for (const account of phones) account.login();
        for (let n = 0; n < 4 * (hour + 1); n++) {
          ask(scene, outside(60 + n), String(700 + n), 404);
          scene.wait(30);
        }
        scene.wait(300);
      }
    },
  },
  {
    name: "site_with_an_old_password_patient",
    expect: "max 3",
    kind: "known-customer",
    what: "30 phones of the site whose password was changed, each again after three to ten minutes for an hour and a half",
    make: (scene) => patientPhones(scene, (n) => phone(n + 1)),
  },
  {
    name: "homes_with_an_old_password_patient",
    expect: "max 3",
    kind: "known-customer",
    what: "the same of 30 homes",
    make: (scene) => patientPhones(scene, (n) => outside(n + 1)),
  },
  {
    name: "answers_to_the_outside_go_another_way",
    expect: "max 3",
    kind: "blind",
    what: "90 phones behind three addresses register for an hour; the mirror has the server's answers to its own network, and none to them",
    make: (scene) => {
      const inside = office(scene);
      const outer = Array.from({ length: 90 }, (_, n) => {
        const at = { ...natted(n), ip: `203.0.113.${50 + (n % 3)}` };
        return new Account(scene, at, PBX, String(300 + n));
      });
      scene.tap((packet) => (isToRouter(packet.bytes) ? [] : [packet]));
      for (let round = 0; round < 12; round++) {
        for (const account of inside) account.login();
        for (const account of outer) {
          account.login();
          scene.wait(3);
        }
      }
    },
  },
  {
    name: "phone_of_two_lines_in_an_outage",
    expect: "max 3",
    kind: "outage",
    what: "20 phones with two lines each meet 503 for a quarter of an hour, then all are taken",
    make: (scene) => {
      const lines = Array.from(
        { length: 40 },
        (_, n) => new Account(scene, phone(1 + (n >> 1)), PBX, String(400 + n)),
      );
      for (let round = 0; round < 15; round++) {
        for (const line of lines) {
          line.refused(503);
          scene.wait(1.4);
        }
      }
      for (const line of lines) line.login();
    },
  },
];
