import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterEach, describe, expect, it } from "vitest";
import { type NetworkOutputSpec, parseOutputs } from "../../../../src/emit/delivery/output-spec.ts";
import { NotifySink } from "../../../../src/emit/outputs/notify-sink.ts";
import { closedPort } from "../../../support/free-ports.ts";
import { outputSettings } from "../../../support/output-settings.ts";
import { makeCertificates } from "../../../support/test-certificates.ts";
import { recordOf } from "./eve-lines.ts";

const HOSTILE =
  "<b>x</b>\r\nBcc: all@example.org\r\n\r\n.\r\nMAIL FROM:<a@b> \x1b[2J\u202e =SUM(1)";

function caseRecord(changes: object = {}) {
  const fields = {
    timestamp: "2026-11-21T03:09:52.724169+0000",
    event_type: "case",
    src_ip: "198.18.7.77",
    case: {
      ...{
        id: "a".repeat(32),
        state: "opened",
        severity: 1,
        stage: "in",
        title: "somebody got in",
      },
      ...{ story: ["02:57: guessed."], advice: ["Block 198.18.7.77."], ...changes },
    },
    voip: { schema: "voip/1.0", alert_id: "9e55ec5d71c464b86962f3f96da508e9" },
  };
  return { ...recordOf(fields), severity: 1 };
}

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Received {
  readonly from: string;
  readonly to: string[];
  readonly mail: string;
}

/** A mail server on the loopback interface. */
async function server(options: SMTPServerOptions = {}) {
  const received: Received[] = [];
  const smtp = new SMTPServer({
    ...{ authOptional: true, disabledCommands: ["STARTTLS"] },
    onData: (stream, { envelope }, done) => {
      const from = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
      const to = envelope.rcptTo.map(({ address }) => address);
      textOf(stream).then((mail) => {
        received.push({ from, to, mail });
        done();
      }, done);
    },
    ...options,
  });
  smtp.on("error", () => {});
  const listening = smtp.listen(0, "127.0.0.1");
  await once(listening, "listening");
  closers.push(() => smtp.close());
  return { received, port: (listening.address() as AddressInfo).port };
}

type MailChanges = NonNullable<Parameters<typeof outputSettings>[0]>["mail"];

function specOf(target: string, changes: MailChanges = {}): NetworkOutputSpec {
  const mail = { from: "sipsentry@example.com", startTls: "offered", ...changes } as const;
  const [spec] = parseOutputs([target], outputSettings({ mail }), {}).network;
  if (spec === undefined) throw new Error("no output");
  return spec;
}

async function mailed(port: number, changes: object = {}, settings: MailChanges = {}) {
  const spec = specOf(`mail+smtp://127.0.0.1:${port}/soc@example.com,b@example.com`, settings);
  if (spec.kind !== "notify") throw new Error("no output");
  const sink = new NotifySink(structuredClone(spec.settings));
  expect(sink.name).toBe(spec.name);
  await sink.connect();
  try {
    await sink.send([caseRecord(changes)]);
  } finally {
    await sink.close();
  }
}

/** Header fields, unfolded, by their lower-case names; and the text, decoded. */
function parsed(mail: string) {
  const [head = "", ...rest] = mail.split("\r\n\r\n");
  const lines = head.replaceAll(/\r\n[ \t]+/g, " ").split("\r\n");
  const fields = lines.map((line): [string, string] => [
    line.slice(0, line.indexOf(":")).toLowerCase(),
    line.slice(line.indexOf(":") + 2),
  ]);
  const body = rest.join("\r\n\r\n");
  const isBase64 = /transfer-encoding: base64/i.test(head);
  const isQuoted = /transfer-encoding: quoted-printable/i.test(head);
  const bytes = isQuoted
    ? body
        .replaceAll("=\r\n", "")
        .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    : body;
  const text = isBase64 ? Buffer.from(body, "base64").toString() : bytes;
  return { names: fields.map(([name]) => name), fields: new Map(fields), text };
}

