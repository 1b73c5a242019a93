import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loadConfig } from "../../src/config/config-file.ts";
import composeSpec from "./compose-spec.json" with { type: "json" };
import { interpolated, ROOT, textOf } from "./deployed-file.ts";

interface Service {
  readonly image: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly privileged?: boolean;
  readonly restart?: string;
  readonly healthcheck?: object;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly network_mode?: string;
  readonly networks?: readonly string[];
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, unknown>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const text = textOf("docker-compose.yml");
const compose = parse(interpolated(text), { merge: true }) as Compose;
const services = Object.entries(compose.services);
/** Name, version and digest: a tag alone can be moved by whoever may push it. */
const PINNED = /^[\w./-]+:v?\d+\.\d+\.\d+[\w.-]*@sha256:[0-9a-f]{64}$/;

/** Compose as a plugin of docker, or alone (Debian's docker-compose); null with neither. CI has one. */
function composeCommand(): readonly string[] | null {
  const commands = [["docker", "compose"], ["docker-compose"]];
  const found = commands.find(
    ([program = "", ...args]) => spawnSync(program, [...args, "version"]).status === 0,
  );
  if (found !== undefined) return found;
  if (process.env.CI === "true")
    throw new Error("no docker compose here; apt-get install docker-compose");
  console.warn("docker compose config skipped: no docker compose here");
  return null;
}

describe("docker-compose.yml", () => {
  it("is what the Compose Specification allows", () => {
    // Ajv knows draft 7 by http alone.
    const { $schema: _, ...schema } = composeSpec;
    const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(
      schema,
    );
    validate(compose);
    expect(validate.errors ?? []).toEqual([]);
  });

  it("is accepted by docker compose config", (context) => {
    const command = composeCommand();
    if (command === null) return context.skip("no docker compose");
    const [program = "", ...args] = command;
    const { status, stderr } = spawnSync(program, [...args, "config", "--quiet"], {
      cwd: ROOT,
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([0, ""]);
  });

  const foreign = services.filter(([, { image }]) => !image.startsWith("sipsentry:"));

  it.each(foreign)("pins the image of %s by version and digest", (_, { image }) => {
    expect(image).toMatch(PINNED);
  });

  it("builds on an image that is pinned, too, of a Node.js that is supported", () => {
    const bases = [...textOf("deploy/Dockerfile").matchAll(/^FROM (\S+)/gm)].map(
      ([, name]) => name,
    );
    expect(new Set(bases).size).toBe(1);
    expect(bases[0]).toMatch(PINNED);
    expect(bases[0]).toMatch(/^node:2[24]\./);
  });

  it.each(services)("gives %s nothing beyond what it needs", (name, service) => {
    expect(service.privileged).toBeUndefined();
    expect(service.cap_drop).toEqual(["ALL"]);
    const runsSipsentry = name === "sensor" || name === "demo";
    expect(service.cap_add ?? []).toEqual(runsSipsentry ? ["NET_RAW"] : []);
    expect(service.read_only).toBe(name !== "kafka");
    expect(service.network_mode === "host").toBe(name === "sensor");
  });

  it.each(services)("shows no port of %s beyond the loopback", (_, { ports = [] }) => {
    expect(ports.filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port))).toEqual([]);
  });

  it("watches the health of all that keep running", () => {
    for (const [name, { restart, healthcheck }] of services) {
      expect(healthcheck !== undefined, name).toBe(restart !== "no");
    }
  });

  it("holds no secret, and keeps the folder of secrets out of git and of the image", () => {
    const variables = services.flatMap(([, { environment = {} }]) => Object.entries(environment));
    const secret = variables.filter(([name]) => /PASS|SECRET|TOKEN|_KEY/i.test(name));
    expect(secret.length).toBeGreaterThan(0);
    for (const [name, value] of secret) {
      expect(name).toMatch(/__FILE$/);
      expect(value).toMatch(/^\/run\/secrets\//);
    }
    for (const { file } of Object.values(compose.secrets)) {
      expect(file).toMatch(/^\.\/deploy\/secrets\//);
    }
    expect(textOf(".gitignore").split("\n")).toContain("deploy/secrets/");
    expect(textOf(".dockerignore").split("\n")).toContain("*");
  });

  it("mounts what is there, and names the volumes and networks that it uses", () => {
    const volumes = new Set<string>();
    for (const [name, service] of services) {
      for (const volume of service.volumes ?? []) {
        const [source = ""] = volume.split(":");
        if (source.startsWith("./")) expect(existsSync(join(ROOT, source)), volume).toBe(true);
        else volumes.add(source);
      }
      for (const network of service.networks ?? [])
        expect(compose.networks, name).toHaveProperty(network);
    }
    expect([...volumes].sort()).toEqual(Object.keys(compose.volumes).sort());
  });

  it("agrees with itself on the addresses of Kafka and of the metrics", () => {
    const { sensor, kafka, topic } = compose.services;
    const advertised = kafka?.environment?.KAFKA_ADVERTISED_LISTENERS;
    const brokers = sensor?.command?.find((word) => word.startsWith("--kafka="))?.slice(8);
    expect(advertised).toContain(`HOST://${brokers}`);
    expect(kafka?.ports).toEqual([`${brokers}:9092`]);
    const config = loadConfig({ file: join(ROOT, "deploy/sipsentry.yaml") });
    expect((topic as { entrypoint?: string[] }).entrypoint).toContain(
      `--topic=${config.kafka.topic}`,
    );
    const listen = sensor?.command?.find((word) => word.startsWith("--set=metrics.listen="));
    const address = listen?.slice("--set=metrics.listen=".length) ?? "";
    expect(JSON.stringify(sensor?.healthcheck)).toContain(`http://${address}/healthz`);
    const [host] = address.split(":");
    expect(JSON.stringify(compose.networks)).toContain(`"gateway":"${host}"`);
    const hosts = (compose.services.prometheus as { extra_hosts?: string[] }).extra_hosts;
    expect(hosts).toEqual([`sensor:${host}`]);
    expect(textOf("deploy/prometheus/prometheus.yml")).toContain('["sensor:9790"]');
  });
});

describe("deploy/Dockerfile", () => {
  const lines = textOf("deploy/Dockerfile").split("\n");

  it("builds from pinned images", () => {
    const images = lines.flatMap((line) => /^FROM (\S+)/.exec(line)?.[1] ?? []);
    expect(images.length).toBe(2);
    for (const image of images) expect(image).toMatch(PINNED);
  });

  it("does not run as root", () => {
    const users = lines.flatMap((line) => /^USER (\S+)/.exec(line)?.[1] ?? []);
    expect(users.at(-1)).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  it("copies what is there and what .dockerignore lets through", () => {
    const let_through = textOf(".dockerignore").split("\n");
    const copied = lines
      .filter((line) => line.startsWith("COPY ") && !line.includes("--from="))
      .flatMap((line) => line.split(/\s+/).slice(1, -1));
    expect(copied.length).toBeGreaterThan(5);
    for (const source of copied) {
      expect(existsSync(join(ROOT, source)), source).toBe(true);
      expect(let_through, source).toContain(`!${source}`);
    }
  });

  it("has the version of package.json in docker-compose.yml", () => {
    const { version } = JSON.parse(textOf("package.json")) as { version: string };
    expect(compose.services.sensor?.image).toBe(`sipsentry:${version}`);
  });
});

it("deploy/sipsentry.yaml is a sound configuration", () => {
  expect(() => loadConfig({ file: join(ROOT, "deploy/sipsentry.yaml") })).not.toThrow();
});
