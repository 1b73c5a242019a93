import { below, bit, body, carried, lines, sealed, shuffled } from "./habit-channels.ts";
import { outside, PBX6, phone, phone6, STRANGER } from "./lab.ts";
import type { Case } from "./scene.ts";

const KIND = "habit";
const WANTED = "alert covert <=3";

const ROWS: readonly Omit<Case, "kind">[] = [
  {
    name: "habit_order_of_two",
    expect: WANTED,
    what: "a bit in each OPTIONS: From before To, or behind it",
    make: (scene) =>
      carried(scene, {
        from: phone(1),
        times: 48,
        edit: (text) => (bit(scene) ? text : text.replace(/^(From: .*\r\n)(To: .*\r\n)/m, "$2$1")),
      }),
  },
  {
    name: "habit_case_of_names",
    expect: WANTED,
    what: "capitals in the names of headers are bits, in each MESSAGE to a stranger",
    make: (scene) =>
      carried(scene, {
        from: phone(1),
        to: STRANGER,
        method: "MESSAGE",
        times: 20,
        edit: (text) =>
          lines(text, (rows) =>
            rows.map((row) =>
              row.replace(/^[^:]*/, (name) => (bit(scene) ? name : name.toUpperCase())),
            ),
          ),
      }),
  },
  {
    name: "habit_blank_behind_values",
    expect: WANTED,
    what: "a blank behind a value is a bit, some lines of each REGISTER",
    make: (scene) =>
      carried(scene, {
        from: phone(1),
        method: "REGISTER",
        times: 16,
        seconds: 300,
        edit: (text) => lines(text, (rows) => rows.map((row) => (bit(scene) ? row : `${row} `))),
      }),
  },
  {
    name: "habit_other_letters_in_call_id",
    expect: WANTED,
    what: "a phone with Call-IDs of hex digits carries encrypted bytes there from the 17th call on, in every other call",
    make: (scene) =>
      carried(scene, {
        from: phone(1),
        method: "INVITE",
        calm: 16,
        times: 24,
        edit: (text, i) =>
          i % 2 === 0 ? text : text.replace(/^Call-ID: [^@]*/m, `Call-ID: ${sealed(scene, 18)}`),
      }),
  },
  {
    name: "habit_max_forwards_as_nibble_ipv6",
    expect: WANTED,
    what: "four bits in Max-Forwards of each OPTIONS (IPv6)",
    make: (scene) =>
      carried(scene, {
        from: phone6(1),
        to: PBX6,
        times: 32,
        edit: (text) =>
          text.replace(/^Max-Forwards: 70/m, `Max-Forwards: ${60 + below(scene, 16)}`),
      }),
  },
  {
    name: "habit_sealed_names",
    expect: WANTED,
    what: "twelve encrypted bytes as the caller's name in each call",
    make: (scene) =>
      carried(scene, {
        from: phone(1),
        method: "INVITE",
        times: 16,
        edit: (text) => text.replace(/^From: </m, `From: "${sealed(scene, 12)}" <`),
      }),
  },
  {
    name: "habit_order_of_attributes",
    expect: WANTED,
    what: "the order of rtpmap lines in each offer",
    make: (scene) =>
      carried(scene, {
        from: phone(1),
        method: "INVITE",
        times: 20,
        edit: (text) =>
          body(text, (sdp) => {
            const rows = sdp.split("\r\n");
            const maps = shuffled(
              scene,
              rows.filter((row) => row.startsWith("a=rtpmap")),
            );
            return rows.map((row) => (row.startsWith("a=rtpmap") ? maps.pop() : row)).join("\r\n");
          }),
      }),
  },
  {
    name: "habit_expires_as_number",
    expect: WANTED,
    what: "a phone that always asked for an hour asks for 3600 and ten bits more",
    make: (scene) =>
      carried(scene, {
        from: phone(1),
        method: "REGISTER",
        calm: 16,
        times: 20,
        seconds: 300,
        edit: (text) => text.replace(/^Expires: 3600/m, `Expires: ${3600 + below(scene, 1024)}`),
      }),
  },
  {
    name: "habit_reason_of_answers",
    expect: WANTED,
    what: "orders in the reason of each answer to a poll, encrypted",
    make: (scene) =>
      carried(scene, {
        from: phone(1),
        to: outside(9),
        times: 20,
        editAnswer: (text) => text.replace("200 OK", `200 OK ${sealed(scene, 12)}`),
      }),
  },
  {
    name: "habit_rport_or_not",
    expect: WANTED,
    what: "a bit in each SUBSCRIBE: rport in the Via, or none",
    make: (scene) =>
      carried(scene, {
        from: phone(1),
        method: "SUBSCRIBE",
        times: 48,
        edit: (text) => (bit(scene) ? text : text.replace(";rport", "")),
      }),
  },
  {
    name: "habit_all_headers_permuted",
    expect: WANTED,
    what: "all headers of each INVITE in another order",
    make: (scene) =>
      carried(scene, {
        from: phone(3),
        method: "INVITE",
        times: 20,
        edit: (text) => lines(text, (rows) => shuffled(scene, rows)),
      }),
  },
  {
    name: "habit_compact_or_long",
    expect: WANTED,
    what: "compact or long names are bits, in each SUBSCRIBE",
    make: (scene) =>
      carried(scene, {
        from: phone(3),
        method: "SUBSCRIBE",
        times: 24,
        edit: (text) => {
          const short: [string, string][] = [
            ["Via", "v"],
            ["From", "f"],
            ["To", "t"],
            ["Call-ID", "i"],
            ["Contact", "m"],
          ];
          let out = text;
          for (const [long, compact] of short)
            if (bit(scene)) out = out.replace(new RegExp(`^${long}:`, "m"), `${compact}:`);
          return out;
        },
      }),
  },
  {
    name: "habit_blanks_before_values",
    expect: WANTED,
    what: "one, two blanks or a tab behind the colon, in each INVITE",
    make: (scene) =>
      carried(scene, {
        from: phone(3),
        method: "INVITE",
        times: 30,
        edit: (text) =>
          lines(text, (rows) =>
            rows.map((row) => row.replace(/: /, `:${[" ", "  ", "\t"][below(scene, 3)]}`)),
          ),
      }),
  },
  {
    name: "habit_length_of_branch",
    expect: WANTED,
    what: "the length of the branch is four bits, in each OPTIONS to a stranger",
    make: (scene) =>
      carried(scene, {
        from: phone(3),
        to: STRANGER,
        times: 40,
        edit: (text) => text.replace(/z9hG4bK[^;]*/, `z9hG4bK${scene.hex(10 + below(scene, 16))}`),
      }),
  },
  {
    name: "habit_first_cseq_as_data",
    expect: WANTED,
    what: "a phone whose calls began with CSeq 1 begins them with 24 bits",
    make: (scene) =>
      carried(scene, {
        from: phone(3),
        method: "INVITE",
        calm: 16,
        times: 20,
        edit: (text) => text.replace(/^CSeq: 1 /m, `CSeq: ${1 + below(scene, 1 << 24)} `),
      }),
  },
  {
    name: "habit_version_of_software",
    expect: WANTED,
    what: "two bytes in the version of User-Agent, in each MESSAGE",
    make: (scene) =>
      carried(scene, {
        from: phone(3),
        method: "MESSAGE",
        times: 24,
        edit: (text) =>
          text.replace("66.85.0.5", `66.85.${below(scene, 256)}.${below(scene, 256)}`),
      }),
  },
  {
    name: "habit_name_of_session",
    expect: WANTED,
    what: "eight encrypted bytes as hex in s= of each offer, after 14 with s=-",
    make: (scene) =>
      carried(scene, {
        from: phone(3),
        method: "INVITE",
        calm: 14,
        times: 16,
        edit: (text) => body(text, (sdp) => sdp.replace("s=-", `s=${scene.hex(16)}`)),
      }),
  },
  {
    name: "habit_case_of_tag",
    expect: WANTED,
    what: "a bit in each OPTIONS: the tag's hex digits in capitals or not",
    make: (scene) =>
      carried(scene, {
        from: phone(3),
        times: 60,
        edit: (text) =>
          bit(scene)
            ? text
            : text.replace(/tag=[^\r]*/, (tag) => `tag=${tag.slice(4).toUpperCase()}`),
      }),
  },
  {
    name: "habit_server_of_answers",
    expect: WANTED,
    what: "two bytes as the version of the server in each answer, of four users",
    make: (scene) =>
      carried(scene, {
        from: phone(3),
        to: outside(9),
        times: 48,
        editAnswer: (text) =>
          text.replace("18.10.0", `18.${below(scene, 256)}.${below(scene, 256)}`),
      }),
  },
  {
    name: "habit_which_headers",
    expect: WANTED,
    what: "which of five optional headers are there, in each INVITE",
    make: (scene) =>
      carried(scene, {
        from: phone(3),
        method: "INVITE",
        times: 32,
        headers: () =>
          [
            "Supported: replaces, timer",
            "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS",
            "Accept: application/sdp",
            "Organization: Office",
            "Priority: normal",
          ].filter(() => bit(scene)),
      }),
  },
];

export const HABITS: readonly Case[] = ROWS.map((row) => ({ ...row, kind: KIND }));
