import { challenge, sipResponse } from "../support/sip-builder.ts";
import { Account, accountsOfPhones, authorization, nonceOf } from "./digest.ts";
import { PBX, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "blind";

/** Every nth packet that holds the text is not seen. */
function loseEach(scene: Scene, nth: number, text: string): void {
  let seen = 0;
  scene.tap((packet) => {
    if (!Buffer.from(packet.bytes).includes(text)) return [packet];
    return ++seen % nth === 0 ? [] : [packet];
  });
}

/** Nothing is done at its time but in the order of times. */
function inOrder(scene: Scene, steps: [number, () => void][]): void {
  for (const [atS, step] of steps.toSorted(([a], [b]) => a - b)) {
    scene.now = atS;
    step();
  }
}

/** A phone that sends its last nonce first (401), and then the one that it was given. */
class NonceKeeper {
  readonly account: Account;
  #nonce = "";

  constructor(account: Account) {
    this.account = account;
  }

  login(password: string, isRight: boolean): void {
    const { scene } = this.account;
    const next = nonceOf(scene);
    this.#ask(password, 401, next);
    this.#nonce = next;
    scene.wait(0.01);
    this.#nonce = this.#ask(password, isRight ? 200 : 401, nonceOf(scene));
  }

  /** Returns the nonce to begin with next time. */
  #ask(password: string, status: number, next: string): string {
    const { at, scene, server, user } = this.account;
    const uri = `sip:${server.ip}`;
    const fields = { user, password, nonce: this.#nonce, method: "REGISTER", uri };
    const request = this.account.request(this.#nonce === "" ? [] : [authorization(fields)]);
    const headers = status === 401 ? [challenge(next)] : [];
    scene.send(at, server, request.text);
    scene.send(server, at, sipResponse(request, status, { toTag: scene.hex(8), headers }), 0.004);
    return status === 401 ? next : this.#nonce;
  }
}

/** 20 phones try a wrong password ten times, and then the right one. */
function wrongThenRight(
  scene: Scene,
  period: number,
  make: (account: Account) => NonceKeeper,
): void {
  const steps = accountsOfPhones(scene, 20).flatMap((account, n) => {
    const phone = make(account);
    return Array.from({ length: 13 }, (_, i): [number, () => void] => [
      n * 0.37 + i * period,
      () => phone.login(i < 10 ? "old" : "new", i >= 10),
    ]);
  });
  inOrder(scene, steps);
  scene.wait(60);
}

function guesses(scene: Scene, count: number, pauseS: number, isLast: boolean): void {
  const account = new Account(scene, STRANGER, PBX, "201");
  for (let n = 0; n < count; n++) {
    account.login({ password: `guess${n}`, status: 401 });
    scene.wait(pauseS);
  }
  if (isLast) account.login();
  scene.wait(60);
}

export const LOST_REFUSALS: readonly Case[] = [
  ...[30, 60].map(
    (period): Case => ({
      name: `wrong_passwords_each_${period}_s_whose_refusals_are_lost`,
      expect: "max 3",
      kind: KIND,
      what: `20 phones try their old password ten times, one in ${period} s and by two nonces each, then the new one; the mirror loses one refusal in seven`,
      make: (scene) => {
        loseEach(scene, 7, "SIP/2.0 401");
        wrongThenRight(scene, period, (account) => new NonceKeeper(account));
      },
    }),
  ),
  {
    name: "logins_of_a_site_that_the_mirror_loses",
    expect: "max 3",
    kind: KIND,
    what: "70 phones have an old password; of each the mirror loses one REGISTER with credentials, and shows its refusal",
    make: (scene) => {
      const accounts = accountsOfPhones(scene, 70);
      const lost = new Set<string>();
      scene.tap((packet) => {
        const text = Buffer.from(packet.bytes).toString("latin1");
        const user = /REGISTER [\s\S]*Authorization: Digest username="(\d+)"/.exec(text)?.[1];
        if (user === undefined || lost.has(user)) return [packet];
        lost.add(user);
        return [];
      });
      for (let round = 0; round < 4; round++) {
        for (const account of accounts) {
          account.login({ password: "old", status: 401 });
          scene.wait(0.8);
        }
      }
      scene.wait(60);
    },
  },
  {
    name: "guesses_whose_refusals_are_lost",
    expect: "alert brute force <=2",
    kind: KIND,
    what: "a host tries 20 passwords for one account, one in 5 s on one Call-ID; the mirror loses every third refusal",
    make: (scene) => {
      loseEach(scene, 3, "SIP/2.0 401");
      guesses(scene, 20, 5, false);
    },
  },
  {
    name: "guess_that_is_right_behind_lost_refusals",
    expect: "alert compromised <=1",
    kind: KIND,
    what: "the same, 30 in all, and the last one is right",
    make: (scene) => {
      loseEach(scene, 3, "SIP/2.0 401");
      guesses(scene, 30, 5, true);
    },
  },
  {
    name: "phones_restart_and_their_answers_are_seen_first",
    expect: "max 3",
    kind: KIND,
    what: "after a power cut 700 phones log in within five seconds; the mirror shows what the server sends 6 ms too soon, ahead of what it answers",
    make: (scene) => {
      answersFirst(scene);
      const steps = Array.from({ length: 700 }, (_, n): [number, () => void] => {
        const at = { ip: `10.20.${2 + (n >> 7)}.${1 + (n & 127)}`, port: 5060 };
        const account = new Account(scene, at, PBX, String(3000 + n));
        return [(n * 5) / 700, () => account.login()];
      });
      inOrder(scene, steps);
      scene.wait(60);
    },
  },
  {
    name: "guesses_whose_answers_are_seen_first",
    expect: "alert brute force <=2",
    kind: KIND,
    what: "the same mirror; a host tries 20 passwords for one account",
    make: (scene) => {
      answersFirst(scene);
      for (const account of accountsOfPhones(scene, 20, 300)) account.login();
      guesses(scene, 20, 5, false);
    },
  },
];

/** Each direction is mirrored by itself, and what the PBX sends is read 6 ms earlier. */
function answersFirst(scene: Scene): void {
  const pbx = Buffer.from(PBX.ip.split(".").map(Number));
  scene.tap((packet) => {
    const isPbx = pbx.equals(Buffer.from(packet.bytes).subarray(26, 30));
    return [isPbx ? { ...packet, timeUs: packet.timeUs - 6_000 } : packet];
  });
}
