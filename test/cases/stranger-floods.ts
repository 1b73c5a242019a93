import { ask, requestOf } from "../support/sip-actors.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { Account, attempt } from "./digest.ts";
import { natted, outside, PBX, PBX6, ROUTER_MAC, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "stranger-floods";

interface Flood {
  readonly method: string;
  readonly perSecond: number;
  readonly seconds: number;
  readonly at: (n: number) => Endpoint;
  readonly server?: Endpoint;
  readonly status?: number;
  readonly headers?: readonly string[];
  readonly to?: (n: number) => string;
}

/** Requests that are served, one after the other. */
function served(scene: Scene, flood: Flood): void {
  const { at, headers = [], method, perSecond, seconds, server = PBX, status = 200 } = flood;
  for (let i = 0; i < perSecond * seconds; i++) {
    const to = flood.to?.(i) ?? "600";
    const request = requestOf(scene, at(i), server, method, `x${i % 500}`, { to, headers });
    ask(scene, at(i), server, request, status);
    scene.wait(1 / perSecond);
  }
  scene.wait(10);
}

/** Hosts of everywhere. */
function bot(n: number): Endpoint {
  return { ip: `${45 + n}.17.${n}.9`, port: 5060, mac: ROUTER_MAC, ttl: 50 };
}

function new6(n: number): Endpoint {
  const network = ["2a02:c207", "2a01:4f9", "2604:a880"][n % 3];
  return { ip: `${network}:${n.toString(16)}::1`, port: 5060, mac: ROUTER_MAC, ttl: 50 };
}

/** Six telephones register, and three minutes pass. */
function begin(scene: Scene, server: Endpoint = PBX): void {
  for (let n = 0; n < 6; n++) {
    const ip = server === PBX6 ? `2001:db8:20:1::${n + 1}` : `10.20.1.${n + 1}`;
    new Account(scene, { ip, port: 5060 }, server, String(201 + n)).login();
    scene.wait(30);
  }
}

function flooded(name: string, expect: string, what: string, flood: Flood): Case {
  const make = (scene: Scene) => {
    begin(scene, flood.server);
    served(scene, flood);
  };
  return { name, expect, kind: KIND, what, make };
}

export const STRANGER_FLOODS: readonly Case[] = [
  flooded(
    "options_of_a_stranger_20_a_second",
    "alert flood <=3",
    "a host that nobody knows sends 20 OPTIONS a second for a minute and a half, each from another port, all answered",
    {
      method: "OPTIONS",
      perSecond: 20,
      seconds: 90,
      at: (n) => ({ ...STRANGER, port: 20_000 + n }),
    },
  ),
  flooded(
    "orders_of_a_stranger_accepted",
    "alert flood <=3",
    "a host that nobody knows sends 30 REFERs a second, all accepted",
    {
      method: "REFER",
      perSecond: 30,
      seconds: 40,
      status: 202,
      at: () => STRANGER,
      headers: ["Refer-To: <sip:100@198.51.100.7>"],
    },
  ),
  ...["OPTIONS", "PUBLISH"].map((method) =>
    flooded(
      `${method.toLowerCase()}_of_fifty_strangers`,
      "alert flood <=2",
      `fifty hosts share 75 ${method}s a second, all accepted`,
      { method, perSecond: 75, seconds: 20, at: (n) => bot(n % 50) },
    ),
  ),
  flooded(
    "options_of_ever_new_addresses_ipv6",
    "alert flood <=3",
    "60 OPTIONS a second for ten seconds, each from another address of three providers (IPv6)",
    { method: "OPTIONS", perSecond: 60, seconds: 10, at: new6, server: PBX6 },
  ),
  flooded(
    "texts_of_two_hundred_strangers",
    "alert flood <=3",
    "200 hosts send a MESSAGE in seven seconds each, all accepted",
    { method: "MESSAGE", perSecond: 30, seconds: 40, status: 202, at: (n) => bot(n % 200) },
  ),
  {
    name: "one_user_bound_50_times_a_second",
    expect: "alert flood <=3",
    kind: KIND,
    what: "a client registers one user 50 times a second, with the right password",
    make: (scene) => {
      const account = new Account(scene, STRANGER, PBX, "301");
      for (let i = 0; i < 500; i++) {
        account.login();
        scene.wait(0.005);
      }
    },
  },
  {
    name: "byes_of_twenty_hosts_refused",
    expect: "alert flood <=3",
    kind: KIND,
    what: "twenty hosts share 150 BYEs a second of calls that there are not (481)",
    make: (scene) => {
      begin(scene);
      for (let i = 0; i < 1800; i++) {
        const by = outside(60 + (i % 20));
        const options = { to: "600", toTag: scene.hex(8), cseq: 2 };
        ask(scene, by, PBX, requestOf(scene, by, PBX, "BYE", `x${i}`, options), 481);
        scene.wait(1 / 150);
      }
      scene.wait(40);
    },
  },
  {
    name: "pbx_that_asks_for_each_of_its_phones",
    expect: "quiet",
    kind: KIND,
    what: "a PBX that is registered at its provider asks it by OPTIONS for each of 1200 users once a minute",
    make: (scene) => {
      new Account(scene, natted(0), PBX, "trunk").login();
      const to = (n: number) => String(1000 + (n % 1200));
      served(scene, { method: "OPTIONS", perSecond: 20, seconds: 150, at: () => natted(0), to });
    },
  },
  {
    name: "nodes_of_a_carrier_that_ping_by_the_second",
    expect: "quiet",
    kind: KIND,
    what: "fifty nodes of a carrier bring calls without credentials for some minutes, then each asks by OPTIONS once a second",
    make: (scene) => {
      for (let i = 0; i < 300; i++) {
        const call = new Call(scene, bot(i % 50), PBX, { from: `+4930${i}`, to: `60${i % 8}` });
        call.ring().pickUp().hangUp();
        scene.wait(0.2);
      }
      served(scene, { method: "OPTIONS", perSecond: 75, seconds: 20, at: (n) => bot(n % 50) });
    },
  },
  {
    name: "homes_after_a_power_cut_ping_their_server",
    expect: "quiet",
    kind: KIND,
    what: "400 homes come back, register and ask by OPTIONS each fifteen seconds for two minutes",
    make: (scene) => {
      begin(scene);
      for (let n = 0; n < 400; n++) {
        const home = { ...bot(n % 200), ip: `100.${64 + (n % 60)}.${n % 200}.9` };
        new Account(scene, home, PBX, String(1000 + n)).login();
        scene.wait(0.06);
      }
      const at = (n: number) => ({
        ...bot(n % 200),
        ip: `100.${64 + ((n % 400) % 60)}.${(n % 400) % 200}.9`,
      });
      served(scene, { method: "OPTIONS", perSecond: 27, seconds: 60, at });
    },
  },
  {
    name: "gateway_registers_its_lines",
    expect: "quiet",
    kind: KIND,
    what: "a gateway registers 300 lines within six seconds, one after the other",
    make: (scene) => {
      for (let n = 0; n < 300; n++) {
        new Account(scene, natted(0), PBX, String(1000 + n)).login();
        scene.wait(0.005);
      }
    },
  },
  {
    name: "flood_by_many_is_one_deed",
    expect: "alert flood <=2",
    kind: KIND,
    what: "sixty hosts share 60 calls a second to ever new extensions, all unknown (404)",
    make: (scene) => {
      begin(scene);
      for (let i = 0; i < 1800; i++) {
        const to = String(1000 + i);
        attempt(scene, bot(i % 60), PBX, { from: "1000", to, status: 404 });
        scene.wait(1 / 60 - 0.1);
      }
      scene.wait(60);
    },
  },
];
