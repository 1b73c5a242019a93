import { requestOf } from "../support/sip-actors.ts";
import { sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call, wholeCall } from "./call.ts";
import { Account, accountsOfPhones } from "./digest.ts";
import { outside, outside6, PBX, phone, phone6, STRANGER, STRANGER6 } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "probe";
const GATEWAY: Endpoint = outside(40);

/** OPTIONS and its answer; 0: none, and repetitions by timer E. */
function ping(scene: Scene, from: Endpoint, to: Endpoint, status: number, user = "ping"): void {
  const request = requestOf(scene, from, to, "OPTIONS", user);
  scene.send(from, to, request.text);
  if (status > 0) {
    scene.send(to, from, sipResponse(request, status, { toTag: scene.hex(8) }), 0.02);
    return;
  }
  for (const after of [0.5, 1.5, 3.5]) scene.send(from, to, request.text, after);
}

function server(n: number): Endpoint {
  return { ...PBX, ip: `10.20.0.${10 + n}`, mac: `00:50:56:20:00:${10 + n}` };
}

/** A call to an extension, of which nothing comes back. */
function inVain(scene: Scene, from: Endpoint, user: string): void {
  const { text } = requestOf(scene, from, PBX, "INVITE", "7001", { to: user });
  for (const after of [0, 0.5, 1.5, 3.5]) scene.send(from, PBX, text, after);
}

/** Others are served meanwhile. */
function deaf(scene: Scene, calls: number): void {
  const others = accountsOfPhones(scene, 3, 211);
  for (let i = 0; i < calls; i++) {
    if (i % 10 === 0) for (const account of others) account.login();
    inVain(scene, GATEWAY, String(600 + i));
    scene.wait(12);
  }
  scene.wait(40);
}

export const WIDE_PROBES: readonly Case[] = [
  {
    name: "sweep_of_a_network_that_answers_half",
    expect: "alert scan|sweep|probe <=3",
    kind: KIND,
    what: "a stranger's OPTIONS to 60 addresses, one in two seconds; every second one answers 200",
    make: (scene) => {
      for (let n = 1; n <= 60; n++) {
        ping(scene, STRANGER, phone(n), n % 2 === 0 ? 200 : 0, "100");
        scene.wait(2);
      }
      scene.wait(40);
    },
  },
  {
    name: "sweep_of_a_network_that_answers_a_third_ipv6",
    expect: "alert scan|sweep|probe <=3",
    kind: KIND,
    what: "the same to 70 addresses of which a third answers, 200 or 405 (IPv6), each asked for a user of its own",
    make: (scene) => {
      for (let n = 1; n <= 70; n++) {
        const status = n % 3 > 0 ? 0 : n % 2 === 0 ? 200 : 405;
        ping(scene, STRANGER6, phone6(n), status, String(300 + n));
        scene.wait(5);
      }
      scene.wait(40);
    },
  },
  {
    name: "monitor_of_eight_servers_405",
    expect: "quiet",
    kind: KIND,
    what: "a monitor asks eight servers each minute for an hour, all of which answer 405 to OPTIONS",
    make: (scene) => {
      for (let round = 0; round < 60; round++) {
        for (let n = 0; n < 8; n++) {
          ping(scene, outside(9), server(n), 405);
          scene.wait(1);
        }
        scene.wait(52);
      }
    },
  },
  {
    name: "monitor_of_forty_servers_two_dead_ipv6",
    expect: "quiet",
    kind: KIND,
    what: "a monitor asks forty hosts each five minutes, two of which are dead and ten answer 405 (IPv6)",
    make: (scene) => {
      for (let round = 0; round < 12; round++) {
        for (let n = 1; n <= 40; n++) {
          ping(scene, outside6(9), phone6(n), n % 20 === 0 ? 0 : n % 4 === 0 ? 405 : 200);
          scene.wait(1);
        }
        scene.wait(260);
      }
    },
  },
  {
    name: "gateway_whose_calls_were_answered_is_not_heard",
    expect: "quiet",
    kind: "outage",
    what: "a gateway without credentials has had calls answered; then the server says nothing to fifty of its calls, and serves others",
    make: (scene) => {
      for (let n = 0; n < 4; n++) {
        wholeCall(new Call(scene, GATEWAY, PBX, { from: "7001", to: `60${n}` }), 5);
        scene.wait(20);
      }
      deaf(scene, 50);
    },
  },
  {
    name: "gateway_that_is_registered_is_not_heard",
    expect: "quiet",
    kind: "outage",
    what: "the same by a gateway that is registered with credentials",
    make: (scene) => {
      new Account(scene, GATEWAY, PBX, "7001").login();
      scene.wait(60);
      deaf(scene, 50);
    },
  },
  {
    name: "gateway_that_is_registered_for_others_is_not_heard",
    expect: "quiet",
    kind: "outage",
    what: "the same by one whose registered name is another than its callers'",
    make: (scene) => {
      new Account(scene, GATEWAY, PBX, "trunk9").login();
      scene.wait(60);
      deaf(scene, 50);
    },
  },
];
