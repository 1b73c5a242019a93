import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import kafkajs, { type Admin, Kafka, logLevel } from "kafkajs";
import { freePorts } from "./free-ports.ts";
import { kafkaJars } from "./kafka-tools.ts";
import { isReady } from "./kcat.ts";
import { makeCertificates, type TestCertificates } from "./test-certificates.ts";

// Exports that Node.js does not see as names of their own.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
/** It starts in seconds where the machine has time. */
const READY_MS = 150_000;
const STOP_MS = 30_000;
/** A small heap and only the first compiler: the broker is ready in some 3 s. */
const JVM = ["-Xms128m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

/** Who may log in over SASL; `outsider` may log in and do nothing. */
export const KAFKA_USERS = {
  plain: { username: "plain-user", password: "plain-secret" },
  scram: { username: "scram-user", password: "scram-secret" },
  outsider: { username: "outsider", password: "outsider-secret" },
} as const;

interface Ports {
  readonly plain: number;
  readonly tls: number;
  readonly sasl: number;
  /** Where the proxied listener listens, and where it says that it does. */
  readonly behindProxy: number;
  readonly proxy: number;
  readonly controller: number;
}

/**
 * A real Apache Kafka of one node on random ports of the loopback address, with its log in a temporary
 * folder. Topics are made by `createTopic` only.
 */
export class KafkaBroker {
  /** Without TLS and login. */
  readonly plain: string;
  /** TLS that asks for a client's certificate. */
  readonly tls: string;
  /** TLS and a login: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512. */
  readonly sasl: string;
  /** Only through a proxy that a test starts here: `FaultyProxy.start(proxyPort, behindProxyPort)`. */
  readonly proxied: string;
  readonly proxyPort: number;
  readonly behindProxyPort: number;
  readonly certificates: TestCertificates;
  readonly #dir: string;
  readonly #niceness: number;
  #process: ChildProcess | null = null;

  /** Makes the folder, starts, and waits until it answers. `niceness` is for who measures beside it. */
  static async start({ niceness = 0 } = {}): Promise<KafkaBroker> {
    const dir = mkdtempSync(join(tmpdir(), "sipsentry-kafka-"));
    const broker = new KafkaBroker(dir, await brokerPorts(), niceness);
    await broker.start();
    return broker;
  }

  private constructor(dir: string, ports: Ports, niceness: number) {
    this.#dir = dir;
    this.#niceness = niceness;
    this.plain = `127.0.0.1:${ports.plain}`;
    this.tls = `127.0.0.1:${ports.tls}`;
    this.sasl = `127.0.0.1:${ports.sasl}`;
    this.proxied = `127.0.0.1:${ports.proxy}`;
    this.proxyPort = ports.proxy;
    this.behindProxyPort = ports.behindProxy;
    this.certificates = makeCertificates(dir);
    writeFileSync(this.#file("server.properties"), properties(dir, ports, this.certificates));
    writeFileSync(this.#file("log4j2.properties"), LOGGING);
    const { password, username } = KAFKA_USERS.scram;
    const scram = ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
      "--add-scram",
      `${mechanism}=[name=${username},password=${password}]`,
    ]);
    const id = ["-t", "c2lwc2VudHJ5LXRlc3RzIQ"];
    const config = ["-c", this.#file("server.properties")];
    execFileSync("java", [
      ...this.#java("kafka.tools.StorageTool"),
      "format",
      ...id,
      ...config,
      ...scram,
    ]);
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Starts again on the same ports and log. */
  async start(): Promise<void> {
    const output = openSync(this.#file("broker.log"), "a");
    const options = [...JVM, ...this.#java("kafka.Kafka"), this.#file("server.properties")];
    const nice = ["-n", String(this.#niceness), "java"];
    const child = spawn("nice", [...nice, ...options], { stdio: ["ignore", output, output] });
    this.#process = child;
    const end = performance.now() + READY_MS;
    while (performance.now() < end && child.exitCode === null) {
      if (await isReady(this.plain)) return;
      await sleep(50);
    }
    throw new Error(`Kafka does not start:\n${readFileSync(this.#file("broker.log"), "utf8")}`);
  }

  /** As an administrator stops it. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  pause(): void {
    this.#process?.kill("SIGSTOP");
  }

  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  /** Ends it and removes its folder. */
  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async createTopic(
    topic: string,
    { partitions = 4, config = {} }: { partitions?: number; config?: Record<string, string> } = {},
  ): Promise<void> {
    await this.#administer(async (admin) => {
      const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
      await admin.createTopics({
        topics: [{ topic, numPartitions: partitions, replicationFactor: 1, configEntries }],
        // kafkajs takes it for a failure that the broker has not heard of the topic yet.
        waitForLeaders: false,
      });
      const isThere = async () => {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
        return topics.every(({ partitions: all }) => all.every(({ leader }) => leader >= 0));
      };
      while (!(await isThere().catch(() => false))) await sleep(20);
    });
  }

  /** Lets `outsider` write to a topic, and to no other. */
  async letOutsiderWrite(topic: string): Promise<void> {
    await this.#administer(async (admin) => {
      const acl = [AclOperationTypes.WRITE, AclOperationTypes.DESCRIBE].map((operation) => ({
        principal: `User:${KAFKA_USERS.outsider.username}`,
        host: "*",
        operation,
        permissionType: AclPermissionTypes.ALLOW,
        resourceType: AclResourceTypes.TOPIC,
        resourceName: topic,
        resourcePatternType: ResourcePatternTypes.LITERAL,
      }));
      await admin.createAcls({ acl });
      // The controller has noted it; the broker asks its own copy.
      const rules = {
        ...{ resourceType: AclResourceTypes.TOPIC, resourceName: topic },
        resourcePatternType: ResourcePatternTypes.LITERAL,
        ...{ operation: AclOperationTypes.ANY, permissionType: AclPermissionTypes.ANY },
      };
      const known = async () =>
        (await admin.describeAcls(rules)).resources.flatMap(({ acls }) => acls).length;
      while ((await known()) < acl.length) await sleep(20);
    });
  }

  async #administer(work: (admin: Admin) => Promise<void>): Promise<void> {
    const admin = new Kafka({ brokers: [this.plain], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      await work(admin);
    } finally {
      await admin.disconnect();
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await exit;
    clearTimeout(timer);
  }

  #java(mainClass: string): string[] {
    const logging = `-Dlog4j2.configurationFile=${this.#file("log4j2.properties")}`;
    return [logging, "-cp", join(kafkaJars(), "*"), mainClass];
  }

  #file(name: string): string {
    return join(this.#dir, name);
  }
}

const LOGGING = `rootLogger.level=WARN
rootLogger.appenderRef.console.ref=console
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d %p %m (%c)%n
`;

function properties(dir: string, ports: Ports, certificates: TestCertificates): string {
  const { outsider, plain } = KAFKA_USERS;
  const login = "org.apache.kafka.common.security";
  const users = [plain, outsider].map((user) => `user_${user.username}="${user.password}"`);
  const listeners = (proxied: number) =>
    [
      `PLAINTEXT://127.0.0.1:${ports.plain}`,
      `SSL://127.0.0.1:${ports.tls}`,
      `SASL_SSL://127.0.0.1:${ports.sasl}`,
      `PROXIED://127.0.0.1:${proxied}`,
    ].join(",");
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${ports.controller}
listeners=${listeners(ports.behindProxy)},CONTROLLER://127.0.0.1:${ports.controller}
advertised.listeners=${listeners(ports.proxy)}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL
log.dirs=${join(dir, "log")}
ssl.keystore.type=PEM
ssl.keystore.location=${certificates.serverStore}
ssl.truststore.type=PEM
ssl.truststore.location=${certificates.ca}
listener.name.ssl.ssl.client.auth=required
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config=${login}.plain.PlainLoginModule required ${users.join(" ")};
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=${login}.scram.ScramLoginModule required;
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=${login}.scram.ScramLoginModule required;
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:CN=sensor;User:${plain.username};User:${KAFKA_USERS.scram.username}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
num.network.threads=1
num.io.threads=2
background.threads=1
broker.heartbeat.interval.ms=250
broker.session.timeout.ms=1500
log.cleaner.enable=false
`;
}

async function brokerPorts(): Promise<Ports> {
  const [plain = 0, tls = 0, sasl = 0, controller = 0, behindProxy = 0, proxy = 0] =
    await freePorts(6);
  return { plain, tls, sasl, controller, behindProxy, proxy };
}
