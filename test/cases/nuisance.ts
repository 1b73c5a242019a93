import { requestOf } from "../support/sip-actors.ts";
import { sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call, wholeCall } from "./call.ts";
import { Account } from "./digest.ts";
import { CARRIER, forgedBy, outside, outside6, PBX, PBX6, phone, phone6, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "nuisance";
const WANTED = "alert nuisance <=3";

interface Try {
  readonly from: string;
  readonly to: string;
  /** Seconds that it rings; then the caller gives up, or the other end answers with the status. */
  readonly rings?: number;
  readonly status?: number;
}

/** A call through the PBX that nobody takes. */
function missed(scene: Scene, by: Endpoint, server: Endpoint, call: Try): void {
  const { from, rings = 1, status = 486, to } = call;
  const request = requestOf(scene, by, server, "INVITE", from, { to });
  const toTag = scene.hex(8);
  scene.send(by, server, request.text);
  scene.send(server, by, sipResponse(request, 180, { toTag }), 0.1);
  scene.wait(rings);
  if (status === 487) {
    const cancel = request.text
      .replace(/^INVITE/, "CANCEL")
      .replace(/CSeq: (\d+) INVITE/, "CSeq: $1 CANCEL");
    scene.send(by, server, cancel);
  }
  scene.send(server, by, sipResponse(request, status, { toTag }), 0.02);
  scene.wait(0.1);
}

/** The number is busy. */
function busy(scene: Scene, from: string): void {
  missed(scene, CARRIER, PBX, { from, to: "+493055510", rings: 0.2 });
}

/** A quarter of an hour with a call a minute. */
function calm(scene: Scene): void {
  for (let n = 0; n < 15; n++) {
    busy(scene, `+4989${400_000 + n}`);
    scene.wait(60);
  }
}

function tdos(name: string, what: string, attack: (scene: Scene, n: number) => void): Case {
  return {
    name,
    expect: "alert tdos <=2",
    kind: KIND,
    what: `a number that had a call a minute: ${what}`,
    make: (scene) => {
      calm(scene);
      for (let n = 0; n < 150; n++) attack(scene, n);
    },
  };
}

export const NUISANCE: readonly Case[] = [
  {
    name: "robocalls_in_order",
    expect: WANTED,
    kind: KIND,
    what: "one caller of a trunk calls sixty numbers of one block, busy or not taken",
    make: (scene) => {
      for (let n = 0; n < 60; n++) {
        missed(scene, CARRIER, PBX, { from: "+493055500", to: `+49305551${100 + n}` });
        scene.wait(4);
      }
    },
  },
  {
    name: "robocalls_shuffled_ipv6",
    expect: WANTED,
    kind: KIND,
    what: "the same shuffled, each tenth call somewhere else (IPv6)",
    make: (scene) => {
      for (let n = 0; n < 80; n++) {
        const to = n % 10 === 9 ? `+4989${300_000 + 997 * n}` : `+49305551${100 + ((n * 37) % 80)}`;
        missed(scene, outside6(9), PBX6, { from: "+493055500", to });
        scene.wait(2);
      }
    },
  },
  {
    name: "wangiri",
    expect: WANTED,
    kind: KIND,
    what: "thirty numbers ring for a second and a half, then the caller gives up",
    make: (scene) => {
      for (let n = 0; n < 30; n++) {
        const to = `+4930${5_000_000 + 10_007 * n}`;
        missed(scene, CARRIER, PBX, { from: "+22112345678", to, rings: 1.5, status: 487 });
        scene.wait(3);
      }
    },
  },
  {
    name: "tdos_on_one_number",
    expect: WANTED,
    kind: KIND,
    what: "a number with a call a minute gets a hundred and fifty callers within half a minute",
    make: (scene) => {
      for (let n = 0; n < 12; n++) {
        missed(scene, CARRIER, PBX, { from: `+4989${400_000 + n}`, to: "+493055510" });
        scene.wait(60);
      }
      for (let n = 0; n < 150; n++) {
        missed(scene, CARRIER, PBX, { from: `+4940${700_000 + n}`, to: "+493055510", rings: 0.1 });
      }
    },
  },
  {
    name: "busy_hotline",
    expect: "quiet",
    kind: KIND,
    what: "a hotline with fifty to a hundred callers in each of its minutes, who find it busy and call again",
    make: (scene) => {
      for (let n = 0; n < 900; n++) {
        const from = `+4989${400_000 + 7919 * (n % 8 === 7 ? n - 5 : n)}`;
        missed(scene, CARRIER, PBX, { from, to: "+493055510", rings: 0.5 + scene.random() * 0.5 });
      }
    },
  },
  tdos(
    "tdos_thirty_a_minute",
    "thirty callers a minute, each once, busy all of them",
    (scene, n) => {
      busy(scene, `+4940${700_000 + n}`);
      scene.wait(1.4 + scene.random() * 0.4);
    },
  ),
  tdos(
    "tdos_at_random_times",
    "twenty-five a minute at random times, who find it busy",
    (scene, n) => {
      busy(scene, `+4940${700_000 + n}`);
      scene.wait(-2.1 * Math.log(1 - scene.random()));
    },
  ),
  tdos(
    "tdos_that_is_taken_ipv6",
    "thirty a minute by the clock, each taken and silent for a while",
    (scene, n) => {
      const call = { from: `+4940${700_000 + n}`, to: "+493055510" };
      new Call(scene, outside6(9), PBX6, { ...call, ringSeconds: 0.2 }).start();
      scene.wait(1.7);
    },
  ),
  tdos(
    "tdos_raised_minute_by_minute",
    "who knows that the busiest minute is compared takes three minutes to come to sixty a minute",
    (scene, n) => {
      busy(scene, `+4940${700_000 + n}`);
      scene.wait(n < 5 ? 10 : n < 20 ? 4 : 0.7);
    },
  ),
  {
    name: "number_on_television",
    expect: "max 3",
    kind: KIND,
    what: "a number with a call a minute is shown on television: forty people a minute for four minutes, half of whom get through and talk",
    make: (scene) => {
      calm(scene);
      for (let n = 0; n < 160; n++) {
        const from = `+4940${700_000 + n}`;
        if (n % 2 === 0) busy(scene, from);
        else new Call(scene, CARRIER, PBX, { from, to: "+493055510", ringSeconds: 0.2 }).start();
        scene.wait(-1 * Math.log(1 - scene.random()));
      }
    },
  },
  {
    name: "hotline_opens",
    expect: "max 3",
    kind: KIND,
    what: "a hotline opens: within half a minute forty people are in its queue, then two a minute",
    make: (scene) => {
      calm(scene);
      for (let n = 0; n < 55; n++) {
        const call = { from: `+4940${700_000 + n}`, to: "+493055510", ringSeconds: 0.1 };
        new Call(scene, CARRIER, PBX, call).start();
        scene.wait(n < 40 ? scene.random() : 30);
      }
    },
  },
  {
    name: "campaign_of_a_call_centre",
    expect: "quiet",
    kind: KIND,
    what: "a dialler calls two hundred customers all over the country, a third of them taken",
    make: (scene) => {
      for (let n = 0; n < 200; n++) {
        const to = `+49${30_000_000 + Math.floor(scene.random() * 60_000_000)}`;
        if (n % 3 === 0) {
          wholeCall(new Call(scene, CARRIER, PBX, { from: "+493055500", to }), 0.5);
        } else missed(scene, CARRIER, PBX, { from: "+493055500", to, rings: 0.4 });
      }
    },
  },
  {
    name: "ring_group_of_forty",
    expect: "quiet",
    kind: KIND,
    what: "the PBX rings forty extensions at once and gives up all but one within three seconds",
    make: (scene) => {
      for (let n = 0; n < 40; n++) {
        missed(scene, PBX, phone(n + 1), {
          from: "+4989400",
          to: `${200 + n}`,
          rings: 0.05,
          status: 487,
        });
      }
    },
  },
  {
    name: "phone_ordered_by_stranger",
    expect: WANTED,
    kind: KIND,
    what: "check-sync from the Internet to a phone, which obeys",
    make: (scene) => {
      new Account(scene, phone(4), PBX, "204").login();
      const headers = ["Event: check-sync;reboot=true"];
      const order = requestOf(scene, STRANGER, phone(4), "NOTIFY", "204", { headers });
      scene.send(STRANGER, phone(4), order.text);
      scene.send(phone(4), STRANGER, sipResponse(order, 200, { toTag: "x" }), 0.01);
      scene.wait(5);
    },
  },
  {
    name: "phone_ordered_in_its_servers_name",
    expect: WANTED,
    kind: KIND,
    what: "who knows that servers may order phones writes check-sync in the PBX's name, from another MAC and TTL",
    make: (scene) => {
      for (let n = 0; n < 40; n++)
        new Account(scene, phone(1 + (n % 8)), PBX, `20${n % 8}`).login();
      const headers = ["Event: check-sync;reboot=true"];
      const forged = forgedBy(PBX, 61);
      const order = requestOf(scene, forged, phone(4), "NOTIFY", "pbx", { to: "204", headers });
      scene.send(forged, phone(4), order.text);
      scene.send(phone(4), PBX, sipResponse(order, 200, { toTag: "x" }), 0.01);
      scene.wait(5);
    },
  },
  {
    name: "phone_sent_calling_by_stranger",
    expect: WANTED,
    kind: KIND,
    what: "REFER out of any dialog from the Internet makes a phone call a costly number (IPv6)",
    make: (scene) => {
      new Account(scene, phone6(4), PBX6, "204").login();
      const headers = ["Refer-To: <sip:0088263188131@192.0.2.9>"];
      const order = requestOf(scene, outside6(66), phone6(4), "REFER", "204", { headers });
      scene.send(outside6(66), phone6(4), order.text);
      scene.send(phone6(4), outside6(66), sipResponse(order, 202, { toTag: "x" }), 0.01);
      scene.wait(5);
    },
  },
  {
    name: "phone_ordered_by_its_server",
    expect: "quiet",
    kind: KIND,
    what: "the PBX tells its phones to load their configuration, and sends message counts",
    make: (scene) => {
      for (let n = 1; n <= 5; n++) {
        new Account(scene, phone(n), PBX, String(200 + n)).login();
        for (const event of ["check-sync", "message-summary"]) {
          const headers = [`Event: ${event}`];
          const order = requestOf(scene, PBX, phone(n), "NOTIFY", String(200 + n), { headers });
          scene.send(PBX, phone(n), order.text);
          scene.send(phone(n), PBX, sipResponse(order, 200, { toTag: "x" }), 0.01);
          scene.wait(1);
        }
      }
      scene.send(outside(3), PBX, "\r\n\r\n");
    },
  },
];
