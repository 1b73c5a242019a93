import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSource } from "../../src/capture/file-source.ts";
import { configSchema } from "../../src/config/config.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { UNREAD_NAMES } from "../../src/track/sensor/unread-reason.ts";
import { shippedRules } from "../support/run-capture.ts";
import {
  makeServerKeys,
  opensslVersion,
  type Said,
  type TlsTalkOptions,
  tlsCapture,
  tlsTalk,
} from "../support/tls-talk.ts";
import { tsharkVersion } from "../support/tshark.ts";

const missing =
  opensslVersion() === "" ? "no openssl here" : tsharkVersion() === "" ? "no tshark here" : "";

const body = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n";
const SAID: readonly Said[] = [
  ["client", request("REGISTER", 1)],
  ["server", response("401 Unauthorized", "REGISTER", 1)],
  ["client", request("INVITE", 2, body.repeat(40))],
  ["server", response("100 Trying", "INVITE", 2)],
  ["server", response("200 OK", "INVITE", 2, body)],
  ["client", request("ACK", 2)],
  ["server", request("OPTIONS", 9)],
  ["client", response("200 OK", "OPTIONS", 9)],
];

function request(method: string, call: number, content = ""): string {
  return `${method} sips:bob@10.0.0.2 SIP/2.0\r\n${headers(method, call, content)}`;
}

function response(status: string, method: string, call: number, content = ""): string {
  return `SIP/2.0 ${status}\r\n${headers(method, call, content)}`;
}

function headers(method: string, call: number, content: string): string {
  return [
    "Via: SIP/2.0/TLS 10.0.0.1:40000;branch=z9hG4bK1",
    "From: <sip:alice@example.com>;tag=1",
    "To: <sip:bob@example.com>",
    `Call-ID: call-${call}`,
    `CSeq: 1 ${method}`,
    ...(content === "" ? [] : ["Content-Type: application/sdp"]),
    `Content-Length: ${content.length}`,
    "",
    content,
  ].join("\r\n");
}

const TLS_12 = (cipher: string): TlsTalkOptions => ({
  client: ["-tls1_2", "-cipher", `${cipher}:@SECLEVEL=0`],
  server: ["-cipher", `${cipher}:@SECLEVEL=0`],
});
/** `isMacInside`: neither end offers to encrypt first (RFC 7366). */
const TLS_OLD = (version: "-tls1" | "-tls1_1" | "-tls1_2", cipher: string, isMacInside = false) => {
  const both = [version, "-cipher", `${cipher}:@SECLEVEL=0`, ...(isMacInside ? ["-no_etm"] : [])];
  return { client: both, server: both };
};
const TLS_13 = (suite: string, ...more: string[]): TlsTalkOptions => ({
  client: ["-tls1_3", "-ciphersuites", suite, ...more],
  server: ["-ciphersuites", suite],
});

const TALKS: Readonly<Record<string, TlsTalkOptions>> = {
  "1.0 RSA AES-128-CBC SHA": TLS_OLD("-tls1", "AES128-SHA"),
  "1.0 ECDHE-RSA AES-256-CBC SHA, MAC inside": TLS_OLD("-tls1", "ECDHE-RSA-AES256-SHA", true),
  "1.0 DHE-RSA Camellia-256": TLS_OLD("-tls1", "DHE-RSA-CAMELLIA256-SHA"),
  "1.1 DHE-RSA AES-256-CBC SHA": TLS_OLD("-tls1_1", "DHE-RSA-AES256-SHA"),
  "1.1 ECDHE-ECDSA AES-128-CBC SHA, MAC inside": TLS_OLD("-tls1_1", "ECDHE-ECDSA-AES128-SHA", true),
  "1.2 ECDHE-RSA AES-256-CBC SHA384, MAC inside": TLS_OLD(
    "-tls1_2",
    "ECDHE-RSA-AES256-SHA384",
    true,
  ),
  "1.2 ECDHE-RSA Camellia-128 SHA256": TLS_OLD("-tls1_2", "ECDHE-RSA-CAMELLIA128-SHA256"),
  "1.2 RSA AES-128-GCM": TLS_12("AES128-GCM-SHA256"),
  "1.2 RSA AES-128-CBC SHA": TLS_12("AES128-SHA"),
  "1.2 RSA AES-256-CBC SHA256": TLS_12("AES256-SHA256"),
  "1.2 RSA AES-128-CCM-8": TLS_12("AES128-CCM8"),
  "1.2 ECDHE-RSA AES-256-GCM": TLS_12("ECDHE-RSA-AES256-GCM-SHA384"),
  "1.2 ECDHE-ECDSA AES-128-GCM": TLS_12("ECDHE-ECDSA-AES128-GCM-SHA256"),
  "1.2 ECDHE-RSA AES-256-CBC SHA384": TLS_12("ECDHE-RSA-AES256-SHA384"),
  "1.2 ECDHE-RSA ChaCha20": TLS_12("ECDHE-RSA-CHACHA20-POLY1305"),
  "1.3 AES-128-GCM": TLS_13("TLS_AES_128_GCM_SHA256"),
  "1.3 AES-256-GCM": TLS_13("TLS_AES_256_GCM_SHA384"),
  "1.3 ChaCha20": TLS_13("TLS_CHACHA20_POLY1305_SHA256"),
  "1.3 AES-128-CCM": TLS_13("TLS_AES_128_CCM_SHA256"),
  "1.3 after a HelloRetryRequest": {
    client: ["-tls1_3", "-groups", "X25519:P-256"],
    server: ["-groups", "P-256"],
  },
};

