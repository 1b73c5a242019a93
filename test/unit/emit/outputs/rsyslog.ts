import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { docFile } from "../../../support/doc-blocks.ts";
import { freePorts } from "../../../support/free-ports.ts";
import { peerTool } from "../../../support/peer-tools.ts";
import type { TestCertificates } from "../../../support/test-certificates.ts";

/** What rsyslog made of a message. */
export interface Logged {
  readonly priority: string;
  readonly time: string;
  readonly hostname: string;
  readonly appName: string;
  readonly messageId: string;
  readonly data: string;
  readonly message: string;
}

const SEPARATOR = "\x1f";
const FIELDS =
  "%pri%\x1f%timestamp:::date-rfc3339%\x1f%hostname%\x1f%app-name%\x1f%msgid%\x1f%structured-data%\x1f%msg%\\n";

/** A real rsyslog, as a receiver over UDP, TCP and TLS with certificates on both sides. */
export class Rsyslog {
  readonly ports: { readonly udp: number; readonly tcp: number; readonly tls: number };
  readonly #dir: string;
  #child: ChildProcess | null = null;

  private constructor(dir: string, ports: Rsyslog["ports"], configuration: string) {
    this.#dir = dir;
    this.ports = ports;
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "rsyslog.conf"), configuration);
  }

  static async make(dir: string, certificates: TestCertificates): Promise<Rsyslog> {
    const [udp = 0, tcp = 0, tls = 0] = await freePorts(3);
    const ports = { udp, tcp, tls };
    return new Rsyslog(dir, ports, configuration(dir, ports, certificates));
  }

  /** Only over TLS, as docs/syslog.md configures it; messages are in `eve.json` of the folder. */
  static async asDocumented(dir: string, certificates: TestCertificates): Promise<Rsyslog> {
    const [tls = 0] = await freePorts(1);
    const documented = docFile("syslog", "/etc/rsyslog.d/sipsentry.conf")
      .replace("/etc/ssl/sipsentry/ca.pem", certificates.ca)
      .replace("/etc/ssl/sipsentry/siem.pem", certificates.serverCert)
      .replace("/etc/ssl/sipsentry/siem.key", certificates.serverKey)
      .replace("/var/log/sipsentry/eve.json", join(dir, "eve.json"))
      .replace('port="6514"', `address="127.0.0.1" port="${tls}"`);
    return new Rsyslog(dir, { udp: tls, tcp: tls, tls }, documented);
  }

  async start(): Promise<void> {
    const files = ["-f", join(this.#dir, "rsyslog.conf"), "-i", join(this.#dir, "pid")];
    const child = spawn(peerTool("rsyslogd"), ["-n", ...files], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    this.#child = child;
    for (const port of [this.ports.tcp, this.ports.tls]) {
      if (!(await isOpened(port, child)))
        throw new Error(`rsyslog does not listen on port ${port}: ${said}`);
    }
  }

  /** As an administrator does: what it has read is written first. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    await gone;
  }

  logged(): Logged[] {
    const path = join(this.#dir, "out.log");
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => {
      const [
        priority = "",
        time = "",
        hostname = "",
        appName = "",
        messageId = "",
        data = "",
        message = "",
      ] = line.split(SEPARATOR);
      return { priority, time, hostname, appName, messageId, data, message };
    });
  }
}

function configuration(
  dir: string,
  ports: Rsyslog["ports"],
  certificates: TestCertificates,
): string {
  const { ca, serverCert, serverKey } = certificates;
  return `global(workDirectory="${dir}" maxMessageSize="256k"
  DefaultNetstreamDriverCAFile="${ca}"
  DefaultNetstreamDriverCertFile="${serverCert}"
  DefaultNetstreamDriverKeyFile="${serverKey}")
module(load="imudp")
module(load="imptcp")
module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1"
  StreamDriver.AuthMode="x509/name" PermittedPeer=["sensor"])
template(name="fields" type="string" string="${FIELDS}")
ruleset(name="out") {
  action(type="omfile" file="${join(dir, "out.log")}" template="fields" flushOnTXEnd="on")
}
input(type="imudp" address="127.0.0.1" port="${ports.udp}" ruleset="out")
input(type="imptcp" address="127.0.0.1" port="${ports.tcp}" ruleset="out")
input(type="imtcp" address="127.0.0.1" port="${ports.tls}" ruleset="out")
`;
}

/** Waits until the port is open; false when the program ends before, or takes too long. */
async function isOpened(port: number, program: ChildProcess): Promise<boolean> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (program.exitCode !== null || program.signalCode !== null) return false;
    const socket = connect(port, "127.0.0.1");
    const isOpen = await Promise.race([
      once(socket, "connect").then(
        () => true,
        () => false,
      ),
      pause(1_000, false),
    ]);
    socket.destroy();
    if (isOpen) return true;
    await pause(50);
  }
  return false;
}
