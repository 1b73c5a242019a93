import { audioSdp } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { CARRIER, CARRIER_MEDIA, media, PBX, phone, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { Talker } from "./talker.ts";

const KIND = "media-one-port";
/** A bridge or traversal server that has all media on one port. */
const BRIDGE: Endpoint = media(PBX, 10_000);

/** So many phones call one after the other, and all talk until `seconds`. */
function calls(scene: Scene, count: number, seconds: number): Call[] {
  const started = scene.now;
  const all: Call[] = [];
  for (let n = 1; n <= count; n++) {
    const options = { from: String(200 + n), to: "600", calleeMedia: BRIDGE, ringSeconds: 0.4 };
    const call = new Call(scene, phone(n), PBX, options);
    call.start();
    call.talk(started + seconds - scene.now);
    all.push(call);
    scene.wait(0.3);
  }
  return all;
}

/** So many phones call a carrier whose gateway has all media on one port of a host that signals nothing. */
function byGateway(scene: Scene, count: number, deed: () => void): void {
  const all = Array.from({ length: count }, (_, i) => {
    const options = { from: String(201 + i), to: "0301234", calleeMedia: CARRIER_MEDIA };
    return new Call(scene, phone(1 + i), CARRIER, { ...options, ringSeconds: 0.4 }).start(12);
  });
  scene.wait(3);
  deed();
  scene.wait(9);
  for (const call of all) call.hangUp(1);
  scene.wait(3);
}

export const MEDIA_ONE_PORT: readonly Case[] = [
  {
    name: "bridge_with_one_media_port",
    expect: "max 3",
    kind: KIND,
    what: "twelve phones are in calls to a video bridge that has all media on one port; they hang up one after the other",
    make: (scene) => {
      const all = calls(scene, 12, 20);
      scene.wait(12);
      for (const call of all) {
        call.hangUp(0);
        scene.wait(0.2);
      }
      scene.wait(5);
    },
  },
  {
    name: "bridge_restarts_with_calls_up",
    expect: "max 3",
    kind: KIND,
    what: "the same with five, and the bridge has forgotten their calls: 481 to each BYE",
    make: (scene) => {
      const all = calls(scene, 5, 14);
      scene.wait(12);
      for (const call of all) call.ask(0, "BYE", 481);
      scene.wait(10);
    },
  },
  {
    name: "stranger_sends_to_the_bridge",
    expect: "alert media|inject <=2",
    kind: KIND,
    what: "the same, and a stranger without a call sends media to the bridge's port for six seconds",
    make: (scene) => {
      const all = calls(scene, 6, 20);
      scene.wait(4);
      new Talker(scene, media(STRANGER, 40_000), BRIDGE).talk(6);
      scene.wait(13);
      for (const call of all) call.hangUp(0);
      scene.wait(5);
    },
  },
  {
    name: "gateway_with_one_media_port",
    expect: "max 3",
    kind: KIND,
    what: "nine phones are in calls with a carrier whose gateway has the media of all of them on one port",
    make: (scene) => byGateway(scene, 9, () => {}),
  },
  {
    name: "two_calls_at_the_gateways_port",
    expect: "max 3",
    kind: KIND,
    what: "the same with two phones",
    make: (scene) => byGateway(scene, 2, () => {}),
  },
  {
    name: "customer_claims_the_gateways_port",
    expect: "alert media|inject <=2",
    kind: KIND,
    what: "the same, and somebody has an answered call of his own with the carrier whose offer names his address and the gateway's port, where he sends",
    make: (scene) =>
      byGateway(scene, 3, () => {
        const thief = media(STRANGER, 40_000);
        const offer = `${audioSdp(thief.ip, thief.port)}m=audio ${CARRIER_MEDIA.port} RTP/AVP 0\r\nc=IN IP4 ${CARRIER_MEDIA.ip}\r\n`;
        const calleeMedia = { ...CARRIER_MEDIA, port: 32_000 };
        new Call(scene, STRANGER, CARRIER, { offer, calleeMedia, ringSeconds: 0.1 }).start();
        new Talker(scene, thief, CARRIER_MEDIA).talk(6, 0.1);
      }),
  },
];
