import { requestOf } from "../support/sip-actors.ts";
import { audioSdp, challenge, sipResponse } from "../support/sip-builder.ts";
import { type Endpoint, sentBy, WIRE_START_US } from "../support/wire.ts";
import { Call } from "./call.ts";
import { Account, nonceOf } from "./digest.ts";
import { forgedBy, media, outside, PBX, phone, phone6, STRANGER, STRANGER6 } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { Talker } from "./talker.ts";

/** A stranger does something that makes him look like he belongs, then sends the caller's BYE; the call talks on. */
function claimsThenBye(
  name: string,
  what: string,
  claim: (scene: Scene, call: Call, stranger: Endpoint) => void,
  isV6 = false,
): Case {
  return {
    name,
    expect: "alert bye|teardown <=2",
    kind: "trust-claim",
    what,
    make: (scene) => {
      const at = isV6 ? phone6 : phone;
      const stranger = isV6 ? STRANGER6 : STRANGER;
      const call = new Call(scene, at(1), at(2)).start(10);
      scene.wait(3);
      claim(scene, call, stranger);
      scene.wait(2);
      call.ask(0, "BYE", 200, { by: stranger });
      scene.wait(6);
    },
  };
}

/** What a stranger who has heard the tags can write in the dialog. */
function strangersRequest(
  scene: Scene,
  call: Call,
  stranger: Endpoint,
  method: string,
  status: number,
): void {
  const request = call.request(0, method, { by: stranger });
  const callee = call.parties[1].at;
  scene.send(stranger, callee, request.text);
  if (status > 0) scene.send(callee, stranger, sipResponse(request, status), 0.02);
}

/** What was sent before the clock stands here is not seen: the sensor was started in the middle of a call. */
function startsNow(scene: Scene): void {
  const startUs = WIRE_START_US + scene.now * 1e6;
  scene.tap((packet) => (packet.timeUs < startUs ? [] : [packet]));
}

