import { audioSdp } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call, type RequestOptions } from "./call.ts";
import { forgedBy, media, PBX, PBX6, phone, phone6, STRANGER, STRANGER6 } from "./lab.ts";
import type { Case } from "./scene.ts";
import { Talker } from "./talker.ts";

const KIND = "in-dialog";

interface StrangersOptions {
  readonly method: string;
  readonly status: number;
  readonly wanted: string;
  readonly request?: RequestOptions;
  readonly isV6?: boolean;
  readonly by?: Endpoint;
}

/** A request in the caller's name in the middle of its call; the call goes on and ends as it should. */
function stranger(name: string, what: string, options: StrangersOptions): Case {
  const { method, status, wanted, request = {}, isV6 = false } = options;
  return {
    name,
    expect: `alert ${wanted}|stranger|foreign|hijack|spoof|no party <=3`,
    kind: KIND,
    what,
    make: (scene) => {
      const at = isV6 ? phone6 : phone;
      const call = new Call(scene, at(1), at(2)).start(8);
      scene.wait(3);
      call.ask(0, method, status, { by: options.by ?? (isV6 ? STRANGER6 : STRANGER), ...request });
      if (method === "REFER") {
        scene.wait(0.1);
        // RFC 3515 2.4.4; the caller knows of no subscription.
        call.ask(1, "NOTIFY", 481, { headers: REFER_STATE });
        const [, { at: callee, user }] = call.parties;
        const pbx = isV6 ? PBX6 : PBX;
        const callerMedia = media(callee, 11_790);
        new Call(scene, callee, pbx, { from: user, to: "0088263188131", callerMedia }).start(3);
      }
      scene.wait(5.03);
      call.hangUp();
      scene.wait(2);
    },
  };
}

const REFER_STATE = ["Event: refer", "Subscription-State: active;expires=60"];
const PREMIUM = ["Refer-To: <sip:0088263188131@10.20.0.10>", "Referred-By: <sip:201@10.20.0.10>"];

