import type { Endpoint } from "../support/wire.ts";
import { Account } from "./digest.ts";
import { natted, outside, PBX, phone, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "guesses-in-turns";
const SPRAYED = "alert spray <=2";

interface Turns {
  readonly groups: number;
  readonly tries: number;
  /** Seconds from try to try on one account. */
  readonly pause: number;
  readonly at: (user: number) => Endpoint;
  readonly status?: number;
}

/** Eight accounts at a time, each on one Call-ID, CSeq going up, and then the next eight. */
function inTurns(scene: Scene, { at, groups, pause, status = 403, tries }: Turns): void {
  for (let group = 0; group < groups; group++) {
    const accounts = Array.from({ length: 8 }, (_, n) => {
      const user = 8 * group + n;
      return new Account(scene, at(user), PBX, String(300 + user));
    });
    for (let i = 0; i < tries; i++) {
      for (const account of accounts) {
        account.login({ password: `pw${i}`, status });
        scene.wait(pause / 8 - 0.015);
      }
    }
  }
  scene.wait(400);
}

function portEach(user: number): Endpoint {
  return { ...STRANGER, port: 30_000 + user };
}

/** Users start their softphones within two hours; each tries three times, gives up, and gets in later, once it was put right. */
function morning(scene: Scene): void {
  const accounts = Array.from({ length: 40 }, (_, n) => {
    return new Account(scene, natted(n), PBX, String(300 + n));
  });
  for (const account of accounts) {
    for (let i = 0; i < 3; i++) {
      account.login({ password: "old", status: 403 });
      scene.wait(30);
    }
    scene.wait(60);
    const later = accounts[accounts.indexOf(account) - 4];
    later?.login();
    scene.wait(10);
  }
}

/** Thirty telephones with old passwords, which start one after the other and go on; then the office gets another address. */
function office(scene: Scene): void {
  const accounts = Array.from({ length: 30 }, (_, n) => {
    return new Account(scene, natted(n), PBX, String(300 + n));
  });
  for (let round = 0; round < 60; round++) {
    for (const [n, account] of accounts.entries()) {
      if (n > round) continue;
      if (round === 40) account.at = { ...account.at, ip: "203.0.113.77" };
      account.login({ password: "old", status: 403 });
    }
    scene.wait(60);
  }
}

/** An address that the customers of a mobile network share: now and then one with a wrong password comes and goes, most are right. */
function sharedAddress(scene: Scene): void {
  for (let n = 0; n < 30; n++) {
    const wrong = new Account(scene, natted(n), PBX, `wrong${n}`);
    for (let i = 0; i < 3; i++) {
      wrong.login({ password: "old", status: 403 });
      scene.wait(60);
    }
    for (let i = 0; i < 2; i++) {
      new Account(scene, natted(1000 + 2 * n + i), PBX, `right${2 * n + i}`).login();
      scene.wait(120);
    }
  }
}

export const GUESSES_IN_TURNS: readonly Case[] = [
  {
    name: "four_tries_for_each_of_80_users",
    expect: SPRAYED,
    kind: KIND,
    what: "80 users, eight at a time, four tries each on one Call-ID and port, 40 s apart",
    make: (scene) => inTurns(scene, { groups: 10, tries: 4, pause: 40, at: portEach }),
  },
  {
    name: "two_tries_for_each_of_120_users_401",
    expect: SPRAYED,
    kind: KIND,
    what: "120 users, two tries each a minute apart, 401",
    make: (scene) => inTurns(scene, { groups: 15, tries: 2, pause: 60, at: portEach, status: 401 }),
  },
  {
    name: "four_tries_for_each_of_160_users_by_20_hosts",
    expect: SPRAYED,
    kind: KIND,
    what: "20 hosts share 160 users in the same way",
    make: (scene) =>
      inTurns(scene, {
        groups: 20,
        tries: 4,
        pause: 40,
        at: (user) => ({ ...outside(60 + (user % 20)), port: 30_000 + user }),
      }),
  },
  {
    name: "softphones_of_a_morning",
    expect: "max 3",
    kind: KIND,
    what: "40 softphones behind one address start within two hours, each is refused three times, gives up, and is right ten minutes later",
    make: morning,
  },
  {
    name: "office_with_old_passwords_gets_another_address",
    expect: "max 3",
    kind: KIND,
    what: "30 telephones behind one address with old passwords start one after the other and go on for an hour, the last third of it from another address",
    make: office,
  },
  {
    name: "address_that_many_customers_share",
    expect: "max 3",
    kind: KIND,
    what: "behind one address 30 customers come and go with wrong passwords within three hours, and sixty with right ones",
    make: sharedAddress,
  },
  ...[486, 488].map(
    (status): Case => ({
      name: `guesses_by_register_${status}`,
      expect: "alert brute <=2",
      kind: KIND,
      what: `60 guesses by REGISTER, one in five seconds, at a registrar that answers ${status}`,
      make: (scene) => {
        for (let i = 0; i < 60; i++) {
          new Account(scene, STRANGER, PBX, "301").login({ password: `guess${i}`, status });
          scene.wait(5);
        }
      },
    }),
  ),
  {
    name: "newcomer_logs_in_amid_guesses_at_nobody_home",
    expect: "alert logs in while many hosts guess <=3",
    kind: KIND,
    what: "ten hosts guess at an account whose telephone was not seen, then another one logs in at its first try",
    make: (scene) => {
      for (let i = 0; i < 60; i++) {
        const guess = new Account(scene, outside(60 + (i % 10)), PBX, "201");
        guess.login({ password: `guess${i}`, status: 403 });
        scene.wait(6);
      }
      new Account(scene, outside(99), PBX, "201").login();
      scene.wait(60);
    },
  },
  {
    name: "owner_logs_in_after_a_mistake_and_nobody_guesses",
    expect: "quiet",
    kind: KIND,
    what: "a telephone that the sensor has not heard before logs in at its second try",
    make: (scene) => {
      const account = new Account(scene, phone(1), PBX, "201");
      account.login({ password: "wrong", status: 403 });
      scene.wait(20);
      account.login();
      scene.wait(60);
    },
  },
];
