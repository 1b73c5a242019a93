import { requestOf } from "../support/sip-actors.ts";
import { sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { below, body, carried, lines } from "./habit-channels.ts";
import { CARRIER, natted, outside, PBX, phone, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "habit";

interface Model {
  readonly software: string;
  readonly edit: (text: string) => string;
}

/** How devices of some makers write: order, compact names, capitals, blanks, padded lengths. */
const MODELS: readonly Model[] = [
  { software: "Grandstream GXP2170 1.0.11.16", edit: (text) => text },
  {
    software: "snom760/8.9.3.80",
    edit: (text) => text.replace(/^(Max-Forwards.*\r\n)((?:.*\r\n){4})/m, "$2$1"),
  },
  {
    software: "Cisco-CP8841/11.0",
    edit: (text) => text.replace(/^Call-ID/m, "Call-Id").replace(";rport", ""),
  },
  {
    software: "MicroSIP/3.21.3",
    edit: (text) =>
      text.replace(/^Content-Length: (\d+)/m, (_, n) => `Content-Length: ${n.padStart(5)}`),
  },
  {
    software: "FooPhone 2",
    edit: (text) =>
      text
        .replace(/^Via/m, "v")
        .replace(/^From/m, "f")
        .replace(/^To/m, "t")
        .replace(/^Call-ID/m, "i"),
  },
];

/** One request that somebody sends for a device, and its answer. */
function sent(scene: Scene, from: Endpoint, options: Sent): void {
  const { method = "OPTIONS", model, to = PBX, user, dress = (text: string) => text } = options;
  const request = requestOf(scene, from, to, method, user, {
    to: `3${below(scene, 20)}`,
    userAgent: model.software,
    callId: scene.hex(8 + below(scene, 3)),
    headers: options.headers ?? [],
  });
  scene.send(from, to, dress(model.edit(request.text)));
  scene.send(to, from, sipResponse(request, 200, { toTag: scene.hex(8) }), 0.02);
  scene.wait(options.seconds ?? 5);
}

interface Sent {
  readonly model: Model;
  readonly user: string;
  readonly method?: string;
  readonly to?: Endpoint;
  readonly headers?: readonly string[];
  readonly dress?: (text: string) => string;
  readonly seconds?: number;
}

function modelOf(n: number): Model {
  return MODELS[n % MODELS.length] as Model;
}

const ROWS: readonly Omit<Case, "kind">[] = [
  {
    name: "habit_of_a_proxy",
    expect: "quiet",
    what: "a proxy forwards requests of forty phones of five makers, by one or two hops",
    make: (scene) => {
      for (let i = 0; i < 800; i++) {
        const n = below(scene, 40);
        const hops =
          n % 2 === 0 ? "" : `Via: SIP/2.0/UDP 10.9.0.${n};branch=z9hG4bK${scene.hex(9)}\r\n`;
        sent(scene, CARRIER, {
          model: modelOf(n),
          user: `40${n}`,
          method: ["OPTIONS", "SUBSCRIBE", "MESSAGE"][i % 3] ?? "",
          seconds: 0.2,
          dress: (text) =>
            text
              .replace("Max-Forwards: 70", `Max-Forwards: ${68 - (n % 3)}`)
              .replace(/^(Via|v): .*\r\n/m, `$&${hops}`),
        });
      }
    },
  },
  {
    name: "habit_of_two_devices",
    expect: "quiet",
    what: "two devices of one account, each of another maker, behind one NAT, in turns of chance",
    make: (scene) => {
      for (let i = 0; i < 150; i++) {
        const n = below(scene, 2);
        sent(scene, natted(n), { model: modelOf(3 * n + 1), user: "201", method: "SUBSCRIBE" });
      }
    },
  },
  {
    name: "habit_of_leaving",
    expect: "quiet",
    what: "a softphone is started and closed thirty times: it takes its registration back with Expires: 0 and in another order",
    make: (scene) => {
      for (let i = 0; i < 60; i++) {
        const isLeaving = i % 2 === 1;
        const expires = `Expires: ${isLeaving ? 0 : 600}`;
        sent(scene, phone(1), {
          model: modelOf(0),
          user: "201",
          method: "REGISTER",
          headers: isLeaving
            ? ["Organization: Office", expires]
            : [expires, "Organization: Office"],
        });
      }
    },
  },
  {
    name: "habit_of_updates",
    expect: "quiet",
    what: "a phone gets new firmware three times, its user another name twice, and it is set up for other codecs",
    make: (scene) => {
      for (let i = 0; i < 90; i++) {
        const age = Math.floor(i / 20);
        const names = ["", '"Front Desk" ', '"Reception" '];
        sent(scene, phone(1), {
          model: { software: `Grandstream GXP2170 1.0.${age}.16`, edit: modelOf(age).edit },
          user: "201",
          method: "MESSAGE",
          dress: (text) => text.replace(/^(From|f): </m, `$1: ${names[age % 3]}<`),
        });
      }
    },
  },
  {
    name: "habit_of_holding",
    expect: "quiet",
    what: "calls that are held: answers to INVITEs inside the dialog have another order, and CSeq goes on",
    make: (scene) => {
      for (let i = 0; i < 12; i++) {
        const dress = (text: string) =>
          text.startsWith("SIP") ? text.replace(/^(CSeq.*\r\n)(Contact.*\r\n)/m, "$2$1") : text;
        const call = new Call(scene, phone(1), phone(2), { dress }).start(2);
        scene.wait(2);
        for (let hold = 0; hold < 3; hold++) {
          call.ask(0, "INVITE", 200, { sdp: "v=0\r\n" });
          scene.wait(1);
        }
        call.hangUp();
        scene.wait(3);
      }
    },
  },
  {
    name: "habit_of_a_trunk",
    expect: "quiet",
    what: "a PBX with one account for all: other names, hops, codecs first, optional headers and diversions call by call",
    make: (scene) => {
      const names = [
        "Front Desk",
        "Sales",
        "0301234567",
        "Dr. Mueller",
        "ACCOUNTS",
        "J. Smith",
        "201",
        "202",
      ];
      carried(scene, {
        from: outside(3),
        method: "INVITE",
        times: 120,
        headers: (i) => [
          "Allow: INVITE, ACK, CANCEL, BYE",
          ...(i % 7 === 0 ? ["Privacy: id"] : []),
          ...(i % 5 === 0 ? ["Diversion: <sip:299@10.20.0.10>;reason=unconditional"] : []),
          ...(i % 3 === 0 ? ["P-Asserted-Identity: <sip:+49301234567@10.20.0.10>"] : []),
        ],
        edit: (text) =>
          body(text, (sdp) =>
            below(scene, 2) === 0
              ? sdp
              : sdp
                  .replace("8 0 9 18", "0 8 9 18")
                  .replace(/(a=rtpmap:8.*\r\n)(a=rtpmap:0.*\r\n)/, "$2$1"),
          )
            .replace(/^From: </m, `From: "${names[below(scene, names.length)]}" <`)
            .replace("Max-Forwards: 70", `Max-Forwards: ${70 - below(scene, 4)}`),
      });
    },
  },
  {
    name: "habit_of_random_numbers",
    expect: "quiet",
    what: "tokens as some write them: counters that grow, numbers without leading zeros, base64 with and without signs, CSeq at random",
    make: (scene) => {
      const tokens = [
        () => `${below(scene, 2 ** 31)}`,
        () => `${below(scene, 2 ** 31).toString(16)}-${below(scene, 2 ** 16).toString(16)}`,
        () => Buffer.from(scene.hex(16), "hex").toString("base64"),
      ];
      for (let kind = 0; kind < 3; kind++) {
        const token = tokens[kind] as () => string;
        for (let i = 0; i < 100; i++) {
          sent(scene, phone(4 + kind), {
            model: modelOf(kind),
            user: `20${4 + kind}`,
            dress: (text) =>
              text
                .replace(/z9hG4bK[^;\r]*/, `z9hG4bK-${token()}-${i}-1---${scene.hex(6)}`)
                .replace(/tag=[^\r]*/, `tag=${token()}`)
                .replace(/^(Call-I[Dd]): .*/m, `$1: ${token()}@10.20.1.9`)
                .replace(/^CSeq: \d+/m, `CSeq: ${below(scene, 65_536)}`),
          });
        }
      }
    },
  },
  {
    name: "habit_broken_seldom",
    expect: "quiet",
    what: "a device that writes one line of ten another way for a day, and then no more, to somebody unknown",
    make: (scene) =>
      carried(scene, {
        from: phone(1),
        to: STRANGER,
        times: 100,
        seconds: 60,
        edit: (text, i) =>
          i % 20 === 3 ? lines(text, (rows) => rows.map((row) => `${row} `)) : text,
      }),
  },
];

export const HABITS_HEALTHY: readonly Case[] = ROWS.map((row) => ({ ...row, kind: KIND }));
