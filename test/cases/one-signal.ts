import { requestOf } from "../support/sip-actors.ts";
import { sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import {
  CARRIER,
  CARRIER_MEDIA,
  forgedBy,
  outside,
  PBX,
  phone,
  phone6,
  ROUTER_MAC,
} from "./lab.ts";
import { type Case, copyOf, type Scene } from "./scene.ts";

function ping(scene: Scene, from: Endpoint, to: Endpoint, after = 0): void {
  const options = requestOf(scene, from, to, "OPTIONS", "ping");
  scene.send(from, to, options.text, after);
  scene.send(to, from, sipResponse(options, 200, { toTag: scene.hex(8) }), after + 0.01);
}

/** Moves a party's own host; its address stays. */
function onOtherPath(call: Call, side: 0 | 1, path: Partial<Endpoint>): void {
  const party = call.parties[side];
  party.at = { ...party.at, ...path };
  party.media = { ...party.media, ...path };
  const [mine, theirs] = side === 0 ? call.talkers : [call.talkers[1], call.talkers[0]];
  mine.from = party.media;
  theirs.to = party.media;
}

export const ONE_SIGNAL: readonly Case[] = [
  {
    name: "reroute_ttl_minus_4",
    expect: "max 3",
    kind: "one-signal",
    what: "the carrier's way changes in the middle of a call: TTL 58 becomes 54 for signalling and media, then its ordinary BYE",
    make: (scene) => {
      const call = new Call(scene, PBX, CARRIER, {
        to: "493012345",
        calleeMedia: CARRIER_MEDIA,
      }).start(4);
      scene.wait(4.02);
      onOtherPath(call, 1, { ttl: 54 });
      call.talk(4);
      scene.wait(4.03);
      call.hangUp(1);
      scene.wait(2);
    },
  },
  {
    name: "roams_to_other_access_point",
    expect: "max 3",
    kind: "one-signal",
    what: "a wireless phone behind routed access points: the second one's MAC and one hop more, signalling only at the BYE",
    make: (scene) => {
      const wlan = { ip: "10.30.7.21", port: 5060, mac: "00:1b:17:30:00:01", ttl: 63 };
      const call = new Call(scene, wlan, phone(2)).start(4);
      scene.wait(4.1);
      onOtherPath(call, 0, { mac: "00:1b:17:30:00:02", ttl: 62 });
      call.talk(4);
      scene.wait(4.03);
      call.hangUp(0);
      scene.wait(2);
    },
  },
  {
    name: "router_swap_many_hosts",
    expect: "max 3",
    kind: "one-signal",
    what: "the standby router takes over (new MAC) for five outside hosts at once, one of them ends its call 2 s later",
    make: (scene) => {
      for (let i = 0; i < 5; i++) ping(scene, outside(20 + i), PBX);
      const call = new Call(scene, outside(20), PBX).start(6);
      scene.wait(4);
      for (let i = 1; i < 5; i++)
        ping(scene, { ...outside(20 + i), mac: "00:1b:17:20:00:09" }, PBX, i * 0.1);
      scene.wait(2.03);
      onOtherPath(call, 0, { mac: "00:1b:17:20:00:09" });
      call.hangUp(0);
      scene.wait(2);
    },
  },
  {
    name: "mirror_ports_either_order",
    expect: "max 3",
    kind: "one-signal",
    what: "two mirror ports, the copy of one hop later comes first for one half of the packets; a re-INVITE, then an ordinary BYE",
    make: (scene) => {
      const call = new Call(scene, phone(1), PBX).start(8);
      scene.wait(4);
      call.ask(0, "UPDATE", 200);
      scene.wait(4.03);
      call.hangUp(0);
      let n = 0;
      scene.tap((packet) => {
        const other = copyOf(packet, {
          afterUs: n++ % 2 === 0 ? 700 : -700,
          hops: 1,
          srcMac: ROUTER_MAC,
        });
        return [packet, other];
      });
    },
  },
  {
    name: "mirror_ports_random_order",
    expect: "max 3",
    kind: "one-signal",
    what: "the copy of one hop later comes first at random, and the mirror loses every fifth packet of the own hop; five re-INVITEs, then BYE",
    make: (scene) => {
      const call = new Call(scene, phone(1), PBX).start(12);
      for (let i = 0; i < 5; i++) {
        scene.wait(2);
        call.ask(i % 2 === 0 ? 0 : 1, "INVITE", 200);
      }
      scene.wait(2.03);
      call.hangUp(0);
      scene.tap((packet) => {
        const afterUs = scene.random() < 0.5 ? 400 : -400;
        const other = copyOf(packet, { afterUs, hops: 1, srcMac: ROUTER_MAC });
        return scene.random() < 0.2 ? [other] : [packet, other];
      });
    },
  },
  {
    name: "mirror_ports_and_a_third_mac",
    expect: "alert bye <=2",
    kind: "one-signal",
    what: "each packet comes by two MACs, the caller's BYE by a third one, and the caller talks on for 4 s",
    make: (scene) => {
      const call = new Call(scene, phone(1), PBX).start(10);
      scene.wait(6);
      call.ask(0, "BYE", 200, { by: forgedBy(phone(1)) });
      scene.tap((packet) => [
        packet,
        copyOf(packet, { afterUs: 400, hops: 1, srcMac: ROUTER_MAC }),
      ]);
    },
  },
  {
    name: "late_tail_300ms",
    expect: "quiet",
    kind: "one-signal",
    what: "the media of the callee that hung up goes on for 300 ms behind the 200 (a long path drains), and one packet comes 0.9 s late",
    make: (scene) => {
      const call = new Call(scene, phone(1), outside(30)).start();
      call.talkers[0].talk(6);
      call.talkers[1].talk(6.3);
      call.talkers[1].packet(6.95);
      scene.wait(6.02);
      call.hangUp(1);
    },
  },
  {
    name: "bye_with_old_tag_481",
    expect: "max 3",
    kind: "one-signal",
    what: "a phone that rebooted in the call sends BYE with a tag it does not know any more, meets 481, media has stopped before",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(4);
      scene.wait(30);
      call.ask(0, "BYE", 481, { fromTag: scene.hex(10) });
      scene.wait(5);
    },
  },
  {
    name: "bye_other_ttl_and_media_goes_on",
    expect: "alert bye|teardown <=2",
    kind: "one-signal",
    what: "two signals: the caller's BYE has another TTL (same MAC: by the same router), and the caller talks on for 4 s",
    make: (scene) => {
      const caller = outside(40);
      const call = new Call(scene, caller, phone(2)).start(10);
      scene.wait(5);
      call.ask(0, "BYE", 200, { by: { ...caller, ttl: 113 } });
      scene.wait(8);
    },
  },
  {
    name: "bye_other_mac_media_goes_on_ipv6",
    expect: "alert bye|teardown <=2",
    kind: "one-signal",
    what: "two signals: the callee's BYE comes by another MAC, and the callee talks on for 4 s (IPv6)",
    make: (scene) => {
      const call = new Call(scene, phone6(1), phone6(2)).start(10);
      scene.wait(5);
      call.ask(1, "BYE", 200, { by: forgedBy(phone6(2)) });
      scene.wait(8);
    },
  },
  {
    name: "bye_same_path_media_goes_on",
    expect: "alert bye|teardown <=2",
    kind: "one-signal",
    what: "the proof alone: the BYE is perfect in tags, CSeq, MAC and TTL, but the party that hung up talks on for 5 s",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(11);
      scene.wait(6);
      call.ask(0, "BYE", 200, { by: phone(1) });
      scene.wait(8);
    },
  },
];
