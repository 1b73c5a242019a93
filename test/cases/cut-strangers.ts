import { audioSdp } from "../support/sip-builder.ts";
import { type Endpoint, WIRE_START_US } from "../support/wire.ts";
import { Call, type CallOptions } from "./call.ts";
import {
  CARRIER,
  forgedBy,
  media,
  outside,
  PBX,
  phone,
  phone6,
  ROUTER_MAC,
  STRANGER,
  STRANGER6,
} from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "cut-strangers";
/** Of the carrier, in another network. */
const OTHER_SITE: Endpoint = { ...CARRIER, ip: "203.0.113.131" };
const SECOND_ROUTER = { mac: "00:1b:17:20:00:02", ttl: 52 };

/** The sensor is started so many seconds into the capture. */
function startedAt(scene: Scene, seconds: number): void {
  const startUs = WIRE_START_US + seconds * 1e6;
  scene.tap((packet) => (packet.timeUs < startUs ? [] : [packet]));
}

/** A call of twenty seconds, whose first four the sensor does not see; eight seconds into it something is done. */
function running(
  scene: Scene,
  [caller, callee]: readonly [Endpoint, Endpoint],
  deed: (call: Call) => void,
  options: CallOptions = {},
): void {
  startedAt(scene, 5);
  const call = new Call(scene, caller, callee, options).start(20);
  scene.wait(8);
  deed(call);
  scene.wait(12.1);
  call.hangUp();
  scene.wait(3);
}

/** A held call of the phone is ended while it talks in another one. */
function heldCallEnds(scene: Scene, by: Endpoint, talksWith: Endpoint): void {
  startedAt(scene, 6);
  const held = new Call(scene, by, phone(2), { callerMedia: media(outside(21), 9000) }).start(2);
  scene.wait(2.1);
  const talk = new Call(scene, by, phone(2), {
    callerMedia: talksWith,
    calleeMedia: media(phone(2), 11_790),
  }).start(20);
  scene.wait(8);
  held.hangUp();
  scene.wait(12.1);
  talk.hangUp();
  scene.wait(3);
}

function stranger(name: string, expect: string, what: string, make: (scene: Scene) => void): Case {
  return { name, expect: `alert ${expect}`, kind: KIND, what, make };
}

function healthy(name: string, what: string, make: (scene: Scene) => void): Case {
  return { name, expect: "max 3", kind: KIND, what, make };
}

const PHONES = [phone(1), phone(2)] as const;

/** Requests of strangers in calls that were up before the sensor was, told by with whom who takes them talks. */
export const CUT_STRANGERS: readonly Case[] = [
  stranger(
    "strangers_bye_in_a_call_cut_at_its_start",
    "teardown .*bye_spoof.*in its own name <=1",
    "a stranger's BYE is taken, both talk on, and the caller hangs up later",
    (scene) => running(scene, PHONES, (call) => call.ask(0, "BYE", 200, { by: STRANGER, cseq: 9 })),
  ),
  stranger(
    "strangers_bye_in_a_call_cut_at_both_ends_ipv6",
    "teardown .*in its own name <=3",
    "the same (IPv6), and the sensor is stopped before the end of the call: media alone tells",
    (scene) => {
      startedAt(scene, 5);
      const call = new Call(scene, phone6(1), phone6(2)).start(20);
      scene.wait(8);
      call.ask(0, "BYE", 200, { by: STRANGER6, cseq: 9 });
      scene.wait(10);
    },
  ),
  stranger(
    "bye_in_the_callers_name_in_a_call_cut_at_its_start",
    "teardown .*in a forged name <=3",
    "a BYE in the caller's name by another MAC and TTL than its media",
    (scene) =>
      running(scene, PHONES, (call) => {
        call.ask(0, "BYE", 200, { by: forgedBy(phone(1), 128), cseq: 9 });
      }),
  ),
  stranger(
    "strangers_info_in_a_call_cut_at_its_start",
    "request in a call.*in its own name <=3",
    "a stranger's INFO is the first that is seen of the call; the caller, who talks all along, hangs up later",
    (scene) =>
      running(scene, PHONES, (call) => call.ask(0, "INFO", 200, { by: STRANGER, cseq: 9 })),
  ),
  stranger(
    "strangers_refer_in_a_call_cut_at_its_start",
    "refer.*in its own name <=3",
    "the same by REFER",
    (scene) =>
      running(scene, PHONES, (call) => {
        const headers = ["Refer-To: <sip:0900123456@pay.example>"];
        call.ask(0, "REFER", 202, { by: STRANGER, cseq: 9, headers });
      }),
  ),
  stranger(
    "strangers_update_in_a_call_cut_at_its_start",
    "re-INVITE.*in its own name <=3",
    "the same by UPDATE, which names the stranger's address; the callee's media stays where it is",
    (scene) =>
      running(scene, PHONES, (call) => {
        const { ip, port } = call.parties[1].media;
        const answerSdp = audioSdp(ip, port, 2);
        const sdp = audioSdp(STRANGER.ip, 7000, 2);
        call.ask(0, "UPDATE", 200, { by: STRANGER, cseq: 9, sdp, answerSdp });
      }),
  ),
  {
    name: "caller_hangs_up_behind_a_strangers_request",
    expect: "quiet",
    kind: KIND,
    what: "a host that is not known refreshes the session by UPDATE; it is near the caller, who hangs up",
    make: (scene) =>
      running(
        scene,
        [CARRIER, PBX],
        (call) => {
          const node: Endpoint = { ...CARRIER, ip: "192.0.2.131" };
          call.ask(0, "UPDATE", 200, { by: node, cseq: 9 });
        },
        { callerMedia: media(CARRIER, 30_000) },
      ),
  },
  healthy(
    "held_call_of_an_unknown_server_ends",
    "a server of which nothing was seen ends the held call of a phone that talks with a colleague",
    (scene) => heldCallEnds(scene, outside(20), media(phone(1), 16_384)),
  ),
  {
    name: "held_call_of_the_server_ends",
    expect: "quiet",
    kind: KIND,
    what: "a PBX ends the held call of a phone that talks on in another one with that PBX",
    make: (scene) => heldCallEnds(scene, PBX, media(PBX, 12_002)),
  },
  healthy(
    "held_call_ends_by_a_router_for_signalling",
    "the same with a carrier whose signalling comes by another router than its media",
    (scene) => heldCallEnds(scene, { ...CARRIER, ...SECOND_ROUTER }, media(CARRIER, 30_000)),
  ),
  healthy(
    "refreshed_by_the_other_site_before_the_sensor_knows_it",
    "the carrier's other site refreshes the session, and its own host hangs up",
    (scene) =>
      running(
        scene,
        [{ ...CARRIER, mac: ROUTER_MAC }, PBX],
        (call) => call.ask(0, "UPDATE", 200, { by: OTHER_SITE, cseq: 9 }),
        { callerMedia: media(CARRIER, 30_000) },
      ),
  ),
];
