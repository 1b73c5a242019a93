import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { attacksIn, deedsOf, gravest } from "../support/attack-verdict.ts";
import { bundledCaptures } from "../support/bundled-captures.ts";
import { attackCapture, MUTATIONS } from "../support/mutated-attack.ts";

const PAGE = fileURLToPath(new URL("../../docs/mutated-attacks.md", import.meta.url));
const BEGIN = "<!-- table: made by test/docs/mutated-attacks.test.ts -->\n";
const END = "<!-- end of the table -->\n";
/** Attacks of which too little is left, and why; the page lists them below its table. */
const LOST: Readonly<Record<string, string>> = {
  "bruteforce/nmap_sip_brute_gives_up.pcap, no tool habits": "eight requests in all",
  "enum_invite/svwar_invite_hardened_gives_up.pcap, no tool habits": "two or three requests",
  "enum_options/svwar_options_hardened_gives_up.pcap, no tool habits": "two or three requests",
  "enum_register/svwar_register_hardened_gives_up.pcap, no tool habits": "two or three requests",
  "sip_scan/svmap_register_random_order_slow.pcap, no tool habits":
    "four requests to two hosts; a sweep is told from eight hosts on",
  "cancel_attack/cancel_spoofed_source.pcap, begins in the middle":
    "the INVITE that is cancelled was not seen, so nobody can say whose it was",
  "cancel_attack/cancel_third_party_to_callee.pcap, begins in the middle":
    "the INVITE that is cancelled was not seen, so nobody can say whose it was",
  "rtp_flood/hping3_udp_flood_to_media_port.pcap.gz, begins in the middle":
    "no session description was seen, and what floods is no RTP",
  "rtp_inject/rtp_sparse_probe_external.pcap, begins in the middle":
    "no session description was seen, and ten packets are left",
  "bruteforce_slow/svcrack_slow.pcap, only what attackers send":
    "28 digests in 98 s; phones that are told to try again send as many",
  "enum_slow/svwar_slow.pcap, only what attackers send":
    "35 users, and the server is seen to answer others",
  "password_spray/one_password_many_users.pcap, only what attackers send":
    "a gateway that registers its 47 accounts sends the same",
};
const NOT_CHANGED = "";
const NOT_FOUND = "-";

async function rowOf(capture: ReturnType<typeof attackCapture>): Promise<string[]> {
  const found = await attacksIn(capture.packets);
  const { least, attacks } = deedsOf(found);
  const cells = [String(least)];
  for (const { change } of MUTATIONS) {
    const packets = change(capture, gravest(found, attacks)?.timeUs ?? 0);
    if (packets === null) cells.push(NOT_CHANGED);
    else cells.push(String(gravest(await attacksIn(packets), attacks)?.severity ?? NOT_FOUND));
  }
  return cells;
}

describe("attacks that were changed are found", () => {
  const text = readFileSync(PAGE, "utf8");
  const start = text.indexOf(BEGIN) + BEGIN.length;
  const end = text.indexOf(END);
  const rows: string[] = [];

  for (const bundled of bundledCaptures().filter(({ isHealthy }) => !isHealthy)) {
    it(`${bundled.name}, as docs/mutated-attacks.md has it`, async () => {
      const cells = await rowOf(attackCapture(bundled));
      const row = `| \`${bundled.name}\` | ${cells.join(" | ")} |`;
      rows.push(row);
      if (process.env.UPDATE_DOCS === undefined)
        expect(text.slice(start, end)).toContain(`${row}\n`);
    });
  }

  it("in a table of all of them (write it with UPDATE_DOCS=1)", () => {
    const names = ["capture", "as it is", ...MUTATIONS.map(({ name }) => name)];
    const head = [`| ${names.join(" | ")} |`, `|---${"|---:".repeat(names.length - 1)}|`];
    const lost = Object.entries(LOST).map(
      ([what, why]) => `- \`${what.replace(",", "`,")}: ${why}`,
    );
    const table = `${[...head, ...rows, "", "Not found:", "", ...lost].join("\n")}\n`;
    if (process.env.UPDATE_DOCS !== undefined) {
      writeFileSync(PAGE, text.slice(0, start) + table + text.slice(end));
    } else expect(text.slice(start, end)).toBe(table);
  });
});
