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

/** A text message of a phone. */
function written(scene: Scene, to: Endpoint, text: string): void {
  const request = requestOf(scene, phone(3), to, "MESSAGE", "202", { sdp: text });
  scene.send(phone(3), to, request.text.replace("application/sdp", "text/plain"));
  scene.send(to, phone(3), sipResponse(request, 200, { toTag: scene.hex(8) }), 0.01);
  scene.wait(60);
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
    name: "covert_base32_in_call_id",
    expect: WANTED,
    kind: KIND,
    what: "base32 of a sentence as Call-ID",
    make: (scene) =>
      sent(scene, STRANGER, PBX, (text) =>
        text.replace(/Call-ID: [^\r]*/, "Call-ID: NVSWK5BANVSSAYLUEBXGS3TF@h"),
      ),
  },
  {
    name: "covert_base64_as_software",
    expect: WANTED,
    kind: KIND,
    what: "base64 of a sentence as User-Agent",
    make: (scene) =>
      sent(scene, STRANGER, PBX, (text) =>
        text.replace(
          "Max-Forwards",
          `User-Agent: ${base64("the keys are under the mat")}\r\nMax-Forwards`,
        ),
      ),
  },
  {
    name: "covert_hex_as_name_ipv6",
    expect: WANTED,
    kind: KIND,
    what: "hex of a sentence as the caller's name (IPv6)",
    make: (scene) => {
      const hex = Buffer.from("open port 4444 now").toString("hex");
      sent(scene, outside6(66), PBX6, (text) => text.replace(/^From: [^<]*/m, `From: "${hex}" `));
    },
  },
  {
    name: "covert_escaped_letters",
    expect: WANTED,
    kind: KIND,
    what: "a sentence in a parameter of To, each letter escaped",
    make: (scene) => {
      const letters = [...Buffer.from("upload the ledger")];
      const escaped = letters.map((byte) => `%${byte.toString(16)}`).join("");
      sent(scene, STRANGER, PBX, (text) => text.replace(/^(To: <[^>]*)/m, `$1;x=${escaped}`));
    },
  },
  {
    name: "covert_base64_in_a_via_parameter",
    expect: WANTED,
    kind: KIND,
    what: "base64 of a sentence as a parameter of Via",
    make: (scene) =>
      sent(scene, STRANGER, PBX, (text) =>
        text.replace(/^(Via: [^\r]*)/m, `$1;keep=${base64("the keys are under the mat")}`),
      ),
  },
  {
    name: "covert_hex_in_a_contact_parameter",
    expect: WANTED,
    kind: KIND,
    what: "hex of a sentence as a parameter of the Contact",
    make: (scene) => {
      const hex = Buffer.from("open port 4444 now").toString("hex");
      sent(scene, STRANGER, PBX, (text) => text.replace(/^(Contact: <[^>]*)/m, `$1;line=${hex}`));
    },
  },
  {
    name: "covert_encoded_messages",
    expect: WANTED,
    kind: KIND,
    what: "a phone sends base64 to a stranger, message by message",
    make: (scene) => {
      for (const line of ["account 8812 balance 90k", "the ledger is in the drawer"]) {
        written(scene, STRANGER, base64(line));
      }
    },
  },
  {
    name: "covert_texts_of_people",
    expect: "quiet",
    kind: KIND,
    what: "texts with a link, a long word or a key in them, names in capitals, software with a MAC, a user encoded by a gateway",
    make: (scene) => {
      const texts = [
        "see https://intra.example/Wiki/VerwaltungsgemeinschaftsvorsitzenderStellvertreter",
        "new wlan key is c2VjcmV0a2V5Zm9yZ3Vlc3Rz",
        "DONAUDAMPFSCHIFFFAHRTSGESELLSCHAFT",
        "OK",
      ];
      for (const body of texts) {
        written(scene, PBX, body);
      }
      const agent = "User-Agent: Yealink SIP-T46S 66.84.0.15 001565a1b2c3d4e5f6";
      healthy(scene, (text) => text.replace("Max-Forwards", `${agent}\r\nMax-Forwards`));
      const name = 'From: "ACCOUNTS RECEIVABLE DEPARTMENT" <';
      healthy(scene, (text) => text.replace(/^From: [^<]*</m, name));
      const user = base64("@alice:matrix.example.org");
      healthy(scene, (text) => text.replace(/^(From: [^<]*<sip:)[^@]*/m, `$1${user}`));
    },
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
    what: "Subjects in French and Persian (a joiner without width that the language needs), a price, one blank behind a value, encoded words (RFC 2047)",
    make: (scene) => {
      for (const subject of [
        "Re: l'heure d'\xc3\xa9t\xc3\xa9 \xe2\x80\x93 rappel",
        "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae\xd9\x88\xd8\xa7\xd9\x87\xd9\x85",
        "Offer 1234567890123456 EUR ",
        `=?UTF-8?B?${Buffer.from("Meeting about the budget").toString("base64")}?=`,
        `=?utf-8?b?${Buffer.from("Termin am Mittwoch um 9").toString("base64")}?= (2)`,
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
