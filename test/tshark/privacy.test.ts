import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSource } from "../../src/capture/file-source.ts";
import { configSchema, defaultConfig } from "../../src/config/config.ts";
import { EveWriter } from "../../src/emit/eve/eve.ts";
import { Privacy } from "../../src/emit/privacy.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { shippedRules } from "../support/run-capture.ts";
import {
  SHARED_CAPTURES,
  sharedCaptures,
  sharedCapturesMissing,
} from "../support/shared-captures.ts";
import { tsharkVersion } from "../support/tshark.ts";

const noTshark = tsharkVersion() === "" && process.env.CI !== "true" ? "no tshark here" : "";
const missing = [sharedCapturesMissing, noTshark].filter((why) => why !== "").join("; ");
if (missing !== "") test.skip(`skipped: ${missing}`, () => {});

const SECRET_FIELDS = [
  "sip.auth.digest.response",
  "sip.auth.nonce",
  "sip.auth.cnonce",
  "sip.from.tag",
] as const;
const USER_FIELDS = [
  "sip.from.user",
  "sip.to.user",
  "sip.r-uri.user",
  "sip.contact.user",
  "sip.auth.username",
  "sdp.owner.username",
] as const;

type Field = (typeof SECRET_FIELDS)[number] | (typeof USER_FIELDS)[number];

/** Distinct values of fields of a capture, as tshark reads it. */
async function tsharkValues(path: string): Promise<Record<Field, Set<string>>> {
  const fields: readonly Field[] = [...SECRET_FIELDS, ...USER_FIELDS];
  const options = ["-r", path, "-n", "-Y", "sip", "-T", "fields", "-E", "aggregator=\u0002"];
  const { stdout } = await promisify(execFile)(
    "tshark",
    [...options, ...fields.flatMap((field) => ["-e", field])],
    {
      maxBuffer: 256 * 1024 * 1024,
      env: { ...process.env, WIRESHARK_CONFIG_DIR: "/nonexistent", LC_ALL: "C" },
    },
  );
  const values = Object.fromEntries(fields.map((field) => [field, new Set<string>()]));
  for (const line of stdout.split("\n")) {
    for (const [i, cell] of line.split("\t").entries()) {
      for (const value of cell.split("\u0002")) {
        const plain = value.replace(/^"(.*)"$/, "$1");
        if (plain !== "") values[fields[i] ?? "sip.from.user"]?.add(plain);
      }
    }
  }
  return values as Record<Field, Set<string>>;
}

/** EVE lines of alerts, incidents and SIP messages of one run over a capture, as each of several privacies has them. */
async function linesOf(path: string, privacies: readonly Privacy[]): Promise<string[][]> {
  const config = configSchema().parse({});
  const writer = new EveWriter({ ...config.eve, isReplay: true, interfaceName: "" });
  const lines = privacies.map((): string[] => []);
  const write = (line: (privacy: Privacy) => string) => {
    for (const [i, privacy] of privacies.entries()) lines[i]?.push(line(privacy));
  };
  const pipeline = new Pipeline({
    config,
    ruleSet: shippedRules(),
    outputs: {
      alert: (alert) => write((privacy) => writer.alert(privacy.alert(alert))),
      incident: (record) => write((privacy) => writer.incident(privacy.incident(record))),
      sip: (record) => write((privacy) => writer.sip(privacy.sip(record))),
    },
  });
  await openSource([path]).run(pipeline.onFrame);
  pipeline.finish();
  return lines;
}

/** Shorter secrets of a test's making would be found in any text. */
const SECRET_CHARS_MIN = 8;

/** `user:password` that SIPVicious wrote into a From tag, by its own description (svcrack.py). */
function hiddenCredential(tag: string): { user: string; password: string } | null {
  const plain = Buffer.from(tag, "hex").toString("latin1");
  const match = /^([^:\x01]*):([^\x01]+)\x01\d+$/.exec(plain);
  return match === null ? null : { user: match[1] ?? "", password: match[2] ?? "" };
}

