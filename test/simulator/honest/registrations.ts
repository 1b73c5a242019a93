import type { Scene } from "../scene.ts";
import { anyPhone, lanPhone, nattedPhone, pbx, proxy } from "../sip/agent.ts";
import { Registration } from "../sip/registration.ts";
import { Place } from "../wire/network.ts";
import type { HonestStory } from "./story.ts";

/** Phones at their registrar: logins, refreshes, wrong passwords, outages and what follows them. */

function office(scene: Scene, count: number): Registration[] {
  const server = pbx(scene);
  return Array.from(
    { length: count },
    (_, i) => new Registration(scene, nattedPhone(scene, i), server),
  );
}

export const REGISTRATION_STORIES: readonly HonestStory[] = [
  {
    name: "phones-register",
    play: (scene) => {
      const isProxy = scene.random.chance(0.5);
      const server = isProxy ? proxy(scene) : pbx(scene);
      const domain = isProxy ? Place.PROXY : Place.PBX;
      for (let i = 0; i < scene.random.whole(2, 8); i++) {
        const binding = new Registration(scene, anyPhone(scene, i, domain), server);
        binding.register();
        scene.wait(scene.random.between(0.1, 3));
        if (scene.random.chance(0.3)) binding.register({ expires: 0 });
      }
    },
  },
  {
    name: "nat-office-refreshes-each-minute",
    play: (scene) => {
      const bindings = office(scene, scene.random.whole(8, 20));
      for (let round = 0; round < 4; round++) {
        for (const binding of bindings) {
          if (round > 0 && scene.random.chance(0.7)) binding.refreshWithCachedNonce(60);
          else binding.register({ expires: 60 });
          scene.wait(scene.random.between(0.5, 2));
        }
        scene.wait(30);
      }
    },
  },
  {
    name: "one-wrong-password-burst",
    play: (scene) => {
      const binding = new Registration(scene, lanPhone(scene, 0), pbx(scene));
      // baresip: some 15 digests on one Call-ID within 0.2 s, then silent until its next interval.
      for (let round = 0; round < 2; round++) {
        for (let i = 0; i < 15; i++) {
          binding.tryPassword("old password");
          scene.wait(0.004);
        }
        scene.wait(60);
      }
    },
  },
  {
    name: "stale-password-phone",
    play: (scene) => {
      const binding = new Registration(scene, anyPhone(scene, 0), pbx(scene));
      const status = scene.random.pick([401, 403]);
      for (let i = 0; i < 12; i++) {
        binding.tryPassword("old password", status);
        scene.wait(scene.random.between(28, 62));
      }
    },
  },
  {
    name: "typed-wrong-then-right",
    play: (scene) => {
      const binding = new Registration(scene, anyPhone(scene, 0), pbx(scene));
      for (let i = 0; i < scene.random.whole(1, 4); i++) {
        binding.tryPassword(`typo ${i}`);
        scene.wait(scene.random.between(6, 15));
      }
      binding.register();
    },
  },
  {
    name: "avalanche-after-outage",
    play: (scene) => {
      const bindings = office(scene, scene.random.whole(20, 60));
      const status = scene.random.pick([0, 503, 500]);
      const startS = scene.now;
      for (const binding of bindings) {
        scene.now = startS + scene.random.between(0, 12);
        binding.meetOutage(status);
      }
      for (const binding of bindings) {
        scene.now = startS + 40 + scene.random.between(0, 4);
        binding.register();
      }
    },
  },
  {
    name: "phone-reboots",
    play: (scene) => {
      const phone = lanPhone(scene, 0);
      for (let boot = 0; boot < 3; boot++) {
        new Registration(scene, phone, pbx(scene)).register();
        scene.wait(scene.random.between(15, 60));
      }
    },
  },
];
