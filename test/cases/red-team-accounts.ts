import { ask, requestOf } from "../support/sip-actors.ts";
import { challenge, sipResponse } from "../support/sip-builder.ts";
import { Call, wholeCall } from "./call.ts";
import { Account, attempt, authorization, nonceOf } from "./digest.ts";
import { outside, PBX, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "credentials-claimed";
const GUESSED = "alert brute|guess|credential <=2";

/** A request with made-up credentials of that account, which the server does not look at. */
function claim(
  scene: Scene,
  user: string,
  method: string,
  status: number,
  nonce = nonceOf(scene),
): void {
  const uri = `sip:ping@${PBX.ip}`;
  const more = authorization({ user, password: "none", nonce, method, uri });
  const request = requestOf(scene, STRANGER, PBX, method, "x", { to: "ping", headers: [more] });
  ask(scene, STRANGER, PBX, request, status);
}

/** Guesses in sixes; what stands between them makes the sensor forget, or not. */
function guessesWith(scene: Scene, between: () => void): void {
  for (let i = 0; i < 90; i++) {
    new Account(scene, STRANGER, PBX, "201").login({ password: `g${i}`, status: 401 });
    scene.wait(0.5);
    if (i % 6 < 5) continue;
    between();
    scene.wait(1.5);
  }
  scene.wait(20);
}

const CREDENTIALS_CLAIMED: readonly Case[] = [
  ...(
    [
      ["OPTIONS", 200],
      ["INVITE", 180],
      ["INVITE", 404],
    ] as const
  ).map(
    ([method, status]): Case => ({
      name: `guesses_between_${method.toLowerCase()}_${status}`,
      expect: GUESSED,
      kind: KIND,
      what: `90 guesses, after each six a ${method} with made-up credentials of the account that is answered ${status}`,
      make: (scene) => guessesWith(scene, () => claim(scene, "201", method, status)),
    }),
  ),
  {
    name: "guesses_between_options_with_issued_nonce",
    expect: GUESSED,
    kind: KIND,
    what: "90 guesses, after each six an OPTIONS with a nonce that the server has just issued for REGISTER, answered 200",
    make: (scene) =>
      guessesWith(scene, () => {
        const nonce = nonceOf(scene);
        const first = new Account(scene, STRANGER, PBX, "201").request([]);
        ask(scene, STRANGER, PBX, first, 401, [challenge(nonce)]);
        scene.wait(0.1);
        claim(scene, "201", "OPTIONS", 200, nonce);
      }),
  },
  {
    name: "guesses_between_options_then_right",
    expect: "alert compromis|success <=1",
    kind: KIND,
    what: "90 guesses with OPTIONS between them as before, then the right password",
    make: (scene) => {
      guessesWith(scene, () => claim(scene, "201", "OPTIONS", 200));
      new Account(scene, STRANGER, PBX, "201").login();
      scene.wait(20);
    },
  },
  {
    name: "spray_between_options",
    expect: "alert spray|brute <=2",
    kind: KIND,
    what: "one password for 60 accounts, behind each an OPTIONS with made-up credentials of it that is answered 200",
    make: (scene) => {
      for (let i = 0; i < 60; i++) {
        const user = String(300 + i);
        new Account(scene, STRANGER, PBX, user).login({ password: "1234", status: 401 });
        scene.wait(0.5);
        claim(scene, user, "OPTIONS", 200);
        scene.wait(2);
      }
      scene.wait(20);
    },
  },
];

/** 60 users asked for by the Request-URI alone: To is always the same, or has a tag that nobody gave. */
function walk(scene: Scene, method: string, hasToTag: boolean): void {
  for (let i = 0; i < 60; i++) {
    const asked = String(300 + i);
    const request = requestOf(scene, STRANGER, PBX, method, "x", {
      to: hasToTag ? asked : "100",
      ...(hasToTag && { toTag: scene.hex(5) }),
    });
    const text = request.text.replace(/ sip:[0-9]+@/, ` sip:${asked}@`);
    ask(scene, STRANGER, PBX, { ...request, text }, i % 9 > 0 ? 404 : 200);
    scene.wait(0.3);
  }
  scene.wait(30);
}

const WALKS_BY_URI: readonly Case[] = ["OPTIONS", "SUBSCRIBE", "INVITE"].flatMap((method) =>
  [true, false].map(
    (hasToTag): Case => ({
      name: `walk_${method.toLowerCase()}_${hasToTag ? "with_to_tag" : "one_to"}`,
      expect: "alert enum <=2",
      kind: "walk-by-uri",
      what: `60 users in 18 s by ${method}, ${hasToTag ? "each with a made-up To tag" : "named in the Request-URI only, To is one user"}`,
      make: (scene) => walk(scene, method, hasToTag),
    }),
  ),
);

const BURSTS: readonly Case[] = [
  {
    name: "bursts_with_a_call_id_each",
    expect: GUESSED,
    kind: "bursts",
    what: "7 bursts of 19 digests on one account, a minute apart, a Call-ID each",
    make: (scene) => {
      for (let burst = 0; burst < 7; burst++) {
        new Account(scene, STRANGER, PBX, "201").burst(19);
        scene.wait(60);
      }
    },
  },
  {
    name: "bursts_on_one_call_id",
    expect: GUESSED,
    kind: "bursts",
    what: "40 bursts of 15 digests on one account and one Call-ID, 30 s apart",
    make: (scene) => {
      const account = new Account(scene, STRANGER, PBX, "201");
      for (let burst = 0; burst < 40; burst++) {
        account.burst(15);
        scene.wait(30);
      }
    },
  },
  {
    name: "one_burst_that_ends_in_success",
    expect: "alert success|compromis <=1",
    kind: "bursts",
    what: "18 digests on one account and one Call-ID within 20 ms, 401 each, the nineteenth is right: as few as a phone sends of one wrong password",
    make: (scene) => {
      new Account(scene, STRANGER, PBX, "201").burst(19, 200);
      scene.wait(20);
    },
  },
  {
    name: "phone_between_two_registrars",
    expect: "quiet",
    kind: "bursts",
    what: "two registrars behind one address forget each other's nonces: each minute a phone meets 401 for up to six digests before it is taken",
    make: (scene) => {
      const account = new Account(scene, outside(20), PBX, "201");
      for (let round = 0; round < 30; round++) {
        account.burst(1 + (round % 7), 200);
        scene.wait(60);
      }
    },
  },
  {
    name: "bursts_of_a_phone_then_right",
    expect: "max 3",
    kind: "bursts",
    what: "a phone sends one wrong password in three bursts of 15 on its Call-ID, then somebody types the right one",
    make: (scene) => {
      const account = new Account(scene, outside(20), PBX, "201");
      for (let burst = 0; burst < 3; burst++) {
        account.burst(15);
        scene.wait(60);
      }
      account.login();
      scene.wait(20);
    },
  },
];

/** Ten seconds of requests that are refused. */
function flood(scene: Scene, methods: readonly string[], perSecond: number, sources: number): void {
  for (let i = 0; i < perSecond * 10; i++) {
    const from = sources > 1 ? { ...STRANGER, ip: `198.18.${i >> 8}.${i & 255}` } : STRANGER;
    const request = requestOf(scene, from, PBX, methods[i % methods.length] ?? "", "x", {
      to: "300",
    });
    scene.send(from, PBX, request.text);
    scene.send(PBX, from, sipResponse(request, 403, { toTag: "a" }), 0.001);
    scene.wait(1 / perSecond);
  }
  scene.wait(40);
}

const OTHER_FLOODS: readonly Case[] = [
  {
    name: "flood_of_message",
    expect: "alert flood <=2",
    kind: "other-floods",
    what: "200 MESSAGE a second from one host, all refused",
    make: (scene) => flood(scene, ["MESSAGE"], 200, 1),
  },
  {
    name: "flood_of_mixed_methods",
    expect: "alert flood <=2",
    kind: "other-floods",
    what: "200 requests a second from one host, of five methods in turn, all refused",
    make: (scene) => flood(scene, ["SUBSCRIBE", "PUBLISH", "NOTIFY", "INFO", "MESSAGE"], 200, 1),
  },
  {
    name: "flood_of_message_spoofed",
    expect: "alert flood <=2",
    kind: "other-floods",
    what: "400 MESSAGE a second, each from another address, all refused",
    make: (scene) => flood(scene, ["MESSAGE"], 400, 4000),
  },
  {
    name: "forwards_in_a_loop",
    expect: "max 3",
    kind: "other-floods",
    what: "a PBX and an SBC forward two users to each other: three calls of 70 hops each, all refused with 483",
    make: (scene) => {
      const sbc = outside(40);
      for (let i = 0; i < 210; i++) {
        const [from, to] = i % 2 > 0 ? [sbc, PBX] : [PBX, sbc];
        const user = i % 2 > 0 ? "202" : "203";
        ask(scene, from, to, requestOf(scene, from, to, "INVITE", "201", { to: user }), 483);
        scene.wait(i % 70 < 69 ? 0.004 : 1);
      }
      scene.wait(40);
    },
  },
];

/** One user, written in many ways (RFC 3261 19.1.4). */
const SPELLINGS = [
  ...["alice", "Alice", "ALICE", "aLice", "alIce", "aliCe", "alicE", "ALice", "%61lice"],
  ...["a%6cice", "al%69ce", "ali%63e", "alic%65", "%41lice", "%61%6cice", "AlIcE", "aLiCe"],
] as const;

const ALIASES: readonly Case[] = [
  {
    name: "guesses_at_one_user_in_many_spellings",
    expect: "alert on one account <=2",
    kind: "aliases",
    what: "17 guesses at one account, its user written in another way each time, 403",
    make: (scene) => {
      for (const [i, user] of SPELLINGS.entries()) {
        new Account(scene, STRANGER, PBX, user).login({ password: `guess${i}`, status: 403 });
        scene.wait(3);
      }
      scene.wait(30);
    },
  },
  {
    name: "phone_in_two_spellings",
    expect: "quiet",
    kind: "aliases",
    what: "a phone registers as Alice with the digest username alice, then calls as %61lice and is called as ALICE",
    make: (scene) => {
      const account = new Account(scene, outside(20), PBX, "Alice");
      for (let i = 0; i < 10; i++) {
        account.login({ authUser: "alice" });
        const call = new Call(scene, outside(20), PBX, { from: "%61lice", to: "ALICE" });
        wholeCall(call, 2);
        scene.wait(60);
      }
    },
  },
];

const ESCAPED_NUMBERS: readonly Case[] = [
  {
    name: "prefixes_before_an_escaped_number",
    expect: "alert fraud|toll|dial|prefix|probe <=2",
    kind: "escaped-numbers",
    what: "ten prefixes before one number whose last digit is written %34, one a minute, 404",
    make: (scene) => {
      for (const prefix of ["0", "00", "000", "9", "90", "900", "8", "800", "011", "9011"]) {
        attempt(scene, STRANGER, PBX, { from: "100", to: `${prefix}97259227752%34`, status: 404 });
        scene.wait(60);
      }
    },
  },
];

export const RED_TEAM_ACCOUNTS: readonly Case[] = [
  ...CREDENTIALS_CLAIMED,
  ...WALKS_BY_URI,
  ...BURSTS,
  ...OTHER_FLOODS,
  ...ALIASES,
  ...ESCAPED_NUMBERS,
];
