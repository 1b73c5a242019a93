import type { CapturePacket } from "../support/pcap-writer.ts";
import { audioSdp } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import {
  CARRIER,
  CARRIER_MEDIA,
  forgedBy,
  media,
  PBX,
  phone,
  ROUTER_MAC,
  STRANGER,
} from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { Talker } from "./talker.ts";

const INNER: Endpoint = { ip: "192.168.7.20", port: 5060, mac: "00:15:65:aa:bb:01", ttl: 64 };

/** The mirror sees both sides of the NAT; signalling and media have an address of its pool each. */
function bothSides(packet: CapturePacket): CapturePacket[] {
  const source = packet.bytes.subarray(26, 30).join(".");
  const destination = packet.bytes.subarray(30, 34).join(".");
  if (source === INNER.ip) return [packet, mapped(packet, { address: 26, port: 34, afterUs: 300 })];
  if (destination === INNER.ip) {
    return [mapped(packet, { address: 30, port: 36, afterUs: -300 }), packet];
  }
  return [packet];
}

function mapped(
  packet: CapturePacket,
  at: { address: number; port: number; afterUs: number },
): CapturePacket {
  const bytes = Buffer.from(packet.bytes);
  const port = bytes.readUInt16BE(at.port);
  const isSip = port === INNER.port;
  bytes.set([203, 0, 113, isSip ? 50 : 53], at.address);
  bytes.writeUInt16BE(isSip ? 40_001 : port + 20_000, at.port);
  bytes[22] = (bytes[22] as number) - 1;
  return { ...packet, bytes, timeUs: packet.timeUs + at.afterUs };
}

/** Nine bursts of 0.9 s, twelve seconds apart, into a call of two minutes. */
function bursts(scene: Scene, options: { from: Endpoint; isOwnSsrc: boolean }): void {
  const call = new Call(scene, phone(1), phone(2)).start(115);
  const [{ ssrc, sequence, to }] = call.talkers;
  for (let i = 0; i < 9; i++) {
    const own = options.isOwnSsrc ? { ssrc, sequence: sequence - 5800 + 600 * i } : {};
    new Talker(scene, options.from, to, own).talk(0.9, 5 + 12 * i);
  }
  scene.wait(115.05);
  call.hangUp();
}

function attack(name: string, what: string, make: (scene: Scene) => void): Case {
  return { name, expect: "alert media|inject <=2", kind: "red-team-media", what, make };
}

function healthy(name: string, what: string, make: (scene: Scene) => void): Case {
  return { name, expect: "max 3", kind: "red-team-media", what, make };
}

export const RED_TEAM_MEDIA: readonly Case[] = [
  healthy(
    "nat_both_sides_pool",
    "mirrored before and behind a NAT whose pool gives the media an address of its own",
    (scene) => {
      scene.tap(bothSides);
      const call = new Call(scene, INNER, PBX).start(8);
      scene.wait(8.05);
      call.hangUp();
    },
  ),
  healthy(
    "early_media_of_a_farm",
    "two forks answer 183, and media of unnamed gateways runs side by side until the 200",
    (scene) => {
      const at = media(PBX, 18_000);
      const call = new Call(scene, PBX, CARRIER, { callerMedia: at, calleeMedia: CARRIER_MEDIA });
      scene.send(PBX, CARRIER, call.invite.text);
      for (const [i, ip] of ["192.0.2.140", "192.0.2.141"].entries()) {
        const sdp = audioSdp(ip, 30_000);
        scene.send(CARRIER, PBX, call.answer(183, { tag: `g${i}`, sdp }), 0.1 + i * 0.1);
        const gateway = { ...CARRIER_MEDIA, ip: `192.0.2.15${i}` };
        new Talker(scene, gateway, at).talk(6, 0.3 + i * 0.05);
      }
      new Talker(scene, at, CARRIER_MEDIA).talk(18, 0.3);
      scene.wait(6.5);
      call.pickUp();
      new Talker(scene, CARRIER_MEDIA, at).talk(11.8);
      scene.wait(11.85);
      call.hangUp();
    },
  ),
  healthy(
    "announcement_overlaps",
    "a second host of the site plays 1.5 s into a call whose own media goes on",
    (scene) => {
      const call = new Call(scene, PBX, phone(2), { callerMedia: media(PBX, 18_000) }).start(12);
      const player = { ip: "10.20.0.60", port: 40_000, mac: "00:50:56:20:00:60" };
      new Talker(scene, player, call.talkers[0].to).talk(1.5, 5);
      scene.wait(12.05);
      call.hangUp();
    },
  ),
  healthy(
    "two_routers_30_ms_apart",
    "packets are shared out over two routers at random, one of them 30 ms slower",
    (scene) => {
      const call = new Call(scene, CARRIER, PBX, { callerMedia: CARRIER_MEDIA });
      call.ring().pickUp();
      const [mine, theirs] = call.talkers;
      for (let i = 0; i < 1000; i++) {
        const isSlow = scene.random() < 0.5;
        const way = isSlow ? { ttl: 53, mac: "00:1b:17:20:00:02" } : { ttl: 58, mac: ROUTER_MAC };
        mine.from = { ...CARRIER_MEDIA, ...way };
        mine.packet(i * 0.02 + (isSlow ? 0.03 : 0));
      }
      theirs.talk(20);
      scene.wait(20.1);
      call.hangUp();
    },
  ),
  attack(
    "voice_in_bursts_of_a_stranger",
    "0.9 s of a stranger's voice each 12 s, nine times",
    (scene) => bursts(scene, { from: media(STRANGER, 4000), isOwnSsrc: false }),
  ),
  attack("bursts_in_its_name", "the same in the caller's name by another MAC", (scene) =>
    bursts(scene, { from: forgedBy(media(phone(1), 16_384)), isOwnSsrc: true }),
  ),
  attack(
    "party_by_another_way",
    "the caller's address at a port that nobody named, by another MAC and TTL, beside the real stream",
    (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(15);
      const [{ to }] = call.talkers;
      new Talker(scene, forgedBy(media(phone(1), 40_000), 51), to).talk(10, 2);
      scene.wait(15.05);
      call.hangUp();
    },
  ),
  attack(
    "voice_dressed_as_noise",
    "fifty packets of comfort noise a second in the caller's name by another MAC, twenty bytes each",
    (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(15);
      const [{ ssrc, from, to }] = call.talkers;
      const fake = { ssrc, payloadType: 13, payloadBytes: 20 };
      new Talker(scene, forgedBy(from), to, fake).talk(10, 2);
      scene.wait(15.05);
      call.hangUp();
    },
  ),
];
