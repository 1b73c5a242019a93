import type { Scene } from "../scene.ts";
import { type Agent, anyPhone, carrier, lanPhone, pbx, proxy, remotePhone } from "../sip/agent.ts";
import { Call } from "../sip/call.ts";
import { Registration } from "../sip/registration.ts";
import { Place } from "../wire/network.ts";
import type { HonestStory } from "./story.ts";

/** Calls as they go when nothing is wrong. */

/** Two calls that a PBX joins, each with its own media. */
export function bridged(scene: Scene, from: Agent, to: Agent): [Call, Call] {
  const first = new Call(scene, from, pbx(scene), { dialled: to.user, isChallenged: true });
  first.start();
  const second = new Call(scene, pbx(scene, from.user), to, { codec: first.codec }).start();
  second.ring();
  first.ring();
  scene.wait(scene.random.between(1, 6));
  second.answer();
  first.answer();
  return [first, second];
}

export function registered(scene: Scene, agent: Agent, server: Agent): Agent {
  new Registration(scene, agent, server).register();
  scene.wait(scene.random.between(0.2, 2));
  return agent;
}

/** A call between two phones over the record-routing proxy, media from phone to phone. */
export function proxied(scene: Scene, options: { isRemote?: boolean } = {}): Call {
  const server = proxy(scene);
  const caller = registered(scene, lanPhone(scene, 0, Place.PROXY), server);
  const make = options.isRemote === true ? remotePhone : lanPhone;
  const callee = registered(scene, make(scene, 1, Place.PROXY), server);
  return new Call(scene, caller, callee, { proxies: [server], isChallenged: true });
}

export const CALL_STORIES: readonly HonestStory[] = [
  {
    name: "proxied-call",
    play: (scene) => {
      const call = proxied(scene, { isRemote: scene.random.chance(0.5) })
        .start()
        .ring();
      scene.wait(scene.random.between(1, 5));
      call.answer().talk(scene.random.between(3, 10));
      call.hangUp(scene.random.pick(["caller", "callee"]));
    },
  },
  {
    name: "bridged-call",
    play: (scene) => {
      const server = pbx(scene);
      const from = registered(scene, anyPhone(scene, 0), server);
      const to = registered(scene, anyPhone(scene, 1), server);
      const [first, second] = bridged(scene, from, to);
      const seconds = scene.random.between(3, 8);
      first.playBoth(seconds);
      second.talk(seconds);
      first.hangUp("caller");
      second.hangUp("caller");
    },
  },
  {
    name: "trunk-call",
    play: (scene) => {
      const number = `4930${scene.random.whole(1_000_000, 9_999_999)}`;
      const peer = carrier(scene, number);
      const isInbound = scene.random.chance(0.5);
      const call = isInbound
        ? new Call(scene, peer, pbx(scene), { dialled: `4989${scene.user(0)}` })
        : new Call(scene, pbx(scene, `4989${scene.user(0)}`), peer, { dialled: number });
      call.start().ring(scene.random.pick([180, 183]));
      scene.wait(scene.random.between(1, 5));
      call.answer().talk(scene.random.between(3, 10));
      call.hangUp(scene.random.pick(["caller", "callee"]));
    },
  },
  {
    name: "calls-abroad",
    play: (scene) => {
      const from = registered(scene, anyPhone(scene, 0), pbx(scene));
      scene.wait(30);
      // A family in one country, colleagues in two others.
      const family = scene.random.pick(["25261", "53521", "2348", "97259", "63917"]);
      for (let i = 0; i < scene.random.whole(2, 5); i++) {
        const prefix = scene.random.chance(0.6) ? family : scene.random.pick(["44207", "33142"]);
        const dialled = `00${prefix}${1_000_000 + 7 * scene.random.whole(1, 3)}`;
        const call = new Call(scene, from, pbx(scene), { dialled, isChallenged: true });
        call.start().ring();
        scene.wait(scene.random.between(2, 8));
        call.answer();
        scene.wait(scene.random.between(20, 90));
        call.hangUp(scene.random.pick(["caller", "callee"]));
        scene.wait(scene.random.between(5, 60));
      }
    },
  },
];
