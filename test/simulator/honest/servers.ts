import type { Scene } from "../scene.ts";
import { type Agent, anyPhone, carrier, lanPhone, nattedPhone, pbx, proxy } from "../sip/agent.ts";
import { Call } from "../sip/call.ts";
import { challengeHeader, credentialsHeader } from "../sip/digest.ts";
import { askOnce } from "../sip/registration.ts";
import { Transaction } from "../sip/transaction.ts";
import { Place } from "../wire/network.ts";
import { registered } from "./calls.ts";
import type { HonestStory } from "./story.ts";

/** What servers and their peers say to each other all day, and when they fail. */

function pingAll(scene: Scene, from: Agent, phones: readonly Agent[]): void {
  for (const [i, phone] of phones.entries()) {
    const status = [200, 200, 404, 405, 200, 0, 404, 501][i % 8] ?? 200;
    askOnce(scene, from, phone, { method: "OPTIONS", toUser: phone.user, status });
    scene.wait(0.05);
  }
}

/** SUBSCRIBE for one key of a phone: challenge, credentials, answer and the first NOTIFY. */
function subscribe(scene: Scene, phone: Agent, key: string, exists: boolean): void {
  const server = pbx(scene);
  const uri = `sip:${key}@${Place.PBX}`;
  const ids = { fromTag: scene.random.hex(10), callId: scene.random.hex(20) };
  const base = {
    method: "SUBSCRIBE",
    uri,
    from: `sip:${phone.user}@${Place.PBX}`,
    to: uri,
    contact: `sip:${phone.user}@${phone.ownIp}:${phone.ownPort}`,
    ...ids,
  };
  const event = [
    ["Event", "dialog"],
    ["Expires", "600"],
  ] as const;
  const nonce = scene.random.hex(32);
  const challenge = { realm: Place.PBX, nonce, status: 401, hasQop: false } as const;
  const first = new Transaction(scene, [phone, server], { ...base, cseq: 1, headers: event });
  first.send().answer(401, { toTag: scene.random.hex(8), headers: [challengeHeader(challenge)] });
  scene.turn(phone.endpoint);
  const login = {
    username: phone.user,
    password: phone.password,
    method: "SUBSCRIBE",
    uri,
    cnonce: "",
  };
  const headers = [...event, credentialsHeader(challenge, login)];
  const toTag = scene.random.hex(8);
  const second = new Transaction(scene, [phone, server], { ...base, cseq: 2, headers }).send();
  second.answer(exists ? 200 : 404, { toTag, hasContact: exists });
  if (!exists) return;
  const notify = new Transaction(scene, [server, phone], {
    method: "NOTIFY",
    uri: base.contact,
    from: uri,
    to: base.from,
    fromTag: toTag,
    toTag: ids.fromTag,
    callId: ids.callId,
    cseq: 102,
    contact: `sip:${Place.PBX}:5060`,
    headers: [
      ["Event", "dialog"],
      ["Subscription-State", "active;expires=600"],
    ],
    body: {
      type: "application/dialog-info+xml",
      text: '<?xml version="1.0"?><dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="0" state="full"/>',
    },
  });
  notify.send().answer(200);
}

export const SERVER_STORIES: readonly HonestStory[] = [
  {
    name: "pbx-pings-phones",
    play: (scene) => {
      const server = pbx(scene);
      const phones = Array.from({ length: 16 }, (_, i) => anyPhone(scene, i));
      for (const phone of phones.slice(0, 6)) registered(scene, phone, server);
      for (let round = 0; round < 4; round++) {
        pingAll(scene, server, phones);
        scene.wait(30);
      }
    },
  },
  {
    name: "trunk-and-monitor-ping",
    play: (scene) => {
      const monitor = { ...pbx(scene), endpoint: scene.endpoint(Place.MONITOR, 5060) };
      const watcher = { ...monitor, ownIp: Place.MONITOR, userAgent: "sipsak 0.9.8.1" };
      for (let round = 0; round < 6; round++) {
        const ask = { method: "OPTIONS", toUser: "", status: 200 };
        askOnce(scene, carrier(scene, ""), pbx(scene), ask);
        askOnce(scene, pbx(scene), carrier(scene, ""), { ...ask, status: 405 });
        askOnce(scene, watcher, proxy(scene), { ...ask, toUser: "ping", status: 404 });
        askOnce(scene, watcher, pbx(scene), ask);
        scene.wait(20);
      }
    },
  },
  {
    name: "blf-keys-some-dead",
    play: (scene) => {
      const phone = registered(scene, anyPhone(scene, 0), pbx(scene));
      for (let key = 0; key < 24; key++) {
        subscribe(scene, phone, String(4000 + key), key % 2 === 0);
        scene.wait(0.1);
      }
    },
  },
  {
    name: "keep-alives",
    play: (scene) => {
      const phones = Array.from({ length: 6 }, (_, i) => nattedPhone(scene, i));
      for (const phone of phones) registered(scene, phone, pbx(scene));
      for (let round = 0; round < 8; round++) {
        for (const [i, { endpoint }] of phones.entries()) {
          const payload = ["\r\n\r\n", "\0\0\0\0", "\r\n"][i % 3] ?? "";
          scene.send(endpoint, scene.pbx, payload);
          if (payload === "\r\n\r\n") scene.send(scene.pbx, endpoint, "\r\n", scene.now + 0.001);
        }
        scene.wait(15);
      }
    },
  },
  {
    name: "carrier-outage",
    play: (scene) => {
      const status = scene.random.pick([0, 503, 500, 408]);
      for (let i = 0; i < 25; i++) {
        const number = `4930${scene.random.whole(1_000_000, 9_999_999)}`;
        const user = `4989${scene.user(i)}`;
        const call = new Call(scene, pbx(scene, user), carrier(scene, number), { dialled: number });
        call.invite.send();
        if (status > 0) call.refuse(status);
        else
          for (const wait of [0.5, 1]) {
            scene.wait(wait);
            call.invite.sendHop(0);
          }
        scene.wait(scene.random.between(0.5, 3));
      }
    },
  },
  {
    name: "pbx-calls-a-list",
    play: (scene) => {
      for (let i = 0; i < 30; i++) {
        const number = `4930${scene.random.whole(1_000_000, 9_999_999)}`;
        const call = new Call(scene, pbx(scene, "4989100"), carrier(scene, number), {
          dialled: number,
        });
        call.start();
        const status = scene.random.pick([200, 200, 486, 480, 404, 200, 487]);
        if (status === 200)
          call
            .ring()
            .answer()
            .talk(0.6)
            .hangUp(scene.random.pick(["caller", "callee"]));
        else if (status === 487) call.ring().cancel();
        else call.refuse(status);
        scene.wait(0.8);
      }
    },
  },
  {
    name: "messages-and-presence",
    play: (scene) => {
      const phone = registered(scene, lanPhone(scene, 0), pbx(scene));
      for (let i = 0; i < 6; i++) {
        const method = scene.random.pick(["MESSAGE", "PUBLISH", "OPTIONS"]);
        const toUser = scene.random.pick([phone.user, scene.user(1)]);
        askOnce(scene, phone, pbx(scene), {
          method,
          toUser,
          status: scene.random.pick([200, 405, 489]),
        });
        scene.wait(4);
      }
    },
  },
];
