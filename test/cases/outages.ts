import { requestOf } from "../support/sip-actors.ts";
import { challenge, sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { Account, accountsOfPhones, attempt, nonceOf } from "./digest.ts";
import { CARRIER, CARRIER_MEDIA, natted, PBX, phone, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "outage";

/** Phones that log in well, before and after an outage of 60 s in which each tries twice. */
function outage(scene: Scene, phones: readonly Endpoint[], status: number): void {
  const accounts = phones.map((at, n) => new Account(scene, at, PBX, String(1000 + n)));
  for (const account of accounts) {
    account.login();
    scene.wait(0.3);
  }
  scene.wait(30);
  for (let round = 0; round < 2; round++) {
    for (const account of accounts) {
      const request = account.request([]);
      // Timer E: 0.5 s, doubled up to 4 s.
      for (const after of status === 0 ? [0, 0.5, 1.5, 3.5, 7.5] : [0]) {
        scene.send(account.at, PBX, request.text, after);
      }
      if (status > 0) {
        scene.send(PBX, account.at, sipResponse(request, status, { toTag: scene.hex(8) }), 0.003);
      }
      scene.wait(0.06);
    }
    scene.wait(30);
  }
  for (const account of accounts) {
    account.login();
    scene.wait(0.02);
  }
  scene.wait(20);
}

/** Calls to the carrier at 8 a second; for 15 s of 40 they meet `failing`. */
function carrier(scene: Scene, failing: (i: number) => number): void {
  for (let i = 0; i < 320; i++) {
    const to = `4930${1_000_000 + ((i * 7919) % 900_000)}`;
    if (i < 100 || i >= 220) {
      const callerMedia = { ...PBX, port: 16_384 + 2 * i };
      const calleeMedia = { ...CARRIER_MEDIA, port: 30_000 + 2 * i };
      const call = new Call(scene, PBX, CARRIER, {
        from: "4989100",
        to,
        ringSeconds: 0.06,
        callerMedia,
        calleeMedia,
      }).start();
      call.ask(0, "BYE", 200, { after: 20 });
      scene.wait(0.035);
    } else {
      attempt(scene, PBX, CARRIER, { from: "4989100", to, status: failing(i) });
    }
  }
  scene.wait(30);
}

export const OUTAGE: readonly Case[] = [
  {
    name: "registrar_silent",
    expect: "max 3",
    kind: KIND,
    what: "the registrar says nothing for a minute to 150 phones behind one NAT (they repeat), then all log in within 5 s",
    make: (scene) =>
      outage(
        scene,
        Array.from({ length: 150 }, (_, n) => natted(n)),
        0,
      ),
  },
  {
    name: "registrar_500",
    expect: "max 3",
    kind: KIND,
    what: "the registrar's database is away: 500 for a minute to 120 phones behind one NAT, then all is well",
    make: (scene) =>
      outage(
        scene,
        Array.from({ length: 120 }, (_, n) => natted(n)),
        500,
      ),
  },
  {
    name: "registrar_404_for_all",
    expect: "max 3",
    kind: KIND,
    what: "the registrar has lost its subscriber table: 404 for a minute to 80 phones that were registered before and are right after",
    make: (scene) =>
      outage(
        scene,
        Array.from({ length: 80 }, (_, n) => phone(n + 1)),
        404,
      ),
  },
  {
    name: "carrier_486_480_mix",
    expect: "max 3",
    kind: KIND,
    what: "a carrier in trouble answers 486, 480 and 503 in turn for 15 s at 8 calls/s",
    make: (scene) => carrier(scene, (i) => [486, 480, 503][i % 3] ?? 503),
  },
  {
    name: "carrier_silent",
    expect: "max 3",
    kind: KIND,
    what: "a carrier says nothing for 12 s of 8 calls/s, the PBX repeats each INVITE",
    make: (scene) => carrier(scene, () => 0),
  },
  {
    name: "guesses_while_registrar_is_down",
    expect: "alert brute|guess|credential <=2",
    kind: KIND,
    what: "a stranger guesses before, in and after an outage: 40 guesses 401, 20 answered 503, 40 guesses 401, one in 0.8 s",
    make: (scene) => {
      const good = accountsOfPhones(scene, 30, 300);
      for (const account of good) account.login();
      for (let i = 0; i < 100; i++) {
        const isDown = i >= 40 && i < 60;
        if (isDown) {
          const request = requestOf(scene, STRANGER, PBX, "REGISTER", "210");
          scene.send(STRANGER, PBX, request.text);
          scene.send(PBX, STRANGER, sipResponse(request, 503, { toTag: scene.hex(8) }), 0.004);
        } else {
          new Account(scene, STRANGER, PBX, "210").login({ password: `guess${i}`, status: 401 });
        }
        if (isDown) {
          const request = good[i - 40]?.request([]);
          if (request !== undefined) {
            scene.send(phone(i - 39), PBX, request.text, 0.1);
            scene.send(
              PBX,
              phone(i - 39),
              sipResponse(request, 503, { toTag: scene.hex(8) }),
              0.104,
            );
          }
        }
        scene.wait(0.8);
      }
      scene.wait(10);
    },
  },
  {
    name: "flood_makes_the_outage",
    expect: "alert flood <=3",
    kind: KIND,
    what: "one stranger's REGISTERs, 150 a second for 20 s, bring the registrar to 503 for all",
    make: (scene) => {
      const good = accountsOfPhones(scene, 20, 300);
      for (const account of good) account.login();
      for (let i = 0; i < 3000; i++) {
        const request = requestOf(scene, STRANGER, PBX, "REGISTER", String(i % 300));
        const isDown = i > 600;
        const headers = isDown ? [] : [challenge(nonceOf(scene))];
        scene.send(STRANGER, PBX, request.text);
        scene.send(
          PBX,
          STRANGER,
          sipResponse(request, isDown ? 503 : 401, { toTag: scene.hex(8), headers }),
          0.003,
        );
        scene.wait(1 / 150);
      }
      scene.wait(40);
    },
  },
];