export const IN_DIALOG: readonly Case[] = [
  stranger(
    "refer_stranger_ipv6_200",
    "a stranger's REFER to a satellite number, taken with 200 (IPv6)",
    {
      method: "REFER",
      status: 200,
      wanted: "refer|transfer",
      request: { headers: PREMIUM },
      isV6: true,
    },
  ),
  stranger(
    "refer_in_callers_name",
    "REFER with the caller's address by another MAC and TTL, 202; the callee's NOTIFY goes to the caller, who answers 481",
    {
      method: "REFER",
      status: 202,
      wanted: "refer|transfer",
      request: { headers: PREMIUM },
      by: forgedBy(phone(1), 128),
    },
  ),
  stranger("refer_in_callers_name_same_ttl", "the same with the caller's TTL: one sign is left", {
    method: "REFER",
    status: 202,
    wanted: "refer|transfer",
    request: { headers: PREMIUM },
    by: forgedBy(phone(1), 64),
  }),
  stranger(
    "update_moves_media",
    "a stranger's UPDATE (RFC 3311) names his own address for the media and is taken with 200",
    {
      method: "UPDATE",
      status: 200,
      wanted: "update|redirect|reinvite|re-invite|media",
      request: { sdp: audioSdp(STRANGER.ip, 7000, 2), answerSdp: audioSdp(phone(2).ip, 11_780, 2) },
    },
  ),
  stranger(
    "info_presses_keys",
    "a stranger's INFO inside the dialog presses a key (application/dtmf-relay), 200",
    {
      method: "INFO",
      status: 200,
      wanted: "info|dtmf",
      request: { headers: ["Info-Package: dtmf"] },
    },
  ),
  stranger(
    "notify_by_stranger",
    "a stranger's NOTIFY inside the dialog (Event: talk, which makes phones pick up or unhold), 200",
    {
      method: "NOTIFY",
      status: 200,
      wanted: "notify",
      request: { headers: ["Event: talk", "Subscription-State: active"] },
    },
  ),
  {
    name: "reinvite_holds_by_stranger",
    expect: "alert reinvite|re-invite|hijack|redirect|stranger|hold <=3",
    kind: KIND,
    what: "a stranger's re-INVITE with c=0.0.0.0 puts the call on hold: the callee falls silent, the caller talks on",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start();
      const [mine, theirs] = call.talkers;
      mine.talk(9);
      theirs.talk(4);
      scene.wait(4);
      const sdp = audioSdp("0.0.0.0", 7000, 2).replace("sendrecv", "sendonly");
      call.ask(0, "INVITE", 200, {
        by: STRANGER,
        sdp,
        answerSdp: audioSdp(phone(2).ip, 11_780, 2),
      });
      scene.wait(5.03);
      call.hangUp();
    },
  },
  {
    name: "party_blind_transfer",
    expect: "quiet",
    kind: KIND,
    what: "the callee itself transfers: REFER 202, NOTIFYs, the caller's own call to the target, BYE by the callee",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(4);
      scene.wait(4.03);
      call.ask(1, "REFER", 202, { headers: [`Refer-To: <sip:203@${phone(3).ip}>`] });
      scene.wait(0.1);
      call.ask(0, "NOTIFY", 200, {
        headers: ["Event: refer", "Subscription-State: active;expires=60"],
      });
      const next = new Call(scene, phone(1), phone(3), {
        to: "203",
        callerMedia: media(phone(1), 16_400),
      }).start(5);
      call.ask(0, "NOTIFY", 200, {
        headers: ["Event: refer", "Subscription-State: terminated;reason=noresource"],
      });
      scene.wait(0.1);
      call.ask(1, "BYE", 200);
      scene.wait(5.03);
      next.hangUp();
    },
  },
  {
    name: "party_keys_refresh_and_text",
    expect: "quiet",
    kind: KIND,
    what: "the parties' own INFO (keys), UPDATE (session timer), MESSAGE and OPTIONS inside the dialog, one answered 415, one 500",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(10);
      scene.wait(1);
      for (let i = 0; i < 4; i++) {
        call.ask(0, "INFO", 200);
        scene.wait(0.5);
      }
      call.ask(1, "UPDATE", 200, { headers: ["Session-Expires: 1800;refresher=uac"] });
      scene.wait(1);
      call.ask(0, "MESSAGE", 415);
      scene.wait(1);
      call.ask(1, "OPTIONS", 500);
      scene.wait(5.03);
      call.hangUp(1);
    },
  },
  {
    name: "music_server_by_reinvite",
    expect: "quiet",
    kind: KIND,
    what: "the PBX's re-INVITE gives the phone a music server's address for the hold (another host speaks for 6 s), then its own again",
    make: (scene) => {
      const call = new Call(scene, phone(1), PBX).start(4);
      scene.wait(4.02);
      const music = { ip: "10.20.0.13", port: 40_000, mac: "00:50:56:20:00:13" };
      const mine = call.parties[0].media;
      const turn = (to: Endpoint, version: number, direction: string) => {
        const sdp = audioSdp(to.ip, to.port, version).replace("sendrecv", direction);
        call.ask(1, "INVITE", 200, { sdp, answerSdp: audioSdp(mine.ip, mine.port, version) });
        scene.wait(0.06);
      };
      turn(music, 2, "sendonly");
      new Talker(scene, music, mine).talk(6);
      scene.wait(6);
      turn(call.parties[1].media, 3, "sendrecv");
      call.talk(4);
      scene.wait(4.03);
      call.hangUp();
    },
  },
  {
    name: "direct_media_reinvite",
    expect: "quiet",
    kind: KIND,
    what: "a PBX answers, then connects the two phones' media directly by re-INVITEs to both, and takes it back before the end",
    make: (scene) => {
      const first = new Call(scene, phone(1), PBX, { to: "202" }).start();
      const second = new Call(scene, PBX, phone(2), {
        from: "201",
        callerMedia: media(PBX, 18_000),
        calleeMedia: media(phone(2), 16_384),
      }).start();
      for (const call of [first, second]) call.talk(2);
      scene.wait(2);
      const [a, b] = [first.parties[0].media, second.parties[1].media];
      const turn = (one: Endpoint, other: Endpoint, version: number) => {
        first.ask(1, "INVITE", 200, {
          sdp: audioSdp(other.ip, other.port, version),
          answerSdp: audioSdp(a.ip, a.port, version),
        });
        second.ask(0, "INVITE", 200, {
          sdp: audioSdp(one.ip, one.port, version),
          answerSdp: audioSdp(b.ip, b.port, version),
        });
        scene.wait(0.06);
      };
      turn(a, b, 2);
      first.talkers[0].to = b;
      second.talkers[1].to = a;
      first.talkers[0].talk(5);
      second.talkers[1].talk(5);
      scene.wait(5.02);
      turn(second.parties[0].media, first.parties[1].media, 3);
      first.talkers[0].to = first.parties[1].media;
      second.talkers[1].to = second.parties[0].media;
      for (const call of [first, second]) call.talk(2);
      scene.wait(2.03);
      first.hangUp(0);
      second.hangUp(0);
    },
  },
];
