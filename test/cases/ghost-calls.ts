import { requestOf } from "../support/sip-actors.ts";
import { audioSdp, sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call, wholeCall } from "./call.ts";
import { Account, ackOf } from "./digest.ts";
import { outside, PBX, PBX6, phone, phone6, STRANGER, STRANGER6 } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "ghost-calls";

/** A call that nobody picks up: 180 and the end after a while. */
function ring(
  scene: Scene,
  from: Endpoint,
  to: Endpoint,
  options: { user: string; status: number; callee?: string; callId?: string },
): void {
  const { user, status, callee = user, callId } = options;
  const invite = requestOf(scene, from, to, "INVITE", user, {
    to: callee,
    ...(callId !== undefined && { callId }),
    sdp: audioSdp(from.ip, 11_000),
    userAgent: "PolycomSoundPointIP",
  });
  const toTag = scene.hex(8);
  scene.send(from, to, invite.text);
  scene.send(to, from, sipResponse(invite, 180, { toTag }), 0.05);
  scene.send(to, from, sipResponse(invite, status, { toTag }), 8);
  scene.send(from, to, ackOf(invite, toTag), 8.01);
}

const WANTED = "alert ghost|phantom|spit|unsolicited|call|scan|enum <=3";

export const GHOST_CALLS: readonly Case[] = [
  {
    name: "ghost_calls_slow_603",
    expect: WANTED,
    kind: KIND,
    what: "40 INVITEs straight to one registered phone, one in 90 s, users 100 up, it rings and is declined (603)",
    make: (scene) => {
      const account = new Account(scene, phone(3), PBX, "203");
      for (let i = 0; i < 40; i++) {
        if (i % 3 === 0) account.login();
        ring(scene, STRANGER, phone(3), { user: String(100 + i), status: 603 });
        scene.wait(90);
      }
    },
  },
  {
    name: "ghost_calls_each_by_another",
    expect: "alert ghost <=3",
    kind: KIND,
    what: "nine hosts ring one registered phone once each, one in 40 minutes",
    make: (scene) => {
      const account = new Account(scene, phone(3), PBX, "203");
      for (let i = 0; i < 9; i++) {
        account.login();
        const status = i % 2 === 0 ? 487 : 486;
        ring(scene, outside(70 + i), phone(3), { user: "1000", status });
        scene.wait(2_400);
      }
    },
  },
  {
    name: "phone_that_providers_nodes_ring",
    expect: "quiet",
    kind: KIND,
    what: "seven nodes of a provider ring a phone that registers at the PBX, every other call is answered",
    make: (scene) => {
      new Account(scene, phone(3), PBX, "203").login();
      for (let i = 0; i < 28; i++) {
        const node = outside(70 + (i % 7));
        if (i % 14 < 7)
          new Call(scene, node, phone(3), { from: "+4930", to: "203" }).ring().pickUp();
        else ring(scene, node, phone(3), { user: "+4930", status: 486, callee: "203" });
        scene.wait(300);
      }
    },
  },
  {
    name: "ghost_calls_ipv6_many_phones",
    expect: WANTED,
    kind: KIND,
    what: "a stranger rings 30 registered phones of a segment, twice each, past their PBX; 486 or 480 (IPv6)",
    make: (scene) => {
      for (let n = 1; n <= 30; n++) new Account(scene, phone6(n), PBX6, String(200 + n)).login();
      for (let i = 0; i < 60; i++) {
        const n = 1 + (i % 30);
        ring(scene, STRANGER6, phone6(n), {
          user: "100",
          callee: "100",
          status: i % 2 === 0 ? 486 : 480,
        });
        scene.wait(5);
      }
      scene.wait(20);
    },
  },
  {
    name: "ghost_calls_other_callers",
    expect: WANTED,
    kind: KIND,
    what: "50 INVITEs straight to one phone in its own name's number, another From and User-Agent each, from changing ports, 486",
    make: (scene) => {
      new Account(scene, phone(3), PBX, "203").login();
      for (let i = 0; i < 50; i++) {
        ring(scene, { ...STRANGER, port: 5060 + i }, phone(3), {
          user: `1${900 + 7 * i}`,
          callee: "203",
          status: 486,
        });
        scene.wait(12);
      }
      scene.wait(20);
    },
  },
  {
    name: "ghost_calls_on_one_call_id",
    expect: WANTED,
    kind: KIND,
    what: "who knows that a proxy's branches share a Call-ID rings forty phones with one, one in a second",
    make: (scene) => {
      for (let n = 1; n <= 40; n++) {
        const callId = "ghost@example.invalid";
        ring(scene, STRANGER, phone(n), { user: "100", callee: "100", status: 486, callId });
        scene.wait(1);
      }
      scene.wait(40);
    },
  },
  {
    name: "user_with_ten_devices",
    expect: "quiet",
    kind: KIND,
    what: "a server whose phones registered before the capture rings ten devices of one user at once, three times, and nobody takes the call",
    make: (scene) => {
      for (let round = 0; round < 3; round++) {
        const callId = scene.unique("fork");
        for (let n = 1; n <= 10; n++) {
          ring(scene, PBX, phone(n), { user: "100", callee: "230", status: 486, callId });
        }
        scene.wait(120);
      }
    },
  },
  {
    name: "agent_rung_by_its_pbx",
    expect: "quiet",
    kind: KIND,
    what: "the queue of a PBX rings an agent's phone 60 times in 10 minutes, most times another agent picks up (487), sometimes it does",
    make: (scene) => {
      new Account(scene, phone(3), PBX, "203").login();
      for (let i = 0; i < 60; i++) {
        if (i % 10 === 4)
          wholeCall(new Call(scene, PBX, phone(3), { from: `49301${1000 + i}`, to: "203" }), 4);
        else {
          const call = new Call(scene, PBX, phone(3), {
            from: `49301${1000 + i}`,
            to: "203",
            ringSeconds: 4,
          }).ring();
          const { branch, callId, fromTag } = call.invite;
          const cancel = requestOf(scene, PBX, phone(3), "CANCEL", call.parties[0].user, {
            to: "203",
            branch,
            callId,
            fromTag,
          });
          scene.send(PBX, phone(3), cancel.text);
          scene.send(phone(3), PBX, sipResponse(cancel, 200, { toTag: call.parties[1].tag }), 0.01);
          scene.send(phone(3), PBX, call.answer(487), 0.015);
          scene.send(PBX, phone(3), ackOf(call.invite, call.parties[1].tag), 0.02);
        }
        scene.wait(5);
      }
    },
  },
  {
    name: "door_station_direct",
    expect: "max 3",
    kind: KIND,
    what: "a door station calls a phone directly, without the PBX, 30 times in a day; answered each third time, 480 else",
    make: (scene) => {
      new Account(scene, phone(3), PBX, "203").login();
      const door = phone(99);
      for (let i = 0; i < 30; i++) {
        if (i % 3 === 0) wholeCall(new Call(scene, door, phone(3), { from: "door", to: "203" }), 5);
        else ring(scene, door, phone(3), { user: "door", callee: "203", status: 480 });
        scene.wait(1200);
      }
    },
  },
  {
    name: "paging_all_phones",
    expect: "max 3",
    kind: KIND,
    what: "a paging server that the PBX does not know calls 25 phones at once with Alert-Info for auto-answer, all answer, 5 s, BYE",
    make: (scene) => {
      const pager = { ip: "10.20.0.30", port: 5060, mac: "00:50:56:20:00:30" };
      for (let n = 1; n <= 25; n++) new Account(scene, phone(n), PBX, String(200 + n)).login();
      const calls = Array.from({ length: 25 }, (_, n) => {
        const callerMedia = { ...pager, port: 20_000 + 2 * n };
        const headers = ["Alert-Info: <http://localhost>;info=alert-autoanswer"];
        return new Call(scene, pager, phone(n + 1), {
          from: "page",
          to: String(201 + n),
          ringSeconds: 0.02,
          callerMedia,
          headers,
        }).ring();
      });
      scene.wait(0.1);
      for (const call of calls) call.pickUp();
      for (const call of calls) call.talk(5);
      scene.wait(5.03);
      for (const call of calls) call.ask(0, "BYE", 200);
      scene.wait(2);
    },
  },
  {
    name: "ghost_calls_phones_of_unknown_servers_ipv6",
    expect: WANTED,
    kind: KIND,
    what: "a stranger rings 24 phones whose registrations came before the capture, once each, one a minute: 486 or 480 (IPv6)",
    make: (scene) => {
      for (let n = 1; n <= 24; n++) {
        const status = n % 2 === 0 ? 486 : 480;
        ring(scene, STRANGER6, phone6(n), { user: "1001", callee: "100", status });
        scene.wait(60);
      }
    },
  },
  {
    name: "ghost_calls_all_on_one_call_id",
    expect: WANTED,
    kind: KIND,
    what: "a stranger who knows that forks are no ghosts rings twenty phones within a second on one Call-ID",
    make: (scene) => {
      for (let n = 1; n <= 20; n++) {
        ring(scene, STRANGER, phone(n), { user: "100", status: 486, callId: "one-for-all" });
        scene.wait(0.04);
      }
      scene.wait(20);
    },
  },
  {
    name: "ghost_calls_that_the_phone_ignores",
    expect: WANTED,
    kind: KIND,
    what: "a phone that talks to its registrar alone says nothing to twenty calls of a stranger",
    make: (scene) => {
      new Account(scene, phone(3), PBX, "203").login();
      for (let i = 0; i < 20; i++) {
        const from = String(100 + i);
        const { text } = requestOf(scene, STRANGER, phone(3), "INVITE", from, { to: "203" });
        for (const after of [0, 0.5, 1.5]) scene.send(STRANGER, phone(3), text, after);
        scene.wait(30);
      }
      scene.wait(40);
    },
  },
  {
    name: "night_bell_of_an_unknown_pbx",
    expect: "quiet",
    kind: KIND,
    what: "at night a PBX that the capture does not show registering rings its 24 phones one after the other, nobody is in the house",
    make: (scene) => {
      for (let n = 1; n <= 24; n++) {
        ring(scene, PBX, phone(n), { user: "+4930", callee: String(200 + n), status: 480 });
        scene.wait(20);
      }
    },
  },
];
