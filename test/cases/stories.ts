import { requestOf } from "../support/sip-actors.ts";
import { audioSdp, challenge, sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call, wholeCall } from "./call.ts";
import { Account, ackOf, attempt, authorization, nonceOf } from "./digest.ts";
import { outside, outside6, PBX, PBX6, phone, phone6, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "story";
const COSTLY = [
  "0088263188131",
  "00224895329",
  "+3712820993",
  "0025261234",
  "0067612345",
  "005352123",
];

interface PaidOptions {
  readonly to: string;
  readonly user?: string;
  readonly port?: number;
}

/** An answered call with the right digest: INVITE, 407, ACK, INVITE, 200. */
export function paid(scene: Scene, from: Endpoint, server: Endpoint, call: PaidOptions): void {
  const { to, user = "201", port = 16_384 } = call;
  const [callId, fromTag, nonce, toTag] = [
    scene.unique("c"),
    scene.hex(10),
    nonceOf(scene),
    scene.hex(8),
  ];
  const ids = { to, callId, fromTag, cseq: 1, sdp: audioSdp(from.ip, port) };
  const first = requestOf(scene, from, server, "INVITE", user, ids);
  const headers = [challenge(nonce, "pbx", 407)];
  scene.send(from, server, first.text);
  scene.send(server, from, sipResponse(first, 407, { toTag, headers }), 0.004);
  scene.send(from, server, ackOf(first, toTag), 0.008);
  scene.wait(0.012);
  const uri = `sip:${to}@${first.host}`;
  const password = `secret-of-${user}`;
  const proof = authorization({ user, password, nonce, method: "INVITE", uri, isProxy: true });
  const callerMedia = { ...from, port };
  const options = {
    from: user,
    to,
    callId,
    fromTag,
    cseq: 2,
    headers: [proof],
    ringSeconds: 0.3,
    callerMedia,
  };
  wholeCall(new Call(scene, from, server, options), 2);
}

/** Calls to satellites and islands, at night, one in 3 s. */
function costly(scene: Scene, from: Endpoint, server: Endpoint, count: number, user = "201"): void {
  for (let i = 0; i < count; i++) {
    const to = `${COSTLY[i % COSTLY.length]}${10 + i}`;
    paid(scene, from, server, { to, user, port: 16_384 + 2 * i });
    scene.wait(0.5);
  }
}

function guesses(
  scene: Scene,
  from: Endpoint,
  server: Endpoint,
  count: number,
  pause: number,
  status: number,
): void {
  for (let i = 0; i < count; i++) {
    new Account(scene, from, server, "201").login({ password: `guess${i}`, status });
    scene.wait(pause);
  }
}

export const STORY: readonly Case[] = [
  {
    name: "night_ipv6_401",
    expect: "alert compromis|success <=1",
    kind: KIND,
    what: "60 guesses at 201 (401), the 61st is right; a quarter of an hour later calls to costly numbers from another address (IPv6)",
    make: (scene) => {
      guesses(scene, outside6(66), PBX6, 60, 0.4, 401);
      new Account(scene, outside6(66), PBX6, "201").login();
      scene.wait(900);
      new Account(scene, outside6(91), PBX6, "201").login();
      costly(scene, outside6(91), PBX6, 12);
    },
  },
  {
    name: "night_by_invite_407",
    expect: "alert compromis|success|brute <=1",
    kind: KIND,
    what: "guesses by INVITE: 80 digests meet 403, then one INVITE is answered by the carrier's 486, many more calls follow",
    make: (scene) => {
      for (let i = 0; i < 80; i++) {
        attempt(scene, STRANGER, PBX, {
          from: "201",
          to: COSTLY[0] ?? "",
          status: 403,
          password: `guess${i}`,
        });
        scene.wait(0.3);
      }
      for (const [i, to] of COSTLY.entries()) {
        attempt(scene, STRANGER, PBX, {
          from: "201",
          to,
          status: i % 2 === 0 ? 486 : 480,
          password: "secret-of-201",
        });
      }
      costly(scene, STRANGER, PBX, 6);
    },
  },
  {
    name: "slow_spray_then_one_opens",
    expect: "alert compromis|success|spray <=2",
    kind: KIND,
    what: "one password for 40 accounts, one in 5 s, 403 each but one that opens, which calls costly numbers at once",
    make: (scene) => {
      for (let i = 0; i < 40; i++) {
        const account = new Account(scene, STRANGER, PBX, String(200 + i));
        if (i === 31) account.login();
        else account.login({ password: "Winter2027", status: 403 });
        scene.wait(5);
      }
      costly(scene, STRANGER, PBX, 8, "231");
    },
  },
  {
    name: "new_phone_is_set_up",
    expect: "max 3",
    kind: KIND,
    what: "a new phone: four wrong passwords typed in three minutes, then right, then five calls abroad, four answered",
    make: (scene) => {
      const account = new Account(scene, phone(1), PBX, "201");
      for (let i = 0; i < 4; i++) {
        account.login({ password: `typo${i}`, status: 401 });
        scene.wait(45);
      }
      account.login();
      scene.wait(20);
      costly(scene, phone(1), PBX, 4);
      attempt(scene, phone(1), PBX, {
        from: "201",
        to: "0088263188131",
        status: 486,
        password: "secret-of-201",
      });
    },
  },
  {
    name: "burst_then_right_ipv6",
    expect: "max 3",
    kind: KIND,
    what: "baresip: 15 digests in one burst on one Call-ID after a wrong password, a minute of silence, right, an ordinary call (IPv6)",
    make: (scene) => {
      const account = new Account(scene, phone6(6), PBX6, "206");
      account.burst(15);
      scene.wait(60);
      account.callId = scene.unique("r");
      account.login();
      scene.wait(3);
      wholeCall(new Call(scene, phone6(6), phone6(7), { from: "206", to: "207" }), 4);
    },
  },
  {
    name: "night_shift_of_a_hotline",
    expect: "max 3",
    kind: KIND,
    what: "an account that has been registered all day from one phone calls 25 numbers abroad at night, all answered, from the same phone",
    make: (scene) => {
      const account = new Account(scene, outside(44), PBX, "201");
      for (let i = 0; i < 20; i++) {
        account.login();
        scene.wait(250);
      }
      for (let i = 0; i < 25; i++) {
        paid(scene, outside(44), PBX, { to: `0044207${946_000 + 13 * i}` });
        if (i % 8 === 7) account.login();
        scene.wait(30);
      }
    },
  },
];
