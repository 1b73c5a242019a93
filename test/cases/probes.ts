import { requestOf } from "../support/sip-actors.ts";
import { sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Account } from "./digest.ts";
import { CARRIER, outside, PBX, PBX6, phone, phone6, STRANGER, STRANGER6 } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "probe";

interface ProbeOptions {
  readonly method?: string;
  readonly user?: string;
  readonly userAgent?: string;
}

/** One request and its answer; nothing and repetitions by timer E for 0. */
function probe(
  scene: Scene,
  from: Endpoint,
  to: Endpoint,
  status: number,
  options: ProbeOptions = {},
): void {
  const { method = "OPTIONS", user = "ping", userAgent = "OpenSIPS (3.4.2)" } = options;
  const request = requestOf(scene, from, to, method, user, { userAgent });
  scene.send(from, to, request.text);
  if (status > 0) {
    scene.send(to, from, sipResponse(request, status, { toTag: scene.hex(8) }), 0.02);
    return;
  }
  for (const after of [0.5, 1.5, 3.5, 7.5]) scene.send(from, to, request.text, after);
}

export const PROBE: readonly Case[] = [
  {
    name: "pings_silent_and_481",
    expect: "quiet",
    kind: KIND,
    what: "a PBX pings 50 registered phones for 5 minutes: 200, 404, 405, 481, 486, 501 by make, every sixth says nothing",
    make: (scene) => {
      for (let n = 1; n <= 50; n++) new Account(scene, phone(n), PBX, String(300 + n)).login();
      scene.wait(5);
      for (let round = 0; round < 10; round++) {
        for (let n = 1; n <= 50; n++) {
          probe(scene, PBX, phone(n), [200, 404, 405, 481, 501, 0][n % 6] ?? 0, {
            user: String(300 + n),
          });
          scene.wait(0.1);
        }
        scene.wait(25);
      }
    },
  },
  {
    name: "pings_ipv6_by_notify",
    expect: "max 3",
    kind: KIND,
    what: "keep-alive by NOTIFY (Event: keep-alive) to 40 phones each 30 s, answered 489, 481 or 200 (IPv6); registrations were before the capture",
    make: (scene) => {
      for (let round = 0; round < 8; round++) {
        for (let n = 1; n <= 40; n++) {
          probe(scene, PBX6, phone6(n), [489, 481, 200][n % 3] ?? 200, {
            method: "NOTIFY",
            user: String(300 + n),
          });
          scene.wait(0.05);
        }
        scene.wait(28);
      }
    },
  },
  {
    name: "monitor_asks_six_servers",
    expect: "quiet",
    kind: KIND,
    what: "a monitoring host asks six servers each minute for an hour with OPTIONS, two answer 404, one is dead",
    make: (scene) => {
      for (let round = 0; round < 60; round++) {
        for (let n = 0; n < 6; n++) {
          const status = n === 5 ? 0 : n >= 3 ? 404 : 200;
          probe(
            scene,
            outside(9),
            { ...PBX, ip: `10.20.0.${10 + n}`, mac: `00:50:56:20:00:${10 + n}` },
            status,
            { userAgent: "sipsak 0.9.8.1" },
          );
          scene.wait(0.5);
        }
        scene.wait(57);
      }
    },
  },
  {
    name: "carrier_pings_the_pbx",
    expect: "quiet",
    kind: KIND,
    what: "both ends of a trunk ping each other each 10 s for 10 minutes, the PBX answers 404 because no user is named",
    make: (scene) => {
      for (let i = 0; i < 60; i++) {
        probe(scene, CARRIER, PBX, 404);
        probe(scene, PBX, CARRIER, 200);
        scene.wait(10);
      }
    },
  },
  {
    name: "sweep_of_silent_hosts",
    expect: "alert scan|sweep|probe <=3",
    kind: KIND,
    what: "a stranger's OPTIONS to 80 addresses, four a second, User-Agent of a phone; only three answer",
    make: (scene) => {
      for (let n = 1; n <= 80; n++) {
        const request = requestOf(scene, STRANGER, phone(n), "OPTIONS", "100");
        scene.send(STRANGER, phone(n), request.text);
        if (n % 30 === 7)
          scene.send(phone(n), STRANGER, sipResponse(request, 200, { toTag: "a" }), 0.02);
        scene.wait(0.25);
      }
      scene.wait(40);
    },
  },
  {
    name: "sweep_ipv6_by_register",
    expect: "alert scan|sweep|probe|enum <=3",
    kind: KIND,
    what: "a stranger's REGISTER to 60 IPv6 hosts, one in 2 s, each answers 405 or 501",
    make: (scene) => {
      for (let n = 1; n <= 60; n++) {
        probe(scene, STRANGER6, phone6(n), n % 2 === 0 ? 405 : 501, {
          method: "REGISTER",
          user: "100",
          userAgent: "Linphone",
        });
        scene.wait(2);
      }
      scene.wait(40);
    },
  },
  {
    name: "sweep_that_pings_like_a_pbx",
    expect: "alert scan|sweep|probe <=3",
    kind: KIND,
    what: "a stranger dressed as a PBX pings 60 phones that never registered with it, 404 and 405; the real PBX serves them",
    make: (scene) => {
      for (let n = 1; n <= 60; n++) new Account(scene, phone(n), PBX, String(300 + n)).login();
      scene.wait(5);
      for (let n = 1; n <= 60; n++) {
        probe(scene, STRANGER, phone(n), n % 2 === 0 ? 404 : 405, {
          userAgent: "Asterisk PBX 18.9",
        });
        scene.wait(0.3);
      }
      scene.wait(40);
    },
  },
];
