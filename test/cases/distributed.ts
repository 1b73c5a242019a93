import { requestOf } from "../support/sip-actors.ts";
import { challenge, sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call, wholeCall } from "./call.ts";
import { Account, accountsOfPhones, attempt, nonceOf } from "./digest.ts";
import { outside, PBX, PBX6, phone, ROUTER_MAC } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "distributed";

/** A host of a botnet, each in another network. */
function bot(n: number): Endpoint {
  return {
    ip: `100.${64 + (n % 40)}.${(n * 37) % 250}.${10 + n}`,
    port: 5060,
    mac: ROUTER_MAC,
    ttl: 44 + (n % 9),
  };
}

/** An address of one /64 that its owner changes as he likes. */
function rotating(n: number): Endpoint {
  return {
    ip: `2001:db8:bad:7::${((n * 7919) & 0xffff).toString(16)}:${n.toString(16)}`,
    port: 5060,
    mac: ROUTER_MAC,
    ttl: 51,
  };
}

/** The server's own phones go on all the time. */
function office(scene: Scene, count: number): Account[] {
  const accounts = accountsOfPhones(scene, count);
  for (const account of accounts) {
    account.login();
    scene.wait(0.5);
  }
  return accounts;
}

function unanswered(name: string, method: string): Case {
  return {
    name,
    expect: "alert flood <=2",
    kind: KIND,
    what: `6600 ${method}s within 10 s, each from another address, to a server whose answers go elsewhere`,
    make: (scene) => {
      for (let i = 0; i < 6600; i++) {
        const from = { ...bot(i), ip: `100.${64 + (i % 40)}.${(i >> 6) % 250}.${i % 251}` };
        scene.send(from, PBX, requestOf(scene, from, PBX, method, String(i % 97)).text);
        scene.wait(0.0015);
      }
      scene.wait(10);
    },
  };
}

