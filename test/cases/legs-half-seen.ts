import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { CARRIER, CARRIER_MEDIA, media, PBX, ROUTER_MAC, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "dialog-identity";
const INSIDE: Endpoint = { ip: "10.20.0.5", port: 5060, mac: "00:50:56:20:00:05" };
const OUTSIDE: Endpoint = { ip: "203.0.113.5", port: 5060, mac: ROUTER_MAC, ttl: 63 };

/** A border controller that keeps the Call-ID and makes tags of its own for its other leg. */
function bridged(scene: Scene, n: number, end: (legs: readonly [Call, Call]) => void): void {
  const outer = new Call(scene, CARRIER, OUTSIDE, {
    callerMedia: media(CARRIER_MEDIA, 30_000 + 2 * n),
    calleeMedia: media(OUTSIDE, 20_000 + 2 * n),
  });
  const inner = new Call(scene, INSIDE, PBX, {
    callId: outer.callId,
    callerMedia: media(INSIDE, 22_000 + 2 * n),
    calleeMedia: media(PBX, 12_000 + 2 * n),
  });
  scene.send(CARRIER, OUTSIDE, outer.invite.text);
  scene.wait(0.004);
  inner.ring();
  scene.send(OUTSIDE, CARRIER, outer.answer(180));
  inner.pickUp();
  outer.pickUp();
  for (const leg of [outer, inner]) leg.talk(4);
  scene.wait(4.02);
  end([outer, inner]);
  scene.wait(2);
}

/** Five calls, ended by either side in turns. */
function calls(scene: Scene): void {
  for (let n = 0; n < 5; n++) {
    bridged(scene, n, ([outer, inner]) => {
      const legs = n % 2 === 0 ? [outer, inner] : [inner, outer];
      for (const leg of legs) leg.ask(n % 2 === 0 ? 0 : 1, "BYE", 200);
    });
  }
}

/** What that host sends, or is sent, is not mirrored. */
function hide(scene: Scene, { ip }: Endpoint, isSender: boolean): void {
  const host = Buffer.from(ip.split(".").map(Number));
  const at = isSender ? 26 : 30;
  scene.tap((packet) => {
    const seen = Buffer.from(packet.bytes).subarray(at, at + 4);
    return seen.equals(host) ? [] : [packet];
  });
}

export const LEGS_HALF_SEEN: readonly Case[] = [
  ...(
    [
      ["what_the_carrier_sends", CARRIER, true],
      ["what_the_carrier_gets", CARRIER, false],
      ["what_the_pbx_sends", PBX, true],
      ["what_the_pbx_gets", PBX, false],
    ] as const
  ).map(
    ([name, host, isSender]): Case => ({
      name: `legs_of_one_call_id_without_${name}`,
      expect: "max 3",
      kind: KIND,
      what: "five calls through a border controller that keeps the Call-ID and has tags of its own on either side; one direction of one side is not mirrored",
      make: (scene) => {
        hide(scene, host, isSender);
        calls(scene);
      },
    }),
  ),
  {
    name: "stranger_hangs_up_a_leg_beside_one_that_is_half_seen",
    expect: "alert BYE|TEARDOWN <=2",
    kind: KIND,
    what: "a stranger ends the inner leg with its tags, while what the carrier sends is not mirrored",
    make: (scene) => {
      hide(scene, CARRIER, true);
      bridged(scene, 1, ([, inner]) => {
        inner.talk(3);
        inner.ask(0, "BYE", 200, { by: STRANGER });
      });
    },
  },
  {
    name: "stranger_hangs_up_with_the_tags_of_the_other_leg",
    expect: "alert BYE|TEARDOWN <=2",
    kind: KIND,
    what: "the same with tags that no leg has, to the PBX",
    make: (scene) => {
      hide(scene, CARRIER, true);
      bridged(scene, 1, ([, inner]) => {
        inner.talk(3);
        inner.ask(0, "BYE", 200, { by: STRANGER, fromTag: "aaaa", toTag: "bbbb" });
      });
    },
  },
];
