import type { Scene } from "../scene.ts";
import { type Agent, carrier, lanPhone, pbx, proxy } from "../sip/agent.ts";
import { Call } from "../sip/call.ts";
import { Place } from "../wire/network.ts";
import { registered } from "./calls.ts";
import type { HonestStory } from "./story.ts";

/** One call, several phones or several nodes of the same party. */

function forked(scene: Scene, count: number): Call[] {
  const server = proxy(scene);
  const [caller, ...phones] = Array.from({ length: count + 1 }, (_, i) =>
    registered(scene, lanPhone(scene, i, Place.PROXY), server),
  ) as [Agent, ...Agent[]];
  // All are phones of one user.
  const dialled = scene.user(1);
  const options = { proxies: [server], isChallenged: true, dialled };
  const first = new Call(scene, caller, phones[0] as Agent, options).start();
  const others = phones.slice(1).map((phone) => first.fork(phone).start());
  const branches = [first, ...others];
  for (const branch of branches) branch.ring();
  scene.wait(scene.random.between(1, 4));
  return branches;
}

/** The trunk's other node, of the same carrier. */
function sister(scene: Scene, peer: Agent): Agent {
  const { CARRIER_SISTER } = Place;
  return { ...peer, endpoint: scene.endpoint(CARRIER_SISTER, 5060), ownIp: CARRIER_SISTER };
}

export const FORK_STORIES: readonly HonestStory[] = [
  {
    name: "forked-call",
    play: (scene) => {
      const branches = forked(scene, scene.random.whole(2, 4));
      const winner = scene.random.pick(branches);
      winner.answer();
      for (const branch of branches) if (branch !== winner) branch.cancelBranch();
      winner.talk(4).hangUp(scene.random.pick(["caller", "callee"]));
    },
  },
  {
    name: "forked-call-answered-twice",
    play: (scene) => {
      const [first, second] = forked(scene, 2) as [Call, Call];
      first.answer();
      second.answer();
      // linphone and pjsip end the second leg; baresip leaves it hanging.
      if (scene.random.chance(0.6)) second.hangUp("caller");
      first.talk(4).hangUp("caller");
    },
  },
  {
    name: "ring-group",
    play: (scene) => {
      const server = pbx(scene);
      const number = `4930${scene.random.whole(1_000_000, 9_999_999)}`;
      const inbound = new Call(scene, carrier(scene, number), server, { dialled: scene.user(90) });
      inbound.start().ring();
      const members = Array.from({ length: scene.random.whole(3, 8) }, (_, i) =>
        registered(scene, lanPhone(scene, i), server),
      );
      const legs = members.map((phone) =>
        new Call(scene, pbx(scene, number), phone).start().ring(),
      );
      scene.wait(scene.random.between(2, 5));
      const winner = scene.random.pick(legs);
      winner.answer();
      for (const leg of legs) if (leg !== winner) leg.cancel();
      inbound.answer();
      inbound.playBoth(4);
      winner.talk(4);
      inbound.hangUp();
      winner.hangUp();
    },
  },
  {
    name: "trunk-with-sister-node",
    play: (scene) => {
      const number = `4930${scene.random.whole(1_000_000, 9_999_999)}`;
      const peer = carrier(scene, number);
      const call = new Call(scene, pbx(scene, `4989${scene.user(0)}`), peer, { dialled: number });
      call.start().ring(183);
      scene.wait(1);
      call.answer();
      call.talk(3);
      // The carrier moves media and signalling to its other node within the call.
      call.callee = sister(scene, peer);
      const port = call.media.callee.endpoint.port;
      call.media.callee = {
        endpoint: scene.endpoint(Place.CARRIER_MEDIA_SISTER, port),
        sdpIp: Place.CARRIER_MEDIA_SISTER,
        sdpPort: port,
      };
      if (scene.random.chance(0.5)) {
        call.reInvite("callee");
        call.senders.callee.from = call.media.callee.endpoint;
        call.senders.caller.to = call.media.callee.endpoint;
      }
      call.talk(3);
      call.hangUp("callee");
    },
  },
  {
    name: "early-media-from-another-gateway",
    play: (scene) => {
      const number = `4930${scene.random.whole(1_000_000, 9_999_999)}`;
      const call = new Call(scene, pbx(scene, "4989"), carrier(scene, number), { dialled: number });
      call.start();
      // Ringback with a tag and gateway of its own; the answer comes with others (RFC 3261 13.2.2.4).
      const { endpoint } = call.media.callee;
      const gateway = scene.endpoint(Place.CARRIER_MEDIA_SISTER, endpoint.port + 40);
      const body = call.sdp("callee", { ip: gateway.machine.ip, port: gateway.port });
      call.invite.answer(183, { toTag: scene.random.hex(10), hasContact: true, body });
      call.senders.callee.from = gateway;
      call.senders.callee.play(scene.now, 2);
      scene.wait(2.02);
      call.answer();
      call.senders.callee.from = endpoint;
      call.senders.callee.restart();
      call.talk(3).hangUp();
    },
  },
];
