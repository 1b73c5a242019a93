import { audioSdp } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { faxSdp } from "./in-dialog-strangers.ts";
import {
  CARRIER,
  CARRIER_MEDIA,
  forgedBy,
  media,
  natted,
  phone,
  phone6,
  STRANGER,
  STRANGER6,
} from "./lab.ts";
import { type Case, copyOf, type Scene } from "./scene.ts";

const KIND = "fax-strangers";
const FAX_S = 9;

/** UDPTL (ITU-T T.38 9.1), a packet each 30 ms: its number, the length of what it has, and that. */
function udptl(
  scene: Scene,
  from: Endpoint,
  to: Endpoint,
  seconds: number,
  after: number,
  first = Math.floor(scene.random() * 20_000),
): void {
  for (let i = 0; i < seconds * 33; i++) {
    const bytes = Buffer.from(scene.hex(82), "hex");
    bytes.writeUInt16BE(first + i, 0);
    bytes[2] = 36;
    // Redundancy, of no packet before.
    bytes[39] = 0;
    bytes[40] = 0;
    scene.send(from, to, bytes, after + i * 0.03);
  }
}

interface Fax {
  readonly call: Call;
  readonly from: Endpoint;
  readonly to: Endpoint;
}

/** A call whose callee makes a fax of it, at another port than the audio's; `from`: where the caller's fax really comes from. */
function fax(scene: Scene, caller: Endpoint, callee: Endpoint, from?: Endpoint): Fax {
  const own = asked(scene, caller, callee, from);
  udptl(scene, own.from, own.to, FAX_S, 0);
  udptl(scene, own.to, own.from, FAX_S, 0.01);
  return own;
}

/** The same before its first packet. */
function asked(scene: Scene, caller: Endpoint, callee: Endpoint, from?: Endpoint): Fax {
  const named = media(caller, 6000);
  const to = media(callee, 6100);
  const call = new Call(scene, caller, callee).start(3);
  scene.wait(3.03);
  const [sdp, answerSdp] = [to, named].map((at) =>
    at.ip.includes(":") ? faxSdp(at).replaceAll("IP4", "IP6") : faxSdp(at),
  );
  call.ask(1, "INVITE", 200, {
    ...(sdp !== undefined && { sdp }),
    ...(answerSdp !== undefined && { answerSdp }),
  });
  scene.wait(0.1);
  return { call, from: from ?? named, to };
}

function end(scene: Scene, { call }: Fax): void {
  scene.wait(FAX_S + 0.1);
  call.hangUp();
  scene.wait(3);
}

/** Fax over UDPTL (T.38): media as well, and not RTP. */
export const FAX_STRANGERS: readonly Case[] = [
  {
    name: "fax_written_into_by_a_stranger",
    expect: "alert inject <=2",
    kind: KIND,
    what: "a stranger sends fax packets to the port of a fax that comes in",
    make: (scene) => {
      const own = fax(scene, phone(1), phone(2));
      udptl(scene, media(STRANGER, 6000), own.to, 4, 3);
      end(scene, own);
    },
  },
  {
    name: "fax_written_into_by_a_stranger_ipv6",
    expect: "alert inject <=2",
    kind: KIND,
    what: "the same (IPv6)",
    make: (scene) => {
      const own = fax(scene, phone6(1), phone6(2));
      udptl(scene, media(STRANGER6, 6000), own.to, 4, 3);
      end(scene, own);
    },
  },
  {
    name: "fax_written_into_in_its_name",
    expect: "alert inject.*in a forged name <=1",
    kind: KIND,
    what: "somebody sends fax packets in the sender's name by another MAC and TTL",
    make: (scene) => {
      const own = fax(scene, phone(1), phone(2));
      udptl(scene, forgedBy(own.from, 128), own.to, 4, 3);
      end(scene, own);
    },
  },
  {
    name: "fax_written_into_with_its_numbers_ipv6",
    expect: "alert inject.*in a forged name <=1",
    kind: KIND,
    what: "the same with the sender's TTL, and numbers just ahead of its own (IPv6)",
    make: (scene) => {
      const own = asked(scene, phone6(1), phone6(2));
      udptl(scene, own.from, own.to, FAX_S, 0, 500);
      udptl(scene, forgedBy(own.from), own.to, 4, 3.01, 604);
      end(scene, own);
    },
  },
  {
    name: "fax_by_two_routers",
    expect: "max 3",
    kind: KIND,
    what: "packets of a fax come by two routers at random; then one of them fails",
    make: (scene) => {
      const own = asked(scene, phone(1), CARRIER);
      udptl(scene, own.from, own.to, FAX_S, 0);
      for (let i = 0; i < FAX_S * 33; i++) {
        const isSecond = i > 200 || scene.random() < 0.5;
        const from = isSecond ? { ...own.to, mac: "00:1b:17:20:00:02", ttl: 53 } : own.to;
        udptl(scene, from, own.from, 0.03, i * 0.03, 700 + i);
      }
      end(scene, own);
    },
  },
  {
    name: "fax_mirrored_on_both_sides_of_a_router",
    expect: "max 3",
    kind: KIND,
    what: "each packet of a fax twice, the copy a hop on, and its sender begins anew at another number",
    make: (scene) => {
      scene.tap((packet) => [
        packet,
        copyOf(packet, { afterUs: 30_000, hops: 4, srcMac: "00:1b:17:99:00:01" }),
      ]);
      const own = asked(scene, phone(1), CARRIER);
      udptl(scene, own.from, own.to, 4, 0);
      udptl(scene, own.from, own.to, 4, 4.1, 30_000);
      end(scene, own);
    },
  },
  {
    name: "fax_from_behind_a_nat",
    expect: "quiet",
    kind: KIND,
    what: "a fax adapter names its private address, and its packets come from the NAT's",
    make: (scene) => end(scene, fax(scene, phone(1), CARRIER, { ...natted(1), port: 41_000 })),
  },
  {
    name: "fax_of_a_gateway_from_another_port",
    expect: "max 3",
    kind: KIND,
    what: "a gateway sends its fax from the port of its audio, which goes on for a second with silence",
    make: (scene) => {
      const own = fax(scene, CARRIER, phone(2), { ...CARRIER, port: 16_384 });
      own.call.talkers[0].talk(1);
      end(scene, own);
    },
  },
  {
    name: "fax_falls_back_to_audio",
    expect: "max 3",
    kind: KIND,
    what: "the fax ends, and a re-INVITE has audio again at the gateway's other address",
    make: (scene) => {
      const own = fax(scene, phone(1), CARRIER);
      scene.wait(FAX_S + 0.1);
      const { call } = own;
      const sdp = audioSdp(CARRIER_MEDIA.ip, CARRIER_MEDIA.port, 3);
      const answerSdp = audioSdp(phone(1).ip, 16_384, 3);
      call.ask(1, "INVITE", 200, { sdp, answerSdp });
      scene.wait(0.1);
      call.talkers[0].to = CARRIER_MEDIA;
      call.talkers[1].from = CARRIER_MEDIA;
      call.talk(4);
      scene.wait(4.05);
      call.hangUp();
    },
  },
];
