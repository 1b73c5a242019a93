import { requestOf } from "../support/sip-actors.ts";
import { challenge, sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call, wholeCall } from "./call.ts";
import { Account, attempt, authorization, nonceOf } from "./digest.ts";
import { CARRIER, CARRIER_MEDIA, natted, outside, PBX, phone, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "known-customer";

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

export const KNOWN_CUSTOMER: readonly Case[] = [
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
