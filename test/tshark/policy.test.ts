import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/config-file.ts";
import { EVENT_ROWS } from "../../src/track/facts/event-kind.ts";
import { bundledCaptures, PCAPS } from "../support/bundled-captures.ts";
import { runFiles } from "../support/run-capture.ts";
import { tsharkVersion } from "../support/tshark.ts";

const version = tsharkVersion();
const run = promisify(execFile);
const FIELDS = [
  ...["ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "sip.Method", "sip.Status-Code"],
  ...["sip.to.tag", "sip.Identity", "sip.WWW-Authenticate", "sip.Proxy-Authenticate"],
  ...["sdp.media", "sdp.media_attr"],
] as const;
type Field = (typeof FIELDS)[number];

/** Everything is declared so that every packet that could break it does. */
const CONFIG = loadConfig({
  sets: [
    "policy.notes=true",
    "policy.secure=['0.0.0.0/0','::/0']",
    "policy.signed=['0.0.0.0/0','::/0']",
    "policy.codecs=[none-such]",
  ],
});

type Row = Readonly<Record<Field, string>>;

async function rowsOf(path: string): Promise<Row[]> {
  const fields = FIELDS.flatMap((name) => ["-e", name]);
  const options = ["-r", path, "-n", "-Y", "sip && !icmp", "-T", "fields", "-E", "aggregator=|"];
  const { stdout } = await run("tshark", [...options, ...fields], { maxBuffer: 1 << 26 });
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const values = line.split("\t");
      return Object.fromEntries(FIELDS.map((name, i) => [name, values[i] ?? ""])) as Row;
    });
}

const source = (row: Row) => row["ip.src"] || row["ipv6.src"];
const pair = (row: Row) =>
  [source(row), row["ip.dst"] || row["ipv6.dst"]].map(shortened).sort().join(" ");
/** EVE writes IPv6 in full. */
const shortened = (address: string) =>
  address.includes(":") ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;

function isAnswer(row: Row): boolean {
  const status = Number(row["sip.Status-Code"] || 0);
  return status >= 200 && status < 300 && /audio [1-9]/.test(row["sdp.media"]);
}

/** By fact, whom tshark's fields say it is about: pairs of hosts, or servers. */
const EXPECTED: Readonly<
  Record<string, { about: (row: Row) => string; is: (row: Row) => boolean }>
> = {
  "policy.clear_sip": { about: pair, is: () => true },
  "policy.clear_rtp": {
    about: pair,
    is: (row) =>
      isAnswer(row) &&
      !/SAVP/.test(row["sdp.media"]) &&
      !/crypto|fingerprint/.test(row["sdp.media_attr"]),
  },
  "policy.codec": { about: pair, is: isAnswer },
  "policy.unsigned_call": {
    about: pair,
    is: (row) =>
      row["sip.Method"] === "INVITE" && row["sip.to.tag"] === "" && row["sip.Identity"] === "",
  },
  "policy.weak_digest": {
    about: (row) => shortened(source(row)),
    is: (row) => {
      const text = row["sip.WWW-Authenticate"] + row["sip.Proxy-Authenticate"];
      return text !== "" && (!/SHA-256/.test(text) || !/qop=/.test(text));
    },
  },
  "policy.keys_in_clear": { about: pair, is: (row) => /crypto:/.test(row["sdp.media_attr"]) },
};

const healthy = bundledCaptures().filter(({ isHealthy }) => isHealthy);

describe.skipIf(version === "")(
  `policies on healthy captures, as tshark ${version} sees them`,
  () => {
    it.each(healthy.map(({ name }) => [name]))("%s", async (name) => {
      const path = join(PCAPS, name);
      const [rows, { facts, lines }] = await Promise.all([
        rowsOf(path),
        runFiles([path], { config: CONFIG }),
      ]);
      const alerts = lines.map((line) => JSON.parse(line)).filter((r) => r.event_type === "alert");
      for (const [fact, { about, is }] of Object.entries(EXPECTED)) {
        const wanted = [...new Set(rows.filter(is).map(about))].sort();
        const isServers = fact === "policy.weak_digest";
        const told = alerts
          .filter(({ voip }) => voip?.event === fact)
          .map(({ dest_ip, src_ip }) =>
            isServers ? shortened(src_ip) : [src_ip, dest_ip].map(shortened).sort().join(" "),
          );
        // What is folded into an open incident is no line of its own: none is said that is not so, and the facts are as many.
        expect(
          told.filter((one) => !wanted.includes(one)),
          fact,
        ).toEqual([]);
        const kind = EVENT_ROWS.findIndex((row) => row.name === fact);
        expect([fact, facts[kind]]).toEqual([fact, wanted.length]);
      }
    });
  },
);
