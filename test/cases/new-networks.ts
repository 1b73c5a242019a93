import { requestOf } from "../support/sip-actors.ts";
import { sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Account } from "./digest.ts";
import { PBX, PBX6, phone, phone6, ROUTER_MAC } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "new-networks";

function at(a: number, b: number, c: number, d: number): Endpoint {
  return { ip: `${a}.${b}.${c}.${d}`, port: 5060, mac: ROUTER_MAC, ttl: 57 };
}

/** An address out of all that may be made up. */
function anywhere(scene: Scene): Endpoint {
  const byte = () => 1 + Math.floor(scene.random() * 250);
  return at(20 + Math.floor(scene.random() * 150), byte(), byte(), byte());
}

/** A provider's subscribers are of a hundred networks. */
function subscriber(n: number): Endpoint {
  return at(78, n % 100, n >> 8, n & 255);
}

function at6(...words: readonly number[]): Endpoint {
  const [a, b, c, d] = words.map((word) => word.toString(16));
  return { ip: `${a}:${b}:${c}::${d}`, port: 5060, mac: ROUTER_MAC, ttl: 57 };
}

/** An address out of all that may be made up (2000::/3). */
function anywhere6(scene: Scene): Endpoint {
  const word = () => 1 + Math.floor(scene.random() * 65_000);
  return at6(0x2400 + Math.floor(scene.random() * 0x800), word(), word(), word());
}

/** Subscribers of sixty providers, each with a network of its own. */
function subscriber6(n: number): Endpoint {
  return at6(0x2a00 + (n % 60), 0x100 + (n % 60), n, 5);
}

/** Some phones at work, for so long. */
function office(scene: Scene, seconds: number, server = PBX): void {
  const at = server === PBX6 ? phone6 : phone;
  const accounts = [1, 2, 3].map((n) => new Account(scene, at(n), server, `20${n}`));
  for (let i = 0; i < seconds / 30; i++) {
    for (const account of accounts) account.login();
    scene.wait(30);
  }
}

/** OPTIONS that are answered. */
function pings(
  scene: Scene,
  count: number,
  perSecond: number,
  from: (n: number) => Endpoint,
  server = PBX,
): void {
  for (let n = 0; n < count; n++) {
    const by = from(n);
    const ping = requestOf(scene, by, server, "OPTIONS", "ping", { to: "pbx" });
    scene.send(by, server, ping.text);
    scene.send(server, by, sipResponse(ping, 200, { toTag: scene.hex(6) }), 0.001);
    scene.wait(1 / perSecond);
  }
}

/** Calls that nobody answers, repeated by timer A (RFC 3261 17.1.1.2). */
function calls(
  scene: Scene,
  count: number,
  perSecond: number,
  from: (n: number) => Endpoint,
  server = PBX,
): void {
  for (let n = 0; n < count; n++) {
    const by = from(n);
    const { text } = requestOf(scene, by, server, "INVITE", String(1000 + n), { to: "204" });
    for (const after of [0, 0.5, 1.5, 3.5]) scene.send(by, server, text, after);
    scene.wait(1 / perSecond);
  }
  scene.wait(40);
}

export const NEW_NETWORKS: readonly Case[] = [
  {
    name: "options_of_everywhere_300_a_second",
    expect: "alert options.flood <=2",
    kind: KIND,
    what: "300 OPTIONS a second, each from a made-up address, right after the sensor was started",
    make: (scene) => {
      office(scene, 30);
      pings(scene, 2400, 300, () => anywhere(scene));
    },
  },
  {
    name: "options_of_one_network_300_a_second",
    expect: "alert options.flood <=2",
    kind: KIND,
    what: "who knows it makes up addresses of one network only; the sensor has run for three minutes",
    make: (scene) => {
      office(scene, 180);
      pings(scene, 2400, 300, (n) => at(81, 7, n >> 8, n & 255));
    },
  },
  {
    name: "pings_of_a_provider_300_a_second",
    expect: "max 3",
    kind: KIND,
    what: "4500 telephones of a hundred networks, each pings once in 15 s: the sensor has just been started",
    make: (scene) => pings(scene, 9000, 300, (n) => subscriber(n % 4500)),
  },
  {
    name: "callers_of_a_few_networks_that_repeat",
    expect: "alert flood <=3",
    kind: KIND,
    what: "who knows it calls from made-up addresses of ten networks, 30 a second, and repeats as timer A does",
    make: (scene) => {
      office(scene, 60);
      calls(scene, 900, 30, (n) => at(81, n % 10, n >> 8, n & 255));
    },
  },
  {
    name: "callers_of_a_provider_whose_server_fell",
    expect: "max 3",
    kind: KIND,
    what: "a provider's server falls silent: 25 subscribers a second call in vain, each repeats; most were heard before",
    make: (scene) => {
      pings(scene, 600, 100, subscriber);
      office(scene, 60);
      calls(scene, 600, 25, (n) => subscriber(n * 7));
    },
  },
  {
    name: "options_of_everywhere_ipv6",
    expect: "alert options.flood <=2",
    kind: KIND,
    what: "300 OPTIONS a second, each from a made-up IPv6 address, right after the sensor was started",
    make: (scene) => {
      office(scene, 30, PBX6);
      pings(scene, 2400, 300, () => anywhere6(scene), PBX6);
    },
  },
  {
    name: "callers_of_everywhere_that_repeat_ipv6",
    expect: "alert invite.flood <=2",
    kind: KIND,
    what: "30 calls a second from made-up IPv6 addresses, each repeated as timer A does, none answered",
    make: (scene) => {
      office(scene, 60, PBX6);
      calls(scene, 900, 30, () => anywhere6(scene), PBX6);
    },
  },
  {
    name: "pings_of_providers_ipv6",
    expect: "max 3",
    kind: KIND,
    what: "4500 telephones of sixty providers, an IPv6 network each; each pings once in 15 s: the sensor has just been started",
    make: (scene) => pings(scene, 9000, 300, (n) => subscriber6(n % 4500), PBX6),
  },
  {
    name: "callers_of_providers_whose_server_fell_ipv6",
    expect: "max 3",
    kind: KIND,
    what: "the server of sixty providers' subscribers falls silent: 25 of these a second call in vain (IPv6); most were heard before",
    make: (scene) => {
      pings(scene, 600, 100, subscriber6, PBX6);
      office(scene, 60, PBX6);
      calls(scene, 600, 25, (n) => subscriber6(n * 7), PBX6);
    },
  },
];
