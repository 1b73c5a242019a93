import { requestOf } from "../support/sip-actors.ts";
import { audioSdp, sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { Account } from "./digest.ts";
import {
  CARRIER,
  CARRIER_MEDIA,
  media,
  natted,
  outside,
  outside6,
  PBX,
  phone,
  phone6,
  STRANGER,
} from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { Talker } from "./talker.ts";

/** The caller's media comes from `to` from now on, as the next packets of the same stream. */
function moveMedia(call: Call, to: Endpoint): void {
  const [mine, theirs] = call.talkers;
  mine.from = to;
  theirs.to = to;
}

/** A wireless phone gets another address 5 s into its call: same port, SSRC, MAC; it is registered from the old one. */
function roams(scene: Scene, then: (call: Call, now: Endpoint) => void): void {
  const [old, now] = [phone(1), { ...phone(1), ip: "10.20.9.44" }];
  new Account(scene, old, PBX, "201").login();
  scene.wait(1);
  const call = new Call(scene, old, phone(2)).start(5);
  const [mine, theirs] = call.talkers;
  scene.wait(5.01);
  // ENDPOINTS: the own media moves at once, the peer's goes to the old address until it is told.
  mine.from = media(now, mine.from.port);
  mine.talk(4);
  theirs.talk(4);
  scene.wait(4);
  then(call, now);
}

export const PARTY_MOVED: readonly Case[] = [
  {
    name: "roams_and_never_says_so",
    expect: "max 3",
    kind: "party-moved",
    what: "pjsip: media comes from the new address at once, signalling never; the callee hangs up",
    make: (scene) =>
      roams(scene, (call) => {
        call.hangUp(1);
        scene.wait(3);
      }),
  },
  {
    name: "roams_bye_from_new_address",
    expect: "max 3",
    kind: "party-moved",
    what: "media moved 4 s ago with the same SSRC; the phone's first signalling from the new address is its BYE with right tags, media stops at it",
    make: (scene) =>
      roams(scene, (call, now) => {
        call.parties[0].at = now;
        call.ask(0, "BYE", 200);
        scene.wait(3);
      }),
  },
  {
    name: "privacy_address_on_hold_ipv6",
    expect: "max 3",
    kind: "party-moved",
    what: "on hold a phone's temporary IPv6 address ends (RFC 8981 3.4): its BYE comes from another one of the same /64 and by the same router, without media",
    make: (scene) => {
      const call = new Call(scene, outside6(20), phone6(2)).start();
      scene.wait(30);
      call.parties[0].at = { ...outside6(20), ip: "2001:db8:bad::4d2a:91ff:fe07:11c3" };
      call.ask(0, "BYE", 200);
      scene.wait(6);
    },
  },
  {
    name: "bye_from_another_64_ipv6",
    expect: "alert bye|teardown <=2",
    kind: "party-moved",
    what: "the same from another /64 behind the same router: a stranger",
    make: (scene) => {
      const call = new Call(scene, outside6(20), phone6(2)).start();
      scene.wait(30);
      const by = { ...outside6(20), ip: "2001:db8:bad:1::20" };
      call.ask(0, "BYE", 200, { by });
      scene.wait(6);
    },
  },
  {
    name: "bye_from_the_64_by_another_mac",
    expect: "alert bye|teardown <=2",
    kind: "party-moved",
    what: "somebody on the phones' own segment takes an address of their /64: his MAC is no party's",
    make: (scene) => {
      const call = new Call(scene, phone6(1), phone6(2)).start();
      scene.wait(30);
      const by = { ip: "2001:db8:20:1::beef", port: 5060, mac: "3c:97:0e:12:ab:9f" };
      call.ask(0, "BYE", 200, { by });
      scene.wait(6);
    },
  },
  {
    name: "roams_reinvite_41s_later",
    expect: "max 3",
    kind: "party-moved",
    what: "baresip: media moves, 41 s later REGISTER and re-INVITE from the new address, later its BYE",
    make: (scene) =>
      roams(scene, (call, now) => {
        call.talk(37);
        scene.wait(37);
        new Account(scene, now, PBX, "201").login();
        call.parties[0].at = now;
        call.parties[0].media = media(now, 16_384);
        const sdp = audioSdp(now.ip, 16_384, 2);
        call.ask(0, "INVITE", 200, { sdp, answerSdp: audioSdp(phone(2).ip, 11_780, 2) });
        scene.wait(0.06);
        moveMedia(call, call.parties[0].media);
        call.talk(5);
        scene.wait(5.03);
        call.hangUp(0);
        scene.wait(3);
      }),
  },
  {
    name: "nat_rebinds_ports",
    expect: "max 3",
    kind: "party-moved",
    what: "the NAT forgets: SIP and RTP of the phone come from other ports of the same address, the phone re-INVITEs and hangs up",
    make: (scene) => {
      const call = new Call(scene, natted(1), PBX, {
        callerMedia: { ...natted(1), port: 30_100 },
      }).start(5);
      scene.wait(5.01);
      moveMedia(call, { ...natted(1), port: 41_234 });
      call.talk(5);
      scene.wait(2);
      call.parties[0].at = natted(77);
      const sdp = audioSdp(natted(1).ip, 41_234, 2);
      call.ask(0, "INVITE", 200, { sdp, answerSdp: audioSdp(PBX.ip, 11_780, 2) });
      scene.wait(3.03);
      call.hangUp(0);
      scene.wait(3);
    },
  },
  {
    name: "carrier_sister_node_ipv4_reinvite",
    expect: "max 3",
    kind: "party-moved",
    what: "a carrier's second node, which the PBX pings and which has called before, refreshes the session and hangs up the first one's call",
    make: (scene) => {
      const sister = { ...CARRIER, ip: "192.0.2.132" };
      for (let i = 0; i < 4; i++) {
        const options = requestOf(scene, PBX, sister, "OPTIONS", "ping");
        scene.send(PBX, sister, options.text);
        scene.send(sister, PBX, sipResponse(options, 200, { toTag: scene.hex(8) }), 0.02);
        scene.wait(10);
      }
      const before = new Call(scene, sister, PBX, { from: "4930555", to: "30" }).start(2);
      scene.wait(2.03);
      before.hangUp(0);
      scene.wait(3);
      const call = new Call(scene, PBX, CARRIER, {
        to: "493012345",
        calleeMedia: CARRIER_MEDIA,
      }).start(8);
      scene.wait(4);
      call.parties[1].at = sister;
      call.ask(1, "UPDATE", 200);
      scene.wait(4.03);
      call.ask(1, "BYE", 200);
      scene.wait(3);
    },
  },
  {
    name: "carrier_takes_over_and_hangs_up",
    expect: "max 3",
    kind: "party-moved",
    what: "a carrier's node that nobody has seen moves the media of a call to another gateway (re-INVITE), and hangs it up later",
    make: (scene) => {
      const [standby, gateway] = [
        { ...CARRIER, ip: "203.0.113.140" },
        { ...CARRIER_MEDIA, ip: "203.0.113.141" },
      ];
      const call = new Call(scene, PBX, CARRIER, {
        to: "493012345",
        calleeMedia: CARRIER_MEDIA,
      }).start(3);
      scene.wait(3.01);
      call.parties[1].at = standby;
      const sdp = audioSdp(gateway.ip, gateway.port, 2);
      call.ask(1, "INVITE", 200, { sdp, answerSdp: audioSdp(PBX.ip, 16_384, 2) });
      const [mine, theirs] = call.talkers;
      mine.to = gateway;
      theirs.from = gateway;
      call.talk(6);
      scene.wait(6.03);
      call.hangUp(1);
      scene.wait(3);
    },
  },
  {
    name: "reinvite_and_bye_of_a_stranger",
    expect: "alert bye|teardown <=2",
    kind: "party-moved",
    what: "the same by a stranger: the carrier's media goes on where it was, beside his",
    make: (scene) => {
      const call = new Call(scene, PBX, CARRIER, {
        to: "493012345",
        calleeMedia: CARRIER_MEDIA,
      }).start(13);
      scene.wait(3.01);
      const target = media(STRANGER, 16_384);
      const sdp = audioSdp(target.ip, target.port, 2);
      call.ask(1, "INVITE", 200, { by: STRANGER, sdp, answerSdp: audioSdp(PBX.ip, 16_384, 2) });
      new Talker(scene, target, call.talkers[0].from).talk(6);
      scene.wait(6.03);
      call.ask(1, "BYE", 200, { by: STRANGER });
      scene.wait(5);
    },
  },
  {
    name: "reinvite_from_nowhere_old_goes_on",
    expect: "alert reinvite|hijack|redirect|media <=2",
    kind: "party-moved",
    what: "a stranger's re-INVITE with the caller's tags moves the callee's media to him; the real caller talks on from its address",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(5);
      scene.wait(5);
      const target = media(STRANGER, 16_384);
      const sdp = audioSdp(target.ip, target.port, 2);
      call.ask(0, "INVITE", 200, {
        by: STRANGER,
        sdp,
        answerSdp: audioSdp(phone(2).ip, 11_780, 2),
      });
      scene.wait(0.06);
      const [mine, theirs] = call.talkers;
      mine.talk(6);
      theirs.to = target;
      theirs.talk(6);
      scene.wait(8);
    },
  },
  {
    name: "customer_ends_anothers_call",
    expect: "alert bye|teardown <=2",
    kind: "party-moved",
    what: "a registered customer of the same PBX, known and in good standing, sends the BYE of a call that is not his; the call talks on",
    make: (scene) => {
      for (const n of [1, 2]) new Account(scene, phone(n), PBX, `20${n}`).login();
      new Account(scene, outside(90), PBX, "290").login();
      scene.wait(1);
      const call = new Call(scene, phone(1), phone(2)).start(10);
      scene.wait(4);
      call.ask(0, "BYE", 200, { by: outside(90) });
      scene.wait(9);
    },
  },
  {
    name: "moved_says_the_bye_ipv6",
    expect: "alert bye|teardown <=2",
    kind: "party-moved",
    what: "BYE with right tags from an address in the caller's network that nobody has seen, 4 s of the caller's media follow (IPv6)",
    make: (scene) => {
      const call = new Call(scene, phone6(1), phone6(2)).start(9);
      scene.wait(4.5);
      call.ask(0, "BYE", 200, { by: phone6(77) });
      scene.wait(8);
    },
  },
  {
    name: "media_moves_and_stays",
    expect: "alert media|inject|hijack <=2",
    kind: "party-moved",
    what: "it looks like roaming: same SSRC, next sequence from another address, but the old address goes on for 4 s with the same SSRC",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start();
      const [mine, theirs] = call.talkers;
      theirs.talk(9);
      mine.talk(5);
      const { ssrc, sequence, timestamp } = mine;
      new Talker(scene, media(phone(66), 16_384), mine.to, { ssrc, sequence, timestamp }).talk(
        4,
        5,
      );
      mine.talk(4, 5);
      scene.wait(9.03);
      call.hangUp();
    },
  },
];
