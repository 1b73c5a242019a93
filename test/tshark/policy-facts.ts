import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { certificatesIn } from "../support/tshark-certificates.ts";

const run = promisify(execFile);
const FIELDS = [
  ...["ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "sip.Method", "sip.Status-Code"],
  ...["sip.to.tag", "sip.Identity", "sip.WWW-Authenticate", "sip.Proxy-Authenticate"],
  ...["sdp.media", "sdp.media_attr", "sip.CSeq.method", "sip.to.host", "sip.Call-ID"],
  ...[
    "udp.srcport",
    "udp.dstport",
    "tcp.srcport",
    "tcp.dstport",
    "tls.handshake.type",
    "dtls.handshake.type",
  ],
  ...["tls.handshake.version", "tls.handshake.extensions.supported_version"],
  ...["tls.handshake.ciphersuite", "frame.protocols"],
  ...["dtls.handshake.version", "dtls.handshake.ciphersuite"],
  ...["frame.number", "sip.CSeq.seq", "sip.Authorization", "sip.Proxy-Authorization"],
  ...["tftp.source_file", "http.request.method", "http.request.uri"],
] as const;
type Field = (typeof FIELDS)[number];

/** A packet as tshark reads it. `certificate`: what is wrong with the one that it shows, "" where it shows none. */
type Row = Readonly<Record<Field | "certificate", string>>;

export async function rowsOf(path: string): Promise<Row[]> {
  const fields = FIELDS.flatMap((name) => ["-e", name]);
  const options = ["-r", path, "-n", "-Y", "!icmp", "-T", "fields", "-E", "aggregator=|"];
  const { stdout } = await run("tshark", [...options, ...fields], { maxBuffer: 1 << 26 });
  const hasSips = /\t5061\t/.test(stdout);
  const certificates = hasSips ? await certificatesIn(path) : new Map<string, number>();
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const values = line.split("\t");
      const fields = FIELDS.map((name, i) => [name, values[i] ?? ""]);
      const row = Object.fromEntries(fields) as Record<Field, string>;
      return { ...row, certificate: String(certificates.get(row["frame.number"]) ?? "") };
    });
}

/** Of a tunnel the hosts inside, which come last. */
const innermost = (addresses: string) => addresses.replace(/^.*\|/, "");
const source = (row: Row) => innermost(row["ip.src"] || row["ipv6.src"]);
const destination = (row: Row) => innermost(row["ip.dst"] || row["ipv6.dst"]);
const pair = (row: Row) => pairOf(source(row), destination(row));
export const pairOf = (one: string, other: string) => [one, other].map(shortened).sort().join(" ");
/** EVE writes IPv6 in full. */
export const shortened = (address: string) =>
  address.includes(":") ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;

function isAnswer(row: Row): boolean {
  const status = Number(row["sip.Status-Code"] || 0);
  return status >= 200 && status < 300 && /audio [1-9]/.test(row["sdp.media"]);
}

/** What of an alert is compared. */
interface Told {
  readonly src_ip: string;
  readonly dest_ip: string;
  readonly voip: { readonly value?: number };
  readonly evidence?: readonly { readonly what: string; readonly seen: string }[];
}

/** By fact, whom tshark's fields say it is about: pairs of hosts, or servers. */
interface Expected {
  readonly about: (row: Row) => string;
  /** `all`: the capture's rows, for what an earlier packet decides. */
  readonly is: (row: Row, all: readonly Row[]) => boolean;
  /** Told once for a server, a network or a kind of client: that it is told, and of whom, is compared, not how often. */
  readonly isHabit?: boolean;
  /** The same as `about` of an alert, where that is not the pair of its hosts. */
  readonly told?: (alert: Told) => string;
}

const ofServer = ({ src_ip }: Told) => shortened(src_ip);

export const EXPECTED: Readonly<Record<string, Expected>> = {
  "policy.clear_sip": { about: pair, is: isSip },
  "policy.clear_rtp": {
    about: pair,
    is: (row) =>
      isAnswer(row) &&
      !/SAVP/.test(row["sdp.media"]) &&
      !/crypto|fingerprint/.test(row["sdp.media_attr"]),
  },
  "policy.codec": { about: pair, is: isAnswer, isHabit: true },
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
    told: ofServer,
  },
  "policy.users_leak": {
    about: (row) => shortened(source(row)),
    is: (row, all) =>
      learned(row, all) !== "" &&
      all.some(
        (other) =>
          pair(other) === pair(row) &&
          other["sip.to.host"] === row["sip.to.host"] &&
          learned(other, all) !== "" &&
          learned(other, all) !== learned(row, all),
      ),
    told: ofServer,
  },
  "policy.certificate": {
    about: (row) => `${shortened(source(row))} ${row.certificate}`,
    is: (row) => /[123]/.test(row.certificate),
    told: ({ src_ip, voip }) => `${shortened(src_ip)} ${voip.value}`,
    isHabit: true,
  },
  "policy.clear_provisioning": {
    about: (row) => `${pair(row)} ${fileOf(row)}`,
    is: (row) => /[0-9a-f]{12}.*\.|^(y0{9}|spa|snom|aastra|gs_|sip).*\./i.test(fileOf(row)),
    told: ({ dest_ip, evidence = [], src_ip }) =>
      `${pairOf(src_ip, dest_ip)} ${evidence.find(({ what }) => what === "file")?.seen}`,
    isHabit: true,
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
    about: (row) => `${pair(row)} ${row["sip.to.host"].toLowerCase()}`,
    told: ({ dest_ip, evidence = [], src_ip }) => `${pairOf(src_ip, dest_ip)} ${evidence[0]?.seen}`,
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

/** On the port of SIP over TLS: other TLS is nobody's telephony. */
function isTls(row: Row): boolean {
  const isSips = [row["tcp.srcport"], row["tcp.dstport"]].includes("5061");
  return isSips && row["tls.handshake.type"] !== "";
}

/** Whose hello of TLS or DTLS it is; "" of none. */
function helloOf(row: Row): string {
  const tls = isTls(row) ? row["tls.handshake.type"] : "";
  const types = `${tls}|${row["dtls.handshake.type"]}`.split("|");
  if (types.includes("2")) return "server";
  return types.includes("1") ? "client" : "";
}

/** The file that is asked for, or sent over TFTP; "" of no such packet. */
function fileOf(row: Row): string {
  const isAsked = /^(GET|PUT)$/.test(row["http.request.method"]);
  const path = isAsked ? row["http.request.uri"] : row["tftp.source_file"];
  return /[^/]*$/.exec(path.replace(/\?.*/, ""))?.[0] ?? "";
}

/** What an answer to REGISTER without credentials says of the user: "unknown" or "challenged". */
function learned(row: Row, all: readonly Row[]): string {
  const says = { "404": "unknown", "401": "challenged", "407": "challenged" };
  const said = says[row["sip.Status-Code"] as keyof typeof says] ?? "";
  if (said === "" || row["sip.CSeq.method"] !== "REGISTER") return "";
  const asked = all.find(
    (other) =>
      other["sip.Method"] === "REGISTER" &&
      other["sip.Call-ID"] === row["sip.Call-ID"] &&
      other["sip.CSeq.seq"] === row["sip.CSeq.seq"] &&
      destination(other) === source(row),
  );
  if (asked === undefined) return "";
  return asked["sip.Authorization"] + asked["sip.Proxy-Authorization"] === "" ? said : "";
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
