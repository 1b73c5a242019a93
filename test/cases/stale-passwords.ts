import type { Endpoint } from "../support/wire.ts";
import { Call, wholeCall } from "./call.ts";
import { Account } from "./digest.ts";
import { natted, PBX, phone } from "./lab.ts";
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

interface OneAccount {
  readonly hosts: number;
  readonly rounds: number;
  readonly period: number;
  readonly status?: number;
  /** On one Call-ID each. */
  readonly isPhone?: boolean;
}

/** Many hosts fail with one account. */
function oneAccount(name: string, what: string, expect: string, options: OneAccount): Case {
  const { hosts, rounds, period, status = 403, isPhone = false } = options;
  return {
    name,
    expect,
    kind: KIND,
    what,
    make: (scene) => {
      const accounts = Array.from(
        { length: hosts },
        (_, n) => new Account(scene, phone(n + 1), PBX, "299"),
      );
      for (let round = 0; round < rounds; round++) {
        for (const [n, account] of accounts.entries()) {
          if (!isPhone) account.callId = scene.unique("g");
          account.login({ password: isPhone ? "old" : `g${round}-${n}`, status });
          scene.wait(period / hosts - 0.015);
        }
      }
      scene.wait(200);
      new Account(scene, phone(99), PBX, "298").login();
    },
  };
}

export const STALE_PASSWORDS: readonly Case[] = [
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
    name: "stale_password_20s_grandstream",
    expect: "max 3",
    kind: KIND,
    what: "a phone that retries each 20 s, as Grandstream's do unless they are told otherwise, knocks for an hour with the old password, 401",
    make: (scene) => void stale(scene, phone(7), { period: 20, hours: 1, status: 401 }),
  },
  {
    name: "guesses_20s_on_a_call_id_each",
    expect: "alert brute|guess <=2",
    kind: KIND,
    what: "the same pace on a Call-ID for each try",
    make: (scene) => {
      for (let i = 0; i < 60; i++) {
        new Account(scene, phone(7), PBX, "207").login({ password: `g${i}`, status: 401 });
        scene.wait(20);
      }
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
  oneAccount(
    "phones_all_with_one_wrong_account",
    "60 phones were set up with one account that does not exist, 403, each again each 60 s",
    "max 3",
    {
      hosts: 60,
      rounds: 20,
      period: 60,
      isPhone: true,
    },
  ),
  oneAccount("phones_all_with_one_old_password", "12 phones, 401, each 30 s for an hour", "max 3", {
    hosts: 12,
    rounds: 120,
    period: 30,
    status: 401,
    isPhone: true,
  }),
  oneAccount(
    "guessers_share_one_account",
    "60 hosts guess at one account, each on a new Call-ID each 60 s",
    "alert brute <=2",
    {
      hosts: 60,
      rounds: 5,
      period: 60,
    },
  ),
  oneAccount(
    "guessers_once_each_on_one_account",
    "60 hosts guess at one account, once each, within ten minutes",
    "alert brute <=2",
    {
      hosts: 60,
      rounds: 1,
      period: 600,
    },
  ),
  oneAccount(
    "guessers_who_play_phones",
    "who knows it stays on one Call-ID per host and guesses once in 60 s: nothing tells him from telephones",
    "alert brute <=3",
    {
      hosts: 60,
      rounds: 10,
      period: 60,
      isPhone: true,
    },
  ),
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
];
