import type { Endpoint } from "../support/wire.ts";
import { Registrar } from "../synthetic/registrar.ts";
import { Call, wholeCall } from "./call.ts";
import { outside, PBX, ROUTER_MAC, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "push-servers";
const APP = "Acrobits Softphone/6.18";
const SERVER = "SIPIS/2.4 (push)";
const PUSH: Endpoint = { ip: "192.0.2.200", port: 5060, mac: ROUTER_MAC, ttl: 55 };
const USERS = [0, 1, 2, 3, 4, 5];

/** A phone with an app, in a network of its own. */
function app(n: number): Endpoint {
  return { ip: `203.0.113.${60 + n}`, port: 41_000 + n, mac: ROUTER_MAC, ttl: 49 };
}

function userOf(n: number): string {
  return String(301 + n);
}

/** The app registers with the server itself, too, which sends calls on to it. */
function home(scene: Scene, n: number, server: Endpoint): void {
  new Registrar(scene, server).register(app(n), userOf(n), { userAgent: APP });
}

/** A call to the user arrives at `by`, which calls the app itself and takes the call once that has. */
function sentOn(scene: Scene, n: number, by: Endpoint): void {
  const call = new Call(scene, PBX, by, { from: "205", to: userOf(n) }).ring();
  const leg = new Call(scene, by, app(n), { from: "205", to: userOf(n) }).start(3);
  call.pickUp();
  scene.wait(4);
  leg.hangUp();
  call.hangUp();
}

/** Users with their apps at one registrar, and what a host does that registers for them. */
class Site {
  readonly scene: Scene;
  readonly registrar: Registrar;

  constructor(scene: Scene, bindingsMax = 10) {
    this.scene = scene;
    this.registrar = new Registrar(scene, PBX, bindingsMax);
    for (const n of USERS) this.wake(n);
  }

  wake(n: number): void {
    this.registrar.register(app(n), userOf(n), { userAgent: APP });
    this.scene.wait(1);
  }

  sleep(n: number): void {
    const contact = `<sip:${userOf(n)}@${app(n).ip}:${app(n).port}>`;
    this.registrar.register(app(n), userOf(n), { userAgent: APP, contact, expires: 0 });
  }

  take(n: number, by: Endpoint): void {
    this.registrar.register(by, userOf(n), { userAgent: SERVER });
    this.scene.wait(1);
  }

  giveBack(n: number, by: Endpoint): void {
    const contact = `<sip:${userOf(n)}@${by.ip}:5060>`;
    this.registrar.register(by, userOf(n), { userAgent: SERVER, contact, expires: 0 });
    this.scene.wait(1);
  }

  /** Somebody calls the user, whom the registrar has at that host only; it takes the call itself. */
  takenBy(n: number, by: Endpoint): void {
    wholeCall(new Call(this.scene, PBX, by, { from: "205", to: userOf(n) }), 3);
  }

  /** A call is sent to the push server, the app is woken, registers and takes it. */
  woken(n: number, by: Endpoint): void {
    const { scene } = this;
    const first = new Call(scene, PBX, by, { from: "205", to: userOf(n) }).ring();
    scene.wait(3);
    this.wake(n);
    wholeCall(new Call(scene, PBX, app(n), { from: "205", to: userOf(n) }), 3);
    scene.send(by, PBX, first.answer(487));
    scene.wait(1);
  }
}

export const PUSH_SERVERS: readonly Case[] = [
  {
    name: "push_server_calls_wake_apps",
    expect: "max 3",
    kind: KIND,
    what: "a push server registers for six apps in turn; a call wakes each app, which registers again and takes it",
    make: (scene) => {
      const site = new Site(scene);
      for (const n of USERS) site.take(n, PUSH);
      scene.wait(60);
      for (const n of USERS) {
        site.woken(n, PUSH);
        scene.wait(30);
      }
    },
  },
  {
    name: "push_server_gives_back",
    expect: "max 3",
    kind: KIND,
    what: "the same without calls: the server gives up each binding two seconds after its app is back",
    make: (scene) => {
      const site = new Site(scene);
      for (const n of USERS) {
        site.take(n, PUSH);
        scene.wait(40);
        site.wake(n);
        scene.wait(1);
        site.giveBack(n, PUSH);
        scene.wait(20);
      }
    },
  },
  {
    name: "push_server_apps_asleep_for_long",
    expect: "max 3",
    kind: KIND,
    what: "a registrar with one binding for a user: apps sleep beyond the end of their registrations, then come back one after the other",
    make: (scene) => {
      const site = new Site(scene, 1);
      for (const n of USERS) site.take(n, PUSH);
      scene.wait(200);
      for (const n of USERS) site.take(n, PUSH);
      scene.wait(180);
      for (const n of USERS) {
        site.wake(n);
        scene.wait(60);
      }
    },
  },
  {
    name: "push_server_apps_remove_their_own",
    expect: "quiet",
    kind: KIND,
    what: "the same, apps remove their own binding when they go to sleep and come back within a minute",
    make: (scene) => {
      const site = new Site(scene, 1);
      for (const n of USERS) {
        site.sleep(n);
        scene.wait(1);
        site.take(n, PUSH);
        scene.wait(40);
        site.wake(n);
      }
    },
  },
  {
    name: "sbc_sends_calls_on",
    expect: "max 3",
    kind: KIND,
    what: "a registrar with one binding for a user: apps are registered with an SBC as well, which registers for them, takes calls and sends them on; later they register again by themselves",
    make: (scene) => {
      const site = new Site(scene, 1);
      for (const n of USERS) {
        home(scene, n, PUSH);
        site.take(n, PUSH);
        scene.wait(20);
        sentOn(scene, n, PUSH);
        scene.wait(60);
        site.wake(n);
      }
    },
  },
  {
    name: "push_server_apps_sleep_briefly",
    expect: "max 3",
    kind: KIND,
    what: "apps that sleep for two minutes at a time and have no calls: the server registers for each ten seconds after it has registered",
    make: (scene) => {
      const site = new Site(scene);
      for (let round = 0; round < 3; round++) {
        for (const n of USERS) {
          site.wake(n);
          scene.wait(10);
          site.take(n, PUSH);
        }
        scene.wait(60);
      }
    },
  },
  {
    name: "thief_comes_behind_owners_by_chance",
    expect: "alert HIJACK registrations of many users <=2",
    kind: KIND,
    what: "a thief binds itself for two users just as they have registered, and for four others in their time; all register again",
    make: (scene) => {
      const site = new Site(scene);
      scene.wait(40);
      for (const n of USERS) {
        if (n < 2) site.wake(n);
        scene.wait(10);
        site.take(n, STRANGER);
        scene.wait(20);
        site.wake(n);
      }
    },
  },
  {
    name: "thief_takes_many_in_turn",
    expect: "alert HIJACK registrations of many users <=2",
    kind: KIND,
    what: "somebody with passwords of six users binds itself for each; their apps register again in their time",
    make: (scene) => {
      const site = new Site(scene);
      for (const n of USERS) {
        site.take(n, STRANGER);
        scene.wait(40);
      }
      for (const n of USERS) site.wake(n);
    },
  },
  {
    name: "thief_removes_its_bindings",
    expect: "alert HIJACK registrations of many users <=2",
    kind: KIND,
    what: "the same one at a time: a minute later it removes its binding again, and 20 s later the app registers in its time",
    make: (scene) => {
      const site = new Site(scene);
      for (const n of USERS) {
        site.take(n, STRANGER);
        scene.wait(60);
        site.giveBack(n, STRANGER);
        scene.wait(20);
        site.wake(n);
      }
    },
  },
  {
    name: "thief_takes_calls_before_it_gives_back",
    expect: "alert HIJACK registrations of many users <=2",
    kind: KIND,
    what: "a registrar with one binding for a user: the thief takes a call of each, and removes its binding two seconds before the app registers",
    make: (scene) => {
      const site = new Site(scene, 1);
      for (const n of USERS) {
        site.take(n, STRANGER);
        scene.wait(20);
        site.takenBy(n, STRANGER);
        scene.wait(60);
        site.giveBack(n, STRANGER);
        scene.wait(1);
        site.wake(n);
      }
    },
  },
  {
    name: "thief_with_two_users_of_its_own",
    expect: "alert HIJACK registrations of many users <=2",
    kind: KIND,
    what: "a host plays the push server for two users of its own, then binds itself for four others and stays",
    make: (scene) => {
      const site = new Site(scene);
      const thief = outside(67);
      for (const n of USERS) {
        site.take(n, thief);
        scene.wait(20);
        if (n < 2) site.woken(n, thief);
        else site.wake(n);
        scene.wait(20);
      }
    },
  },
  {
    name: "thief_sends_calls_on",
    expect: "alert HIJACK registrations of many users <=2",
    kind: KIND,
    what: "a registrar with one binding for a user: who listens in takes each call and calls the app itself; it registers again in its time",
    make: (scene) => {
      const site = new Site(scene, 1);
      for (const n of USERS) {
        site.take(n, STRANGER);
        scene.wait(20);
        sentOn(scene, n, STRANGER);
        scene.wait(60);
        site.wake(n);
      }
    },
  },
];
