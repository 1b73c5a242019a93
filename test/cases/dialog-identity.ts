import { requestOf } from "../support/sip-actors.ts";
import { audioSdp, challenge, sipResponse } from "../support/sip-builder.ts";
import { sentBy } from "../support/wire.ts";
import { Call } from "./call.ts";
import { ackOf, authorization } from "./digest.ts";
import { PBX, phone, phone6, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

/**
 * The INVITE is turned down first and sent again in the same Call-ID with the same From tag
 * (RFC 3261 8.1.3.5); then the call is answered. Somebody ends it after 5 s.
 */
function retried(
  name: string,
  status: number,
  headers: readonly string[],
  end: "stranger" | "own",
): Case {
  const isAttack = end === "stranger";
  return {
    name,
    expect: isAttack ? "alert bye|teardown <=2" : "quiet",
    kind: "dialog-identity",
    what: `INVITE sent again after ${status} with the same Call-ID and From tag; ${isAttack ? "a stranger's BYE while the call talks" : "an ordinary hang-up by the callee"}`,
    make: (scene) => {
      const fromTag = scene.hex(10);
      const call = new Call(scene, phone(1), phone(2), { fromTag, cseq: 2, headers });
      const first = requestOf(scene, phone(1), phone(2), "INVITE", "201", {
        to: "202",
        callId: call.callId,
        fromTag,
        cseq: 1,
        sdp: audioSdp(phone(1).ip, 16_384),
      });
      const toTag = scene.hex(8);
      const more =
        status === 302
          ? [`Contact: <sip:202@${sentBy(phone(2))}>`]
          : status === 407
            ? [challenge("4bd1c0de55", "pbx", 407)]
            : [];
      scene.send(phone(1), phone(2), first.text);
      scene.send(phone(2), phone(1), sipResponse(first, status, { toTag, headers: more }), 0.02);
      scene.send(phone(1), phone(2), ackOf(first, toTag), 0.03);
      scene.wait(0.1);
      // Behind the 32 s that the first transaction lives on (RFC 3261 17.1.1.2).
      call.start(isAttack ? 50 : 40);
      scene.wait(40.03);
      if (isAttack) call.ask(0, "BYE", 200, { by: STRANGER });
      else call.hangUp(1);
      scene.wait(6);
    },
  };
}

const CREDENTIALS = authorization({
  user: "201",
  password: "secret",
  nonce: "4bd1c0de55",
  method: "INVITE",
  uri: "sip:202@pbx",
  isProxy: true,
});

/** The same private addresses, Call-ID and tags in two VLANs, as cloned installations have them. */
function tenants(scene: Scene, end: (second: Call) => void): void {
  const callId = "1@10.20.1.1";
  const calls = [10, 20].map((vlan) => {
    scene.vlan = vlan;
    const [caller, callee] = [phone(1), phone(2)].map((host) => ({
      ...host,
      mac: `${host.mac?.slice(0, -2)}${vlan}`,
    }));
    if (caller === undefined || callee === undefined) throw new Error("two phones");
    const call = new Call(scene, caller, callee, { callId, fromTag: "1", ringSeconds: 0.5 });
    call.start(vlan === 10 ? 4 : 12);
    scene.wait(0.3);
    return call;
  });
  const [first, second] = calls;
  if (first === undefined || second === undefined) return;
  scene.vlan = 10;
  scene.wait(3.5);
  first.hangUp();
  scene.vlan = 20;
  scene.wait(2);
  end(second);
  scene.wait(3);
}

/** A proxy that hides Call-IDs (Kamailio's topoh) and leaves tags alone: the same dialog on both sides of it, by two Call-IDs. */
function hidden(scene: Scene, end: (near: Call, far: Call) => void, isFarSeen = true): void {
  const options = {
    fromTag: scene.hex(10),
    callerMedia: { ...phone(1), port: 16_384 },
    calleeMedia: { ...phone(2), port: 11_780 },
  };
  const near = new Call(scene, phone(1), PBX, options);
  const far = new Call(scene, PBX, phone(2), options);
  far.parties[1].tag = near.parties[1].tag;
  near.ring();
  if (isFarSeen) far.ring().pickUp();
  near.pickUp();
  near.talk(10);
  scene.wait(10.03);
  end(near, far);
  scene.wait(5);
}

/** A request of a stranger by both tags of a call that talks, under another Call-ID. */
function byTags(name: string, what: string, callIdOf: (scene: Scene) => string): Case {
  return {
    name,
    expect: "alert bye|teardown <=2",
    kind: "dialog-identity",
    what,
    make: (scene) => {
      const callId = callIdOf(scene);
      const call = new Call(scene, phone(1), phone(2)).start(20);
      scene.wait(8);
      call.ask(0, "BYE", 200, { by: STRANGER, callId });
      scene.wait(12);
    },
  };
}

export const DIALOG_IDENTITY: readonly Case[] = [
  retried("retry_after_302_stranger", 302, [], "stranger"),
  retried("retry_after_484_stranger", 484, [], "stranger"),
  retried("retry_after_407_stranger", 407, [CREDENTIALS], "stranger"),
  retried("retry_after_488_ordinary", 488, [], "own"),
  retried("retry_after_407_ordinary", 407, [CREDENTIALS], "own"),
  {
    name: "two_tenants_ordinary",
    expect: "quiet",
    kind: "dialog-identity",
    what: "two VLANs behind one mirror with the same private addresses, Call-ID and From tag: one call ends, the other talks on and ends later",
    make: (scene) =>
      tenants(scene, (second) => {
        // Its media of 12 s is over by then.
        scene.wait(8);
        second.hangUp();
      }),
  },
  {
    name: "two_tenants_strangers_bye",
    expect: "alert bye|teardown <=2",
    kind: "dialog-identity",
    what: "two VLANs with the same addresses and Call-ID: after the first call's ordinary end a stranger's BYE in the second, which talks on",
    make: (scene) =>
      tenants(scene, (second) => {
        second.ask(0, "BYE", 200, { by: STRANGER });
        scene.wait(5);
      }),
  },
  {
    name: "call_id_again_at_once",
    expect: "quiet",
    kind: "dialog-identity",
    what: "a test robot makes four calls with one Call-ID, each begins 30 ms after the BYE of the last (IPv6)",
    make: (scene) => {
      for (let i = 0; i < 4; i++) {
        const call = new Call(scene, phone6(1), phone6(2), {
          callId: "robot-1",
          cseq: 1 + 10 * i,
        }).start(4);
        scene.wait(4.01);
        call.ask(0, "BYE", 200);
        scene.wait(0.03);
      }
    },
  },
  {
    name: "call_id_again_third_call_bye",
    expect: "alert bye|teardown <=2",
    kind: "dialog-identity",
    what: "the third call with one Call-ID, each 1 s after the last and with CSeq 1 again; in it a stranger's BYE, media goes on",
    make: (scene) => {
      for (let i = 0; i < 3; i++) {
        const call = new Call(scene, phone(1), phone(2), { callId: "robot-1", cseq: 1 + 10 * i });
        call.start(i === 2 ? 8 : 4);
        scene.wait(4.01);
        if (i === 2) call.ask(0, "BYE", 200, { by: STRANGER });
        else call.ask(0, "BYE", 200);
        scene.wait(1);
      }
      scene.wait(6);
    },
  },
  byTags(
    "bye_of_another_call_id",
    "a stranger's BYE with both tags of the call and a Call-ID that nobody has seen, which a phone of pjsip takes; the call talks on",
    () => "no-such-call",
  ),
  byTags(
    "bye_under_anothers_call_id",
    "a stranger's BYE with both tags of the call and the Call-ID of another call that is up, which a phone of pjsip takes; both talk on",
    (scene) => new Call(scene, phone(3), phone(4)).start(25).callId,
  ),
  {
    name: "call_id_hidden_by_the_proxy",
    expect: "quiet",
    kind: "dialog-identity",
    what: "a proxy gives the call another Call-ID on its far side and leaves its tags alone; the caller hangs up",
    make: (scene) =>
      hidden(scene, (near, far) => {
        near.ask(0, "BYE", 200);
        far.ask(0, "BYE", 200);
      }),
  },
  {
    name: "call_id_hidden_far_side_unseen",
    expect: "quiet",
    kind: "dialog-identity",
    what: "the same, but the mirror lost how the far side was set up, and the callee hangs up",
    make: (scene) =>
      hidden(
        scene,
        (near, far) => {
          far.ask(1, "BYE", 200);
          near.ask(1, "BYE", 200);
        },
        false,
      ),
  },
  {
    name: "tags_of_a_test_robot_again",
    expect: "quiet",
    kind: "dialog-identity",
    what: "a robot's calls have the same two tags each and Call-IDs of their own; the mirror lost how the second was set up, which ends while the first talks on",
    make: (scene) => {
      const calls = [1, 2].map(() => {
        const call = new Call(scene, phone(1), phone(2), { fromTag: "robot" });
        call.parties[1].tag = "answer";
        return call;
      });
      calls[0]?.start(12);
      scene.wait(6);
      calls[1]?.ask(0, "BYE", 200);
      scene.wait(6.03);
      calls[0]?.hangUp();
      scene.wait(3);
    },
  },
];
