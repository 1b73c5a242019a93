import { audioSdp } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import {
  media,
  natted,
  outside6,
  PBX,
  PBX6,
  phone,
  phone6,
  ROUTER_MAC,
  STRANGER,
  STRANGER6,
} from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "rtpbleed";

/** RTP header alone, as probes (sippts) and keep-alives (RFC 6263 4.6) are. */
function bare(
  scene: Scene,
  from: Endpoint,
  to: Endpoint,
  options: { payloadType: number; sequence: number; after?: number },
): void {
  const bytes = Buffer.alloc(12);
  bytes[0] = 0x80;
  bytes[1] = options.payloadType;
  bytes.writeUInt16BE(options.sequence, 2);
  scene.send(from, to, bytes, options.after ?? 0);
}

interface Relayed {
  readonly legs: readonly [Call, Call];
  /** The relay's two ports: toward the caller, toward the callee. */
  readonly ports: readonly [Endpoint, Endpoint];
}

/** A call through the PBX's relay: what one sends to its port comes out of the other port a millisecond later. */
function relayed(
  scene: Scene,
  seconds: number,
  options: { isV6?: boolean; thief?: Endpoint; leaks?: number } = {},
): Relayed {
  const { isV6 = false, thief, leaks = 300 } = options;
  const [at, pbx] = isV6 ? [phone6, PBX6] : [phone, PBX];
  const relay = { ...pbx, ip: isV6 ? "2001:db8:20::11" : "10.20.0.11", mac: "00:50:56:20:00:11" };
  const ports = [media(relay, 30_010), media(relay, 30_012)] as const;
  const first = new Call(scene, at(1), pbx, {
    to: "202",
    calleeMedia: ports[0],
    ringSeconds: 0.3,
  }).ring();
  const second = new Call(scene, pbx, at(2), {
    from: "201",
    callerMedia: ports[1],
    calleeMedia: media(at(2), 16_384),
    ringSeconds: 0.5,
  }).start();
  first.pickUp();
  // The relay passes SSRC, sequence and payload on, so one talker sends to both sides of it.
  for (const [talker, [from, to]] of [
    [first.talkers[0], [ports[1], second.parties[1].media]],
    [second.talkers[1], [ports[0], first.parties[0].media]],
  ] as const) {
    const [firstHop, target] = [talker.from, talker.to];
    for (let i = 0; i < seconds * 50; i++) {
      const { sequence, timestamp } = talker;
      talker.packet(i * 0.02);
      Object.assign(talker, { from, to, sequence, timestamp });
      talker.packet(i * 0.02 + 0.001);
      // What leaks are the very packets of the call.
      if (thief !== undefined && from === ports[1] && i >= 105 && i < 105 + leaks) {
        Object.assign(talker, { to: thief, sequence, timestamp });
        talker.packet(i * 0.02 + 0.0012);
      }
      Object.assign(talker, { from: firstHop, to: target });
    }
  }
  return { legs: [first, second], ports };
}

function end(scene: Scene, { legs }: Relayed, seconds: number): void {
  scene.wait(seconds);
  legs[0].hangUp(0);
  legs[1].hangUp(0);
}

