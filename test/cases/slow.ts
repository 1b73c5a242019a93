import { sipResponse } from "../support/sip-builder.ts";
import { Account, attempt } from "./digest.ts";
import { outside, outside6, PBX, PBX6, phone, phone6, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "slow";

interface GuessOptions {
  readonly count: number;
  readonly pause: number;
  readonly status: number;
  readonly isV6?: boolean;
  /** The last guess is right. */
  readonly succeeds?: boolean;
}

/** Guesses at account 201, a new Call-ID each as tools do, beside the account's own phone. */
function guesses(scene: Scene, options: GuessOptions): void {
  const { count, pause, status, isV6 = false, succeeds = false } = options;
  const server = isV6 ? PBX6 : PBX;
  const from = isV6 ? outside6(66) : STRANGER;
  const owner = new Account(scene, isV6 ? phone6(1) : phone(1), server, "201");
  let ownersTurn = 0;
  for (let i = 0; i < count; i++) {
    if (scene.now >= ownersTurn) {
      owner.login();
      ownersTurn = scene.now + 280;
    }
    new Account(scene, from, server, "201").login({ password: `guess${i}`, status });
    scene.wait(pause);
  }
  if (succeeds) new Account(scene, from, server, "201").login();
  scene.wait(20);
}

export const SLOW: readonly Case[] = [
  {
    name: "ten_guesses_10s_403",
    expect: "alert brute|guess|credential|password <=3",
    kind: KIND,
    what: "one guess each 10 s by a stranger, ten digests with ten Call-IDs, all 403",
    make: (scene) => guesses(scene, { count: 10, pause: 10, status: 403 }),
  },
  {
    name: "guesses_60s_then_success",
    expect: "alert compromis|success <=1",
    kind: KIND,
    what: "one guess a minute for 3 hours, 401 each, then 200",
    make: (scene) => guesses(scene, { count: 180, pause: 60, status: 401, succeeds: true }),
  },
  {
    name: "guesses_30s_403_then_success_ipv6",
    expect: "alert compromis|success <=1",
    kind: KIND,
    what: "one guess each 30 s for an hour, 403 each, then 200 (IPv6)",
    make: (scene) =>
      guesses(scene, { count: 120, pause: 30, status: 403, isV6: true, succeeds: true }),
  },
  {
    name: "guesses_45s_no_success",
    expect: "alert brute|guess|credential <=3",
    kind: KIND,
    what: "one guess each 45 s for 4 hours, never right, new Call-ID each, from an address that was never registered",
    make: (scene) => guesses(scene, { count: 320, pause: 45, status: 403 }),
  },
  {
    name: "walk_each_half_hour",
    expect: "alert enum|walk <=2",
    kind: KIND,
    what: "a stranger asks for one user each half an hour by REGISTER, 45 users, 404 each; an office of five refreshes meanwhile",
    make: (scene) => {
      const office = [1, 2, 3, 4, 5].map((n) => new Account(scene, phone(n), PBX, `20${n}`));
      for (let i = 0; i < 45; i++) {
        for (const account of office) account.login();
        const request = new Account(scene, STRANGER, PBX, String(1000 + i)).request([]);
        scene.send(STRANGER, PBX, request.text);
        scene.send(PBX, STRANGER, sipResponse(request, 404, { toTag: scene.hex(8) }), 0.01);
        scene.wait(1800);
      }
    },
  },
  {
    name: "gateway_wrong_for_two_days",
    expect: "max 3",
    kind: KIND,
    what: "a gateway's eight lines, registered before, knock each 10 minutes for two days with their old passwords (one Call-ID a line), then are right",
    make: (scene) => {
      const lines = Array.from(
        { length: 8 },
        (_, n) => new Account(scene, outside(40), PBX, String(240 + n)),
      );
      for (const line of lines) line.login();
      scene.wait(280);
      for (let round = 0; round < 288; round++) {
        for (const line of lines) {
          line.login({ password: "old", status: 403 });
          scene.wait(1);
        }
        scene.wait(591.8);
      }
      for (const line of lines) line.login();
      scene.wait(30);
    },
  },
  {
    name: "user_forgets_and_remembers",
    expect: "max 3",
    kind: KIND,
    what: "somebody sets up a softphone: six wrong passwords in ten minutes, one each time he presses login, then right and a call to a busy number",
    make: (scene) => {
      const account = new Account(scene, outside(41), PBX, "241");
      for (let i = 0; i < 6; i++) {
        account.callId = scene.unique("soft");
        account.login({ password: `Try${i}`, status: 401, userAgent: "Zoiper v5.6.1" });
        scene.wait(40 + 25 * i);
      }
      account.login({ userAgent: "Zoiper v5.6.1" });
      scene.wait(5);
      attempt(scene, outside(41), PBX, {
        from: "241",
        to: "205",
        status: 486,
        password: "secret-of-241",
      });
      scene.wait(20);
    },
  },
];
