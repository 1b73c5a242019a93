import { ethernet } from "../support/pcap-writer.ts";
import { requestOf } from "../support/sip-actors.ts";
import { sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Account } from "./digest.ts";
import { forgedBy, outside, PBX, phone, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "reflection";
const METHODS =
  "INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, SUBSCRIBE, NOTIFY, INFO, PUBLISH, MESSAGE";

/** Requests in a victim's name, each answered so often and so long. */
function reflected(scene: Scene, victim: Endpoint, copies: number, long = 1): void {
  for (let i = 0; i < 300; i++) {
    const ask = requestOf(scene, victim, PBX, "OPTIONS", "100");
    scene.send(victim, PBX, ask.text);
    for (let n = 0; n < copies; n++) {
      const headers = [`Allow: ${METHODS.repeat(long)}`, "Accept: application/sdp", `X-Copy: ${n}`];
      scene.send(
        PBX,
        victim,
        sipResponse(ask, 200, { toTag: `t${i}`, headers }),
        0.005 + n * 0.001,
      );
    }
    scene.wait(0.03);
  }
  scene.wait(5);
}

function messages(
  scene: Scene,
  to: readonly Endpoint[],
  options: { from: Endpoint; perSecond: number; seconds: number },
): void {
  const { from, perSecond, seconds } = options;
  for (let i = 0; i < perSecond * seconds; i++) {
    const target = to[i % to.length] as Endpoint;
    const ask = requestOf(scene, from, target, "MESSAGE", "201", {
      callId: `m${i}`,
      headers: ["Content-Type: text/plain"],
    });
    scene.send(from, target, ask.text);
    scene.send(target, from, sipResponse(ask, 200, { toTag: "x" }), 0.01);
    scene.wait(1 / perSecond);
  }
  scene.wait(5);
}

/** What a host says by ARP (RFC 826) of an address, to everybody. */
function claim(scene: Scene, ip: string, mac: string): void {
  const hex = (text: string) => Buffer.from(text.replaceAll(":", ""), "hex");
  const address = Buffer.from(ip.split(".").map(Number));
  const head = Buffer.from([0, 1, 8, 0, 6, 4, 0, 2]);
  const arp = Buffer.concat([
    head,
    hex(mac),
    address,
    Buffer.alloc(6, 0xff),
    address,
    Buffer.alloc(18),
  ]);
  scene.frame(ethernet(arp, { src: mac, dst: "ff:ff:ff:ff:ff:ff", etherType: 0x0806 }));
}

const OWNER = "00:50:56:20:00:10";
const LIAR = "3c:97:0e:12:ab:9f";

export const REFLECTIONS: readonly Case[] = [
  {
    name: "amplified_by_a_server",
    expect: "alert reflection|amplif <=3",
    kind: KIND,
    what: "thirty small OPTIONS a second in a victim's name, each answered three times with a long list",
    make: (scene) => reflected(scene, outside(70), 3, 3),
  },
  {
    name: "pings_with_long_answers",
    expect: "quiet",
    kind: KIND,
    what: "a monitor that pings thirty times a second and gets one long answer each",
    make: (scene) => reflected(scene, outside(71), 1),
  },
  {
    name: "answers_nobody_asked_for",
    expect: "quiet",
    kind: KIND,
    what: "a phone that asks for itself gets two hundred answers of servers that it never asked: information",
    make: (scene) => {
      const account = new Account(scene, phone(1), PBX, "201");
      for (let i = 0; i < 8; i++) account.login();
      for (let i = 0; i < 200; i++) {
        const server = outside(1 + (i % 200));
        const ask = requestOf(scene, phone(1), server, "OPTIONS", "100");
        scene.send(server, phone(1), sipResponse(ask, 200, { toTag: "x" }));
        scene.wait(0.05);
      }
    },
  },
  {
    name: "messages_straight_to_phones",
    expect: "alert message|spim <=3",
    kind: KIND,
    what: "a stranger sends three registered phones a message a second, taken",
    make: (scene) => {
      for (const n of [1, 2, 3]) new Account(scene, phone(n), PBX, `20${n}`).login();
      messages(scene, [1, 2, 3].map(phone), { from: STRANGER, perSecond: 1, seconds: 15 });
    },
  },
  {
    name: "messages_of_the_own_server",
    expect: "quiet",
    kind: KIND,
    what: "the same from the server at which the phones are registered",
    make: (scene) => {
      for (const n of [1, 2, 3]) new Account(scene, phone(n), PBX, `20${n}`).login();
      messages(scene, [1, 2, 3].map(phone), { from: PBX, perSecond: 1, seconds: 15 });
    },
  },
  {
    name: "flood_of_messages_answered_well",
    expect: "alert flood <=2",
    kind: KIND,
    what: "250 messages a second for twelve seconds, all taken",
    make: (scene) => messages(scene, [PBX], { from: STRANGER, perSecond: 250, seconds: 12 }),
  },
  {
    name: "messages_of_one_source_100_a_second",
    expect: "alert message_flood_accepted <=3",
    kind: KIND,
    what: "a hundred MESSAGEs a second of one host for a quarter of a minute, all taken",
    make: (scene) => messages(scene, [PBX], { from: STRANGER, perSecond: 100, seconds: 15 }),
  },
  {
    name: "messages_of_a_gateway_60_a_second",
    expect: "quiet",
    kind: KIND,
    what: "sixty a second of a gateway that empties its queue",
    make: (scene) => messages(scene, [PBX], { from: outside(30), perSecond: 60, seconds: 15 }),
  },
  {
    name: "messages_of_a_gateway",
    expect: "quiet",
    kind: KIND,
    what: "twenty messages a second of a gateway, all taken",
    make: (scene) => messages(scene, [PBX], { from: outside(30), perSecond: 20, seconds: 30 }),
  },
  {
    name: "arp_spoofed_pbx",
    expect: "alert arp <=3",
    kind: KIND,
    what: "somebody says each two seconds that the PBX's address is its own, and the PBX goes on to say so",
    make: (scene) => {
      for (let i = 0; i < 15; i++) {
        claim(scene, PBX.ip, forgedBy(PBX).mac ?? LIAR);
        scene.wait(1);
        claim(scene, PBX.ip, OWNER);
        scene.wait(1);
      }
    },
  },
  {
    name: "arp_failover",
    expect: "quiet",
    kind: KIND,
    what: "a cluster's address moves to the other node and back within an hour",
    make: (scene) => {
      for (const mac of [OWNER, OWNER, LIAR, LIAR, LIAR, OWNER]) {
        claim(scene, PBX.ip, mac);
        scene.wait(600);
      }
    },
  },
];