export const TRUST_CLAIM: readonly Case[] = [
  {
    name: "claims_media_of_a_call_begun_before",
    expect: "alert media|inject <=2",
    kind: "trust-claim",
    what: "a call was up before the sensor and re-INVITEs; a stranger's INVITE names the callee's media address beside his own, 401; his RTP runs beside the call's",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(20);
      scene.wait(5);
      startsNow(scene);
      const [mine, theirs] = call.talkers.map(({ from }) => from);
      if (mine === undefined || theirs === undefined) return;
      const sdp = audioSdp(mine.ip, mine.port, 2);
      call.ask(0, "INVITE", 200, { sdp, answerSdp: audioSdp(theirs.ip, theirs.port, 2) });
      scene.wait(2);
      const player = { ...STRANGER, port: 40_000 };
      const both = `${audioSdp(player.ip, player.port)}m=audio ${theirs.port} RTP/AVP 0\r\nc=IN IP4 ${theirs.ip}\r\n`;
      const claim = requestOf(scene, STRANGER, PBX, "INVITE", "666", { to: "999", sdp: both });
      scene.send(STRANGER, PBX, claim.text);
      scene.send(PBX, STRANGER, sipResponse(claim, 401, { toTag: "x" }), 0.01);
      scene.wait(0.5);
      new Talker(scene, player, theirs).talk(5);
      scene.wait(12.6);
      call.hangUp();
      scene.wait(5);
    },
  },
  claimsThenBye(
    "claims_by_forged_200",
    "a stranger answers the INVITE a second time with 200, his Contact and SDP, then sends the BYE",
    (scene, call, stranger) => {
      const sdp = audioSdp(stranger.ip, 9000);
      scene.send(
        stranger,
        call.parties[0].at,
        call.answer(200, { sdp, contact: stranger, tag: scene.hex(10) }),
      );
    },
  ),
  claimsThenBye(
    "claims_by_register",
    "a stranger's REGISTER with the call's Call-ID is challenged, he does not take it up; then his BYE",
    (scene, call, stranger) => {
      const { callId } = call;
      const register = requestOf(scene, stranger, call.parties[1].at, "REGISTER", "201", {
        callId,
      });
      scene.send(stranger, call.parties[1].at, register.text);
      const headers = [challenge(nonceOf(scene))];
      scene.send(
        call.parties[1].at,
        stranger,
        sipResponse(register, 401, { toTag: scene.hex(8), headers }),
        0.02,
      );
    },
  ),
  claimsThenBye(
    "claims_by_message_ipv6",
    "a stranger's MESSAGE inside the dialog is taken with 200, as most phones do; then his BYE (IPv6)",
    (scene, call, stranger) => {
      strangersRequest(scene, call, stranger, "MESSAGE", 200);
    },
    true,
  ),
  claimsThenBye(
    "claims_by_subscribe",
    "a stranger's SUBSCRIBE inside the dialog meets 481, his INFO 200; then his BYE",
    (scene, call, stranger) => {
      strangersRequest(scene, call, stranger, "SUBSCRIBE", 481);
      scene.wait(0.2);
      strangersRequest(scene, call, stranger, "INFO", 200);
    },
  ),
  claimsThenBye(
    "claims_to_be_a_proxy",
    "a stranger repeats the INVITE with a Via and a Record-Route of his own on top, as a proxy would 3 s late; then his BYE",
    (scene, call, stranger) => {
      const via = `Via: SIP/2.0/UDP ${sentBy(stranger)};branch=z9hG4bK${scene.hex(10)}\r\n`;
      const route = `Record-Route: <sip:${sentBy(stranger)};lr>\r\n`;
      const text = call.invite.text.replace("Via:", `${via}${route}Via:`);
      scene.send(stranger, call.parties[1].at, text);
    },
  ),
  {
    name: "path_poisoned_by_options",
    expect: "alert bye|teardown <=3",
    kind: "trust-claim",
    what: "six forged OPTIONS in the caller's name by another MAC and TTL during the call, then the forged BYE by the same; the caller is silent after it",
    make: (scene) => {
      const account = new Account(scene, phone(1), PBX, "201");
      for (let i = 0; i < 4; i++) {
        account.login();
        scene.wait(1);
      }
      const call = new Call(scene, phone(1), PBX).start();
      const liar = forgedBy(phone(1), 50);
      for (let i = 0; i < 6; i++) {
        const options = requestOf(scene, phone(1), PBX, "OPTIONS", "201");
        scene.send(liar, PBX, options.text);
        scene.send(PBX, phone(1), sipResponse(options, 200, { toTag: scene.hex(8) }), 0.01);
        scene.wait(0.5);
      }
      call.ask(0, "BYE", 200, { by: liar });
      scene.wait(3);
    },
  },
  {
    name: "reinvite_refused_then_media",
    expect: "alert media|inject <=2",
    kind: "trust-claim",
    what: "a stranger's re-INVITE names his address for media and is refused with 481; he sends 200 packets all the same",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(10);
      scene.wait(3);
      const mine = media(STRANGER, 9000);
      const invite = call.request(0, "INVITE", {
        by: STRANGER,
        sdp: audioSdp(mine.ip, mine.port),
        toTag: "0badc0de",
      });
      scene.send(STRANGER, phone(2), invite.text);
      scene.send(phone(2), STRANGER, sipResponse(invite, 481), 0.02);
      scene.wait(1);
      new Talker(scene, mine, call.parties[1].media).talk(4);
      scene.wait(6.03);
      call.hangUp();
    },
  },
  {
    name: "stranger_is_only_curious",
    expect: "max 3",
    kind: "trust-claim",
    what: "a monitor of another network asks both phones with OPTIONS during the call, with Call-IDs of its own; the caller hangs up",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(10);
      for (let i = 0; i < 3; i++) {
        scene.wait(2);
        for (const { at, user } of call.parties) {
          const options = requestOf(scene, outside(9), at, "OPTIONS", user);
          scene.send(outside(9), at, options.text);
          scene.send(at, outside(9), sipResponse(options, 200, { toTag: scene.hex(8) }), 0.02);
        }
      }
      scene.wait(4.03);
      call.hangUp();
    },
  },
];
