import { ask, requestOf } from "../support/sip-actors.ts";
import type { Endpoint } from "../support/wire.ts";
import { Account } from "./digest.ts";
import { PBX, phone, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "gateways";
const GATEWAY: Endpoint = { ip: "10.20.0.40", port: 5060, mac: "00:50:56:20:00:40" };

function office(scene: Scene): void {
  for (let i = 1; i < 5; i++) new Account(scene, phone(i), PBX, String(200 + i)).login();
}

interface Requests {
  readonly method: "MESSAGE" | "SUBSCRIBE" | "OPTIONS";
  readonly count: number;
  readonly status: (n: number) => number;
  readonly by?: Endpoint;
}

function requests(scene: Scene, { by = GATEWAY, count, method, status }: Requests): void {
  const headers = method === "SUBSCRIBE" ? ["Event: presence"] : [];
  for (let i = 0; i < count; i++) {
    const request = requestOf(scene, by, PBX, method, "gateway", { to: String(3000 + i), headers });
    ask(scene, by, PBX, request, status(i));
    scene.wait(0.7);
  }
}

/** Hosts that a server trusts by address and that ask for many users, and walks that look alike. */
export const GATEWAYS: readonly Case[] = [
  {
    name: "texts_of_a_gateway",
    expect: "quiet",
    kind: KIND,
    what: "a gateway for texts reaches five of seven users by MESSAGE, one is unknown (404), one is off (480)",
    make: (scene) => {
      office(scene);
      const status = (n: number): number => (n % 7 === 0 ? 404 : n % 7 === 3 ? 480 : 202);
      requests(scene, { method: "MESSAGE", count: 150, status });
    },
  },
  {
    name: "presence_of_a_gateway",
    expect: "quiet",
    kind: KIND,
    what: "a gateway for presence subscribes to 120 users, of whom a third is unknown",
    make: (scene) => {
      office(scene);
      const status = (n: number): number => (n % 3 === 0 ? 404 : 202);
      requests(scene, { method: "SUBSCRIBE", count: 120, status });
    },
  },
  {
    name: "console_with_dead_keys",
    expect: "quiet",
    kind: KIND,
    what: "an operator's console without credentials subscribes to 60 extensions each five minutes, of which 15 are gone",
    make: (scene) => {
      office(scene);
      const status = (n: number): number => (n % 4 === 1 ? 404 : 200);
      for (let q = 0; q < 5; q++) {
        requests(scene, { method: "SUBSCRIBE", count: 60, status, by: phone(90) });
        scene.wait(258);
      }
    },
  },
  {
    name: "walk_by_message_one_in_four_exists",
    expect: "alert enum|walk <=2",
    kind: KIND,
    what: "a walk by MESSAGE over a range of which every fourth extension exists and takes the text",
    make: (scene) => {
      office(scene);
      const status = (n: number): number => (n % 4 === 0 ? 202 : 404);
      requests(scene, { method: "MESSAGE", count: 60, status, by: STRANGER });
    },
  },
  {
    name: "walk_by_subscribe_starts_where_users_are",
    expect: "alert enum|walk <=2",
    kind: KIND,
    what: "a walk by SUBSCRIBE finds ten users in a row, then none",
    make: (scene) => {
      office(scene);
      const status = (n: number): number => (n < 10 ? 202 : 404);
      requests(scene, { method: "SUBSCRIBE", count: 60, status, by: STRANGER });
    },
  },
  {
    name: "walk_by_message_that_the_server_drops",
    expect: "alert enum|walk <=3",
    kind: KIND,
    what: "60 extensions asked by MESSAGE at a server that says nothing to them, and serves its own phones",
    make: (scene) => {
      office(scene);
      requests(scene, { method: "MESSAGE", count: 60, status: () => 0, by: STRANGER });
      office(scene);
      scene.wait(40);
    },
  },
  {
    name: "contacts_of_a_softphone_that_nobody_serves",
    expect: "quiet",
    kind: KIND,
    what: "a registered softphone subscribes to 50 contacts at a server that says nothing to presence",
    make: (scene) => {
      office(scene);
      new Account(scene, phone(90), PBX, "gateway").login();
      requests(scene, { method: "SUBSCRIBE", count: 50, status: () => 0, by: phone(90) });
      office(scene);
      scene.wait(40);
    },
  },
  {
    name: "phones_without_a_mailbox",
    expect: "quiet",
    kind: KIND,
    what: "the sensor is started while 40 phones refresh what they subscribe to: their own line (200), and messages, for which the server has no mailbox (404)",
    make: (scene) => {
      for (let round = 0; round < 2; round++) {
        for (let n = 0; n < 40; n++) {
          for (const [event, status] of [
            ["dialog", 200],
            ["message-summary", 404],
          ] as const) {
            const headers = [`Event: ${event}`];
            const user = String(3000 + n);
            const request = requestOf(scene, phone(n), PBX, "SUBSCRIBE", user, { headers });
            ask(scene, phone(n), PBX, request, status);
            scene.wait(0.5);
          }
        }
        scene.wait(240);
      }
    },
  },
  {
    name: "walk_by_subscriptions_of_many_hosts",
    expect: "alert ENUM <=2",
    kind: KIND,
    what: "40 hosts ask for messages of three users each, and the server takes two of the 120 only",
    make: (scene) => {
      for (let n = 0; n < 120; n++) {
        const at = { ...STRANGER, ip: `198.51.100.${20 + (n % 40)}` };
        const headers = ["Event: message-summary"];
        const to = String(3000 + n);
        const request = requestOf(scene, at, PBX, "SUBSCRIBE", "anonymous", { to, headers });
        ask(scene, at, PBX, request, n % 60 === 7 ? 200 : 404);
        scene.wait(3);
      }
    },
  },
];
