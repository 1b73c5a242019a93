import { ask, register, requestOf } from "../support/sip-actors.ts";
import type { Endpoint } from "../support/wire.ts";
import { outside, outside6, PBX, phone, phone6, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "beacon";

/** Random bytes as base64, as encrypted data looks. */
function opaque(scene: Scene, bytes: number): string {
  const data = Buffer.from(Array.from({ length: bytes }, () => Math.floor(scene.random() * 256)));
  return data.toString("base64");
}

interface Poll {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly seconds: (i: number) => number;
  readonly times: number;
  readonly method?: (i: number) => string;
  readonly user?: (i: number) => string;
  readonly headers?: (i: number) => readonly string[];
  readonly body?: (i: number) => string;
}

/** Requests one after the other, each answered by 200. */
function poll(scene: Scene, options: Poll): void {
  const { from, to, seconds, times, method = () => "OPTIONS", user = () => "service" } = options;
  for (let i = 0; i < times; i++) {
    const request = requestOf(scene, from, to, method(i), user(i), {
      headers: options.headers?.(i) ?? [],
      sdp: options.body?.(i) ?? "",
    });
    const text = request.text.replace("application/sdp", "text/plain");
    ask(scene, from, to, { ...request, text }, 200);
    scene.wait(seconds(i));
  }
}

function pidf(tuple: string): string {
  return `<?xml version="1.0"?><presence entity="pres:201@10.20.0.10"><tuple id="${tuple}"><status><basic>open</basic></status></tuple></presence>`;
}

const ROWS: readonly Omit<Case, "kind">[] = [
  {
    name: "beacon_options_each_minute",
    expect: "alert covert <=3",
    what: "a phone asks a stranger each minute by OPTIONS, with 24 bytes of encrypted data in a header",
    make: (scene) =>
      poll(scene, {
        ...{ from: phone(1), to: STRANGER, times: 20, seconds: () => 60 },
        headers: () => [`X-Trace: ${opaque(scene, 24)}`],
      }),
  },
  {
    name: "beacon_with_jitter_ipv6",
    expect: "alert covert <=3",
    what: "by turns OPTIONS, SUBSCRIBE and MESSAGE, data in user, body or Contact, every 5 to 15 minutes, and every third one says nothing (IPv6)",
    make: (scene) => {
      const methods = ["OPTIONS", "SUBSCRIBE", "MESSAGE"];
      poll(scene, {
        ...{ from: phone6(1), to: outside6(66), times: 40 },
        seconds: () => 300 + 600 * scene.random(),
        method: (i) => methods[i % 3] ?? "",
        user: (i) => (i % 3 === 0 ? opaque(scene, 18).replaceAll("/", "_") : "service"),
        body: (i) => (i % 3 === 2 ? opaque(scene, 120) : ""),
      });
    },
  },
  {
    name: "beacon_not_of_qualify",
    expect: "quiet",
    what: "a PBX asks five hosts each half minute whether they are there, with a Session-ID (RFC 7989) and a Date of each request",
    make: (scene) => {
      for (let i = 0; i < 40; i++) {
        for (const n of [1, 2, 3, 4, 5]) {
          poll(scene, {
            ...{ from: PBX, to: outside(n), times: 1, seconds: () => 0.1 },
            headers: () => [
              `Session-ID: ${scene.hex(32)};remote=${"0".repeat(32)}`,
              `Date: Mon, 30 Nov 2026 01:${10 + i}:00 GMT`,
            ],
          });
        }
        scene.wait(29.5);
      }
    },
  },
  {
    name: "beacon_not_of_presence",
    expect: "quiet",
    what: "a phone tells its own server each minute that it is there, and each time by another identifier",
    make: (scene) => {
      register(scene, phone(1), PBX, "201");
      poll(scene, {
        ...{ from: phone(1), to: PBX, times: 40, seconds: () => 60 },
        method: () => "PUBLISH",
        user: () => "201",
        headers: () => ["Event: presence", `SIP-If-Match: ${scene.hex(24)}`],
        body: () => pidf(`t${scene.hex(20)}`),
      });
    },
  },
  {
    name: "beacon_not_of_a_camera",
    expect: "quiet",
    what: "a camera reports each minute to a server whose registration was never seen, with a running number (GB/T 28181 keep-alive)",
    make: (scene) =>
      poll(scene, {
        ...{ from: phone(9), to: outside(9), times: 40, seconds: () => 60 },
        method: () => "MESSAGE",
        user: () => "34020000001320000001",
        body: (i) =>
          `<?xml version="1.0"?><Notify><CmdType>Keepalive</CmdType><SN>${100 + i}</SN><DeviceID>34020000001320000001</DeviceID><Status>OK</Status></Notify>`,
      }),
  },
  {
    name: "beacon_by_messages",
    expect: "alert covert <=3",
    what: "an implant sends encrypted text messages every 10 to 25 seconds, without a pause",
    make: (scene) =>
      poll(scene, {
        ...{ from: phone(1), to: STRANGER, times: 260 },
        seconds: () => 10 + 15 * scene.random(),
        method: () => "MESSAGE",
        body: () => opaque(scene, 90),
      }),
  },
  {
    name: "beacon_not_of_a_quick_chat",
    expect: "quiet",
    what: "people send each other encrypted messages every 10 to 25 seconds, by a server whose registrations were not seen, and pause once in a while",
    make: (scene) => {
      for (let part = 0; part < 6; part++) {
        for (const [from, to] of [
          [phone(1), outside(7)],
          [outside(7), phone(1)],
        ] as const) {
          poll(scene, {
            ...{ from, to, times: 60 },
            seconds: () => 10 + 15 * scene.random(),
            method: () => "MESSAGE",
            body: () => `?OTR:${opaque(scene, 90)}.`,
          });
        }
        scene.wait(200);
      }
    },
  },
  {
    name: "beacon_not_of_people",
    expect: "quiet",
    what: "two people send each other encrypted messages straight from phone to phone, when they have something to say",
    make: (scene) =>
      poll(scene, {
        ...{ from: phone(1), to: phone(2), times: 60 },
        seconds: () => -120 * Math.log(1 - scene.random()),
        method: () => "MESSAGE",
        body: () => `?OTR:${opaque(scene, 90)}.`,
      }),
  },
];

export const BEACONS: readonly Case[] = ROWS.map((row) => ({ ...row, kind: KIND }));
