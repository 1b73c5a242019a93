import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/config-file.ts";
import { until } from "../live/child.ts";
import { isListening, Loopback, missingFor, ownNetwork } from "./loopback.ts";

const TOOLS = ["kamailio", "openssl"];
const missing = missingFor(...TOOLS);
const MODULES = "/usr/lib/x86_64-linux-gnu/kamailio/modules/:/usr/lib64/kamailio/modules/";
const NETWORK = ownNetwork();
/** Its certificate is its own and long expired. */
const OLD = `${NETWORK}.31`;
/** The same, and its client speaks TLS 1.3. */
const NEW = `${NETWORK}.33`;
/** Its certificate is of an authority and valid, and it asks clients for theirs. */
const MUTUAL = `${NETWORK}.32`;

const CONFIG = `#!KAMAILIO
debug=0
log_stderror=yes
children=1
tcp_children=1
enable_tls=yes
listen=tls:${OLD}:5061
listen=tls:${MUTUAL}:5061
listen=tls:${NEW}:5061
mpath="${MODULES}"
loadmodule "sl.so"
loadmodule "tls.so"
modparam("tls", "config", "tls.cfg")
request_route {
  sl_send_reply("200", "OK");
}
`;

const TLS_CONFIG = `[server:default]
method = TLSv1.2+
private_key = old.key
certificate = old.pem
[server:${MUTUAL}:5061]
method = TLSv1.2+
private_key = good.key
certificate = good.pem
ca_list = authority.pem
verify_certificate = yes
require_certificate = yes
[client:default]
verify_certificate = no
`;

const CA_CONFIG = `[ca]
default_ca = d
[d]
dir = .
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = p
[p]
commonName = supplied
`;

describe.skipIf(missing !== "")(`notes on TLS of a real Kamailio ${missing}`, () => {
  let loopback: Loopback;
  let notes: { event: string; src: string; dst: string; seen: string[] }[] = [];

  const openssl = (...args: readonly string[]) =>
    execFileSync("openssl", args, { cwd: loopback.folder, stdio: ["ignore", "pipe", "pipe"] });

  /** A handshake and nothing more. */
  async function connect(host: string, ...options: readonly string[]): Promise<void> {
    const args = ["s_client", "-connect", `${host}:5061`, "-ign_eof", ...options];
    const client = loopback.start("openssl", ...args);
    await client.said(/Verify return code/, 40_000);
    client.signal("SIGTERM");
    await client.ended(20_000);
  }

  beforeAll(async () => {
    loopback = new Loopback("tls", TOOLS);
    const { folder } = loopback;
    for (const [name, text] of [
      ["kamailio.cfg", CONFIG],
      ["tls.cfg", TLS_CONFIG],
      ["ca.cfg", CA_CONFIG],
      ["index.txt", ""],
      ["serial", "01"],
    ] as const) {
      writeFileSync(join(folder, name), text);
    }
    for (const [name, subject] of [
      ["old", "/CN=old.example"],
      ["authority", "/CN=Authority"],
      ["good", "/CN=trunk.example"],
    ] as const) {
      const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
      openssl(
        "req",
        "-new",
        ...key,
        "-keyout",
        `${name}.key`,
        "-out",
        `${name}.csr`,
        "-subj",
        subject,
      );
    }
    const times = ["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"];
    const own = ["-selfsign", "-keyfile", "old.key", "-in", "old.csr", "-out", "old.pem"];
    openssl("ca", "-batch", "-notext", "-config", "ca.cfg", ...times, ...own);
    openssl(
      "x509",
      "-req",
      "-in",
      "authority.csr",
      "-signkey",
      "authority.key",
      "-out",
      "authority.pem",
    );
    const by = ["-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial"];
    openssl("x509", "-req", "-in", "good.csr", ...by, "-out", "good.pem");
    await loopback.capture(`tcp port 5061 and net ${NETWORK}.0/24`);
    const kamailio = ["-f", "kamailio.cfg", "-DD", "-E", "-P", "pid", "-w", folder];
    const server = loopback.start("kamailio", ...kamailio);
    const isUp = () => [OLD, NEW, MUTUAL].every((ip) => isListening("tcp", ip, 5061));
    await until(isUp, 60_000, () => `Kamailio is not up: ${server.stdout} ${server.stderr}`);
    await connect(NEW, "-tls1_3");
    await connect(OLD, "-tls1_2");
    await connect(OLD, "-tls1_2");
    await connect(MUTUAL, "-tls1_2", "-cert", "good.pem", "-key", "good.key");
    const run = await loopback.replay({ config: loadConfig({ sets: ["policy.notes=true"] }) });
    notes = run.lines
      .map((line) => JSON.parse(line))
      .filter((record) => record.event_type === "alert")
      .map(({ dest_ip, src_ip, evidence, voip }) => ({
        event: voip.event,
        src: src_ip,
        dst: dest_ip,
        seen: (evidence?.contradictions ?? evidence ?? []).map((row: { seen: string }) => row.seen),
      }));
  });

  afterAll(async () => {
    await loopback?.end();
  });

  const of = (event: string, host: string) =>
    notes.filter((note) => note.event === event && note.src === host);

  it("names an expired certificate that signs itself, once, where TLS 1.2 shows it", () => {
    expect(of("policy.certificate", OLD).map(({ seen }) => seen)).toEqual([
      ["CN=old.example: expired on 2021-01-01, signed by itself"],
    ]);
    expect(of("policy.certificate", MUTUAL)).toEqual([]);
  });

  it("says version, certificate and whether clients are asked for theirs, once each", () => {
    const told = (host: string) =>
      of("policy.tls_server", host).map(({ seen }) => seen.toSpliced(1, 1));
    expect(told(OLD)).toEqual([["1.2", "CN=old.example", "not asked for"]]);
    expect(told(NEW)).toEqual([["1.3", "encrypted (TLS 1.3)", "encrypted (TLS 1.3)"]]);
    expect(told(MUTUAL)).toEqual([["1.2", "CN=trunk.example", "asked for (mTLS)"]]);
  });

  it("calls neither version nor ciphers of today weak", () => {
    expect(notes.filter(({ event }) => event === "policy.weak_tls")).toEqual([]);
  });
});
