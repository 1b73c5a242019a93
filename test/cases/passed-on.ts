import { requestOf } from "../support/sip-actors.ts";
import { challenge, sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call, wholeCall } from "./call.ts";
import { nonceOf } from "./digest.ts";
import { forgedBy, outside, PBX, phone, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "passed-on";
/** A back-to-back user agent before the PBX; the mirror has both its sides. */
export const SBC: Endpoint = { ip: "10.20.0.20", port: 5060, mac: "00:50:56:20:00:20" };

/** What the two deal with each other. */
function traffic(scene: Scene): void {
  for (let n = 1; n <= 3; n++) {
    const call = new Call(scene, outside(20 + n), SBC, { from: `30${n}`, to: "201" }).ring();
    wholeCall(new Call(scene, SBC, PBX, { from: `30${n}`, to: "201", ringSeconds: 0.2 }), 1);
    call.pickUp();
    call.hangUp();
  }
}

/** A request to the PBX for a user that it may not know. */
function inner(scene: Scene, method: string, user: string, after: number): void {
  const from = method === "REGISTER" ? user : "100";
  const request = requestOf(scene, SBC, PBX, method, from, { to: user });
  scene.send(SBC, PBX, request.text, after);
  const status = method !== "OPTIONS" && Number(user) % 8 === 0 ? 401 : 404;
  const headers = status === 401 ? [challenge(nonceOf(scene))] : [];
  const answer = sipResponse(request, status, { toTag: scene.hex(8), headers });
  scene.send(PBX, SBC, answer, after + 0.003);
}

/** A stranger asks the SBC for sixty users, which asks the PBX with Call-IDs of its own. */
function walk(scene: Scene, method: string): void {
  traffic(scene);
  for (let i = 0; i < 60; i++) {
    const user = String(400 + i);
    const from = method === "REGISTER" ? user : "100";
    const request = requestOf(scene, STRANGER, SBC, method, from, { to: user });
    scene.send(STRANGER, SBC, request.text);
    inner(scene, method, user, 0.003);
    const status = method !== "OPTIONS" && i % 8 === 0 ? 401 : 404;
    const headers = status === 401 ? [challenge(nonceOf(scene))] : [];
    const answer = sipResponse(request, status, { toTag: scene.hex(8), headers });
    scene.send(SBC, STRANGER, answer, 0.009);
    scene.wait(0.5);
  }
  scene.wait(40);
}

export const PASSED_ON: readonly Case[] = [
  ...["REGISTER", "OPTIONS", "INVITE"].map((method) => ({
    name: `walk_through_an_sbc_by_${method.toLowerCase()}`,
    expect: "alert enum <=2",
    kind: KIND,
    what: "a stranger walks over sixty users of a PBX behind a back-to-back user agent that is mirrored on both sides",
    make: (scene: Scene) => walk(scene, method),
  })),
  {
    name: "walk_by_the_sbc_itself",
    expect: "alert enum <=2",
    kind: KIND,
    what: "somebody has broken into the SBC and walks from there",
    make: (scene) => {
      traffic(scene);
      for (let i = 0; i < 60; i++) {
        inner(scene, "REGISTER", String(400 + i), 0);
        scene.wait(0.5);
      }
      scene.wait(40);
    },
  },
  {
    name: "walk_by_the_sbc_in_the_name_of_a_phone",
    expect: "alert enum <=2",
    kind: KIND,
    what: "who knows it writes to the SBC first, in the name of a phone, what the SBC then asks for",
    make: (scene) => {
      traffic(scene);
      for (let i = 0; i < 60; i++) {
        const user = String(400 + i);
        const by = forgedBy(phone(7));
        scene.send(by, SBC, requestOf(scene, by, SBC, "REGISTER", user).text);
        inner(scene, "REGISTER", user, 0.003);
        scene.wait(0.5);
      }
      scene.wait(40);
    },
  },
];
