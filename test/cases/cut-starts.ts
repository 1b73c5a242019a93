import { audioSdp } from "../support/sip-builder.ts";
import { type Endpoint, sentBy, WIRE_START_US } from "../support/wire.ts";
import { Call } from "./call.ts";
import { CARRIER, CARRIER_MEDIA, media, outside, PBX, phone, ROUTER_MAC, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "cut-starts";
/** The sensor is started two seconds into the talk. */
const BEFORE_S = 3.1;

function startedLate(scene: Scene): void {
  const startUs = WIRE_START_US + BEFORE_S * 1e6;
  scene.tap((packet) => (packet.timeUs < startUs ? [] : [packet]));
}

/** A call with its media, 6 s into it and 5 s into what the sensor sees. */
function running(scene: Scene, caller: Endpoint, callerMedia?: Endpoint): Call {
  startedLate(scene);
  const call = new Call(scene, caller, CARRIER, {
    to: "4930123456",
    calleeMedia: CARRIER_MEDIA,
    ...(callerMedia !== undefined && { callerMedia }),
  });
  call.start(7);
  scene.wait(7.03);
  return call;
}

interface MoveOptions {
  readonly to: Endpoint;
  readonly by?: Endpoint;
  /** Seconds for which the caller talks on from where it was. */
  readonly onFor: number;
}

/** A re-INVITE in the caller's name leads the carrier's media elsewhere, the call goes on for ten seconds and the caller hangs up. */
function moved(call: Call, { to, by, onFor }: MoveOptions): void {
  const { scene } = call;
  const [own, others] = call.talkers;
  call.ask(0, "INVITE", 200, {
    ...(by !== undefined && { by }),
    sdp: audioSdp(to.ip, to.port, 2),
    answerSdp: audioSdp(CARRIER_MEDIA.ip, CARRIER_MEDIA.port),
  });
  if (onFor > 0) own.talk(onFor);
  others.talk(0.03);
  others.to = to;
  others.talk(10, 0.03);
  scene.wait(10.1);
}

/** Calls that were up before the sensor was: the first request that it sees of one need not be its party's. */
export const CUT_STARTS: readonly Case[] = [
  {
    name: "stranger_moves_media_of_a_call_cut_at_its_start",
    expect: "alert media redirected .*reinvite_hijack <=1",
    kind: KIND,
    what: "a stranger leads the carrier's media to himself while the caller talks on, who hangs up later",
    make: (scene) => {
      const call = running(scene, phone(1));
      moved(call, { to: media(STRANGER, 40_000), by: STRANGER, onFor: 10 });
      call.hangUp();
    },
  },
  {
    name: "stranger_moves_media_of_a_call_cut_at_its_start_beside_its_refresh",
    expect: "alert media redirected .*reinvite_hijack <=1",
    kind: KIND,
    what: "the same by a stranger who hangs up himself in the end",
    make: (scene) => {
      const call = running(scene, phone(1));
      moved(call, { to: media(STRANGER, 40_000), by: STRANGER, onFor: 10 });
      call.ask(0, "BYE", 200, { by: STRANGER, cseq: 9 });
      scene.wait(3);
    },
  },
  {
    name: "caller_hangs_up_in_a_call_that_another_host_refreshed",
    expect: "quiet",
    kind: KIND,
    what: "the caller's SBC refreshes the session, where the caller's media is; the other node of the SBC hangs up",
    make: (scene) => {
      const node: Endpoint = { ...outside(70), port: 5060 };
      const call = running(scene, node, media(phone(1), 16_384));
      const [own, others] = call.talkers;
      call.ask(0, "INVITE", 200, {
        sdp: audioSdp(own.from.ip, own.from.port, 2),
        answerSdp: audioSdp(CARRIER_MEDIA.ip, CARRIER_MEDIA.port),
      });
      own.talk(5);
      others.talk(5);
      scene.wait(5.03);
      call.parties[0].at = outside(71);
      call.hangUp();
    },
  },
  {
    name: "phone_behind_nat_refreshes_by_its_proxy_in_a_call_cut_at_its_start",
    expect: "quiet",
    kind: KIND,
    what: "only the proxy's far side is mirrored: it passes on a refresh that names the phone's private address, media is the NAT's as before",
    make: (scene) => {
      const nat: Endpoint = { ip: "203.0.113.50", port: 40_012, mac: ROUTER_MAC, ttl: 57 };
      const call = running(scene, PBX, nat);
      const [own, others] = call.talkers;
      call.ask(0, "INVITE", 200, {
        sdp: audioSdp("192.168.1.20", 16_384, 2),
        answerSdp: audioSdp(CARRIER_MEDIA.ip, CARRIER_MEDIA.port),
        sentBy: sentBy(PBX),
      });
      own.talk(8);
      others.talk(8);
      scene.wait(8.03);
      call.hangUp();
    },
  },
  {
    name: "pbx_joins_two_legs_of_a_call_cut_at_its_start",
    expect: "quiet",
    kind: KIND,
    what: "the PBX leads the carrier's media to another telephone, and its own stops with some packets more",
    make: (scene) => {
      const call = running(scene, PBX, media(PBX, 16_384));
      moved(call, { to: media(phone(4), 12_000), onFor: 0.2 });
      call.hangUp();
    },
  },
  {
    name: "phone_moves_in_a_call_cut_at_its_start",
    expect: "quiet",
    kind: KIND,
    what: "a phone changes its network: media comes from the new address, the re-INVITE a second later",
    make: (scene) => {
      const call = running(scene, outside(40));
      const [own] = call.talkers;
      const at = outside(90);
      own.from = media(at, own.from.port);
      own.talk(11);
      call.parties[0].at = at;
      scene.wait(1);
      moved(call, { to: own.from, onFor: 0 });
      call.hangUp();
    },
  },
];
