import { requestOf } from "../support/sip-actors.ts";
import { sipResponse } from "../support/sip-builder.ts";
import { Call, wholeCall } from "./call.ts";
import { PBX, phone, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "covert";
const WANTED = "alert covert|hidden <=3";
const SENTENCE = "meet me at the old bridge";
const base64 = (text: string) => Buffer.from(text).toString("base64").replace(/=+$/, "");
const hex = (text: string) => Buffer.from(text).toString("hex");
const base32 = "NVSWK5BANVSSAYLUEB2GQZJAN5WGIIDCOJUWIZ3F";

/** An INVITE of a stranger whose text is edited once; it is refused. */
function sent(scene: Scene, edit: (text: string) => string): void {
  const request = requestOf(scene, STRANGER, PBX, "INVITE", "100");
  scene.send(STRANGER, PBX, edit(request.text));
  scene.send(PBX, STRANGER, sipResponse(request, 403, { toTag: scene.hex(8) }), 0.01);
  scene.wait(2);
}

function healthy(scene: Scene, edit: (text: string) => string): void {
  const dress = (text: string) => (text.startsWith("INVITE") ? edit(text) : text);
  wholeCall(new Call(scene, phone(1), phone(2), { dress }), 2);
  scene.wait(1);
}

/** Lines behind the first m= line of the description. */
const media = (lines: string) => (text: string) => {
  const longer = text.replace(/(m=audio[^\r]*\r\n)/, `$1${lines}`);
  const body = longer.length - longer.indexOf("\r\n\r\n") - 4;
  return longer.replace(/^Content-Length: .*/m, `Content-Length: ${body}`);
};

const header = (line: string) => (text: string) =>
  text.replace("Max-Forwards", `${line}\r\nMax-Forwards`);

const PLACES: readonly (readonly [string, string, (text: string) => string])[] = [
  [
    "user_of_to",
    "base32 as the user of To",
    (text) => text.replace(/^(To: <sip:)[^@]*/m, `$1${base32}`),
  ],
  [
    "uri_header",
    "hex in a header of the Request-URI",
    (text) => text.replace(" SIP/2.0", `?note=${hex(SENTENCE)} SIP/2.0`),
  ],
  [
    "product",
    "base64 behind the name of a product",
    header(`User-Agent: Phone/${base64(SENTENCE)}`),
  ],
  ["option_tag", "hex as an option tag", header(`Supported: 100rel,${hex(SENTENCE)}`)],
  ["organization", "base64 as Organization", header(`Organization: ${base64(SENTENCE)}`)],
  [
    "numbered_token",
    "base64 and a number as Call-ID",
    (text) => text.replace(/^Call-ID: .*/m, `Call-ID: ${base64(SENTENCE)}17@h`),
  ],
];

/** Encoded sentences in fields in which software encodes names, addresses and numbers. */
export const COVERT_SENTENCES: readonly Case[] = [
  ...PLACES.map(
    ([name, what, edit]): Case => ({
      name: `covert_sentence_${name}`,
      expect: WANTED,
      kind: KIND,
      what: `a sentence, ${what}`,
      make: (scene) => sent(scene, edit),
    }),
  ),
  {
    name: "covert_sentence_sdp_attribute",
    expect: WANTED,
    kind: KIND,
    what: "a sentence, base64 in an attribute of the media that no standard has",
    make: (scene) => healthy(scene, media(`a=x-note:${base64(SENTENCE)}\r\n`)),
  },
  {
    name: "covert_addresses_are_no_sentences",
    expect: "quiet",
    kind: KIND,
    what: "addresses in base64 and hex as users, in URIs, Route and Contact, a key and codec settings that read as words, a product with a path",
    make: (scene) => {
      const address = base64("sip:alice.smith@home.example.org");
      for (const edit of [
        (text: string) => text.replace(/^(From: [^<]*<sip:)[^@]*/m, `$1${address}`),
        (text: string) =>
          text.replace(/^(Contact: <sip:)[^@]*/m, `$1${hex("alice.smith@home.example")}`),
        (text: string) => text.replace(" SIP/2.0", `;ct=${address} SIP/2.0`),
        header(`Route: <sip:192.0.2.10;lr;state=${base64("user=alice;node=borderb")}>`),
        header("User-Agent: Vendor/SomeProductFamily/FirmwareReleaseTwentySeven"),
        media(
          `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${base64("keys are words by chance here")}\r\na=fmtp:96 config=${hex("a setting of a codec")}\r\n`,
        ),
      ]) {
        healthy(scene, edit);
      }
    },
  },
];
