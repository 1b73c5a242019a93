import { sipResponse } from "../support/sip-builder.ts";
import { Account, accountsOfPhones, authorization, nonceOf } from "./digest.ts";
import { outside, PBX, phone, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { paid } from "./stories.ts";

/** Refused again and again as a phone with a wrong password is: one Call-ID, CSeq going up, a minute apart. */
function knocks(scene: Scene, account: Account, count: number): void {
  for (let i = 0; i < count; i++) {
    account.login({ password: `guess${i}`, status: 401 });
    scene.wait(60);
  }
}

/** svcrack's habit at a slow pace: one Call-ID, CSeq 2 with each guess, the nonce of the last 401. */
function constantCseq(scene: Scene, count: number): void {
  const account = new Account(scene, STRANGER, PBX, "201");
  for (let i = 0; i < count; i++) {
    account.cseq = 2;
    const isRight = i === count - 1;
    const fields = { user: "201", nonce: nonceOf(scene), method: "REGISTER", uri: "sip:pbx" };
    const password = isRight ? "secret-of-201" : `guess${i}`;
    const request = account.request([authorization({ ...fields, password })]);
    scene.send(STRANGER, PBX, request.text);
    const toTag = scene.hex(8);
    scene.send(PBX, STRANGER, sipResponse(request, isRight ? 200 : 403, { toTag }), 0.004);
    scene.wait(60);
  }
}

/** A guess each five minutes for eight hours, a Call-ID each; 0: met by silence. */
function patient(scene: Scene, status: number, hosts = 1): void {
  const office = accountsOfPhones(scene, 3, 211);
  for (let i = 0; i < 96; i++) {
    if (i % 6 === 0) for (const account of office) account.login();
    const at = hosts === 1 ? STRANGER : outside(100 + (i % hosts));
    const guess = new Account(scene, at, PBX, "201");
    if (status === 0) guess.unheard(`guess${i}`);
    else guess.login({ password: `guess${i}`, status });
    scene.wait(300);
  }
}

export const PATIENT_GUESSES: readonly Case[] = [
  {
    name: "constant_cseq_60s_then_success",
    expect: "alert compromis|success <=1",
    kind: "slow",
    what: "one guess a minute for two hours, one Call-ID and one CSeq (against RFC 3261 10.2), then 200",
    make: (scene) => constantCseq(scene, 120),
  },
  {
    name: "guess_each_five_minutes_8h",
    expect: "alert brute|guess|credential <=2",
    kind: "slow",
    what: "one guess each five minutes for eight hours, a Call-ID each, never right",
    make: (scene) => patient(scene, 403),
  },
  ...[0, 404, 480, 503, 603].map(
    (status): Case => ({
      name: `guess_each_five_minutes_8h_${status}`,
      expect: "alert brute|guess|credential <=2",
      kind: "slow",
      what: `the same, each digest met ${status === 0 ? "by silence" : `with ${status}`}, while three phones are taken`,
      make: (scene) => patient(scene, status),
    }),
  ),
  {
    name: "guess_each_five_minutes_in_silence_40_hosts",
    expect: "alert brute|guess|credential <=2",
    kind: "distributed",
    what: "40 hosts share guesses at one account, one in five minutes, each met by silence",
    make: (scene) => patient(scene, 0, 40),
  },
  {
    name: "forty_tries_then_left",
    expect: "max 3",
    kind: "slow",
    what: "a check of a monitoring system with a wrong password, each five minutes for three hours, a Call-ID each, until somebody puts it right",
    make: (scene) => {
      for (let i = 0; i < 40; i++) {
        new Account(scene, outside(94), PBX, "201").login({ password: "old", status: 403 });
        scene.wait(300);
      }
    },
  },
  {
    name: "check_with_a_wrong_password_for_four_days",
    expect: "alert brute|guess|credential <=2",
    kind: "slow",
    what: "a check of a monitoring system that was never right, each five minutes for four days, a Call-ID each",
    make: (scene) => {
      for (let i = 0; i < 4 * 288; i++) {
        new Account(scene, outside(94), PBX, "201").login({ password: "old", status: 403 });
        scene.wait(300);
      }
    },
  },
  {
    name: "check_of_a_known_login_with_an_old_password",
    expect: "max 3",
    kind: "slow",
    what: "a check that logged in well until the password was changed, then each five minutes for eight hours, a Call-ID each",
    make: (scene) => {
      for (let i = 0; i < 108; i++) {
        const status = i < 12 ? 200 : 403;
        new Account(scene, outside(94), PBX, "201").login({ password: `${status}`, status });
        scene.wait(300);
      }
    },
  },
  {
    name: "patient_guesses_then_costly_calls",
    expect: "alert fraud|toll <=1",
    kind: "story",
    what: "like a phone with a wrong password for two hours, where nobody was at home; then right, and calls to five numbers in Cuba from elsewhere",
    make: (scene) => {
      const account = new Account(scene, STRANGER, PBX, "201");
      knocks(scene, account, 120);
      account.login();
      for (let i = 0; i < 5; i++) {
        paid(scene, outside(91), PBX, { to: `005352001${100 + i}`, port: 16_384 + 2 * i });
        scene.wait(20);
      }
    },
  },
  {
    name: "new_phone_set_wrong_then_cuba",
    expect: "max 3",
    kind: "story",
    what: "the same by a new phone that somebody set up wrong: two hours later right, then two calls to one number in Cuba and two at home",
    make: (scene) => {
      const account = new Account(scene, phone(1), PBX, "201");
      knocks(scene, account, 120);
      account.login();
      for (const to of ["005352001100", "0301234567", "005352001100", "0307654321"]) {
        paid(scene, phone(1), PBX, { to });
        scene.wait(60);
      }
    },
  },
  {
    name: "four_accounts_in_turns",
    expect: "alert brute <=3",
    kind: "slow",
    what: "guesses at four accounts in turns, one in 15 s from one port, a Call-ID each: each account is tried as slowly as phones try",
    make: (scene) => {
      for (let i = 0; i < 60; i++) {
        const account = new Account(scene, STRANGER, PBX, String(201 + (i % 4)));
        account.login({ password: `guess${i}`, status: 403 });
        scene.wait(15);
      }
    },
  },
  {
    name: "four_accounts_in_turns_30_s",
    expect: "alert brute <=2",
    kind: "slow",
    what: "the same for three quarters of an hour, one in 30 s",
    make: (scene) => {
      for (let i = 0; i < 90; i++) {
        const account = new Account(scene, STRANGER, PBX, String(201 + (i % 4)));
        account.login({ password: `guess${i}`, status: 403 });
        scene.wait(30);
      }
    },
  },
  {
    name: "gateway_with_twelve_stale_trunks",
    expect: "quiet",
    kind: "slow",
    what: "a PBX registers twelve trunks from its one port with old passwords, each on its Call-ID and again each minute, for a quarter of an hour",
    make: (scene) => {
      const trunks = Array.from({ length: 12 }, (_, n) => {
        return new Account(scene, outside(93), PBX, `trunk${n}`);
      });
      for (const trunk of trunks) trunk.login();
      for (let round = 0; round < 15; round++) {
        for (const trunk of trunks) {
          trunk.login({ password: "old", status: 401 });
          scene.wait(5);
        }
      }
    },
  },
];
