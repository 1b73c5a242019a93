import { rtcpBye } from "../media/rtp.ts";
import type { Scene } from "../scene.ts";
import { anyPhone, carrier, lanPhone, pbx, proxy } from "../sip/agent.ts";
import { Call } from "../sip/call.ts";
import type { Header } from "../sip/message.ts";
import { Place } from "../wire/network.ts";
import { proxied, registered } from "./calls.ts";
import type { HonestStory } from "./story.ts";

/** What happens within calls: hold, transfer, refresh, and ways to end. */

function answered(scene: Scene): Call {
  const call = proxied(scene).start().ring();
  scene.wait(scene.random.between(0.5, 3));
  return call.answer();
}

/** Two phones joined by proxy; the one talks with the other until both are somewhere else. */
function transfer(scene: Scene, isAttended: boolean): void {
  const call = answered(scene).talk(3);
  const third = registered(scene, lanPhone(scene, 2, Place.PROXY), proxy(scene));
  const proxies = [proxy(scene)];
  let target = `<sip:${third.user}@${Place.PROXY}>`;
  let consultation: Call | null = null;
  const headers: Header[] = [["Referred-By", `<sip:${call.callee.user}@${Place.PROXY}>`]];
  if (isAttended) {
    call.reInvite("callee", { direction: "sendonly" }, { direction: "recvonly" });
    consultation = new Call(scene, call.callee, third, { proxies, codec: call.codec })
      .start()
      .ring();
    consultation.answer().talk(3);
    const { callId, calleeTag, callerTag } = consultation;
    const replaces = `${callId};to-tag=${calleeTag};from-tag=${callerTag}`;
    headers.push(["Replaces", replaces]);
    target = `<sip:${third.user}@${Place.PROXY}?Replaces=${encodeURIComponent(replaces)}>`;
  }
  const refer = call.transaction("callee", "REFER", {
    headers: [
      ["Refer-To", target],
      ["Referred-By", `<sip:${call.callee.user}@${Place.PROXY}>`],
    ],
  });
  refer.send().answer(202, { hasContact: true });
  const notify = (status: string, state: string) =>
    call
      .transaction("caller", "NOTIFY", {
        headers: [
          ["Event", "refer"],
          ["Subscription-State", state],
        ],
        body: { type: "message/sipfrag;version=2.0", text: `SIP/2.0 ${status}\r\n` },
      })
      .send()
      .answer(200);
  notify("100 Trying", "active;expires=60");
  // The transferred phone keeps its media port, SSRC and sequence and only sends elsewhere.
  const next = new Call(scene, call.caller, third, {
    proxies,
    codec: call.codec,
    callerMedia: call.media.caller,
    inviteHeaders: headers,
    ...(consultation !== null && { calleeMedia: consultation.media.callee }),
  });
  next.start().ring().answer();
  next.senders.caller = call.senders.caller;
  next.senders.caller.to = next.media.callee.endpoint;
  notify("200 OK", "terminated;reason=noresource");
  consultation?.hangUp("callee");
  call.hangUp("callee");
  next.talk(4).hangUp();
}

export const DIALOG_STORIES: readonly HonestStory[] = [
  {
    name: "hold-and-resume",
    play: (scene) => {
      const call = answered(scene).talk(3);
      const style = scene.random.pick(["sendonly", "inactive", "zeroed"]);
      const offer =
        style === "sendonly"
          ? { direction: "sendonly" as const }
          : { direction: "inactive" as const };
      call.reInvite("callee", style === "zeroed" ? { isZeroed: true } : offer);
      scene.wait(3);
      call.reInvite("callee");
      call.talk(3).hangUp("callee");
    },
  },
  {
    name: "hold-with-rtcp-bye",
    play: (scene) => {
      const call = answered(scene).talk(3);
      const { callee } = call.senders;
      for (const direction of ["sendonly", "sendrecv"] as const) {
        // pjsip: RTCP BYE at each hold and resume, and on with the same SSRC.
        callee.report(scene.now, rtcpBye(callee.ssrc));
        call.reInvite("callee", { direction });
        scene.wait(2);
      }
      call.talk(3).hangUp();
    },
  },
  {
    name: "music-on-hold",
    play: (scene) => {
      const phone = registered(scene, lanPhone(scene, 0), pbx(scene));
      const call = new Call(scene, phone, pbx(scene), { dialled: "600", isChallenged: true });
      call.start().ring().answer().talk(2);
      call.senders.callee.restart();
      call.talk(3);
      call.senders.callee.restart();
      call.talk(2).hangUp();
    },
  },
  { name: "blind-transfer", play: (scene) => transfer(scene, false) },
  { name: "attended-transfer", play: (scene) => transfer(scene, true) },
  {
    name: "session-refresh",
    play: (scene) => {
      const call = answered(scene).talk(2);
      for (let i = 0; i < 3; i++) {
        if (scene.random.chance(0.5)) call.reInvite("caller");
        else call.transaction("caller", "UPDATE").send().answer(200, { hasContact: true });
        call.talk(2);
      }
      call.hangUp("callee");
    },
  },
  {
    name: "both-hang-up-at-once",
    play: (scene) => {
      const call = answered(scene).talk(4);
      const one = call.transaction("caller", "BYE").send();
      const other = call.transaction("callee", "BYE").send();
      const status = scene.random.pick([200, 481]);
      one.answer(status);
      other.answer(status);
    },
  },
  {
    name: "bye-sent-again",
    play: (scene) => {
      const call = answered(scene).talk(3);
      const bye = call.transaction("caller", "BYE").send();
      scene.wait(0.5);
      bye.sendHop(0);
      bye.sendHop(1);
      bye.answer(200);
    },
  },
  {
    name: "caller-gives-up",
    play: (scene) => {
      for (let i = 0; i < 3; i++) {
        const call = proxied(scene).start().ring();
        scene.wait(scene.random.between(2, 8));
        call.cancel();
        scene.wait(5);
      }
    },
  },
  {
    name: "busy-and-misdialled",
    play: (scene) => {
      const phone = registered(scene, anyPhone(scene, 0), pbx(scene));
      for (const status of [486, 404, 404, 484, 480, 603, 404]) {
        const dialled = `0${scene.random.whole(10_000_000, 99_999_999)}`;
        const options = { dialled, isChallenged: true };
        new Call(scene, phone, pbx(scene), options).start().refuse(status);
        scene.wait(scene.random.between(4, 12));
      }
      const options = { dialled: "300", isChallenged: true };
      new Call(scene, phone, pbx(scene), options).start().ring().answer().talk(2).hangUp();
    },
  },
  {
    name: "invite-sent-again",
    play: (scene) => {
      const number = `4930${scene.random.whole(1_000_000, 9_999_999)}`;
      const call = new Call(scene, carrier(scene, number), pbx(scene), { dialled: scene.user(0) });
      call.invite.send();
      scene.wait(0.5);
      call.invite.sendHop(0);
      scene.wait(1);
      call.invite.sendHop(0);
      call.ring().answer().talk(2).hangUp("callee");
    },
  },
  {
    name: "dtmf-by-info",
    play: (scene) => {
      const call = answered(scene);
      const startS = scene.now;
      call.playBoth(5);
      for (const digit of "1234#") {
        const body = {
          type: "application/dtmf-relay",
          text: `Signal=${digit}\r\nDuration=160\r\n`,
        };

        call.transaction("caller", "INFO", { body }).send().answer(200);
        scene.wait(0.4);
      }
      scene.now = startS + 5;
      call.hangUp();
    },
  },
];
