import { requestOf } from "../support/sip-actors.ts";
import { sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call, wholeCall } from "./call.ts";
import { outside6, PBX, PBX6, phone, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "covert";
const WANTED = "alert covert|hidden <=3";
const base64 = (text: string) => Buffer.from(text).toString("base64").replace(/=+$/, "");

/** An INVITE of a stranger whose text is edited once; it is refused. */
function sent(scene: Scene, from: Endpoint, to: Endpoint, edit: (text: string) => string): void {
  const request = requestOf(scene, from, to, "INVITE", "100");
  scene.send(from, to, edit(request.text));
  scene.send(to, from, sipResponse(request, 403, { toTag: scene.hex(8) }), 0.01);
  scene.wait(2);
}

/** What each message of a healthy office has in these fields. */
function healthy(scene: Scene, edit: (text: string) => string, callId = scene.unique("c")): void {
  const dress = (text: string) => (text.startsWith("INVITE") ? edit(text) : text);
  wholeCall(new Call(scene, phone(1), phone(2), { dress, callId }), 2);
  scene.wait(1);
}

export const COVERT: readonly Case[] = [
  {
    name: "covert_words_in_call_id",
    expect: WANTED,
    kind: KIND,
    what: "base64 of a sentence as Call-ID",
    make: (scene) =>
      sent(scene, STRANGER, PBX, (text) =>
        text.replace(/Call-ID: [^\r]*/, `Call-ID: ${base64("the keys are under the mat")}@h`),
      ),
  },
  {
    name: "covert_hex_in_branch_ipv6",
    expect: WANTED,
    kind: KIND,
    what: "hex of a sentence behind the cookie of the branch (IPv6)",
    make: (scene) => {
      const hex = Buffer.from("open port 4444 now").toString("hex");
      sent(scene, outside6(66), PBX6, (text) =>
        text.replace(/branch=z9hG4bK[^;\r]*/, `branch=z9hG4bK${hex}`),
      );
    },
  },
  {
    name: "covert_blanks_and_tabs",
    expect: WANTED,
    kind: KIND,
    what: "two bytes a header as blanks and tabs behind the values",
    make: (scene) =>
      sent(scene, STRANGER, PBX, (text) =>
        text.replace("Max-Forwards: 70", "Max-Forwards: 70 \t  \t \t\t\t  \t \t "),
      ),
  },
  {
    name: "covert_zero_width_subject",
    expect: WANTED,
    kind: KIND,
    what: "characters without width in the Subject",
    make: (scene) =>
      sent(scene, STRANGER, PBX, (text) =>
        text.replace("Max-Forwards", "Subject: sta\xe2\x80\x8btus\r\nMax-Forwards"),
      ),
  },
  {
    name: "covert_sdp_version",
    expect: WANTED,
    kind: KIND,
    what: "a number in v= of the SDP",
    make: (scene) =>
      healthy(scene, (text) => text.replace("v=0", "v=7").replace("\r\ns=-", "\r\ns=x")),
  },
  {
    name: "covert_tokens_of_softphones",
    expect: "quiet",
    kind: KIND,
    what: "X-Lite's Call-ID (base64 of hex), long random base64, UUIDs, hex of an address, names of weekdays in an Allow-Events",
    make: (scene) => {
      const ids = [
        "NzEyZDk0YjA1Y2M0ODhiZDI3MjA2OWM3MWQyNjM2YzI.",
        "q7JxD0pVtEwK2mYhB9uRcA5sGfL1iZoN8v+/kQ",
        "3F2504E0-4F89-11D3-9A0C-0305E82C3301@10.20.1.1",
        `${Buffer.from("192.168.100.201:5060").toString("hex")}@10.20.1.1`,
        `${base64("10.20.1.1:5060;1732900000")}@10.20.1.1`,
      ];
      for (const id of ids) healthy(scene, (text) => text, id);
    },
  },
  {
    name: "covert_subject_of_people",
    expect: "quiet",
    kind: KIND,
    what: "Subjects in French and Persian (a joiner without width that the language needs), a price, one blank behind a value",
    make: (scene) => {
      for (const subject of [
        "Re: l'heure d'\xc3\xa9t\xc3\xa9 \xe2\x80\x93 rappel",
        "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae\xd9\x88\xd8\xa7\xd9\x87\xd9\x85",
        "Offer 1234567890123456 EUR ",
      ]) {
        healthy(scene, (text) =>
          text.replace("Max-Forwards", `Subject: ${subject}\r\nMax-Forwards`),
        );
      }
    },
  },
  {
    name: "covert_header_of_call_centre",
    expect: "quiet",
    kind: KIND,
    what: "a call centre hands over a customer's record as base64 of JSON in a header of its own: information at most",
    make: (scene) =>
      healthy(scene, (text) =>
        text.replace(
          "Max-Forwards",
          `X-Customer: ${base64('{"name":"Mueller","ticket":"open since Monday"}')}\r\nMax-Forwards`,
        ),
      ),
  },
];
