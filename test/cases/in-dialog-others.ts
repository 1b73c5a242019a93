import { audioSdp, sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call, type RequestOptions } from "./call.ts";
import { acknowledges, faxSdp, held, inCall, lateOffer, moved } from "./in-dialog-strangers.ts";
import { CARRIER, CARRIER_MEDIA, media, PBX, phone, ROUTER_MAC } from "./lab.ts";
import { type Case, copyOf, type Scene } from "./scene.ts";

const KIND = "in-dialog-strangers";
/** Of the carrier, in another network; the sensor has not seen it before. */
const OTHER_SITE: Endpoint = { ...CARRIER, ip: "203.0.113.200" };
const SECOND_ROUTER = "00:1b:17:20:00:02";

function healthy(name: string, what: string, make: (scene: Scene) => void): Case {
  return { name, expect: "max 3", kind: KIND, what, make };
}

/** A request of the callee's other site, in a call with the carrier; its audio stops when it says so. */
function otherSite(scene: Scene, method: string, request: RequestOptions, isSilent: boolean): void {
  const call = new Call(scene, CARRIER, PBX, { callerMedia: CARRIER_MEDIA }).start();
  const [mine, theirs] = call.talkers;
  theirs.talk(12);
  mine.talk(isSilent ? 4 : 12);
  scene.wait(4);
  call.ask(0, method, 200, { by: OTHER_SITE, ...request });
  scene.wait(8.05);
  call.hangUp();
  scene.wait(3);
}

