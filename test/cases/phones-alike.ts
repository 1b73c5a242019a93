import type { Endpoint } from "../support/wire.ts";
import { Account } from "./digest.ts";
import { natted, PBX, phone } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "phones-alike";
const USER = "299";

interface Office {
  readonly phones?: number;
  readonly rounds: number;
  readonly period: number;
  readonly status?: number;
  /** All at the same moment, as after a power cut. */
  readonly isBurst?: boolean;
  /** A Call-ID for each try. */
  readonly isAnew?: boolean;
  readonly at?: (n: number, round: number) => Endpoint;
}

/** Tries with one account from many ports of one address. */
function play(scene: Scene, office: Office): Account[] {
  const { phones = 60, rounds, period, status = 403, isBurst = false, isAnew = false } = office;
  const at = office.at ?? natted;
  const accounts = Array.from({ length: phones }, (_, n) => {
    return new Account(scene, at(n, 0), PBX, USER);
  });
  for (let round = 0; round < rounds; round++) {
    for (const [n, account] of accounts.entries()) {
      account.at = at(n, round);
      if (isAnew) account.callId = scene.unique("g");
      account.login({ password: isAnew ? `g${round}-${n}` : "old", status });
      scene.wait(isBurst ? 0.005 : period / phones - 0.015);
    }
    if (isBurst) scene.wait(period - phones * 0.02);
  }
  return accounts;
}

/** What goes on at the site meanwhile. */
function later(scene: Scene): void {
  const other = new Account(scene, phone(99), PBX, "298");
  for (let i = 0; i < 12; i++) {
    scene.wait(20);
    other.login();
  }
}

function office(name: string, what: string, expect: string, options: Office): Case {
  return {
    name,
    expect,
    kind: KIND,
    what,
    make: (scene) => {
      play(scene, options);
      later(scene);
    },
  };
}

export const PHONES_ALIKE: readonly Case[] = [
  office(
    "phones_behind_nat_all_with_one_wrong_account",
    "60 phones behind one NAT were set up with one account that does not exist, 403, each again each 60 s",
    "max 3",
    { rounds: 15, period: 60 },
  ),
  office(
    "phones_behind_nat_alike_after_a_power_cut",
    "300 of them, all at once after a power cut, 401, each again each 120 s",
    "max 3",
    { phones: 300, rounds: 4, period: 120, status: 401, isBurst: true },
  ),
  {
    name: "phones_behind_nat_alike_put_right",
    expect: "max 3",
    kind: KIND,
    what: "60 of them, until somebody makes the account: within a minute all are registered",
    make: (scene) => {
      const accounts = play(scene, { rounds: 6, period: 60 });
      for (const account of accounts) {
        account.login();
        scene.wait(0.9);
      }
      later(scene);
    },
  },
  office(
    "guesses_from_a_port_each",
    "60 guesses a minute for five minutes by one host, from 60 ports, a Call-ID each",
    "alert brute <=2",
    { rounds: 5, period: 60, isAnew: true },
  ),
  office(
    "guesses_from_a_port_each_once",
    "60 guesses within a minute by one host, each from a port and on a Call-ID of its own, then silence",
    "alert brute <=2",
    { rounds: 1, period: 60 },
  ),
  office(
    "guesses_from_ever_new_ports",
    "ten guesses a second from ever new ports, a Call-ID each",
    "alert brute <=2",
    {
      phones: 100,
      rounds: 8,
      period: 10,
      isAnew: true,
      at: (n, round) => natted(1000 + round * 100 + n),
    },
  ),
  {
    name: "guesses_from_a_port_each_cut_off",
    expect: "alert compromised <=1",
    kind: KIND,
    what: "14 of them within ten seconds, the last one is right, and the capture ends: no telephone is put right so soon",
    make: (scene) => {
      play(scene, { phones: 13, rounds: 1, period: 10, isAnew: true });
      new Account(scene, natted(13), PBX, USER).login();
      scene.wait(3);
    },
  },
  {
    name: "guesses_from_a_port_each_cut_off_half_a_minute_on",
    expect: "alert compromised <=1",
    kind: KIND,
    what: "the same, with the account's traffic of half a minute behind it",
    make: (scene) => {
      play(scene, { phones: 13, rounds: 1, period: 30, isAnew: true });
      const account = new Account(scene, natted(13), PBX, USER);
      account.login();
      scene.wait(30);
      account.login();
    },
  },
  {
    name: "phones_behind_nat_alike_put_right_cut_off",
    expect: "max 3",
    kind: KIND,
    what: "twelve phones set up alike; the account is made within seconds, the first of them comes back in time, and the capture ends",
    make: (scene) => {
      const accounts = play(scene, { phones: 12, rounds: 1, period: 30 });
      accounts[0]?.login();
      scene.wait(3);
    },
  },
  {
    name: "phones_behind_nat_alike_started_again_cut_off",
    expect: "max 3",
    kind: KIND,
    what: "twelve of them are given the right password and start again: the first one registers on a new Call-ID, and the capture ends",
    make: (scene) => {
      play(scene, { phones: 12, rounds: 2, period: 30 });
      scene.wait(10);
      new Account(scene, natted(0), PBX, USER).login();
      scene.wait(3);
    },
  },
  {
    name: "phones_behind_nat_alike_cut_off",
    expect: "quiet",
    kind: KIND,
    what: "six phones behind one NAT with one wrong account, and the capture ends",
    make: (scene) => {
      play(scene, { phones: 6, rounds: 1, period: 10 });
      scene.wait(3);
    },
  },
  office(
    "guesses_that_come_back_too_soon",
    "who knows it comes back on the same Call-IDs and ports, but each 6 s",
    "alert brute <=2",
    { rounds: 5, period: 6 },
  ),
  office(
    "guesses_that_play_phones_behind_nat",
    "who knows it well comes back each 30 s: nothing tells him from telephones",
    "alert brute <=3",
    { rounds: 20, period: 30 },
  ),
  {
    name: "guesser_that_plays_phones_gets_in",
    expect: "alert compromised <=1",
    kind: KIND,
    what: "the same, until one of the 60 guesses right: the others leave",
    make: (scene) => {
      const accounts = play(scene, { rounds: 6, period: 30 });
      accounts[17]?.login();
      later(scene);
    },
  },
];
