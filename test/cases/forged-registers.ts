import { requestOf } from "../support/sip-actors.ts";
import { challenge, sipResponse } from "../support/sip-builder.ts";
import { type Endpoint, sentBy } from "../support/wire.ts";
import { Registrar } from "../synthetic/registrar.ts";
import { Account, authorization, nonceOf } from "./digest.ts";
import { forgedBy, outside, PBX, phone, ROUTER_MAC, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { copyOf } from "./scene.ts";

const KIND = "forged-registers";
const LIAR = phone(66);
const AGENT = "Yealink SIP-T46U 108.86.0.20";
/** A phone of a branch, behind two routers of the site. */
const BRANCH: Endpoint = { ...outside(9), mac: ROUTER_MAC, ttl: 61 };
const OTHER_ROUTER: Endpoint = { ...BRANCH, mac: "00:1b:17:20:00:02", ttl: 57 };
const TRUSTED = { isTrusted: true, userAgent: AGENT };

/** A registrar that asks nobody for a password, and a phone that registers by these ways in turn. */
function trusting(scene: Scene, ways: readonly Endpoint[]): Registrar {
  const registrar = new Registrar(scene, PBX);
  for (let n = 0; n < 6; n++) {
    registrar.register(ways[n % ways.length] as Endpoint, "201", { ...TRUSTED, cseq: 10 + n });
    scene.wait(60);
  }
  return registrar;
}

interface InName {
  readonly userAgent?: string;
  readonly contact?: string;
  readonly expires?: number;
}

/** A REGISTER in the phone's name by another way, then the phone's own. */
function inName(scene: Scene, fields: InName): void {
  const registrar = trusting(scene, [phone(1)]);
  const by = forgedBy(phone(1), 128);
  registrar.register(by, "201", { isTrusted: true, callId: "x-1", userAgent: "", ...fields });
  scene.wait(40);
  registrar.register(phone(1), "201", { ...TRUSTED, cseq: 30 });
  scene.wait(5);
}

function offAndOn(scene: Scene, registrar: Registrar, off: Endpoint, on: Endpoint): void {
  registrar.register(off, "201", { ...TRUSTED, cseq: 40, contact: "*", expires: 0 });
  scene.wait(2);
  registrar.register(on, "201", { ...TRUSTED, callId: "new", cseq: 1 });
  scene.wait(60);
  registrar.register(on, "201", { ...TRUSTED, callId: "new", cseq: 3 });
}

interface Challenged {
  /** Who challenges first. */
  readonly by: Endpoint;
  /** The PBX's own challenge comes so many seconds later; the phone has taken up the first after 5 ms. */
  readonly ownAfter?: number;
  readonly status?: number;
  /** What the PBX says to the digest. */
  readonly last?: number;
  readonly server?: Endpoint;
}

/** A phone registers, is challenged twice, and takes the first challenge up. */
function challenged(scene: Scene, options: Challenged): void {
  const { by, ownAfter = 0.003, status = 401, last = 401, server = PBX } = options;
  const user = "201";
  const at = phone(1);
  const first = requestOf(scene, at, PBX, "REGISTER", user, { callId: "again", cseq: 70 });
  const nonce = nonceOf(scene);
  const asks = (value: string): string[] => [
    status === 407 ? challenge(value).replace("WWW", "Proxy") : challenge(value),
  ];
  scene.send(at, server, first.text);
  scene.send(by, at, sipResponse(first, status, { toTag: "a", headers: asks(nonce) }), 0.001);
  const own = { toTag: "b", headers: [challenge(nonceOf(scene))] };
  const fields = { user, password: "secret", nonce, method: "REGISTER", uri: `sip:${PBX.ip}` };
  const headers = [authorization({ ...fields, isProxy: status === 407 })];
  const more = { callId: "again", cseq: 71, headers };
  const second = requestOf(scene, at, PBX, "REGISTER", user, more);
  if (ownAfter < 0.005) scene.send(server, at, sipResponse(first, 401, own), ownAfter);
  scene.send(at, server, second.text, 0.005);
  if (ownAfter > 0.005) scene.send(server, at, sipResponse(first, 401, own), ownAfter);
  const end = last === 401 ? [challenge(nonceOf(scene))] : [`Contact: <sip:201@${sentBy(at)}>`];
  scene.send(server, at, sipResponse(second, last, { toTag: "c", headers: end }), 0.02);
  scene.wait(1);
  new Account(scene, at, server, user).login();
  scene.wait(5);
}

function office(scene: Scene): void {
  for (let n = 1; n <= 4; n++) new Account(scene, phone(n), PBX, `20${n}`).login();
  scene.wait(30);
}

/** Bound with a stolen password for `contact`, at a registrar that keeps one binding; the owner registers again. */
function boundFor(scene: Scene, contact: string): void {
  const registrar = new Registrar(scene, PBX, 1);
  const home = outside(20);
  registrar.register(home, "201", { userAgent: AGENT });
  scene.wait(100);
  const by = { ...STRANGER, ip: "185.0.2.66" };
  registrar.register(by, "201", { contact, userAgent: "other/1" });
  scene.wait(100);
  registrar.register(home, "201", { userAgent: AGENT, cseq: 5 });
  scene.wait(5);
}

export const FORGED_REGISTERS: readonly Case[] = [
  {
    name: "removed_in_the_phones_name",
    expect: "alert registration of a user at home removed.*in a forged name <=2",
    kind: KIND,
    what: "Contact * in a phone's name by another MAC and TTL, at a registrar that asks for no password",
    make: (scene) => inName(scene, { contact: "*", expires: 0 }),
  },
  {
    name: "removed_in_the_phones_name_by_its_agent",
    expect: "alert registration removed.*in a forged name <=3",
    kind: KIND,
    what: "the same with the phone's own User-Agent, and its binding by name",
    make: (scene) => {
      const contact = `<sip:201@${sentBy(phone(1))}>`;
      inName(scene, { contact, expires: 0, userAgent: AGENT });
    },
  },
  {
    name: "bound_elsewhere_in_the_phones_name",
    expect: "alert taken over.*in a forged name <=2",
    kind: KIND,
    what: "a host of the segment bound in a phone's name by another way, with the phone's User-Agent",
    make: (scene) => {
      inName(scene, { contact: `<sip:201@${sentBy(LIAR)}>`, userAgent: AGENT });
    },
  },
  {
    name: "restarts_by_its_own_way",
    expect: "quiet",
    kind: KIND,
    what: "a phone removes all that it had and registers anew on another Call-ID",
    make: (scene) => offAndOn(scene, trusting(scene, [phone(1)]), phone(1), phone(1)),
  },
  {
    name: "restarts_behind_a_router_that_took_over",
    expect: "quiet",
    kind: KIND,
    what: "the same by another router, by which the phone goes on",
    make: (scene) => offAndOn(scene, trusting(scene, [BRANCH]), OTHER_ROUTER, OTHER_ROUTER),
  },
  {
    name: "restarts_between_two_routers",
    expect: "quiet",
    kind: KIND,
    what: "the phone's packets come by two routers in turn: off by one, on by the other",
    make: (scene) => {
      const registrar = trusting(scene, [BRANCH, BRANCH, OTHER_ROUTER]);
      offAndOn(scene, registrar, OTHER_ROUTER, BRANCH);
    },
  },
  {
    name: "bound_for_a_third_party",
    expect: "alert taken over by a stranger <=2",
    kind: KIND,
    what: "a stolen password, and a Contact of a third host; the owner registers again",
    make: (scene) => boundFor(scene, "<sip:201@192.0.2.99:5060>"),
  },
  {
    name: "bound_for_where_it_was",
    expect: "max 3",
    kind: KIND,
    what: "the user's second phone is on its way, and its Contact still names the address at home",
    make: (scene) => boundFor(scene, `<sip:201@${sentBy(outside(20))}>`),
  },
  {
    name: "challenge_forged_in_the_pbxs_name",
    expect: "alert challenge.*in a forged name <=2",
    kind: KIND,
    what: "401 to a REGISTER in the PBX's name by another MAC and TTL, ahead of its own; the digest is of no use to the PBX",
    make: (scene) => {
      office(scene);
      challenged(scene, { by: forgedBy(PBX, 128) });
    },
  },
  {
    name: "challenge_407_by_a_stranger",
    expect: "alert challenge <=2",
    kind: KIND,
    what: "407 from a host that was not asked; the phone takes it up before the PBX has answered",
    make: (scene) => {
      office(scene);
      challenged(scene, { by: LIAR, status: 407, ownAfter: 0.008 });
    },
  },
  {
    name: "challenge_forged_at_the_captures_start",
    expect: "alert challenge <=2",
    kind: KIND,
    what: "the first, the first packets of the capture: no way is known",
    make: (scene) => challenged(scene, { by: forgedBy(PBX, 128) }),
  },
  {
    name: "challenges_by_two_routers",
    expect: "quiet",
    kind: KIND,
    what: "the PBX challenges a REGISTER and its repetition with a nonce each, the first by a router that fails just then, and takes the digest",
    make: (scene) => {
      challenged(scene, { by: { ...PBX, mac: "00:1b:17:20:00:02", ttl: 57 }, last: 200 });
    },
  },
  {
    name: "challenges_on_both_mirrors",
    expect: "quiet",
    kind: KIND,
    what: "a wrong password behind a router that is mirrored on both sides: each packet twice, the copy another hop on",
    make: (scene) => {
      for (let n = 0; n < 3; n++) {
        new Account(scene, phone(1), PBX, "201").login({ password: "wrong", status: 401 });
        scene.wait(20);
      }
      scene.tap((packet) => [
        packet,
        copyOf(packet, { afterUs: 20_000, hops: 4, srcMac: ROUTER_MAC, dstMac: ROUTER_MAC }),
      ]);
    },
  },
];
