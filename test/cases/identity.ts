import { fileURLToPath } from "node:url";
import { identity } from "../support/passports.ts";
import { requestOf } from "../support/sip-actors.ts";
import { audioSdp, sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call, wholeCall } from "./call.ts";
import { CARRIER, outside, PBX } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

/** A certificate whose key nobody has. */
const CERTIFICATES = fileURLToPath(new URL("../support/certificates", import.meta.url));
const KIND = "identity";
const ORIG = "12125550100";
const DEST = "12155550199";

interface Signed {
  readonly from?: string;
  readonly to?: string;
  readonly headers: readonly string[];
  readonly at?: Endpoint;
  readonly server?: Endpoint;
  readonly callId?: string;
}

/** A call from a carrier to the PBX with these headers. */
function signed(scene: Scene, call: Signed): void {
  const { at = CARRIER, from = `+${ORIG}`, headers, server = PBX, to = `+${DEST}` } = call;
  const callId = call.callId ?? scene.unique("c");
  wholeCall(new Call(scene, at, server, { callId, from, headers, to }), 1);
  scene.wait(1);
}

/** The same INVITE passed on by a proxy to the next host, with another Identity. */
function passedOn(scene: Scene, by: Endpoint, next: Endpoint, headers: readonly string[]): void {
  const options = { to: `+${DEST}`, headers, sdp: audioSdp(by.ip, 20_000) };
  const request = requestOf(scene, by, next, "INVITE", `+${ORIG}`, options);
  scene.send(by, next, request.text);
  scene.send(next, by, sipResponse(request, 486, { toTag: scene.hex(8) }), 0.01);
  scene.wait(0.1);
}

export const IDENTITY: readonly Case[] = [
  {
    name: "identity_of_every_signer",
    expect: "quiet",
    kind: KIND,
    what: "fresh PASSporTs as signers write them: ppt quoted and not, another order, compact name, national numbers, two headers with a div, an anonymous caller",
    make: (scene) => {
      const fields = { orig: ORIG, dest: DEST };
      signed(scene, { headers: [identity(scene, fields)] });
      const params = 'alg=ES256;ppt="shaken";info=<https://cert.example.org/shaken.pem>';
      signed(scene, { headers: [identity(scene, { ...fields, params })] });
      signed(scene, { headers: [identity(scene, fields).replace("Identity", "y")] });
      signed(scene, { from: "2125550100", to: "2155550199", headers: [identity(scene, fields)] });
      signed(scene, {
        from: "0012125550100",
        to: "01112155550199",
        headers: [identity(scene, fields)],
      });
      const div = { orig: ORIG, dest: "13035550123", div: DEST, extension: "div" };
      signed(scene, {
        to: "+13035550123",
        headers: [identity(scene, fields), identity(scene, div)],
      });
      signed(scene, {
        from: "anonymous",
        headers: [identity(scene, fields), `P-Asserted-Identity: <tel:+${ORIG}>`],
      });
    },
  },
  {
    name: "identity_retried_and_forked",
    expect: "quiet",
    kind: KIND,
    what: "the PASSporT of a call is on its retry at once, and on a leg that the PBX makes of it two minutes later (a queue)",
    make: (scene) => {
      const headers = [identity(scene, { orig: ORIG, dest: DEST })];
      signed(scene, { headers });
      signed(scene, { headers });
      scene.wait(120);
      passedOn(scene, PBX, outside(9), headers);
    },
  },
  {
    name: "identity_replayed",
    expect: "alert identity <=2",
    kind: KIND,
    what: "a PASSporT that a victim's call had is on three calls of another host minutes later",
    make: (scene) => {
      const headers = [identity(scene, { orig: ORIG, dest: DEST })];
      signed(scene, { headers });
      for (let i = 0; i < 3; i++) {
        scene.wait(90);
        signed(scene, { headers, at: outside(77) });
      }
    },
  },
  {
    name: "identity_wrong_signature",
    expect: "alert identity <=2",
    kind: KIND,
    what: "a PASSporT of a signer whose certificate the site has, with a signature that is not the signer's",
    config: [`policy.certificates=${CERTIFICATES}`],
    make: (scene) => signed(scene, { headers: [identity(scene, { orig: ORIG, dest: DEST })] }),
  },
  {
    name: "identity_of_unknown_signer",
    expect: "quiet",
    kind: KIND,
    what: "the site has certificates, and none of this signer: a note",
    config: [`policy.certificates=${CERTIFICATES}`],
    make: (scene) => {
      const header = identity(scene, {
        orig: ORIG,
        dest: DEST,
        x5u: "https://other.example/a.pem",
      });
      signed(scene, { headers: [header] });
    },
  },
  {
    name: "identity_of_another_caller",
    expect: "alert identity <=3",
    kind: KIND,
    what: "a PASSporT of one's own number on a call that shows a bank's",
    make: (scene) =>
      signed(scene, {
        from: "+18005550111",
        headers: [identity(scene, { orig: ORIG, dest: DEST })],
      }),
  },
  {
    name: "identity_of_another_callee",
    expect: "quiet",
    kind: KIND,
    what: "the called number was rewritten to another one: a note",
    make: (scene) =>
      signed(scene, { to: "+13035550123", headers: [identity(scene, { orig: ORIG, dest: DEST })] }),
  },
  {
    name: "identity_stale",
    expect: "quiet",
    kind: KIND,
    what: "PASSporTs of a signer whose clock is ten minutes late: a note",
    make: (scene) =>
      signed(scene, { headers: [identity(scene, { orig: ORIG, dest: DEST, age: 600 })] }),
  },
  {
    name: "identity_lowered",
    expect: "quiet",
    kind: KIND,
    what: "a host that was told A passes the call on with C: a note",
    make: (scene) => {
      passedOn(scene, CARRIER, PBX, [identity(scene, { orig: ORIG, dest: DEST })]);
      passedOn(scene, PBX, outside(9), [identity(scene, { attest: "C", orig: ORIG, dest: DEST })]);
    },
  },
  {
    name: "identity_malformed",
    expect: "quiet",
    kind: KIND,
    what: "Identity headers that are none: one part, no JSON, no signature, alg none, 100 kB of brackets, a wrong attest: notes at most",
    make: (scene) => {
      const good = identity(scene, { orig: ORIG, dest: DEST });
      const part = (text: string) => Buffer.from(text).toString("base64url");
      for (const value of [
        "Identity: x",
        `Identity: ${part("[".repeat(3000))}.${part("{}")}.AAAA;info=<x>`,
        `Identity: ${part('{"alg":"none"}')}.${part("{}")}.AAAA;info=<x>`,
        good.replace(/\.[\w-]*;/, ".;"),
        identity(scene, { attest: "Z", orig: ORIG, dest: DEST }),
        "Identity: ..c2lnbmF0dXJl;info=<https://x/y>;alg=ES256",
      ]) {
        signed(scene, { headers: [value] });
      }
    },
  },
];
