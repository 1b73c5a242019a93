import { ask, requestOf } from "../support/sip-actors.ts";
import { audioSdp, type SipRequest, sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call, type CallOptions } from "./call.ts";
import { Account, ackOf } from "./digest.ts";
import { CARRIER, PBX, phone, ROUTER_MAC, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "refused-floods";
const FLOOD = "alert flood <=2";

function bot(n: number): Endpoint {
  return {
    ip: `100.${64 + n}.${(n * 37) % 250}.9`,
    port: 5060,
    mac: ROUTER_MAC,
    ttl: 44 + (n % 9),
  };
}

function office(scene: Scene): void {
  for (let i = 1; i < 5; i++) new Account(scene, phone(i), PBX, String(200 + i)).login();
  scene.wait(2);
}

/** A call that is turned away before it rings. */
function refusedCall(scene: Scene, by: Endpoint, to: string, status: number): void {
  const invite = requestOf(scene, by, PBX, "INVITE", `x${scene.unique()}`, {
    to,
    sdp: audioSdp(by.ip, 11_000),
  });
  const toTag = scene.hex(8);
  scene.send(by, PBX, invite.text);
  scene.send(PBX, by, sipResponse(invite, status, { toTag }), 0.003);
  scene.send(by, PBX, ackOf(invite, toTag), 0.005);
}

function answeredCall(scene: Scene, options: CallOptions): void {
  new Call(scene, CARRIER, PBX, options).ring().pickUp().ask(0, "BYE", 200);
}

function callFlood(sources: number, status: number, aSecond: number): (scene: Scene) => void {
  return (scene) => {
    office(scene);
    for (let i = 0; i < 15 * aSecond; i++) {
      const by = sources === 1 ? STRANGER : bot(i % sources);
      refusedCall(scene, by, "201", status);
      scene.wait(1 / aSecond);
    }
    scene.wait(40);
  };
}

/** The same packet again and again, answered or not. */
function hammer(scene: Scene, requests: readonly [Endpoint, SipRequest][], each: number): void {
  for (let i = 0; i < each; i++) {
    for (const [by, request] of requests) {
      ask(scene, by, PBX, request, 200);
      scene.wait(0.1 / requests.length);
    }
  }
  scene.wait(40);
}

function bye(scene: Scene, by: Endpoint): void {
  ask(scene, by, PBX, requestOf(scene, by, PBX, "BYE", "201", { toTag: scene.hex(8) }), 481);
}

/** Floods whose answers look like everyday failures, or that open no transaction. */
export const REFUSED_FLOODS: readonly Case[] = [
  ...[480, 486, 603].map(
    (status): Case => ({
      name: `flood_of_calls_answered_${status}`,
      expect: FLOOD,
      kind: KIND,
      what: `40 calls a second of one host to one phone, each answered ${status} before it rings`,
      make: callFlood(1, status, 40),
    }),
  ),
  {
    name: "flood_of_calls_of_20_hosts_answered_486",
    expect: FLOOD,
    kind: KIND,
    what: "the same of twenty hosts, four a second each",
    make: callFlood(20, 486, 80),
  },
  {
    name: "calls_20_a_second_answered_486",
    expect: "alert FLOOD many INVITE <=3",
    kind: KIND,
    what: "20 calls a second of one host to one phone, each answered 486",
    make: callFlood(1, 486, 20),
  },
  {
    name: "vote_by_telephone_that_is_busy",
    expect: "max 3",
    kind: KIND,
    what: "a carrier's trunk brings 25 calls a second to one number, nine of ten meet 486",
    make: (scene) => {
      office(scene);
      for (let i = 0; i < 500; i++) {
        const before = scene.now;
        if (i % 10 > 0) refusedCall(scene, CARRIER, "201", 486);
        else answeredCall(scene, { from: `+49${i}`, to: "201", ringSeconds: 0.2 });
        scene.now = before + 0.04;
      }
      scene.wait(40);
    },
  },
  {
    name: "dialler_of_40_calls_a_second",
    expect: "max 3",
    kind: KIND,
    what: "40 calls a second of a trunk, of which every other meets 480 or 486 and the others ring",
    make: (scene) => {
      office(scene);
      for (let i = 0; i < 600; i++) {
        const before = scene.now;
        if (i % 2 > 0) refusedCall(scene, CARRIER, String(300 + i), i % 4 > 1 ? 480 : 486);
        else answeredCall(scene, { from: "+4930", to: `4${i}`, ringSeconds: 0.2 });
        scene.now = before + 0.025;
      }
      scene.wait(40);
    },
  },
  {
    name: "one_packet_twenty_times_a_second",
    expect: FLOOD,
    kind: KIND,
    what: "one OPTIONS, byte by byte the same, twenty times a second for a minute and a half",
    make: (scene) => {
      office(scene);
      const request = requestOf(scene, STRANGER, PBX, "OPTIONS", "x");
      for (let i = 0; i < 1800; i++) {
        ask(scene, STRANGER, PBX, request, 200);
        scene.wait(0.05);
      }
    },
  },
  {
    name: "one_packet_each_of_15_hosts",
    expect: FLOOD,
    kind: KIND,
    what: "fifteen hosts repeat one request each, ten times a second",
    make: (scene) => {
      office(scene);
      const requests = Array.from({ length: 15 }, (_, n): [Endpoint, SipRequest] => [
        bot(n),
        requestOf(scene, bot(n), PBX, "OPTIONS", "x"),
      ]);
      hammer(scene, requests, 300);
    },
  },
  {
    name: "phones_that_repeat_each_half_second",
    expect: "max 3",
    kind: KIND,
    what: "thirty phones repeat an unanswered REGISTER each half second for half a minute, seen twice at the mirror",
    make: (scene) => {
      office(scene);
      const requests = Array.from({ length: 30 }, (_, n) =>
        requestOf(scene, phone(20 + n), PBX, "REGISTER", String(300 + n)),
      );
      for (let i = 0; i < 62; i++) {
        requests.forEach((request, n) => {
          scene.send(phone(20 + n), PBX, request.text);
          scene.send(phone(20 + n), PBX, request.text, 0.0004);
        });
        scene.wait(0.5);
      }
      scene.wait(40);
    },
  },
  {
    name: "flood_of_byes",
    expect: "alert flood <=3",
    kind: KIND,
    what: "150 BYEs a second for calls that nobody made, each answered 481",
    make: (scene) => {
      office(scene);
      for (let i = 0; i < 2400; i++) {
        bye(scene, STRANGER);
        scene.wait(1 / 150);
      }
    },
  },
  {
    name: "server_forgot_its_calls",
    expect: "max 3",
    kind: KIND,
    what: "a carrier hangs up 400 calls within ten seconds, of which the server knows nothing since it was started anew",
    make: (scene) => {
      office(scene);
      for (let i = 0; i < 400; i++) {
        bye(scene, CARRIER);
        scene.wait(0.025);
      }
    },
  },
];