/** Fields whose texts are not about users: a call id, a status code or a count may look like one. */
const NOT_USERS = new Set([
  ...["timestamp", "src_ip", "dest_ip", "alert", "flow", "call_id", "call_ids", "dest_ips"],
  ...["code", "reason", "response_line", "version", "start", "end", "community_id", "app_proto"],
  ...["method", "event_type", "proto", "pkt_src", "schema", "track", "type", "event", "unique_on"],
  ...["alert_id", "case_id", "id", "state", "direction", "stream", "what", "expected"],
  ...["connection_data", "media", "time_descriptions", "bandwidths"],
]);

/** All texts of a record that may hold a user. */
function textsOf(value: unknown, key = ""): string[] {
  if (typeof value === "string") {
    if (key === "origin") return [value.split(" ")[0] ?? ""];
    // `fmtp:101` is no user, `cname:101@host` is.
    return key === "attributes" && !value.includes("@") ? [] : [value];
  }
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => textsOf(item, key));
  // "requests of 192.0.2.1 so far": a count may be somebody's extension, too.
  if ("what" in value && String(value.what).endsWith(" so far")) return [String(value.what)];
  return Object.entries(value).flatMap(([name, item]) =>
    NOT_USERS.has(name) ? [] : textsOf(item, name),
  );
}

/** Secrets of the capture that stand in one of the lines. */
function secretsIn(lines: readonly string[], values: Record<Field, Set<string>>): string[] {
  const all = lines.join("\n").toLowerCase();
  const found: string[] = [];
  for (const field of ["sip.auth.digest.response", "sip.auth.nonce", "sip.auth.cnonce"] as const) {
    for (const value of values[field]) {
      if (value.length < SECRET_CHARS_MIN) continue;
      looked.secrets++;
      if (all.includes(value.toLowerCase())) found.push(`${field} ${value}`);
    }
  }
  for (const tag of values["sip.from.tag"]) {
    const credential = hiddenCredential(tag);
    if (credential === null) continue;
    looked.passwords++;
    const { user, password } = credential;
    const isWord = password.length >= 6 && /[a-z]/i.test(password);
    const hidden = [tag, `${user}:${password}`, ...(isWord ? [password] : [])];
    found.push(...hidden.filter((text) => all.includes(text.toLowerCase())));
  }
  return found;
}

/** Users of the capture that stand in one of the lines. */
function usersIn(lines: readonly string[], values: Record<Field, Set<string>>): string[] {
  const known = new Set(USER_FIELDS.flatMap((field) => [...values[field]]));
  known.delete("-");
  // PROTOS calls users 0 to 30, which any count in the evidence may be.
  for (const user of known) if (/^\d{1,2}$/.test(user)) known.delete(user);
  looked.users += known.size;
  const found = new Set<string>();
  for (const line of lines) {
    for (const text of textsOf(JSON.parse(line))) {
      // A packet's number in the evidence may be that of somebody's extension, too.
      for (const word of text.replace(/, packet \d+\b/, "").split(/[^A-Za-z0-9+_.*#-]+/)) {
        if (known.has(word)) found.add(`${word} in ${text}`);
      }
    }
  }
  return [...found];
}

/** How much there was to look for. */
const looked = { secrets: 0, passwords: 0, users: 0 };

const captures = sharedCaptures("lab").concat(sharedCaptures("real"));
let dir = "";
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sipsentry-privacy-"));
  writeFileSync(join(dir, "key"), "0123456789abcdef0123456789abcdef");
});
afterAll(() => rmSync(dir, { recursive: true }));

describe.skipIf(missing !== "")("in EVE lines of all captures", () => {
  test.each(captures.map(({ path }) => [relative(SHARED_CAPTURES, path), path]))(
    "no secret by default, and no user when users and numbers are hashed: %s",
    async (_, path) => {
      const { privacy } = defaultConfig();
      const hashKeyFile = join(dir, "key");
      const strict = { ...privacy, users: "hash", numbers: "hash", hashKeyFile } as const;
      const values = await tsharkValues(path);
      const privacies = [new Privacy(privacy), new Privacy(strict)];
      const [plain = [], hashed = []] = await linesOf(path, privacies);
      expect(secretsIn(plain, values)).toEqual([]);
      expect(usersIn(hashed, values).slice(0, 10)).toEqual([]);
    },
    120_000,
  );

  test("there was something to look for", () => {
    expect(looked.secrets).toBeGreaterThan(1000);
    expect(looked.passwords).toBeGreaterThan(100);
    expect(looked.users).toBeGreaterThan(1000);
  });
});
