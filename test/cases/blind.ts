import { requestOf } from "../support/sip-actors.ts";
import { sipResponse } from "../support/sip-builder.ts";
import { Call } from "./call.ts";
import { Account, accountsOfPhones } from "./digest.ts";
import { forgedBy, natted, PBX, phone, phone6, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { Talker } from "./talker.ts";

/** Source address of an IPv4 frame without a tag. */
function sourceOf(bytes: Uint8Array): string {
  return [...bytes.subarray(26, 30)].join(".");
}

/** Only frames from these hosts are mirrored. */
export function onlyFrom(scene: Scene, isSeen: (ip: string) => boolean): void {
  scene.tap((packet) => (isSeen(sourceOf(packet.bytes)) ? [packet] : []));
}

/** A PBX in the middle of a call, as a back-to-back user agent. */
function bridged(scene: Scene, seconds: number): readonly [Call, Call] {
  const first = new Call(scene, phone(1), PBX, { to: "202", ringSeconds: 0.2 }).ring();
  const second = new Call(scene, PBX, phone(2), {
    from: "201",
    to: "202",
    callerMedia: { ...PBX, port: 18_000 },
    calleeMedia: { ...phone(2), port: 16_384 },
  }).start(seconds);
  first.pickUp().talk(seconds);
  return [first, second];
}

/** What came before is not in the capture. */
function startsAt(scene: Scene): void {
  const from = scene.now;
  const start = 1_800_000_000_000_000 + from * 1e6;
  scene.tap((packet) => (packet.timeUs >= start ? [packet] : []));
}

export const BLIND: readonly Case[] = [
  {
    name: "guesses_without_answers",
    expect: "alert brute <=3",
    kind: "blind",
    what: "what the PBX sends is not mirrored: a stranger sends 90 digests for one account, one a second, on a Call-ID each",
    make: (scene) => {
      for (const n of [1, 2]) new Account(scene, phone(n), PBX, `20${n}`).login();
      const guesser = new Account(scene, STRANGER, PBX, "203");
      for (let i = 0; i < 90; i++) {
        guesser.callId = scene.unique("g");
        guesser.login({ password: `g${i}`, status: 403 });
        scene.wait(1);
      }
      scene.wait(40);
      onlyFrom(scene, (ip) => ip !== PBX.ip);
    },
  },
  {
    name: "office_registers_without_answers",
    expect: "quiet",
    kind: "blind",
    what: "what the PBX sends is not mirrored: 60 phones behind one NAT register each minute for ten minutes",
    make: (scene) => {
      const accounts = Array.from(
        { length: 60 },
        (_, n) => new Account(scene, natted(n), PBX, String(300 + n)),
      );
      for (let round = 0; round < 10; round++) {
        for (const account of accounts) {
          account.login();
          scene.wait(0.98);
        }
      }
      onlyFrom(scene, (ip) => ip !== PBX.ip);
    },
  },
  {
    name: "only_phones_are_seen",
    expect: "max 3",
    kind: "blind",
    what: "what the PBX sends is not mirrored: two phones register, talk through it, the callee hangs up",
    make: (scene) => {
      for (const n of [1, 2]) new Account(scene, phone(n), PBX, `20${n}`).login();
      const [first, second] = bridged(scene, 6);
      scene.wait(6.03);
      second.hangUp(1);
      first.hangUp(1);
      onlyFrom(scene, (ip) => ip !== PBX.ip);
    },
  },
  {
    name: "only_pbx_is_seen",
    expect: "max 3",
    kind: "blind",
    what: "only what the PBX sends is mirrored: answers to 40 logins, two calls through it, its BYE",
    make: (scene) => {
      for (let n = 1; n <= 40; n++) {
        new Account(scene, phone(n), PBX, String(200 + n)).login();
        scene.wait(0.5);
      }
      for (let i = 0; i < 2; i++) {
        const [first, second] = bridged(scene, 5);
        scene.wait(5.03);
        first.hangUp(0);
        second.hangUp(0);
        scene.wait(3);
      }
      onlyFrom(scene, (ip) => ip === PBX.ip);
    },
  },
  {
    name: "starts_in_the_call",
    expect: "quiet",
    kind: "blind",
    what: "the capture starts in the middle of two calls: media, a session refresh, then the ends",
    make: (scene) => {
      const calls = [1, 3].map((n) =>
        new Call(scene, phone(n), phone(n + 1), { from: `20${n}`, to: `20${n + 1}` }).start(),
      );
      startsAt(scene);
      for (const call of calls) call.talk(8);
      scene.wait(4);
      for (const call of calls) call.ask(0, "UPDATE", 200);
      scene.wait(4.03);
      for (const call of calls) call.hangUp(1);
      scene.wait(3);
    },
  },
  {
    name: "caller_unseen_media_one_way",
    expect: "max 3",
    kind: "blind",
    what: "only what comes from the callee is seen: its answers and media, its BYE, and 120 ms of media behind it",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start();
      call.talkers[0].talk(6);
      call.talkers[1].talk(6.12);
      scene.wait(6);
      call.hangUp(1);
      onlyFrom(scene, (ip) => ip === phone(2).ip);
    },
  },
  {
    name: "logins_without_answers",
    expect: "max 3",
    kind: "blind",
    what: "60 phones refresh with their digest each 60 s for 5 minutes, the registrar's answers are not mirrored",
    make: (scene) => {
      const accounts = accountsOfPhones(scene, 60, 300);
      for (let round = 0; round < 5; round++) {
        for (const account of accounts) {
          account.login();
          scene.wait(0.985);
        }
      }
      onlyFrom(scene, (ip) => ip !== PBX.ip);
    },
  },
  {
    name: "one_way_strangers_bye",
    expect: "alert bye|teardown <=3",
    kind: "blind",
    what: "only what the callee is sent is mirrored: INVITE, ACK, media of the caller, a stranger's BYE, media goes on for 5 s",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(10);
      scene.wait(5);
      call.ask(0, "BYE", 200, { by: STRANGER });
      scene.wait(8);
      onlyFrom(scene, (ip) => ip !== phone(2).ip);
    },
  },
  {
    name: "media_only_interleaved",
    expect: "alert media|inject <=3",
    kind: "blind",
    what: "a capture without any SIP: a stream of 12 s, from 4 s on a second sequence in its SSRC by another MAC and TTL, other payload for the same numbers",
    make: (scene) => {
      const [from, to] = [
        { ...phone6(1), port: 16_384 },
        { ...phone6(2), port: 11_780 },
      ];
      const voice = new Talker(scene, from, to).talk(4);
      new Talker(scene, to, from).talk(12);
      const { ssrc, sequence, timestamp } = voice;
      voice.talk(8, 4);
      new Talker(scene, forgedBy(from, 128), to, {
        ssrc,
        sequence: sequence + 3,
        timestamp: timestamp + 480,
      }).talk(6, 4.5);
    },
  },
  {
    name: "flood_without_answers",
    expect: "alert flood <=3",
    kind: "blind",
    what: "answers are not mirrored; a stranger sends 2000 INVITEs in 20 s to one server",
    make: (scene) => {
      for (let i = 0; i < 2000; i++) {
        const invite = requestOf(scene, STRANGER, PBX, "INVITE", "1000", {
          to: String(2000 + (i % 50)),
        });
        scene.send(STRANGER, PBX, invite.text);
        scene.send(PBX, STRANGER, sipResponse(invite, 403, { toTag: scene.hex(8) }), 0.005);
        scene.wait(0.01);
      }
      scene.wait(40);
      onlyFrom(scene, (ip) => ip !== PBX.ip);
    },
  },
];
