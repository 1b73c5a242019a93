import { audioSdp, challenge, sipResponse } from "../support/sip-builder.ts";
import { type Endpoint, sentBy } from "../support/wire.ts";
import { Call } from "./call.ts";
import { Account, authorization, nonceOf } from "./digest.ts";
import { CARRIER, outside6, PBX, PBX6, phone, phone6, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "digest-lure";

interface Lure {
  readonly caller: Endpoint;
  readonly callee: Endpoint;
  readonly method: "BYE" | "INVITE";
  readonly status: 401 | 407;
}

/** A call whose callee is asked for credentials when it hangs up or holds, and sends them. */
function challengedInCall(scene: Scene, { caller, callee, method, status }: Lure): void {
  const call = new Call(scene, caller, callee).start(4);
  scene.wait(4.03);
  const ask = (answer: number, headers: readonly string[], back: readonly string[]) => {
    const sdp = method === "INVITE" ? audioSdp(callee.ip, 11_780, 2) : undefined;
    const request = call.request(1, method, { headers, ...(sdp !== undefined && { sdp }) });
    scene.send(callee, caller, request.text);
    const reply = { contact: sentBy(caller), headers: back };
    scene.send(caller, callee, sipResponse(request, answer, reply), 0.02);
    scene.wait(0.04);
  };
  const nonce = nonceOf(scene);
  ask(status, [], [challenge(nonce, "pbx", status)]);
  const uri = `sip:201@${sentBy(caller)}`;
  const fields = { user: "202", password: "secret-of-202", nonce, method, uri };
  ask(200, [authorization({ ...fields, isProxy: status === 407 })], []);
  scene.wait(5);
}

export const DIGEST_LURES: readonly Case[] = [
  {
    name: "digest_lured_by_bye",
    expect: "alert digest <=2",
    kind: KIND,
    what: "a stranger rings a registered phone and answers its BYE with 407: the phone sends its digest",
    make: (scene) => {
      new Account(scene, phone(2), PBX, "202").login();
      challengedInCall(scene, {
        caller: STRANGER,
        callee: phone(2),
        method: "BYE",
        status: 407,
      });
    },
  },
  {
    name: "digest_lured_by_neighbour_ipv6",
    expect: "alert digest <=2",
    kind: KIND,
    what: "the same by 401 to the hold of an IPv6 phone, whose own server is in another network",
    make: (scene) => {
      new Account(scene, phone6(2), PBX6, "202").login();
      challengedInCall(scene, {
        caller: outside6(9),
        callee: phone6(2),
        method: "INVITE",
        status: 401,
      });
    },
  },
  {
    name: "digest_lured_by_a_phone",
    expect: "alert digest <=2",
    kind: KIND,
    what: "a neighbour of the PBX in the private network does so: there, neighbours are no nodes of one carrier",
    make: (scene) => {
      new Account(scene, phone(2), PBX, "202").login();
      const caller = { ...phone(7), ip: PBX.ip.replace(/\d+$/, "77") };
      challengedInCall(scene, { caller, callee: phone(2), method: "BYE", status: 407 });
    },
  },
  {
    name: "digest_lured_server_unseen",
    expect: "alert digest <=3",
    kind: KIND,
    what: "the same of a phone whose registration the capture does not have: it may be a PBX's way",
    make: (scene) =>
      challengedInCall(scene, {
        caller: STRANGER,
        callee: phone(2),
        method: "BYE",
        status: 407,
      }),
  },
  {
    name: "pbx_challenges_its_phones_bye",
    expect: "quiet",
    kind: KIND,
    what: "a PBX challenges the BYE of a phone that it has rung",
    make: (scene) => {
      new Account(scene, phone(2), PBX, "202").login();
      challengedInCall(scene, { caller: PBX, callee: phone(2), method: "BYE", status: 407 });
    },
  },
  {
    name: "carrier_node_challenges_bye",
    expect: "max 3",
    kind: KIND,
    what: "a PBX is registered at one node of its carrier, the call comes from another, which challenges the BYE",
    make: (scene) => {
      new Account(scene, PBX, CARRIER, "202").login();
      const caller = { ...CARRIER, ip: CARRIER.ip.replace(/\d+$/, "131") };
      challengedInCall(scene, { caller, callee: PBX, method: "BYE", status: 407 });
    },
  },
];
