import { Call } from "./call.ts";
import { forgedBy, media, phone, phone6, STRANGER6 } from "./lab.ts";
import { type Case, copyOf, type Scene } from "./scene.ts";
import { rtcpBye, Talker } from "./talker.ts";

interface InjectionOptions {
  /** Ahead of the stream's sequence. */
  readonly offset: number;
  readonly isV6?: boolean;
  readonly ttl?: number;
  /** By the very path of the victim: nothing but the bytes tells them apart. */
  readonly isSamePath?: boolean;
}

/** Somebody writes 3 s of voice into the caller's stream with its SSRC, 4 ms behind each packet. */
function injected(scene: Scene, options: InjectionOptions): void {
  const { offset, isV6 = false, ttl = 64, isSamePath = false } = options;
  const at = isV6 ? phone6 : phone;
  const call = new Call(scene, at(1), at(2)).start();
  const [mine, theirs] = call.talkers;
  theirs.talk(10);
  mine.talk(4);
  const { ssrc, from, to } = mine;
  const fake = new Talker(scene, isSamePath ? from : forgedBy(from, ttl), to, {
    ssrc,
    sequence: mine.sequence + offset,
    timestamp: mine.timestamp + 160 * offset,
  });
  mine.talk(6, 4);
  fake.talk(3, 4.004);
  scene.wait(10.03);
  call.hangUp();
}

/** 3 s of other SSRCs between the caller's packets, by the caller's own way. */
function besides(scene: Scene, ssrc: () => number): void {
  const call = new Call(scene, phone(1), phone(2)).start(10);
  const [{ from, to }] = call.talkers;
  const other = new Talker(scene, from, to);
  for (let i = 0; i < 150; i++) {
    other.ssrc = ssrc();
    other.packet(4.009 + i * 0.02);
  }
  scene.wait(10.03);
  call.hangUp();
}

/** SSRCs whose multiplicative hash has the same six bits on top. */
function ssrcsOfOneClass(): () => number {
  let ssrc = 0;
  const classOf = (value: number) =>
    (Math.imul(value ^ (value >>> 16), 0x45d9f3b) >>> 16) & 0b1_1111_0001;
  return () => {
    do ssrc++;
    while (classOf(ssrc) !== 0);
    return ssrc;
  };
}

function attack(name: string, what: string, options: InjectionOptions): Case {
  return {
    name,
    expect: "alert media|inject <=2",
    kind: "media-injection",
    what,
    make: (scene) => injected(scene, options),
  };
}

export const MEDIA_INJECTION: readonly Case[] = [
  attack("inject_offset_1", "one ahead of the stream, by another MAC", { offset: 1 }),
  attack("inject_offset_0", "the very sequence number, 4 ms late, by another MAC", { offset: 0 }),
  attack("inject_offset_50_ipv6", "50 ahead, by another MAC (IPv6)", { offset: 50, isV6: true }),
  attack("inject_offset_99_other_ttl", "99 ahead, another MAC and TTL", { offset: 99, ttl: 57 }),
  attack("inject_offset_minus_30", "30 behind the stream, by another MAC", { offset: -30 }),
  attack(
    "inject_offset_2_same_path",
    "two ahead, same MAC and TTL: only two payloads for one sequence number tell",
    {
      offset: 2,
      isSamePath: true,
    },
  ),
  {
    name: "inject_new_ssrc_each_packet",
    expect: "alert media|inject|flood <=2",
    kind: "media-injection",
    what: "150 packets between those of the caller, same addresses, MAC and TTL, each with an SSRC of its own",
    make: (scene) => besides(scene, () => Math.floor(scene.random() * 2 ** 32)),
  },
  {
    name: "inject_new_ssrcs_of_one_class",
    expect: "alert media|inject|flood <=2",
    kind: "media-injection",
    what: "the same, each SSRC of one class of a hash that is in no secret: who counts classes sees a single one",
    make: (scene) => besides(scene, ssrcsOfOneClass()),
  },
  {
    name: "second_ssrc_same_path",
    expect: "alert media|inject <=3",
    kind: "media-injection",
    what: "3 s of one more SSRC between the caller's packets, same addresses, MAC and TTL, unannounced: one sign and no more",
    make: (scene) => besides(scene, () => 0xbadcafe),
  },
  {
    name: "inject_ipv6_stranger",
    expect: "alert media|inject <=2",
    kind: "media-injection",
    what: "a stranger of another network sends 3 s of RTP to the callee while the call talks (IPv6)",
    make: (scene) => {
      const call = new Call(scene, phone6(1), phone6(2)).start(10);
      new Talker(scene, media(STRANGER6, 40_000), call.parties[1].media).talk(3, 4);
      scene.wait(10.03);
      call.hangUp();
    },
  },
  {
    name: "rtcp_bye_forged",
    expect: "alert rtcp|media|bye <=3",
    kind: "media-injection",
    what: "RTCP BYE for the caller's SSRC by another MAC and TTL, the caller's RTP goes on for 5 s",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(10);
      const [{ ssrc }] = call.talkers;
      const [mine, theirs] = call.parties.map((party) => media(party.at, party.media.port + 1));
      if (mine === undefined || theirs === undefined) return;
      scene.wait(5);
      for (let i = 0; i < 3; i++) scene.send(forgedBy(mine, 128), theirs, rtcpBye(ssrc), i * 0.1);
      scene.wait(5.03);
      call.hangUp();
    },
  },
  {
    name: "mirror_two_hops",
    expect: "quiet",
    kind: "media-injection",
    what: "each packet is mirrored twice, before and behind the router: other MACs, TTL one less, 0.9 ms later",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(8);
      scene.wait(8.03);
      call.hangUp();
      scene.tap((packet) => [
        packet,
        copyOf(packet, {
          afterUs: 900,
          hops: 1,
          srcMac: "00:1b:17:20:00:01",
          dstMac: "00:1b:17:20:00:02",
        }),
      ]);
    },
  },
  {
    name: "wlan_repeats_and_reorders",
    expect: "quiet",
    kind: "media-injection",
    what: "a wireless phone: each 7th packet comes twice 30 ms apart, each 11th 50 ms late",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(10);
      scene.wait(10.2);
      call.hangUp();
      let n = 0;
      scene.tap((packet) => {
        if (packet.bytes.length !== 214) return [packet];
        n++;
        if (n % 7 === 0) return [packet, { ...packet, timeUs: packet.timeUs + 30_000 }];
        return [n % 11 === 0 ? { ...packet, timeUs: packet.timeUs + 50_000 } : packet];
      });
    },
  },
  {
    name: "symmetric_nat_only_source",
    expect: "quiet",
    kind: "media-injection",
    what: "the phone behind NAT announces its private address, its media comes from the NAT's and is the only one (RFC 4961)",
    make: (scene) => {
      const nat = { ip: "203.0.113.50", port: 31_717, mac: "00:1b:17:20:00:01", ttl: 57 };
      const call = new Call(scene, { ...nat, port: 20_001 }, phone(2), {
        callerMedia: { ip: "192.168.1.8", port: 11_000 },
      }).start();
      const [mine, theirs] = call.talkers;
      mine.from = nat;
      theirs.to = nat;
      call.talk(10);
      scene.wait(10.03);
      call.hangUp();
    },
  },
];
