import { RtpSender } from "../media/rtp.ts";
import type { Scene } from "../scene.ts";
import { type Agent, lanPhone, nattedPhone, pbx, remotePhone } from "../sip/agent.ts";
import { Call } from "../sip/call.ts";
import { Registration } from "../sip/registration.ts";
import { Place } from "../wire/network.ts";
import { bridged, registered } from "./calls.ts";
import type { HonestStory } from "./story.ts";

/** Phones whose address changes in the middle of a call. */

/** A call with the PBX that has talked for a while. */
function talking(scene: Scene, phone: Agent): Call {
  const call = new Call(scene, phone, pbx(scene), { dialled: "600", isChallenged: true });
  return call.start().ring().answer().talk(3);
}

/** Another address, the same MAC, port, SSRC and next sequence number. */
function roam(scene: Scene, call: Call): Agent {
  const ip = Place.lanPhone(scene.slot, 60);
  const machine = scene.network.move(call.caller.endpoint.machine, ip);
  const { port } = call.media.caller.endpoint;
  call.media.caller = { endpoint: { machine, port }, sdpIp: ip, sdpPort: port };
  call.senders.caller.from = { machine, port };
  return { ...call.caller, endpoint: { machine, port: 5060 }, ownIp: ip, mediaIp: ip };
}

export const MOVING_STORIES: readonly HonestStory[] = [
  {
    name: "phone-roams-in-call",
    play: (scene) => {
      const phone = registered(scene, lanPhone(scene, 0), pbx(scene));
      const call = talking(scene, phone);
      const moved = roam(scene, call);
      // linphone within two seconds, baresip when its minute is over, pjsip never.
      const signalsAfterS = scene.random.pick([0.6, 1.3, 2, 15, 41, null]);
      const latches = scene.random.chance(0.5);
      if (latches) call.senders.callee.to = call.media.caller.endpoint;
      call.talk(signalsAfterS ?? 6);
      call.caller = moved;
      if (signalsAfterS !== null) {
        new Registration(scene, moved, pbx(scene)).register();
        call.reInvite("caller");
        call.senders.callee.to = call.media.caller.endpoint;
        call.talk(2);
      }
      call.hangUp(signalsAfterS === null ? scene.random.pick(["caller", "callee"]) : "caller");
    },
  },
  {
    name: "nat-rebinds-media",
    play: (scene) => {
      const phone = registered(scene, nattedPhone(scene, 0), pbx(scene));
      const call = talking(scene, phone);
      const port = call.media.caller.endpoint.port + 1_111 * 2;
      call.senders.caller.from = { ...call.media.caller.endpoint, port };
      call.senders.callee.to = call.senders.caller.from;
      call.talk(4).hangUp();
    },
  },
  {
    name: "phone-reboots-in-call",
    play: (scene) => {
      const phone = registered(scene, lanPhone(scene, 0), pbx(scene));
      const call = talking(scene, phone);
      // It forgets the call; the PBX talks into nothing for a while and hangs up.
      call.senders.callee.play(scene.now, 6);
      scene.wait(6);
      new Registration(scene, phone, pbx(scene)).register();
      call.transaction("callee", "BYE").send().answer(481);
      scene.wait(1);
      const again = new Call(scene, phone, pbx(scene), {
        dialled: "600",
        isChallenged: true,
        callerMedia: call.media.caller,
      });
      again.start().ring().answer().talk(3).hangUp();
    },
  },
  {
    name: "two-phones-behind-one-nat-call-each-other",
    play: (scene) => {
      const server = pbx(scene);
      const from = registered(scene, nattedPhone(scene, 0), server);
      const to = registered(scene, nattedPhone(scene, 1), server);
      const [first, second] = bridged(scene, from, to);
      first.playBoth(4);
      second.talk(4);
      first.hangUp("callee");
      second.hangUp("callee");
    },
  },
  {
    name: "relay-passes-media-unchanged",
    play: (scene) => {
      const server = pbx(scene);
      const from = registered(scene, remotePhone(scene, 0), server);
      const to = registered(scene, lanPhone(scene, 1), server);
      const [first, second] = bridged(scene, from, to);
      // rtpengine keeps SSRC, sequence and timestamp: the same packets on both legs.
      const passed = new RtpSender(
        scene,
        second.media.caller.endpoint,
        second.media.callee.endpoint,
        first.codec,
      );
      const { ssrc, sequence, timestamp } = first.senders.caller;
      Object.assign(passed, { ssrc, sequence, timestamp, hasRtcp: false });
      first.senders.caller.hasRtcp = false;
      first.senders.caller.play(scene.now, 5);
      passed.play(scene.now + 0.002, 5);
      first.senders.callee.play(scene.now + 0.01, 5);
      second.senders.callee.play(scene.now + 0.008, 5);
      scene.wait(5.1);
      first.hangUp();
      second.hangUp();
    },
  },
];
