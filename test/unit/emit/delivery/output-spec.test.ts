import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OutputsError, parseOutputs } from "../../../../src/emit/delivery/output-spec.ts";
import { outputSettings } from "../../../support/output-settings.ts";

type Changes = Parameters<typeof outputSettings>[0];

let dir = "";

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sipsentry-outputs-"));
});

afterAll(() => rmSync(dir, { recursive: true }));

function fileOf(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

const parse = (targets: string[], changes?: Changes, env: NodeJS.ProcessEnv = {}) =>
  parseOutputs(targets, outputSettings(changes), env);

const networkOf = (target: string, changes?: Changes, env?: NodeJS.ProcessEnv) =>
  parse([target], changes, env).network[0];

function problemsOf(targets: string[], changes?: Changes, env?: NodeJS.ProcessEnv) {
  try {
    parse(targets, changes, env);
  } catch (error) {
    if (error instanceof OutputsError) return error.problems;
    throw error;
  }
  return [];
}

const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const KEY = "-----BEGIN EC PRIVATE KEY-----\nMIIB\n-----END EC PRIVATE KEY-----\n";

describe("parseOutputs", () => {
  it("reads files, which the main thread writes", () => {
    expect(parse(["eve:/var/log/a.json", "ecs:b:c.json"])).toEqual({
      files: [
        { kind: "eve", name: "eve:/var/log/a.json", path: "/var/log/a.json", types: null },
        { kind: "ecs", name: "ecs:b:c.json", path: "b:c.json", types: null },
      ],
      network: [],
    });
  });

  it("reads which records an output gets", () => {
    const { files, network } = parse([
      "case,call=eve:a.json",
      "case=kafka://a/cases",
      "kafka://a/cases",
      "call, registration =https://siem.example/calls",
      "ban:/var/b.json",
    ]);
    expect(files).toMatchObject([{ name: "case,call=eve:a.json", types: ["case", "call"] }]);
    expect(network.map(({ name, types }) => [name, types])).toEqual([
      ["case=kafka://a:9092/cases", ["case"]],
      ["kafka://a:9092/cases", ["alert", "incident", "case"]],
      ["call,registration=https://siem.example/calls", ["call", "registration"]],
      ["ban:/var/b.json", ["alert", "incident", "case"]],
    ]);
    // The same receiver with other records has a place of its own.
    expect(new Set(network.map(({ id }) => id)).size).toBe(4);
  });

  it.each([
    ["cases=kafka://a", /"cases" is no type of record\. Did you mean "case"/],
    ["=kafka://a", /is no type of record/],
    ["sip=kafka://a", /sip records go to files only/],
    ["case=ban:b.json", /takes what it needs/],
    ["alert=slack+https://hooks.slack.com/services/T/B/K", /takes what it needs/],
  ])("refuses the records of %s", (target, problem) => {
    expect(problemsOf([target]).join()).toMatch(problem);
  });

  it("reads Kafka brokers and the topic, with defaults for what is left out", () => {
    expect(networkOf("kafka://a:9093, [::1]:9094,b/voip")).toMatchObject({
      kind: "kafka",
      name: "kafka://a:9093,[::1]:9094,b:9092/voip",
      format: "eve",
      sendMs: 25_000,
      settings: {
        brokers: ["a:9093", "[::1]:9094", "b:9092"],
        topic: "voip",
        clientId: "sipsentry",
        compression: "gzip",
        batchRecords: 1_000,
        tls: null,
        sasl: null,
      },
    });
    expect(networkOf("kafka://a")?.name).toBe("kafka://a:9092/voip.alerts.v1");
  });

  it("reads syslog receivers, each transport with its registered port", () => {
    const settingsOf = (target: string) => networkOf(target)?.settings;
    expect(settingsOf("syslog://log")).toMatchObject({ transport: "udp", port: 514, tls: null });
    expect(settingsOf("syslog+tcp://log/")).toMatchObject({ transport: "tcp", port: 601 });
    expect(settingsOf("syslog+tls://[2001:db8::1]")).toMatchObject({
      transport: "tls",
      host: "2001:db8::1",
      port: 6_514,
      tls: { ca: "", cert: "", key: "" },
    });
    expect(networkOf("SYSLOG+TLS://log:7000")?.name).toBe("syslog+tls://log:7000");
  });

  it("reads webhooks and keeps what may be a key out of their names", () => {
    const url = "https://hooks.example/services/T000/abcdefghijklmnopqrstuvwxyz?token=hunter2";
    const spec = networkOf(url);
    expect(spec).toMatchObject({ kind: "webhook", settings: { url, body: "ndjson" } });
    expect(spec?.name).not.toMatch(/hunter2|abcdefghijk/);
    expect(spec?.id).not.toMatch(/hunter2|abcdefghijk/);
  });

  it("reads ban feeds, whose exceptions must be networks", () => {
    expect(networkOf("ban:/run/ban.conf", { ban: { format: "nftables" } })).toMatchObject({
      kind: "ban",
      name: "ban:/run/ban.conf",
      settings: { path: "/run/ban.conf", format: "nftables", severityMax: 2, ttlS: 3_600 },
    });
    expect(problemsOf(["ban:"])[0]).toMatch(/give a file/);
    const [problem] = problemsOf(["ban:x"], { ban: { never: ["192.0.2.0/24", "nonsense"] } });
    expect(problem).toMatch(/^ban.never: "nonsense" is neither an address nor a network/);
  });

  it("gives two webhooks that look alike names of their own", () => {
    const { network } = parse(["https://a.example/x?k=1", "https://a.example/x?k=2"]);
    expect(new Set(network.map(({ name }) => name)).size).toBe(2);
    expect(new Set(network.map(({ id }) => id)).size).toBe(2);
  });

  it("counts an output that is given twice once", () => {
    expect(parse(["kafka://a", "kafka://a:9092/voip.alerts.v1", "eve:x", "eve:x"])).toMatchObject({
      files: [{ path: "x" }],
      network: [{ kind: "kafka" }],
    });
  });

  it("names cursor files for the receiver alone, the same in every run", () => {
    const [first, second] = [
      networkOf("kafka://a/t"),
      networkOf("kafka://a/t", { kafka: { batchRecords: 7 } }),
    ];
    expect(first?.id).toBe(second?.id);
    expect(first?.id).toMatch(/^kafka-[0-9a-f]{16}$/);
    expect(networkOf("kafka://b/t")?.id).not.toBe(first?.id);
  });

  it("is plain data, which a thread can be handed", () => {
    const { network } = parse(["kafka://a", "syslog+tls://b", "https://c.example/", "ban:d"]);
    expect(structuredClone(network)).toEqual(network);
  });

  it.each([
    ["kafak://a", /"kafak:\/\/" is not known\. Did you mean "kafka:\/\/"\?/],
    ["nonsense", /an output has its kind in front\. It begins with one of kafka:\/\//],
    ["eve:", /give a file, such as eve:/],
    ["kafka://", /the host is missing/],
    ["kafka://a:0/t", /port 0 is not within 1 to 65535/],
    ["kafka://a:70000/t", /port 70000/],
    ["kafka://2001:db8::1/t", /put the IPv6 address in brackets: \[2001:db8::1\]:9092/],
    ["kafka://a/t t", /a topic is up to 249/],
    ["kafka://a/..", /a topic is up to 249/],
    ["syslog://a b", /is no HOST:PORT/],
    ["https://", /this is no URL/],
  ])("refuses %s with one line", (target, expected) => {
    const [problem, ...more] = problemsOf([target]);
    expect(problem).toMatch(expected);
    expect(problem).not.toContain("\n");
    expect(more).toEqual([]);
  });

  it("gathers the faults of all outputs", () => {
    expect(problemsOf(["kafka://", "eve:", "https://a.example/"])).toHaveLength(2);
  });
});

describe("secrets of outputs", () => {
  const sasl = { saslMechanism: "plain", saslUsername: "sensor" } as const;

  it("come from a file or from the environment, the file first", () => {
    const saslPasswordFile = fileOf("password", "from file\n");
    const env = { SIPSENTRY_KAFKA_PASSWORD: "from environment" };
    const passwordOf = (changes: Changes) => networkOf("kafka://a", changes, env)?.settings;
    expect(passwordOf({ kafka: { ...sasl, saslPasswordFile } })).toMatchObject({
      sasl: { mechanism: "plain", username: "sensor", password: "from file" },
    });
    expect(passwordOf({ kafka: sasl })).toMatchObject({ sasl: { password: "from environment" } });
    expect(passwordOf({})).toMatchObject({ sasl: null });
  });

  it("are not shown when an output is refused", () => {
    const problems = problemsOf([
      "kafka://user:hunter2@a/t",
      "https://user:hunter2@a.example/x",
      "syslog://user:hunter2@a",
      "https://a b/hunter2",
      "hunter2",
      "hunter2://a",
    ]);
    expect(problems).toHaveLength(6);
    expect(problems.slice(0, 5).join("\n")).not.toContain("hunter2");
  });

  it("are one line of their file", () => {
    const [problem] = problemsOf(["kafka://a"], {
      kafka: { ...sasl, saslPasswordFile: fileOf("two", "hunter2\nhunter3\n") },
    });
    expect(problem).toContain("more than one line");
    expect(problem).not.toContain("hunter");
    const webhook = { authorizationFile: fileOf("empty", "\n") };
    expect(problemsOf(["https://a.example/"], { webhook })[0]).toContain("is empty");
  });

  it.each([
    [{ saslMechanism: "plain" }, /needs saslUsername/],
    [sasl, /needs a password: give kafka.saslPasswordFile or set SIPSENTRY_KAFKA_PASSWORD/],
    [{ saslUsername: "sensor" }, /needs kafka.saslMechanism/],
    [{ ...sasl, saslPasswordFile: "/no/such/file" }, /cannot read \/no\/such\/file: no such file/],
  ] as const)("refuses %j", (kafka, expected) => {
    expect(problemsOf(["kafka://a"], { kafka })[0]).toMatch(expected);
  });
});

describe("TLS files of outputs", () => {
  it("are read at the start, while they may be", () => {
    const tlsCa = fileOf("ca.pem", CERTIFICATE);
    const tlsCert = fileOf("cert.pem", CERTIFICATE);
    const tlsKey = fileOf("key.pem", KEY);
    expect(networkOf("kafka://a", { kafka: { tlsCa, tlsCert, tlsKey } })?.settings).toMatchObject({
      tls: { ca: CERTIFICATE, cert: CERTIFICATE, key: KEY },
    });
    expect(networkOf("kafka://a", { kafka: { tls: true } })?.settings).toMatchObject({
      tls: { ca: "", cert: "", key: "" },
    });
    expect(networkOf("https://a.example/", { webhook: { tlsCa } })?.settings).toMatchObject({
      ca: CERTIFICATE,
    });
  });

  it("are refused when they are not what they should be", () => {
    const text = fileOf("text.pem", "hello");
    const certificate = fileOf("only.pem", CERTIFICATE);
    const problemOf = (kafka: object) => problemsOf(["kafka://a"], { kafka })[0];
    expect(problemOf({ tlsCa: text })).toMatch(/kafka.tlsCa: .*text.pem holds no certificate/);
    expect(problemOf({ tlsCert: certificate })).toMatch(/kafka.tlsCert needs kafka.tlsKey/);
    expect(problemOf({ tlsCert: certificate, tlsKey: certificate })).toMatch(
      /kafka.tlsKey: .* holds no private key/,
    );
    expect(problemOf({ tlsCa: dir })).toMatch(/it is a folder/);
  });
});