export const DISTRIBUTED: readonly Case[] = [
  {
    name: "spray_25_sources_403",
    expect: "alert spray|brute|credential|guess <=2",
    kind: KIND,
    what: "25 hosts try one password each at six accounts of an office, 403 each; the office logs in well meanwhile",
    make: (scene) => {
      const accounts = office(scene, 30);
      for (let i = 0; i < 150; i++) {
        const user = String(200 + ((i * 11) % 30));
        new Account(scene, bot(i % 25), PBX, user).login({
          password: `Summer${i % 5}`,
          status: 403,
        });
        if (i % 5 === 0) accounts[i / 5]?.login();
        scene.wait(4);
      }
      scene.wait(30);
    },
  },
  {
    name: "one_account_20_sources",
    expect: "alert brute|credential|guess|spray <=2",
    kind: KIND,
    what: "20 hosts guess at one account, three tries each, one in 10 s, 403; its phone refreshes well each minute",
    make: (scene) => {
      const accounts = office(scene, 10);
      for (let i = 0; i < 60; i++) {
        new Account(scene, bot(i % 20), PBX, "201").login({ password: `guess${i}`, status: 403 });
        if (i % 6 === 0) accounts[1]?.login();
        scene.wait(10);
      }
      scene.wait(30);
    },
  },
  {
    name: "walk_one_64_ipv6",
    expect: "alert enum|walk|brute|scan <=2",
    kind: KIND,
    what: "REGISTER for 240 users, each from another address of one /64, all challenged with 401, none takes it up",
    make: (scene) => {
      for (let i = 0; i < 240; i++) {
        const request = requestOf(scene, rotating(i), PBX6, "REGISTER", String(1000 + i));
        const headers = [challenge(nonceOf(scene))];
        scene.send(rotating(i), PBX6, request.text);
        scene.send(
          PBX6,
          rotating(i),
          sipResponse(request, 401, { toTag: scene.hex(8), headers }),
          0.01,
        );
        scene.wait(1);
      }
      scene.wait(60);
    },
  },
  {
    name: "walk_by_invite_30_sources_480",
    expect: "alert enum|walk|brute|scan|probe <=2",
    kind: KIND,
    what: "30 hosts call 300 extensions, each 480 or 404, a call in 2 s",
    make: (scene) => {
      office(scene, 10);
      for (let i = 0; i < 300; i++) {
        attempt(scene, bot(i % 30), PBX, {
          from: "100",
          to: String(1000 + i),
          status: i % 4 === 0 ? 404 : 480,
        });
        scene.wait(1.9);
      }
      scene.wait(60);
    },
  },
  {
    name: "walk_by_invite_20_sources_short",
    expect: "alert enum|walk <=2",
    kind: KIND,
    what: "20 hosts call 40 extensions, two each within four minutes: a few 407, all others 404; one phone's call is answered",
    make: (scene) => {
      office(scene, 10);
      for (let i = 0; i < 40; i++) {
        const status = i % 9 === 0 ? 407 : 404;
        attempt(scene, bot(i % 20), PBX, { from: "100", to: String(1000 + i), status });
        if (i === 20) wholeCall(new Call(scene, phone(1), PBX, { to: "209" }), 2);
        scene.wait(5);
      }
      scene.wait(60);
    },
  },
  {
    name: "walk_by_invite_30_sources_slow",
    expect: "alert enum|walk <=2",
    kind: KIND,
    what: "30 hosts call 75 extensions, 404 each, one in 40 s",
    make: (scene) => {
      office(scene, 10);
      for (let i = 0; i < 75; i++) {
        attempt(scene, bot(i % 30), PBX, { from: "100", to: String(1000 + i), status: 404 });
        scene.wait(40);
      }
      scene.wait(60);
    },
  },
  {
    name: "carrier_calls_many_unknown_extensions",
    expect: "max 3",
    kind: KIND,
    what: "two carriers without credentials bring 60 calls to a PBX within nine minutes: two of three are answered, all others meet 404",
    make: (scene) => {
      for (let i = 0; i < 60; i++) {
        const carrier = outside(10 + (i % 2));
        const to = String(3000 + i);
        if (i % 3 === 0) attempt(scene, carrier, PBX, { from: "0301234", to, status: 404 });
        else wholeCall(new Call(scene, carrier, PBX, { from: "0305678", to, ringSeconds: 0.5 }), 1);
        scene.wait(7);
      }
      scene.wait(30);
    },
  },
  {
    name: "walk_by_register_20_sources_slow",
    expect: "alert enum|users <=3",
    kind: KIND,
    what: "20 hosts ask REGISTER for 36 users, 404 for each, one in 80 s; a small office of four phones refreshes meanwhile",
    make: (scene) => {
      const accounts = office(scene, 4);
      for (let i = 0; i < 36; i++) {
        new Account(scene, bot(i % 20), PBX, String(1000 + i)).refused(404);
        accounts[i % 4]?.login();
        scene.wait(80);
      }
    },
  },
  {
    name: "phones_that_were_removed",
    expect: "max 3",
    kind: KIND,
    what: "twenty phones of an office of sixty were removed from the server and ask on, 404 each half a minute; all others register well",
    make: (scene) => {
      const accounts = office(scene, 60);
      for (let i = 0; i < 120; i++) {
        new Account(scene, phone(60 + (i % 20)), PBX, String(400 + (i % 20))).refused(404);
        accounts[i % 60]?.login();
        scene.wait(30);
      }
    },
  },
  {
    name: "spray_one_in_6_minutes",
    expect: "alert spray|brute|credential|guess <=2",
    kind: KIND,
    what: "50 hosts try one password each, one in 6 minutes, each at another account of an office of sixty, 403",
    make: (scene) => {
      const accounts = office(scene, 60);
      for (let i = 0; i < 50; i++) {
        new Account(scene, bot(i), PBX, String(200 + i)).login({ password: "1234", status: 403 });
        accounts[59 - i]?.login();
        scene.wait(360);
      }
    },
  },
  unanswered("flood_of_calls_no_answer", "INVITE"),
  unanswered("flood_of_subscriptions_no_answer", "SUBSCRIBE"),
  {
    name: "flood_of_calls_after_the_server_fell",
    expect: "alert flood <=3",
    kind: KIND,
    what: "2400 INVITEs within 8 s from 240 addresses, a user of its own each; the server, known by one answer, is down",
    make: (scene) => {
      office(scene, 2);
      for (let i = 0; i < 2400; i++) {
        const n = i % 240;
        const from = { ...bot(n), ip: `100.70.3.${n}` };
        scene.send(from, PBX, requestOf(scene, from, PBX, "INVITE", String(n)).text);
        scene.wait(0.0033);
      }
      scene.wait(40);
    },
  },
  {
    name: "flood_of_one_packet",
    expect: "alert flood <=2",
    kind: KIND,
    what: "one and the same REGISTER 3000 times within 3 s; the server answers the first ones",
    make: (scene) => {
      office(scene, 10);
      const request = requestOf(scene, bot(1), PBX, "REGISTER", "100");
      const answer = sipResponse(request, 404, { toTag: "7" });
      for (let i = 0; i < 3000; i++) {
        scene.send(bot(1), PBX, request.text);
        if (i < 20) scene.send(PBX, bot(1), answer, 0.002);
        scene.wait(0.001);
      }
      scene.wait(10);
    },
  },
  {
    name: "branches_after_a_power_cut",
    expect: "max 3",
    kind: KIND,
    what: "60 branch offices come back within a minute, four phones each behind a NAT of its own: 401, credentials, 200",
    make: (scene) => {
      for (let i = 0; i < 240; i++) {
        const branch = { ...bot(i % 60), port: 20_000 + i };
        new Account(scene, branch, PBX, String(1000 + i)).login();
        scene.wait(0.235);
      }
      scene.wait(60);
    },
  },
  {
    name: "branches_cannot_hear_the_challenge",
    expect: "max 3",
    kind: KIND,
    what: "a one-way fault: 40 phones known for an hour are challenged again and again for 3 minutes and never hear it (they repeat the same REGISTER), then are right again",
    make: (scene) => {
      const accounts = Array.from(
        { length: 40 },
        (_, n) => new Account(scene, outside(100 + n), PBX, String(1000 + n)),
      );
      for (const account of accounts) {
        account.login();
        scene.wait(1);
      }
      for (let round = 0; round < 3; round++) {
        for (const account of accounts) {
          const request = account.request([]);
          for (const after of [0, 0.5, 1.5, 3.5, 7.5]) {
            const headers = [challenge(nonceOf(scene))];
            scene.send(account.at, PBX, request.text, after);
            scene.send(
              PBX,
              account.at,
              sipResponse(request, 401, { toTag: "7", headers }),
              after + 0.004,
            );
          }
          scene.wait(1.4);
        }
      }
      for (const account of accounts) {
        account.login();
        scene.wait(0.3);
      }
      scene.wait(30);
    },
  },
];