/** What healthy calls do that looks like what strangers do in them. */
export const IN_DIALOG_OTHERS: readonly Case[] = [
  healthy(
    "late_offer_acknowledged_by_the_next_node",
    "the carrier calls without an offer, and another node of it acknowledges with the answer",
    (scene) => {
      const call = new Call(scene, CARRIER, PBX, { callerMedia: CARRIER_MEDIA });
      lateOffer(scene, call, () =>
        acknowledges(call, CARRIER_MEDIA, { ...CARRIER, ip: "192.0.2.131" }),
      );
      call.talk(8);
      scene.wait(8.05);
      call.hangUp();
    },
  ),
  healthy(
    "late_offer_behind_a_router_that_took_over",
    "a call without an offer is acknowledged by the router that took over just then, by which all goes on",
    (scene) => {
      const call = new Call(scene, CARRIER, PBX, { callerMedia: CARRIER_MEDIA });
      const second = { mac: SECOND_ROUTER, ttl: 54 };
      lateOffer(scene, call, () => acknowledges(call, CARRIER_MEDIA, { ...CARRIER, ...second }));
      call.parties[0].at = { ...CARRIER, ...second };
      call.talkers[0].from = { ...CARRIER_MEDIA, ...second };
      call.talk(8);
      scene.wait(8.05);
      call.hangUp();
    },
  ),
  healthy(
    "each_fork_is_told_of_its_answer",
    "two phones of a fork ring reliably: a PRACK for each (RFC 3262), and a subscription inside the dialog later",
    (scene) => {
      const call = new Call(scene, phone(1), PBX);
      const [caller, callee] = call.parties;
      scene.send(caller.at, callee.at, call.invite.text);
      for (const [i, tag] of ["leg-one", callee.tag].entries()) {
        const reliable = "Require: 100rel\r\nRSeq: 1\r\nContent-Length";
        const text = call.answer(180, { tag }).replace("Content-Length", reliable);
        scene.send(callee.at, caller.at, text, 0.1 + i * 0.1);
        call.ask(0, "PRACK", 200, { toTag: tag, headers: ["RAck: 1 1 INVITE"], after: 0.3 });
      }
      scene.wait(2);
      call.pickUp().talk(6);
      scene.wait(3);
      call.ask(0, "SUBSCRIBE", 202, { headers: ["Event: conference", "Expires: 3600"] });
      scene.wait(3.05);
      call.hangUp();
    },
  ),
  healthy(
    "held_by_the_carriers_other_site",
    "another site of the carrier puts the call on hold, and its media stops",
    (scene) => {
      const [sdp, answerSdp] = [held(CARRIER_MEDIA), held(media(PBX, 11_780))];
      otherSite(scene, "INVITE", { sdp, answerSdp }, true);
    },
  ),
  healthy(
    "fax_of_the_carriers_other_site",
    "another site of the carrier makes a fax of the call at the same gateway, whose audio stops",
    (scene) => {
      const [sdp, answerSdp] = [faxSdp(CARRIER_MEDIA), faxSdp(media(PBX, 11_780))];
      otherSite(scene, "INVITE", { sdp, answerSdp }, true);
    },
  ),
  healthy(
    "refreshed_without_an_offer_by_the_other_site",
    "another site of the carrier refreshes the session by a re-INVITE without an offer",
    (scene) => otherSite(scene, "INVITE", { answerSdp: audioSdp(PBX.ip, 11_780, 2) }, false),
  ),
  healthy(
    "update_answered_from_the_other_address",
    "who is asked has two addresses and answers in the call from the other one",
    (scene) => {
      const call = new Call(scene, phone(1), PBX).start(12);
      scene.wait(4);
      for (let i = 0; i < 3; i++) {
        const request = call.request(0, "UPDATE");
        scene.send(phone(1), PBX, request.text);
        scene.send({ ...PBX, ip: "10.20.0.12" }, phone(1), sipResponse(request, 200), 0.01);
        scene.wait(2);
      }
      scene.wait(2.05);
      call.hangUp();
    },
  ),
  healthy(
    "updates_while_a_router_flaps",
    "the carrier answers session refreshes by one router and by the other in turn, and repeats an answer by the first",
    (scene) => {
      const call = new Call(scene, PBX, CARRIER, { calleeMedia: CARRIER_MEDIA }).start(12);
      scene.wait(2);
      const second = { ...CARRIER, mac: SECOND_ROUTER, ttl: 54 };
      for (let i = 0; i < 4; i++) {
        const request = call.request(0, "UPDATE");
        const answer = sipResponse(request, 200);
        scene.send(PBX, CARRIER, request.text);
        scene.send(i % 2 === 0 ? second : CARRIER, PBX, answer, 0.02);
        if (i === 2) scene.send(CARRIER, PBX, answer, 0.52);
        scene.wait(2);
      }
      scene.wait(2.05);
      call.hangUp();
    },
  ),
  healthy(
    "updates_on_both_mirrors",
    "both sides of a router are mirrored, each packet twice: the copy another hop on",
    (scene) => {
      scene.tap((packet) => [
        packet,
        copyOf(packet, { afterUs: 20_000, hops: 1, srcMac: ROUTER_MAC, dstMac: SECOND_ROUTER }),
      ]);
      inCall(scene, new Call(scene, phone(1), PBX), (call) => {
        for (const method of ["UPDATE", "OPTIONS", "INFO"]) {
          call.ask(0, method, 200);
          scene.wait(0.1);
        }
      });
    },
  ),
  healthy(
    "moved_and_registered_and_hangs_up",
    "a phone has moved, registered and sent a re-INVITE from there; the call goes on and it hangs up",
    (scene) =>
      moved(scene, (call) => {
        scene.wait(7.05);
        call.hangUp();
      }),
  ),
  healthy(
    "asked_by_the_carriers_other_site",
    "another site of the carrier asks in the call whether it is still up, each two seconds",
    (scene) => {
      const call = new Call(scene, CARRIER, PBX, { callerMedia: CARRIER_MEDIA }).start(12);
      for (let i = 0; i < 5; i++) {
        scene.wait(2);
        call.ask(0, "OPTIONS", 200, { by: OTHER_SITE, cseq: 10 + i });
      }
      scene.wait(2.05);
      call.hangUp();
    },
  ),
];
