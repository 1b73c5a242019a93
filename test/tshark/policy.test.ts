import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/config-file.ts";
import { EVENT_ROWS } from "../../src/track/facts/event-kind.ts";
import { POLICY } from "../cases/policy.ts";
import { POLICY_LINKS } from "../cases/policy-links.ts";
import { captureOf } from "../cases/scene.ts";
import { bundledCaptures, PCAPS } from "../support/bundled-captures.ts";
import { runFiles } from "../support/run-capture.ts";
import { tsharkVersion } from "../support/tshark.ts";

const version = tsharkVersion();
const run = promisify(execFile);
const FIELDS = [
  ...["ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "sip.Method", "sip.Status-Code"],
  ...["sip.to.tag", "sip.Identity", "sip.WWW-Authenticate", "sip.Proxy-Authenticate"],
  ...["sdp.media", "sdp.media_attr", "sip.CSeq.method", "sip.to.host", "sip.Call-ID"],
  ...["udp.srcport", "udp.dstport", "tcp.srcport", "tls.handshake.type", "dtls.handshake.type"],
  ...["tls.handshake.version", "tls.handshake.extensions.supported_version"],
  ...["tls.handshake.ciphersuite", "frame.protocols"],
  ...["dtls.handshake.version", "dtls.handshake.ciphersuite"],
] as const;
type Field = (typeof FIELDS)[number];

/** Everything is declared so that every packet that could break it does. */
const CONFIG = loadConfig({
  sets: [
    "policy.notes=true",
    "policy.secure=['0.0.0.0/0','::/0']",
    "policy.signed=['0.0.0.0/0','::/0']",
    "policy.codecs=[none-such]",
    "policy.domains=[none.such]",
    "policy.trunkPorts=[5060]",
    "policy.trunks=['203.0.113.255/32']",
  ],
});

type Row = Readonly<Record<Field, string>>;

async function rowsOf(path: string): Promise<Row[]> {
  const fields = FIELDS.flatMap((name) => ["-e", name]);
  const options = ["-r", path, "-n", "-Y", "!icmp", "-T", "fields", "-E", "aggregator=|"];
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
interface Expected {
  readonly about: (row: Row) => string;
  /** `all`: the capture's rows, for what an earlier packet decides. */
  readonly is: (row: Row, all: readonly Row[]) => boolean;
  /** Told once for a server, a network or a kind of client: that it is told, and of whom, is compared, not how often. */
  readonly isHabit?: boolean;
}

const EXPECTED: Readonly<Record<string, Expected>> = {
  "policy.clear_sip": { about: pair, is: isSip },
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
  "policy.keys_in_clear": {
    about: pair,
    is: (row) => /crypto:/.test(row["sdp.media_attr"]),
    isHabit: true,
  },
  "policy.fingerprint_in_clear": {
    about: pair,
    is: (row) => /fingerprint:/.test(row["sdp.media_attr"]),
    isHabit: true,
  },
  "policy.srtp_refused": {
    about: pair,
    is: (row, all) =>
      /^(415|488|606)$/.test(row["sip.Status-Code"]) &&
      row["sip.CSeq.method"] === "INVITE" &&
      offerOf(row, all) !== "",
    isHabit: true,
  },
  "policy.srtp_downgraded": {
    about: pair,
    is: (row, all) => isAnswer(row) && protectionOf(row) === "" && offerOf(row, all) !== "",
    isHabit: true,
  },
  "policy.foreign_domain": {
    about: pair,
    is: (row) =>
      isServed(row) && row["sip.to.host"] !== "" && !/^[\d.]+$|^\[|:/.test(row["sip.to.host"]),
  },
  "policy.unknown_peer": { about: pair, is: (row) => isServed(row) && portOf(row) === "5060" },
  "policy.tls_client": {
    about: pair,
    is: (row) => helloOf(row) === "client",
    isHabit: true,
  },
  "policy.tls_server": {
    about: pair,
    is: (row) => isTls(row) && helloOf(row) === "server",
    isHabit: true,
  },
  "policy.weak_tls": {
    about: pair,
    is: (row) =>
      helloOf(row) === "server" &&
      // TLS 1.0 and 1.1, DTLS 1.0; suites without encryption, for export, with RC4 or DES.
      (/0x0?30[0-2]|0xfeff/.test(row["tls.handshake.version"] + row["dtls.handshake.version"]) ||
        /0x000[1-9a]\b/.test(row["tls.handshake.ciphersuite"] + row["dtls.handshake.ciphersuite"])),
    isHabit: true,
  },
  "policy.legacy_protocol": {
    about: pair,
    is: (row) => /:(mgcp|h225|ras|skinny|iax2|q931)/.test(row["frame.protocols"]),
    isHabit: true,
  },
};

function isSip(row: Row): boolean {
  return row["sip.Method"] !== "" || row["sip.Status-Code"] !== "";
}

function portOf(row: Row): string {
  return row["udp.srcport"] || row["tcp.srcport"];
}

function isTls(row: Row): boolean {
  return row["tls.handshake.type"] !== "";
}

/** Whose hello of TLS or DTLS it is; "" of none. */
function helloOf(row: Row): string {
  const types = `${row["tls.handshake.type"]}|${row["dtls.handshake.type"]}`.split("|");
  if (types.includes("2")) return "server";
  return types.includes("1") ? "client" : "";
}

/** A server takes a call or a registration, or says that it is on its way. */
function isServed(row: Row): boolean {
  const status = Number(row["sip.Status-Code"] || 0);
  return status > 100 && status < 300 && /^(INVITE|REGISTER)$/.test(row["sip.CSeq.method"]);
}

/** How a description protects audio; "" when it does not. */
function protectionOf(row: Row): string {
  if (/audio \S+ \S*SAVP/.test(row["sdp.media"])) return "SAVP";
  return /crypto:|fingerprint:/.test(row["sdp.media_attr"]) ? "attributes" : "";
}

/** The same of the last offer before it in the call. */
function offerOf(row: Row, all: readonly Row[]): string {
  const before = all.slice(0, all.indexOf(row));
  const offer = before.findLast(
    (other) =>
      other["sip.Call-ID"] === row["sip.Call-ID"] &&
      other["sip.Method"] !== "" &&
      /audio/.test(other["sdp.media"]),
  );
  return offer === undefined ? "" : protectionOf(offer);
}

/** Scenes of policies break what is declared on purpose: each is held against tshark, too. */
const dir = mkdtempSync(join(tmpdir(), "sipsentry-policy-"));
afterAll(() => rmSync(dir, { recursive: true }));
const scenes = [...POLICY, ...POLICY_LINKS].map((scene): readonly [string, string] => {
  const path = join(dir, `${scene.name}.pcap`);
  writeFileSync(path, captureOf(scene));
  return [scene.name, path];
});

const healthy = bundledCaptures().filter(({ isHealthy }) => isHealthy);

describe.skipIf(version === "")(
  `policies on healthy captures, as tshark ${version} sees them`,
  () => {
    const files = healthy.map(({ name }): readonly [string, string] => [name, join(PCAPS, name)]);
    it.each([...files, ...scenes])("%s", async (_name, path) => {
      const [rows, { facts, lines }] = await Promise.all([
        rowsOf(path),
        runFiles([path], { config: CONFIG }),
      ]);
      const alerts = lines.map((line) => JSON.parse(line)).filter((r) => r.event_type === "alert");
      for (const [fact, { about, is, isHabit = false }] of Object.entries(EXPECTED)) {
        const wanted = [...new Set(rows.filter((row) => is(row, rows)).map(about))].sort();
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
        if (isHabit) expect([fact, (facts[kind] ?? 0) > 0]).toEqual([fact, wanted.length > 0]);
        else expect([fact, facts[kind]]).toEqual([fact, wanted.length]);
      }
    });
  },
);
