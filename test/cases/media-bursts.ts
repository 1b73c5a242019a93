import { audioSdp } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { forgedBy, media, phone, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { Talker, type TalkerOptions } from "./talker.ts";

const KIND = "media-bursts";

interface Bursts {
  readonly count: number;
  readonly packets: number;
  /** Seconds from one burst to the next. */
  readonly period: number;
  /** Seconds from packet to packet within a burst. */
  readonly step?: number;
}

/** A call of 65 s whose caller talks all the time, and somebody who sends bursts between. */
function bursts(
  scene: Scene,
  { count, packets, period, step = 0.02 }: Bursts,
  rival: (own: Talker) => { from: Endpoint; options?: TalkerOptions },
): void {
  const call = new Call(scene, phone(1), phone(2)).start(65);
  const [own] = call.talkers;
  const { from, options } = rival(own);
  const other = new Talker(scene, from, own.to, options);
  for (let burst = 0; burst < count; burst++) {
    for (let i = 0; i < packets; i++) other.packet(4.009 + burst * period + i * step);
  }
  scene.wait(65.03);
  call.hangUp();
}

const BURSTS: Bursts = { count: 20, packets: 6, period: 3 };
const STRANGERS_MEDIA = media(STRANGER, 40_000);

function fromElsewhere(name: string, what: string, bursted: Bursts): Case {
  return {
    name,
    expect: "alert media|inject <=2",
    kind: KIND,
    what,
    make: (scene) => bursts(scene, bursted, () => ({ from: STRANGERS_MEDIA })),
  };
}

export const MEDIA_BURSTS: readonly Case[] = [
  fromElsewhere(
    "bursts_of_a_stranger",
    "six packets each 3 s from an address that no call names",
    BURSTS,
  ),
  fromElsewhere("bursts_of_a_stranger_at_once", "the same, the six within 3 ms", {
    ...BURSTS,
    step: 0.0005,
  }),
  fromElsewhere(
    "bursts_of_a_stranger_each_5_s",
    "three packets each 5 s from an address that no call names",
    {
      count: 12,
      packets: 3,
      period: 5,
    },
  ),
  {
    name: "bursts_of_another_ssrc",
    expect: "alert media|inject <=2",
    kind: KIND,
    what: "six packets of another SSRC each 3 s in the caller's addresses, from another MAC",
    make: (scene) => bursts(scene, BURSTS, (own) => ({ from: forgedBy(own.from) })),
  },
  {
    name: "bursts_of_another_ssrc_at_once",
    expect: "alert media|inject <=2",
    kind: KIND,
    what: "the same, the six within 3 ms",
    make: (scene) =>
      bursts(scene, { ...BURSTS, step: 0.0005 }, (own) => ({ from: forgedBy(own.from) })),
  },
  {
    name: "bursts_into_the_sequence",
    expect: "alert media|inject <=2",
    kind: KIND,
    what: "six packets each 3 s with the caller's SSRC, 40 ahead, from another MAC",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start();
      const [own, other] = call.talkers;
      other.talk(65);
      const fake = new Talker(scene, forgedBy(own.from), own.to, { ssrc: own.ssrc });
      for (let burst = 0; burst < 20; burst++) {
        fake.sequence = own.sequence + 40;
        fake.timestamp = own.timestamp + 6400;
        for (let i = 0; i < 6; i++) fake.packet(burst * 3 + 1.009 + i * 0.02);
        own.talk(3, burst * 3);
      }
      scene.wait(65.03);
      call.hangUp();
    },
  },
  {
    name: "bursts_from_many_ports_at_random",
    expect: "alert media|inject <=2",
    kind: KIND,
    what: "two to five packets each 2 to 6 s, from another port of the stranger each time",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(90);
      const { to } = call.talkers[0];
      for (let at = 4; at < 85; at += 2 + scene.random() * 4) {
        const port = 40_000 + 2 * Math.floor(scene.random() * 1000);
        const other = new Talker(scene, media(STRANGER, port), to);
        for (let i = 0; i < 2 + Math.floor(scene.random() * 4); i++) other.packet(at + i * 0.02);
      }
      scene.wait(90.03);
      call.hangUp();
    },
  },
  {
    name: "nat_rebinds_each_6_s",
    expect: "max 3",
    kind: KIND,
    what: "the NAT before a caller gives it another port each 6 s; the last packet by the old one comes behind the first by the new one",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start();
      const [own, other] = call.talkers;
      other.talk(90);
      for (let i = 0; i < 15; i++) {
        const before = own.from;
        own.talk(5.98, i * 6);
        own.from = media(phone(1), 16_384 + 2 * i);
        own.packet(i * 6 + 5.995);
        own.from = before;
        own.packet(i * 6 + 5.999);
        own.from = media(phone(1), 16_384 + 2 * i);
      }
      scene.wait(90.03);
      call.hangUp();
    },
  },
  {
    name: "caller_restarts_its_stream_each_5_s",
    expect: "max 3",
    kind: KIND,
    what: "the caller begins with a new SSRC each 5 s, as an announcement server does with each file; each time the old one has a packet left",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start();
      const [{ from, to }, other] = call.talkers;
      other.talk(90);
      let old = new Talker(scene, from, to);
      for (let i = 0; i < 18; i++) {
        const next = new Talker(scene, from, to);
        next.talk(5, i * 5);
        old.packet(i * 5 + 0.009);
        old = next;
      }
      scene.wait(90.03);
      call.hangUp();
    },
  },
  {
    name: "gateway_makes_comfort_noise_itself",
    expect: "max 3",
    kind: KIND,
    what: "a gateway beside the phone sends a comfort noise packet each 4 s in its stream, with another TTL",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(65);
      const [own] = call.talkers;
      const options = { payloadType: 13, payloadBytes: 1 };
      const noise = new Talker(scene, { ...own.from, ttl: 255 }, own.to, options);
      for (let i = 0; i < 15; i++) noise.packet(3.009 + i * 4);
      scene.wait(65.03);
      call.hangUp();
    },
  },
  {
    name: "handovers_between_two_gateways",
    expect: "max 3",
    kind: KIND,
    what: "a call goes to and fro between two gateways each 6 s, re-INVITE each time; the old one sends on for 80 ms",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start();
      const [own, other] = call.talkers;
      other.talk(90);
      const places = [own.from, media(phone(3), 20_000)];
      for (let i = 0; i < 15; i++) {
        const from = places[i % 2] ?? own.from;
        const sdp = audioSdp(from.ip, from.port);
        if (i > 0)
          call.ask(0, "INVITE", 200, {
            sdp,
            answerSdp: audioSdp(own.to.ip, own.to.port),
            after: i * 6,
          });
        new Talker(scene, from, own.to).talk(6.08, i * 6 + 0.05);
      }
      scene.wait(90.2);
      call.hangUp();
    },
  },
];
