import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { Account } from "./digest.ts";
import { forgedBy, outside, PBX, phone } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "bye-one-way";

/** Only signalling that goes to that address is mirrored; media of both. */
function signallingTo(scene: Scene, ip: string): void {
  const bytes = Buffer.from(ip.split(".").map(Number));
  scene.tap((packet) => {
    const frame = Buffer.from(packet.bytes);
    const isSip = frame.readUInt16BE(34) === 5060 || frame.readUInt16BE(36) === 5060;
    return !isSip || frame.subarray(30, 34).equals(bytes) ? [packet] : [];
  });
}

/** Only packets to that address are mirrored, signalling and media. */
function packetsTo(scene: Scene, ip: string): void {
  const bytes = Buffer.from(ip.split(".").map(Number));
  scene.tap((packet) => (Buffer.from(packet.bytes).subarray(30, 34).equals(bytes) ? [packet] : []));
}

/** A forged BYE in the caller's name, which both take no notice of in the media. */
function ended(scene: Scene, seconds = 8): void {
  const call = new Call(scene, phone(1), phone(2)).start(seconds + 6);
  scene.wait(6);
  call.ask(0, "BYE", 200, { by: forgedBy(phone(1), 64) });
  scene.wait(seconds);
  new Account(scene, phone(9), PBX, "209").login();
  scene.wait(6);
}

/** The BYE is the caller's own: its media stops with it, the callee's a little later. */
function hungUp(scene: Scene): void {
  const call = new Call(scene, phone(1), phone(2)).start();
  call.talkers[0].talk(6);
  call.talkers[1].talk(6.1);
  scene.wait(6.02);
  call.ask(0, "BYE", 200);
  scene.wait(8);
  new Account(scene, phone(9), PBX, "209").login();
  scene.wait(6);
}

/** Calls by a proxy of which nothing that it sends is mirrored; after a talk somebody writes it a BYE in a party's name. */
function endedAtProxy(scene: Scene, calls: number, side: 0 | 1, by: Endpoint): void {
  scene.tap((packet) => {
    const from = [...packet.bytes.subarray(26, 30)].join(".");
    return from === PBX.ip ? [] : [packet];
  });
  for (let n = 0; n < calls; n++) {
    const call = new Call(scene, phone(10 + n), PBX, { from: String(210 + n) });
    call.ring().pickUp();
    scene.wait(20);
    scene.send(by, PBX, call.request(side, "BYE", { by }).text);
    scene.wait(5);
  }
}

export const BYE_ONE_WAY: readonly Case[] = [
  {
    name: "bye_forged_signalling_to_the_callee_only",
    expect: "alert bye|teardown <=2",
    kind: KIND,
    what: "signalling is mirrored to the callee only; media of both goes on for 8 s after a BYE in the caller's name",
    make: (scene) => {
      ended(scene);
      signallingTo(scene, phone(2).ip);
    },
  },
  {
    name: "bye_forged_all_to_the_callee_only",
    expect: "alert bye|teardown <=2",
    kind: KIND,
    what: "nothing but packets to the callee is mirrored; the caller's media goes on",
    make: (scene) => {
      ended(scene);
      packetsTo(scene, phone(2).ip);
    },
  },
  ...[1, 2].flatMap((n) => [
    {
      name: `bye_of_its_own_signalling_to_${n}_only`,
      expect: "quiet",
      kind: KIND,
      what: "signalling is mirrored one way only; the caller hangs up, and its media stops",
      make: (scene: Scene) => {
        hungUp(scene);
        signallingTo(scene, phone(n).ip);
      },
    },
    {
      name: `bye_of_its_own_all_to_${n}_only`,
      expect: "quiet",
      kind: KIND,
      what: "everything is mirrored one way only; the caller hangs up, and its media stops",
      make: (scene: Scene) => {
        hungUp(scene);
        packetsTo(scene, phone(n).ip);
      },
    },
  ]),
  {
    name: "bye_that_is_challenged_signalling_to_the_callee_only",
    expect: "quiet",
    kind: KIND,
    what: "the answers are not mirrored: a BYE is challenged, and sent again with credentials 20 ms later; media stops with the second",
    make: (scene) => {
      const call = new Call(scene, outside(1), outside(2)).start();
      call.talkers[0].talk(6.5);
      call.talkers[1].talk(6.6);
      scene.wait(6.02);
      call.ask(0, "BYE", 407);
      call.ask(0, "BYE", 200, { after: 0.5 });
      scene.wait(10);
      signallingTo(scene, outside(2).ip);
    },
  },
  {
    name: "bye_to_the_second_who_took_the_call_signalling_one_way",
    expect: "quiet",
    kind: KIND,
    what: "the answers are not mirrored: two phones of a fork take the call, the caller hangs up on one and talks to the other",
    make: (scene) => {
      const call = new Call(scene, phone(1), PBX).start(12);
      const ack = call.request(0, "ACK", { toTag: "second" });
      scene.send(phone(1), PBX, ack.text, 0.3);
      call.ask(0, "BYE", 200, { toTag: "second", after: 0.31 });
      scene.wait(12.03);
      call.hangUp();
      scene.wait(10);
      signallingTo(scene, PBX.ip);
    },
  },
  {
    name: "phone_hangs_up_seven_calls_of_a_proxy_that_is_not_mirrored",
    expect: "max 3",
    kind: KIND,
    what: "nothing that the proxy sends is mirrored: a phone hangs up seven calls of others to it",
    make: (scene) => endedAtProxy(scene, 7, 1, phone(2)),
  },
  {
    name: "stranger_hangs_up_seven_calls_of_a_proxy_that_is_not_mirrored",
    expect: "alert bye|teardown <=2",
    kind: KIND,
    what: "the same view: a stranger hangs up seven calls in the callers' names",
    make: (scene) => endedAtProxy(scene, 7, 0, outside(66)),
  },
];
