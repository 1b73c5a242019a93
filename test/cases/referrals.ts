import { requestOf } from "../support/sip-actors.ts";
import { sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { Account } from "./digest.ts";
import { CARRIER, media, outside, PBX, phone, phone6, STRANGER, STRANGER6 } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "referrals";
const PREMIUM = "0088263188131";

/** A REFER outside any call, which the phone takes: it calls whom that names. */
function refers(
  scene: Scene,
  by: Endpoint,
  to: Endpoint,
  headers: readonly string[] = [],
  number = PREMIUM,
): void {
  const request = requestOf(scene, by, to, "REFER", "201", {
    to: "202",
    headers: [`Refer-To: <sip:${number}@pbx.example>`, ...headers],
  });
  scene.send(by, to, request.text);
  scene.send(to, by, sipResponse(request, 202, { toTag: scene.hex(8) }), 0.02);
  scene.wait(0.2);
  const callerMedia = media(to, 11_800);
  const call = new Call(scene, to, PBX, { from: "202", to: number, callerMedia }).start(3);
  scene.wait(3.05);
  call.hangUp();
  scene.wait(3);
}

/** REFER outside a dialog (RFC 3515). */
export const REFERRALS: readonly Case[] = [
  {
    name: "refer_outside_a_call_by_a_stranger",
    expect: "alert refer <=2",
    kind: KIND,
    what: "a stranger's REFER outside any call is taken by a phone, which calls a satellite number",
    make: (scene) => {
      new Account(scene, phone(2), PBX, "202").login();
      scene.wait(2);
      refers(scene, STRANGER, phone(2));
    },
  },
  {
    name: "refer_with_the_target_dialog_of_a_call_ipv6",
    expect: "alert refer <=2",
    kind: KIND,
    what: "the same with Call-ID and tags of the phone's call in Target-Dialog (RFC 4538, IPv6)",
    make: (scene) => {
      const call = new Call(scene, phone6(1), phone6(2)).start(10);
      scene.wait(3);
      const [{ tag: remote }, { tag: local }] = call.parties;
      const target = `Target-Dialog: ${call.callId};local-tag=${local};remote-tag=${remote}`;
      refers(scene, STRANGER6, phone6(2), [target]);
      scene.wait(1);
      call.hangUp();
    },
  },
  {
    name: "click_to_dial_by_the_registrar",
    expect: "quiet",
    kind: KIND,
    what: "click to dial: the registrar sends the REFER outside any call",
    make: (scene) => {
      new Account(scene, phone(2), PBX, "202").login();
      scene.wait(2);
      refers(scene, PBX, phone(2), [], "203");
    },
  },
  {
    name: "click_to_dial_by_an_application_of_the_site",
    expect: "max 3",
    kind: KIND,
    what: "the same by a server of the site that was not seen before",
    make: (scene) => {
      new Account(scene, phone(2), PBX, "202").login();
      scene.wait(2);
      refers(scene, { ip: "10.20.9.70", port: 5060, ttl: 63 }, phone(2), [], "203");
    },
  },
  {
    name: "click_to_dial_by_the_providers_other_node",
    expect: "max 3",
    kind: KIND,
    what: "a phone is registered at its provider, and another node of that one sends the REFER",
    make: (scene) => {
      new Account(scene, phone(2), CARRIER, "202").login();
      scene.wait(2);
      refers(scene, { ...CARRIER, ip: "192.0.2.135" }, phone(2), [], "203");
    },
  },
  {
    name: "refer_refused_by_the_phone",
    expect: "max 3",
    kind: KIND,
    what: "a scanner's REFER meets 603",
    make: (scene) => {
      const request = requestOf(scene, outside(66), phone(2), "REFER", "201", {
        headers: [`Refer-To: <sip:${PREMIUM}@pbx.example>`],
      });
      scene.send(outside(66), phone(2), request.text);
      scene.send(phone(2), outside(66), sipResponse(request, 603, { toTag: "r" }), 0.02);
      scene.wait(5);
    },
  },
];