const dir = mkdtempSync(join(tmpdir(), "sipsentry-tls-"));

/** Messages that the whole product reads of a capture, in order. */
async function read(
  capture: string,
  keyLog: string,
): Promise<{ texts: string[]; unread: string[] }> {
  const texts: string[] = [];
  const pipeline = new Pipeline({
    config: configSchema().parse({ capture: { keyLog } }),
    ruleSet: shippedRules(),
    outputs: {
      alert: () => {},
      packet: ({ bytes, payloadStart, payloadEnd }, message) => {
        if (message !== null) texts.push(bytes.toString("latin1", payloadStart, payloadEnd));
      },
    },
  });
  await openSource([capture]).run(pipeline.onFrame);
  pipeline.finish();
  const unread = [...pipeline.statistics.sipUnread];
  return { texts, unread: UNREAD_NAMES.filter((_, reason) => (unread[reason] ?? 0) > 0) };
}

/** Start lines' parts and Call-IDs that tshark reads, in order. */
function tsharkReads(capture: string, keyLog: string): string[] {
  const fields = ["sip.Method", "sip.Status-Code", "sip.Call-ID"].flatMap((name) => ["-e", name]);
  const args = ["-r", capture, "-o", `tls.keylog_file:${keyLog}`, "-Y", "sip", "-T", "fields"];
  const out = execFileSync("tshark", [...args, ...fields], {
    encoding: "utf8",
    env: { ...process.env, WIRESHARK_CONFIG_DIR: "/nonexistent" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  return out.split("\n").filter((line) => line !== "");
}

function lineOf(text: string): string {
  const [start = ""] = text.split("\r\n");
  const [first = "", second = ""] = start.split(" ");
  const isResponse = first === "SIP/2.0";
  const callId = /Call-ID: (\S+)/.exec(text)?.[1] ?? "";
  return `${isResponse ? "" : first}\t${isResponse ? second : ""}\t${callId}`;
}

if (missing !== "") it.skip(`skipped: ${missing}`, () => {});

describe.skipIf(missing !== "")("SIP over TLS of openssl, opened with its key log", () => {
  beforeAll(() => makeServerKeys(dir));
  afterAll(() => rmSync(dir, { recursive: true }));

  it.for(Object.entries(TALKS))("%s", async ([name, options], { expect }) => {
    const file = name.replaceAll(/\W/g, "_");
    const { chunks, keyLogPath } = await tlsTalk(dir, file, SAID, options);
    const capture = join(dir, `${file}.pcap`);
    writeFileSync(capture, tlsCapture(chunks));
    const { texts, unread } = await read(capture, keyLogPath);
    expect(texts).toEqual(SAID.map(([, text]) => text));
    expect(unread).toEqual([]);
    expect(tsharkReads(capture, keyLogPath)).toEqual(texts.map(lineOf));
  });

  it("1.2 is read up to a renegotiation, and that is said", async () => {
    // A line that begins with R would be a command, too.
    const [invite, ack] = [SAID[2] as Said, SAID[5] as Said];
    const said: Said[] = [invite, ["client", "R\n"], ack];
    const suite = TLS_12("ECDHE-RSA-AES128-GCM-SHA256");
    const server = [...(suite.server ?? []), "-client_renegotiation"];
    const options = { ...suite, server, hasCommands: true };
    const { chunks, keyLogPath } = await tlsTalk(dir, "anew", said, options);
    const capture = join(dir, "anew.pcap");
    writeFileSync(capture, tlsCapture(chunks));
    const { texts, unread } = await read(capture, keyLogPath);
    expect(texts).toEqual([invite[1]]);
    expect(unread).toContain("tls_renegotiated");
  });

  it("1.3 with keys that are updated", async () => {
    const said: Said[] = SAID.flatMap(([from, text]) =>
      // Not the first: a command is one only when nothing of the handshake is left to be sent.
      from === "client" && text.startsWith("ACK")
        ? [
            ["client", "K\n"],
            [from, text],
          ]
        : [[from, text]],
    );
    const noCommands = said.filter(
      ([, text]) => !/^(REGISTER|SIP)/.test(text) || text.includes("100 "),
    );
    const options = { ...TLS_13("TLS_AES_128_GCM_SHA256"), hasCommands: true };
    const { chunks, keyLogPath } = await tlsTalk(dir, "update", noCommands, options);
    const capture = join(dir, "update.pcap");
    writeFileSync(capture, tlsCapture(chunks));
    const { texts } = await read(capture, keyLogPath);
    expect(texts).toEqual(noCommands.filter(([, text]) => text !== "K\n").map(([, text]) => text));
  });
});