export const RTPBLEED: readonly Case[] = [
  {
    name: "rtpbleed_bare_probes",
    expect: "alert rtpbleed|probe|leak|media|scan <=3",
    kind: KIND,
    what: "a stranger sends two bare RTP headers to each of 120 even ports of a relay that carries a call, 20 ports a second; nothing comes back",
    make: (scene) => {
      const call = relayed(scene, 10);
      for (let i = 0; i < 120; i++) {
        const to = media(call.ports[0], 30_000 + 2 * i);
        for (let n = 0; n < 2; n++)
          bare(scene, media(STRANGER, 45_000), to, {
            payloadType: 0,
            sequence: n,
            after: 1 + i * 0.05 + n * 0.005,
          });
      }
      end(scene, call, 10.1);
    },
  },
  {
    name: "rtpbleed_leak_ipv6",
    expect: "alert rtpbleed|leak|media <=2",
    kind: KIND,
    what: "after one probe the relay sends the call's media to a stranger as well, 6 s long (IPv6)",
    make: (scene) => {
      const thief = media(STRANGER6, 45_000);
      const call = relayed(scene, 10, { isV6: true, thief });
      bare(scene, thief, call.ports[1], { payloadType: 0, sequence: 1, after: 2 });
      end(scene, call, 10.1);
    },
  },
  {
    name: "rtpbleed_leak_taken_back",
    expect: "alert rtpbleed|leak|media <=2",
    kind: KIND,
    what: "after one probe the relay sends seven packets of the call to a stranger, then follows the phone again",
    make: (scene) => {
      const thief = media(STRANGER, 45_000);
      const call = relayed(scene, 10, { thief, leaks: 7 });
      bare(scene, thief, call.ports[1], { payloadType: 0, sequence: 1, after: 2 });
      end(scene, call, 10.1);
    },
  },
  {
    name: "rtpbleed_slow_probes",
    expect: "alert rtpbleed|probe|leak|media|scan <=3",
    kind: KIND,
    what: "one packet of comfort noise a second to each of 90 ports of the relay, odd ones too, from changing source ports",
    make: (scene) => {
      const call = relayed(scene, 12);
      for (let i = 0; i < 90; i++) {
        const to = media(call.ports[0], 30_000 + i);
        bare(scene, media(STRANGER, 20_000 + 7 * i), to, {
          payloadType: 13,
          sequence: i,
          after: i,
        });
      }
      end(scene, call, 100);
    },
  },
  {
    name: "relay_latches_nat_client",
    expect: "max 3",
    kind: KIND,
    what: "a phone behind NAT announces a private address; the relay learns the NAT's from its first packets and sends there, as it should",
    make: (scene) => {
      const nat: Endpoint = { ip: natted(1).ip, port: 31_717, mac: ROUTER_MAC, ttl: 57 };
      const call = new Call(scene, natted(1), PBX, {
        callerMedia: { ip: "192.168.1.8", port: 11_000 },
        calleeMedia: { ip: "10.20.0.11", port: 30_010, mac: "00:50:56:20:00:11" },
      }).start();
      const [mine, theirs] = call.talkers;
      mine.from = nat;
      theirs.to = nat;
      mine.talk(8);
      theirs.talk(7.8, 0.2);
      scene.wait(8.03);
      call.hangUp();
    },
  },
  {
    name: "keepalives_of_held_phones",
    expect: "quiet",
    kind: KIND,
    what: "30 phones on hold send an empty RTP packet with an unused payload type each 10 s to their port of the relay (RFC 6263)",
    make: (scene) => {
      const calls = Array.from({ length: 30 }, (_, n) =>
        new Call(scene, phone(n + 1), PBX, {
          from: String(300 + n),
          to: "900",
          ringSeconds: 0.1,
          calleeMedia: { ip: "10.20.0.11", port: 30_000 + 2 * n, mac: "00:50:56:20:00:11" },
        }).start(1),
      );
      scene.wait(1);
      for (const call of calls) {
        const [{ media: from }, { media: to }] = call.parties;
        for (let i = 0; i < 6; i++)
          bare(scene, from, to, { payloadType: 20, sequence: i, after: 10 * i });
      }
      scene.wait(60);
      for (const call of calls) call.hangUp();
    },
  },
  {
    name: "relay_follows_reinvite_ipv6",
    expect: "quiet",
    kind: KIND,
    what: "a phone's re-INVITE gives a new address for its media; the relay sends both ways for 150 ms, then to the new one alone (IPv6)",
    make: (scene) => {
      const relay = { ip: "2001:db8:20::11", port: 30_010, mac: "00:50:56:20:00:11" };
      const call = new Call(scene, phone6(1), PBX6, { calleeMedia: relay }).start(4);
      scene.wait(4.02);
      const moved = media(outside6(50, 60), 22_000);
      call.ask(0, "INVITE", 200, {
        sdp: audioSdp(moved.ip, moved.port, 2),
        answerSdp: audioSdp(relay.ip, relay.port, 2),
      });
      const [mine, theirs] = call.talkers;
      const { sequence, timestamp } = theirs;
      theirs.talk(0.14);
      Object.assign(theirs, { sequence, timestamp, to: moved });
      mine.from = moved;
      call.talk(5);
      scene.wait(5.03);
      call.hangUp(1);
    },
  },
];
