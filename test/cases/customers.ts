import { requestOf } from "../support/sip-actors.ts";
import { challenge, sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call, wholeCall } from "./call.ts";
import { Account, attempt, authorization, nonceOf } from "./digest.ts";
import { CARRIER, CARRIER_MEDIA, natted, outside, PBX, phone, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "known-customer";

/** A phone whose password is old: it knocks each `period` seconds for so long, one Call-ID, CSeq going up. */
function stale(
  scene: Scene,
  at: Endpoint,
  options: { period: number; hours: number; status: number },
): Account {
  const account = new Account(scene, at, PBX, "207");
  const rounds = Math.round((options.hours * 3600) / options.period);
  for (let i = 0; i < rounds; i++) {
    account.login({ password: "old", status: options.status });
    scene.wait(options.period - 0.015 + scene.random() * 0.2);
  }
  return account;
}

/** Dead BLF keys: SUBSCRIBE, 401, SUBSCRIBE with credentials, `status`. */
function deadKeys(scene: Scene, at: Endpoint, keys: number, status: number): void {
  for (let i = 0; i < keys; i++) {
    const [callId, fromTag, to] = [scene.unique("s"), scene.hex(8), String(400 + i)];
    const fields = { to, callId, fromTag, headers: ["Event: dialog", "Expires: 3600"] };
    const first = requestOf(scene, at, PBX, "SUBSCRIBE", "201", fields);
    const nonce = nonceOf(scene);
    scene.send(at, PBX, first.text);
    scene.send(
      PBX,
      at,
      sipResponse(first, 401, { toTag: scene.hex(8), headers: [challenge(nonce)] }),
      0.005,
    );
    const uri = `sip:${to}@${PBX.ip}`;
    const proof = authorization({
      user: "201",
      password: "secret-of-201",
      nonce,
      method: "SUBSCRIBE",
      uri,
    });
    const second = requestOf(scene, at, PBX, "SUBSCRIBE", "201", {
      ...fields,
      cseq: 2,
      headers: [...fields.headers, proof],
    });
    scene.send(at, PBX, second.text, 0.01);
    scene.send(PBX, at, sipResponse(second, status, { toTag: scene.hex(8) }), 0.015);
    scene.wait(0.03);
  }
}

/** The same account at the same addresses in two networks, on hardware of their own. */
function tenants(scene: Scene, n: number): readonly [Account, Account] {
  const account = (tenant: string) =>
    new Account(
      scene,
      { ...phone(n), mac: `00:15:65:${tenant}:01:07` },
      { ...PBX, mac: `00:50:56:${tenant}:00:10` },
      `20${n}`,
    );
  return [account("a1"), account("b2")];
}

export const KNOWN_CUSTOMER: readonly Case[] = [
  {
    name: "stale_password_60s_8h",
    expect: "max 3",
    kind: KIND,
    what: "a phone that nobody has told the new password knocks each 60 s for 8 hours, 403 each time",
    make: (scene) => void stale(scene, phone(7), { period: 60, hours: 8, status: 403 }),
  },
  {
    name: "stale_password_30s_fixed",
    expect: "max 3",
    kind: KIND,
    what: "a phone that was registered knocks each 30 s for 4 hours with the old password (401), then somebody types the new one: no compromise",
    make: (scene) => {
      new Account(scene, phone(7), PBX, "207").login();
      scene.wait(280);
      const account = stale(scene, phone(7), { period: 30, hours: 4, status: 401 });
      account.login();
      scene.wait(280);
      account.login();
    },
  },
  {
    name: "stale_password_fixed_after_a_day",
    expect: "max 3",
    kind: KIND,
    what: "registered in the evening, the password changed, knocking each 60 s for 24 hours, one Call-ID; then right, and an ordinary call",
    make: (scene) => {
      new Account(scene, phone(7), PBX, "207").login();
      scene.wait(60);
      const account = stale(scene, phone(7), { period: 60, hours: 24, status: 401 });
      account.login();
      scene.wait(5);
      wholeCall(new Call(scene, phone(7), PBX, { from: "207", to: "201" }), 5);
    },
  },
  {
    name: "stale_passwords_behind_nat",
    expect: "max 3",
    kind: KIND,
    what: "an office of 20 phones behind NAT, four of them with old passwords that knock each 40 s for an hour, the others refresh each 120 s",
    make: (scene) => {
      const accounts = Array.from(
        { length: 20 },
        (_, n) => new Account(scene, natted(n), PBX, String(300 + n)),
      );
      for (let round = 0; round < 90; round++) {
        for (const [n, account] of accounts.entries()) {
          if (n < 4) account.login({ password: "old", status: 403 });
          else if (round % 3 === n % 3) account.login();
          scene.wait(1.9);
        }
      }
    },
  },
  {
    name: "blf_removed_480_twice",
    expect: "max 3",
    kind: KIND,
    what: "a registered phone subscribes 24 keys of removed extensions, 480 each, and again when it reboots",
    make: (scene) => {
      for (let i = 0; i < 2; i++) {
        new Account(scene, phone(1), PBX, "201").login();
        scene.wait(1);
        deadKeys(scene, phone(1), 24, 480);
        scene.wait(600);
      }
    },
  },
  {
    name: "misdials_484_with_good_calls",
    expect: "max 3",
    kind: KIND,
    what: "a registered user misdials 20 numbers in 3 minutes (484 and 404, credentials accepted), two calls between them are answered",
    make: (scene) => {
      new Account(scene, phone(1), PBX, "201").login();
      for (let i = 0; i < 20; i++) {
        scene.wait(6);
        const status = i % 3 === 0 ? 404 : 484;
        attempt(scene, phone(1), PBX, {
          from: "201",
          to: String(300 + 7 * i),
          status,
          password: "secret-of-201",
        });
        if (i === 8 || i === 15) wholeCall(new Call(scene, phone(1), PBX, { to: "205" }), 6);
      }
    },
  },
  {
    name: "dialler_many_404",
    expect: "max 3",
    kind: KIND,
    what: "a call centre's dialler on a trunk by address: 200 numbers in 100 s, 45 % 404, 20 % 486, 15 % 480, the others answered",
    make: (scene) => {
      for (let i = 0; i < 200; i++) {
        const to = `4930${1_000_000 + ((i * 7919) % 900_000)}`;
        const roll = (i * 37) % 100;
        const status = roll < 45 ? 404 : roll < 65 ? 486 : roll < 80 ? 480 : 200;
        if (status === 200) {
          const calleeMedia = { ...CARRIER_MEDIA, port: 30_000 + 2 * i };
          const callerMedia = { ...PBX, port: 16_384 + 2 * i };
          const call = new Call(scene, PBX, CARRIER, {
            from: "4989100",
            to,
            ringSeconds: 0.2,
            calleeMedia,
            callerMedia,
          }).start(0.2);
          scene.wait(0.22);
          call.hangUp(i % 2 === 0 ? 0 : 1);
        } else {
          attempt(scene, PBX, CARRIER, { from: "4989100", to, status });
          scene.wait(0.4);
        }
      }
    },
  },
  {
    name: "tenants_stale_and_right",
    expect: "max 3",
    kind: KIND,
    what: "two VLANs with the same private addresses: in one the phone 207 knocks each 30 s for an hour with an old password, in the other its namesake refreshes well",
    make: (scene) => {
      const accounts = tenants(scene, 7);
      for (let i = 0; i < 120; i++) {
        scene.vlan = 10;
        accounts[0].login({ password: "old", status: 401 });
        scene.vlan = 20;
        if (i % 5 === 0) accounts[1].login();
        scene.wait(30);
      }
    },
  },
  {
    name: "tenants_guesses_and_right",
    expect: "alert brute|guess|credential <=2",
    kind: KIND,
    what: "two VLANs with the same private addresses: in one 90 guesses in 90 s, new Call-ID each; in the other the host of the same address logs in well each 10 s",
    make: (scene) => {
      const accounts = tenants(scene, 7);
      for (let i = 0; i < 90; i++) {
        scene.vlan = 10;
        accounts[0].callId = scene.unique("g");
        accounts[0].login({ password: `guess${i}`, status: 403 });
        scene.vlan = 20;
        if (i % 10 === 0) accounts[1].login();
        scene.wait(1);
      }
      scene.wait(10);
    },
  },
  {
    name: "customer_turns_walker",
    expect: "alert enum|walk|scan|probe <=3",
    kind: KIND,
    what: "a registered account with accepted credentials calls 300 extensions in a row, 0.3 s apart, 404 but for a few: no misdialling is like that",
    make: (scene) => {
      new Account(scene, outside(33), PBX, "201").login();
      for (let i = 0; i < 300; i++) {
        const status = i % 37 === 5 ? 486 : 404;
        attempt(scene, outside(33), PBX, {
          from: "201",
          to: String(1000 + i),
          status,
          password: "secret-of-201",
        });
        scene.wait(0.2);
      }
      scene.wait(40);
    },
  },
  {
    name: "guesses_from_a_good_nat",
    expect: "alert brute|guess|credential <=2",
    kind: KIND,
    what: "20 phones of an office log in well; from the same NAT address somebody guesses at another account, 80 guesses in 80 s, new Call-ID each",
    make: (scene) => {
      const accounts = Array.from(
        { length: 20 },
        (_, n) => new Account(scene, natted(n), PBX, String(300 + n)),
      );
      for (const account of accounts) account.login();
      for (let i = 0; i < 80; i++) {
        new Account(scene, natted(500 + i), PBX, "999").login({
          password: `guess${i}`,
          status: 401,
        });
        if (i % 4 === 0) accounts[i / 4]?.login();
        scene.wait(1);
      }
      scene.wait(10);
    },
  },
  {
    name: "owner_beside_the_guesser",
    expect: "alert brute|guess|credential <=2",
    kind: KIND,
    what: "the account's own phone refreshes well each 10 s while a stranger guesses at the account each second: the owner's success clears nothing",
    make: (scene) => {
      const owner = new Account(scene, phone(1), PBX, "201");
      for (let i = 0; i < 90; i++) {
        if (i % 10 === 0) owner.login();
        new Account(scene, STRANGER, PBX, "201").login({ password: `guess${i}`, status: 403 });
        scene.wait(1);
      }
      scene.wait(10);
    },
  },
];