describe("mail about cases", () => {
  it("reaches each receiver as plain text, in one thread for each case", async () => {
    const { received, port } = await server();
    await mailed(port);
    const [{ from, mail, to } = { from: "", mail: "", to: [] }] = received;
    expect({ from, to }).toEqual({
      from: "sipsentry@example.com",
      to: ["soc@example.com", "b@example.com"],
    });
    const { fields, text } = parsed(mail);
    expect(fields.get("subject")).toBe("[sipsentry] Case opened, severity 1: somebody got in");
    expect(fields.get("content-type")).toMatch(/^text\/plain/);
    expect(fields.get("auto-submitted")).toBe("auto-generated");
    expect(fields.get("references")).toContain("a".repeat(32));
    expect(text.replaceAll("\r\n", "\n")).toBe(
      `Case opened, severity 1\nsomebody got in\n\n02:57: guessed.\n\nWhat to do:\n- Block 198.18.7.77.\n\nsipsentry, stage in, case ${"a".repeat(32)}\n`,
    );
  });

  it("gives what a packet said no header, no line of its own, no command and no receiver", async () => {
    const { received, port } = await server();
    await mailed(port, { title: HOSTILE, story: [HOSTILE], advice: [HOSTILE.repeat(200)] });
    expect(received).toHaveLength(1);
    const [{ mail, to } = { mail: "", to: [] }] = received;
    expect(to).toHaveLength(2);
    const { names, text } = parsed(mail);
    expect(names).not.toContain("bcc");
    expect(names.filter((name) => name === "subject")).toHaveLength(1);
    expect(text).not.toMatch(/\x1b|\u202e|^Bcc|^\.\r?$/m);
    expect(mail.split("\r\n").every((line) => line.length <= 998)).toBe(true);
  });

  it("is not sent in the clear unless the operator says so", async () => {
    const { received, port } = await server();
    await expect(mailed(port, {}, { startTls: "required" })).rejects.toMatchObject({
      isTemporary: true,
      message: expect.stringContaining("mail.startTls"),
    });
    expect(received).toEqual([]);
  });

  it("goes to no server whose certificate nobody trusts", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sipsentry-mail-"));
    closers.push(() => rmSync(folder, { recursive: true }));
    const { ca, serverCert, serverKey } = makeCertificates(folder);
    const own = { cert: readFileSync(serverCert, "utf8"), key: readFileSync(serverKey, "utf8") };
    const { received, port } = await server({ disabledCommands: [], ...own });
    await expect(mailed(port, {}, { startTls: "required" })).rejects.toMatchObject({
      isTemporary: true,
      message: expect.stringContaining("mail.tlsCa"),
    });
    expect(received).toEqual([]);
    await mailed(port, {}, { startTls: "required", tlsCa: ca });
    expect(received).toHaveLength(1);
  });

  it("is given up when the server will never take it, and kept when it may later", async () => {
    const refusing = (responseCode: number): SMTPServerOptions => ({
      onRcptTo: (_address, _session, done) =>
        done(Object.assign(new Error("no such user"), { responseCode })),
    });
    for (const [code, isTemporary] of [
      [550, false],
      [450, true],
    ] as const) {
      const { port } = await server(refusing(code));
      await expect(mailed(port)).rejects.toMatchObject({ isTemporary });
    }
    await expect(mailed(await closedPort())).rejects.toMatchObject({
      isTemporary: true,
      message: expect.stringContaining("nothing listens there"),
    });
  });
});

describe("mail outputs", () => {
  it.each([
    ["mail+smtp://mx.example", /1 to 100 mail addresses/],
    ["mail+smtp://mx.example/soc", /"soc" is no mail address/],
    ["mail+smtp://mx.example/a@b%0d%0aBcc:c@d", /no mail address/],
    ["mail+smtps://u:p@mx.example/soc@example.com", /login does not belong/],
  ])("%s is refused", (target, problem) => {
    expect(() => specOf(target)).toThrow(problem);
  });

  it("need a sender, and a password for a login", () => {
    const target = "mail+smtps://mx.example/soc@example.com";
    expect(() => specOf(target, { from: "" })).toThrow(/mail\.from/);
    expect(() => specOf(target, { username: "u" })).toThrow(/go together/);
    expect(specOf(target)).toMatchObject({
      settings: { to: { mail: { host: "mx.example", port: 465, security: "tls" } } },
    });
  });
});
