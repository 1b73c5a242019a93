import { Call } from "./call.ts";
import { phone, phone6 } from "./lab.ts";
import { type Case, copyOf, type Scene } from "./scene.ts";
import { Talker } from "./talker.ts";

const KIND = "own-keys";
const EVENT_TYPE = 101;

/** A packet of a key (RFC 4733 2.3) with the talker's next number. */
function keyPacket(
  voice: Talker,
  digit: number,
  at: { start: number; i: number; after: number },
): void {
  const { scene, from, to, ssrc } = voice;
  const bytes = Buffer.alloc(16);
  bytes[0] = 0x80;
  bytes[1] = (at.i === 0 ? 0x80 : 0) | EVENT_TYPE;
  bytes.writeUInt16BE(voice.sequence++ & 0xffff, 2);
  bytes.writeUInt32BE(at.start >>> 0, 4);
  bytes.writeUInt32BE(ssrc >>> 0, 8);
  bytes.set([digit, (at.i >= 5 ? 0x80 : 0) | 10], 12);
  bytes.writeUInt16BE(160 * (at.i + 1), 14);
  scene.send(from, to, bytes, at.after);
}

/** A call in which the caller talks and presses keys, as its phone does. */
function pressed(scene: Scene, press: (voice: Talker, after: number) => void): void {
  const call = new Call(scene, phone(1), phone(2)).start();
  const [mine, theirs] = call.talkers;
  theirs.talk(14);
  for (let i = 0; i < 6; i++) {
    mine.talk(2, i * 2.2);
    press(mine, i * 2.2 + 2);
  }
  scene.wait(14);
  call.hangUp();
}

/** Keys that come in a caller's voice, by its own address, MAC, TTL and SSRC. */
function injected(scene: Scene, isV6: boolean, offset: number): void {
  const at = isV6 ? phone6 : phone;
  const call = new Call(scene, at(1), at(2)).start(10);
  const [{ from, to, ssrc, sequence, timestamp }] = call.talkers;
  // Four seconds on: the talker's count stands at the end of the ten.
  const now = { sequence: sequence - 300 + offset, timestamp: timestamp - 48_000 };
  new Talker(scene, from, to, { ssrc, ...now }).digit(7, 4.005);
  scene.wait(10.03);
  call.hangUp();
}

const ROWS: readonly Omit<Case, "kind">[] = [
  {
    name: "dtmf_injected_by_the_own_way",
    expect: "alert dtmf_injection <=3",
    what: "one key in a caller's voice by its very way and SSRC, with the numbers that come next: the phone sends them, too",
    make: (scene) => injected(scene, false, 3),
  },
  {
    name: "dtmf_injected_behind_the_voice_ipv6",
    expect: "alert dtmf_injection <=3",
    what: "the same with numbers that the voice has just had: receivers take a key by its timestamp (IPv6)",
    make: (scene) => injected(scene, true, -12),
  },
  {
    name: "dtmf_in_the_own_sequence",
    expect: "quiet",
    what: "six keys as phones send them, the voice silent meanwhile; a wireless network repeats a packet in ten and swaps one in ten with the next",
    make: (scene) => {
      scene.tap((packet) => {
        if (packet.bytes.length > 300 || scene.random() > 0.2) return [packet];
        return scene.random() < 0.5
          ? [packet, copyOf(packet, { afterUs: 7000 })]
          : [{ ...packet, timeUs: packet.timeUs + 25_000 }];
      });
      pressed(scene, (voice, after) => voice.digit(3, after));
    },
  },
  {
    name: "dtmf_beside_the_own_voice",
    expect: "quiet",
    what: "a gateway that sends the voice on while a key is pressed, both with one count (RFC 4733 2.5.1.2)",
    make: (scene) =>
      pressed(scene, (voice, after) => {
        const start = voice.timestamp;
        for (let i = 0; i < 8; i++) {
          voice.packet(after + i * 0.02);
          keyPacket(voice, 5, { start, i, after: after + i * 0.02 + 0.001 });
        }
      }),
  },
];

export const OWN_KEYS: readonly Case[] = ROWS.map((row) => ({ ...row, kind: KIND }));
